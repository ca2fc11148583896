"""Migrations that name their parents: cycles, and long chains without one."""

from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from studio.migrations.graph import cycle
from studio.model.migration import Migration

KEYS = st.sampled_from("abcde")


def made(parents: dict[str, list[str]]) -> list[Migration]:
    return [Migration(key, key, Path(key), "", parents=tuple(p)) for key, p in parents.items()]


@given(st.dictionaries(KEYS, st.lists(KEYS, max_size=3)))
def test_a_cycle_goes_from_parent_to_parent_and_none_is_missed(parents):
    way = cycle(made(parents))
    for child, parent in pairwise(way):
        assert parent in parents[child]
    assert way[:1] == way[-1:]
    reached = {key: set(before) & set(parents) for key, before in parents.items()}
    for _ in parents:
        reached = {k: b.union(*(reached[p] for p in b)) for k, b in reached.items()}
    assert bool(way) == any(key in before for key, before in reached.items())


def test_a_long_history_is_looked_through_once():
    """Each revision by itself: all of them once for each would take minutes."""
    chain = {str(n): [str(n - 1)] if n else [] for n in range(50_000)}
    assert cycle(made(chain)) == ()
