"""Typed text → values, per engine, and the reason when it does not fit."""

from pathlib import Path
from uuid import UUID

import pytest

from studio.backends.registry import backend
from studio.edits.applying.conflicts import differences, edited, kept_mine, took_theirs
from studio.edits.staging import values
from studio.model.apply_report import RowConflict
from studio.model.catalog import Column, ColumnKind, TableRef
from studio.model.change import DEFAULT, Insert, Update
from studio.model.change_set import ChangeSet


def column(kind: ColumnKind, type_name: str, **more: object) -> Column:
    return Column("c", type_name, kind, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("engine", "made", "text"),
    [
        ("postgresql", column(ColumnKind.INTEGER, "smallint"), "32768"),
        ("postgresql", column(ColumnKind.DECIMAL, "numeric"), "1,5"),
        ("postgresql", column(ColumnKind.UUID, "uuid"), "abc"),
        ("postgresql", column(ColumnKind.JSON, "jsonb"), '{"a": }'),
        ("postgresql", column(ColumnKind.ENUM, "mood", choices=("a", "b")), "c"),
        ("sqlite", column(ColumnKind.INTEGER, "integer"), "9223372036854775808"),
        ("sqlite", column(ColumnKind.BYTES, "blob"), "x'0'"),
        ("sqlite", column(ColumnKind.TEXT, "text", choices=("on", "off")), "maybe"),
        ("sqlite", column(ColumnKind.JSON, "json"), "NaN"),
        ("sqlite", column(ColumnKind.INTEGER, "integer", generated="a + 1"), "1"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_rule(engine: str, made: Column, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ .*\w"):
        values.typed(backend(engine), made, text)


def test_a_storage_class_is_kept_where_the_text_allows_and_a_change_is_told() -> None:
    lite, anything = backend("sqlite"), column(ColumnKind.ANY, "")
    assert values.typed(lite, anything, "5", like="4") == values.Typed("5")
    assert values.typed(lite, anything, "5", like=4.0) == values.Typed(5.0)
    changed = values.typed(lite, anything, "abc", like=4)
    assert changed == values.Typed("abc", "was integer, becomes text")


def test_null_empty_and_default_are_three_things() -> None:
    text = column(ColumnKind.TEXT, "text", nullable=False, default="'x'")
    assert values.empty(text) == ""
    assert values.default(text) is DEFAULT
    with pytest.raises(ValueError, match="NOT NULL"):
        values.null(text)
    with pytest.raises(ValueError, match="no empty value"):
        values.empty(column(ColumnKind.INTEGER, "integer"))
    with pytest.raises(ValueError, match="no DEFAULT"):
        values.default(column(ColumnKind.TEXT, "text", nullable=False))


def test_uuids_of_both_versions() -> None:
    assert UUID(values.uuid_4()).version == 4
    made = [values.uuid_7() for _ in range(50)]
    assert {UUID(one).version for one in made} == {7}
    assert {UUID(one).variant for one in made} == {UUID(values.uuid_4()).variant}
    assert [one[:13] for one in made] == sorted(one[:13] for one in made)


def test_bytes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "b"
    file.write_bytes(b"\x00\xff")
    assert values.from_file(file) == b"\x00\xff"
    with pytest.raises(ValueError, match="cannot be read"):
        values.from_file(tmp_path / "missing")
    with pytest.raises(ValueError, match="not a file"):
        values.from_file(tmp_path)


def test_a_conflict_is_resolved_by_one_of_three_ways() -> None:
    table = TableRef(None, "t")
    change = Update(table, {"id": 1}, {"a": 1, "b": 1}, {"a": 2})
    conflict = RowConflict(change, {"id": 1, "a": 1, "b": 5})
    staged = ChangeSet([change])
    assert [(d.column, d.was, d.yours, d.now, d.moved) for d in differences(conflict)] == [
        ("a", 1, 2, 1, False),
        ("b", 1, 1, 5, True),
    ]
    assert kept_mine(staged, conflict).changes == (
        Update(table, {"id": 1}, {"a": 1, "b": 5}, {"a": 2}),
    )
    assert took_theirs(staged, conflict).changes == ()
    (again,) = edited(staged, conflict, {"a": 3, "b": 5})
    assert again == Update(table, {"id": 1}, {"a": 1, "b": 5}, {"a": 3})
    (anew,) = kept_mine(staged, RowConflict(change, None))
    assert isinstance(anew, Insert)
    assert dict(anew.after) == {"id": 1, "a": 2, "b": 1}
