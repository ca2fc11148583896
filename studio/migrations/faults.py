"""What the files of a project alone say is wrong with them, whatever a database holds."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from studio.migrations.framework import Reading

_NUMBERED = re.compile(r"(?:(?P<group>\w+)\.)?[VU]?0*(?P<number>\d{1,5})(?=\D|$)")
_FEWEST = 3
"""Numbered files: fewer tell nothing of how a project counts."""
_MOST_NAMED = 5


def faults_of(reading: Reading) -> tuple[str, ...]:
    """Sentences: the tool refuses this, or leaves something out without a word."""
    return (*reading.faults, *_duplicates(reading), *_lost_parents(reading))


def gaps_of(reading: Reading) -> tuple[str, ...]:
    """Numbers that are left out where a project counts one by one: a remark, tools allow it."""
    groups: dict[str, set[int]] = {}
    for migration in reading.migrations:
        match = _NUMBERED.match(migration.id)
        if match is None:
            return ()
        groups.setdefault(match["group"] or "", set()).add(int(match["number"]))
    return tuple(_gaps(groups))


def _gaps(groups: dict[str, set[int]]) -> Iterator[str]:
    for group, numbers in groups.items():
        missing = sorted(set(range(min(numbers), max(numbers))) - numbers)
        if len(numbers) < _FEWEST or not 0 < len(missing) <= len(numbers) // 2:
            continue
        where = f" of {group}" if group else ""
        verb = "is" if len(missing) == 1 else "are"
        yield f"the numbers{where} have a gap: {_listed(list(map(str, missing)))} {verb} not here."


def _duplicates(reading: Reading) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for migration in reading.migrations:
        if migration.listed and migration.key:
            name = migration.path.name if migration.path is not None else migration.id
            found.setdefault(migration.key, []).append(name)
    for key, names in found.items():
        if len(names) > 1:
            both = " and ".join(names) if len(set(names)) > 1 else f"{len(names)} times {names[0]}"
            yield f"{both}: recorded as one, {key}."


def _lost_parents(reading: Reading) -> Iterator[str]:
    """A migration that follows one that is not here; other apps' and partial names are left out."""
    keys = {m.key for m in reading.migrations}
    keys |= {old for m in reading.migrations for old in m.replaces}
    ordered = sorted(keys)
    apps = {key.partition(".")[0] for key in keys}
    for migration in reading.migrations:
        for parent in migration.parents:
            app, _, name = parent.partition(".")
            is_elsewhere = bool(name) and app not in apps
            if is_elsewhere or name.startswith("__") or _begins_one(parent, ordered):
                continue
            yield f"{migration.id} follows {parent}, which is not here."


def _begins_one(text: str, ordered: Sequence[str]) -> bool:
    """Whether one of the sorted names begins with `text`, or is it."""
    place = bisect_left(ordered, text)
    return place < len(ordered) and ordered[place].startswith(text)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
