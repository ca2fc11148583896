"""Columns instead of changes: what is packed, bound and written is what each change alone says."""

from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from studio.backends.postgresql.editing import PostgreSQLEditing
from studio.backends.sqlite.editing import SQLiteEditing
from studio.edits.journal.encoding import Json
from studio.edits.journal.packing import packed, unpacked
from studio.edits.sql.layout import grouped
from studio.model.catalog import Column, ColumnKind, TableRef
from studio.model.change import DEFAULT, Change, Delete, Insert, Update
from studio.model.page import Value

T, U = TableRef(None, "t"), TableRef("s", 'quo"te')
names = st.sampled_from(("a", "b", "c%s"))
SOME: tuple[Value, ...] = (
    None, True, 0, 1, -(2**63), 1.0, float("inf"), "", "a", "1", "é", "\0", "\udcff", b"", b"a",
    Decimal("1.10"), Decimal("1.1"), Decimal(1), 0.0, -0.0,
)  # fmt: skip
values = st.sampled_from(SOME)
rows = st.dictionaries(names, values, min_size=1)
given_rows = st.dictionaries(names, st.one_of(values, st.just(DEFAULT)), min_size=1)
tables = st.sampled_from((T, U))
changes = st.lists(
    st.one_of(
        st.builds(Insert, tables, given_rows, st.sampled_from(("row", "other"))),
        st.builds(Update, tables, rows, rows, given_rows),
        st.builds(Delete, tables, rows, rows),
    ),
    max_size=12,
)


def exactly(change: Change) -> tuple[object, ...]:
    """What a change says, classes of numbers and the order of columns included."""
    parts = (change.identity, change.before, change.after)
    row = change.row if isinstance(change, Insert) else ""
    said = ([(n, type(v), repr(v)) for n, v in part.items()] for part in parts)
    return type(change), change.table, row, *said


@example(
    [
        Update(T, {"a": 1}, {"b": 1, "c%s": 1}, {"a": 2}),
        Update(T, {"a": 2}, {"c%s": 1, "b": 1}, {"a": 3}),
    ]
)
@given(changes)
def test_a_packed_set_is_read_again_as_it_was(staged: list[Change]) -> None:
    found: Json = packed(grouped(staged))
    assert list(map(exactly, unpacked(found))) == list(map(exactly, staged))


@given(changes)
def test_every_change_is_in_one_group_with_its_like(staged: list[Change]) -> None:
    groups = grouped(staged)
    assert sorted(place for group in groups for place in group.places) == list(range(len(staged)))
    assert len({group.layout for group in groups}) == len(groups)


@given(
    st.lists(values, min_size=1, max_size=6),
    st.sampled_from((ColumnKind.INTEGER, ColumnKind.ANY, ColumnKind.TEXT, ColumnKind.DECIMAL)),
    st.sampled_from((SQLiteEditing(), PostgreSQLEditing())),
)
def test_values_told_alike_are_what_each_is_told_alone(
    some: list[Value], kind: ColumnKind, rules: SQLiteEditing | PostgreSQLEditing
) -> None:
    column = Column("a", "", kind)
    for chosen in (some, [value for value in some if type(value) is type(some[0])]):
        alike = rules.alike(chosen, set(map(type, chosen)), column)
        if alike is None:
            continue
        alone = [rules.slot(value, column) for value in chosen]
        assert [slot.form for slot in alone] == [alike.form] * len(chosen)
        assert [(type(s.value), s.value) for s in alone] == [(type(v), v) for v in alike.values]
