"""From rows to changes: what is compared, what is pasted, what the journal keeps."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from studio.backends.registry import backend
from studio.edits.journal.journal import EditJournal
from studio.edits.staging.paste import pasted
from studio.edits.staging.rowchange import SeenRow, deleted, duplicated, needed_whole, updated
from studio.model.catalog import Column, ColumnKind, IdentityKind, Table
from studio.model.change import DEFAULT, Delete, Insert, Update
from studio.model.change_set import ChangeSet
from studio.model.page import Shortened
from studio.model.relation import TableKind, TableRef

REF = TableRef(None, "t")
ID = Column("id", "INTEGER", ColumnKind.INTEGER, nullable=False, identity=True)
NAME = Column("name", "TEXT", ColumnKind.TEXT)
AGE = Column("age", "INTEGER", ColumnKind.INTEGER, default="1")
TWICE = Column("twice", "INTEGER", ColumnKind.INTEGER, generated="age * 2")
TABLE = Table(
    REF,
    TableKind.TABLE,
    (ID, NAME, AGE, TWICE),
    primary_key=("id",),
    identity=("id",),
    identity_kind=IdentityKind.PRIMARY_KEY,
)
ROW = SeenRow((7,), {"id": 7, "name": "a", "age": 3, "twice": 6})


def test_everything_seen_is_compared_and_the_key_names_the_row():
    change = updated(TABLE, ROW, {"name": "b"})
    assert dict(change.identity) == {"id": 7}
    assert dict(change.before) == {"name": "a", "age": 3, "twice": 6}


def test_a_key_that_is_changed_is_compared_too():
    assert updated(TABLE, ROW, {"id": 8}).before["id"] == 7


def test_a_shortened_value_is_not_compared_but_needed_whole_when_it_is_changed():
    row = SeenRow((7,), {"id": 7, "name": Shortened("a"), "age": 3})
    assert "name" not in deleted(TABLE, row).before
    assert needed_whole(TABLE, row, ("age",)) == ()
    assert needed_whole(TABLE, row, ("name",)) == ("name",)
    assert deleted(TABLE, row.with_whole({"name": "abc"})).before["name"] == "abc"


def test_a_duplicate_has_no_number_and_nothing_computed():
    assert dict(duplicated(TABLE, ROW.values).after) == {"name": "a", "age": 3}


def test_pasted_fields_are_typed_by_their_columns():
    first, second = pasted(backend("sqlite"), TABLE, "x\t5\n\\N\t\n", 1)
    assert dict(first.after) == {"name": "x", "age": 5}
    assert dict(second.after) == {"name": None, "age": DEFAULT}


def test_a_heading_chooses_the_columns_and_computed_ones_are_left_out():
    (row,) = pasted(backend("sqlite"), TABLE, "twice\tname\n6\ta\\tb\\\\n", 0)
    assert dict(row.after) == {"name": "a\tb\\n"}


@pytest.mark.parametrize(
    ("text", "words"),
    [("a\t1\t2\t3\n", "4 fields"), ("a\tb\n", "line 1, age"), ("\\N\t1\n", "")],
)
def test_a_paste_that_does_not_fit_says_where(text, words):
    if words:
        with pytest.raises(ValueError, match=words):
            pasted(backend("sqlite"), TABLE, text, 1)
    else:
        assert pasted(backend("sqlite"), TABLE, text, 1)


def _change(number: int, kind: int, value: int) -> Insert | Update | Delete:
    if kind == 0:
        return Delete(REF, {"id": number}, {"v": 0})
    if kind == 1:
        return Insert(REF, {"v": value}, row=f"new {number}")
    return Update(REF, {"id": number}, {"v": 0}, {"v": value})


steps = st.lists(
    st.tuples(
        st.sampled_from(["stage", "drop", "back", "empty"]),
        st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2), st.integers(0, 3)), max_size=4),
    ),
    max_size=8,
)


@example([("stage", [(0, 0, 0), (0, 2, 0), (1, 1, 0)])])
@given(steps)
def test_what_the_journal_replays_is_what_was_staged(tmp_path_factory, steps):
    journal = EditJournal("key", Path(tmp_path_factory.mktemp("journal")))
    log = journal.keep_staged()
    past = [ChangeSet()]
    for what, rows in steps:
        changes = [_change(*row) for row in rows]
        now = past[-1]
        if what == "stage":
            now = now.staged(*changes)
        elif what == "drop":
            now = now.without(*changes)
        elif what == "back" and len(past) > 1:
            now = past[-2]
        elif what == "empty":
            now = ChangeSet()
        past.append(now)
        log.record(now)
    log.close()
    found = [history.present for _, history in journal.abandoned()]
    if len(past[-1]):
        assert found == [past[-1]]
    else:
        assert found == []
