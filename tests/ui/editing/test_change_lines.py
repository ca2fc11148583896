"""One change on one line: what changes is the last that is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from studio.model.catalog import TableRef
from studio.model.change import Delete, Insert, Update
from studio.ui.editing.change_words import change_line, old_to_new

T = TableRef(None, "t")
SEEN = {"id": 7, "kind": "login", "note": None, "body": "x" * 300}


def line(change, room: int, key: tuple[str, ...] = ("id",)) -> str:
    return "   ".join(part for part in change_line(change, key, room) if part)


def test_a_line_names_the_row_what_changes_and_how_much_is_guarded():
    change = Update(T, {"rowid": 7}, SEEN, {"kind": "signup"})
    assert line(change, 100) == "id = 7   kind: 'login' → 'signup'   3 more as seen"


def test_the_guard_gives_way_first_then_the_key_then_the_value():
    key = "0198f3a2-36e4-77f3-9d46-963fb72648ff"
    change = Update(T, {"id": key}, {**SEEN, "id": key}, {"kind": "signup"})
    assert line(change, 70) == f"id = '{key}'   kind: 'login' → 'signup'"
    assert line(change, 50) == "id = '0198f3a…648ff'   kind: 'login' → 'signup'"
    assert line(change, 47).endswith("   kind: 'login' → 'signup'")


def test_of_two_long_texts_the_place_where_they_differ_is_shown():
    text = "all work and no play makes Jack a dull boy, " * 5
    shown = old_to_new(text, f"{text[:-2]}!", 24)
    assert shown == "'…dull boy, ' → '…dull boy!'" or ("'…" in shown and "!'" in shown)
    assert cell_len(shown) <= 2 * 24 + 7


def test_a_row_that_goes_and_one_that_comes():
    assert line(Delete(T, {"id": 7}, SEEN), 80) == "id = 7   deleted   if 4 values are as seen"
    assert line(Insert(T, {"kind": "a", "id": 9}), 80) == "id=9, kind='a'"
    assert line(Insert(T), 80) == "every column its default"


def test_columns_that_find_no_room_are_counted():
    change = Update(T, {"id": 7}, {}, {f"column_{n}": n * 1000 for n in range(9)})
    shown = line(change, 60)
    assert cell_len(shown) <= 60
    assert shown.startswith("id = 7   column_0 = 0, column_1 = 1000")
    assert shown.endswith(" more")


LETTERS = st.text(alphabet="ab '…", max_size=300)
VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | LETTERS | st.binary(max_size=3)


@given(st.dictionaries(st.sampled_from("abc"), VALUES, min_size=1), VALUES, LETTERS)
def test_every_line_fits_and_shows_what_a_column_becomes(after, old, key):
    shown = change_line(Update(T, {"id": key}, dict.fromkeys(after, old), after), ("id",), 76)
    assert sum(cell_len(part) + 3 for part in shown if part) - 3 <= 76
    assert "→" in shown.does


@pytest.mark.parametrize("room", [0, 5, 20])
def test_a_line_without_room_is_still_one(room):
    assert "→" in line(Update(T, {"id": 7}, SEEN, {"kind": "signup"}), room)
