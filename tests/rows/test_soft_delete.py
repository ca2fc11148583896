"""Which column says that a row was deleted."""

import pytest

from studio.model.catalog import Column, ColumnKind, Table, TableKind, TableRef
from studio.model.page import Filter, Not, Operator
from studio.rows.soft_delete import without_deleted


def table(*columns: Column) -> Table:
    return Table(TableRef("s", "t"), TableKind.TABLE, columns)


@pytest.mark.parametrize(
    "name", ["deleted_at", "deletedAt", "DeletedAt", "removed_on", "discarded_at", "trashed_at"]
)
def test_a_time_that_may_be_missing(name: str) -> None:
    found = without_deleted(table(Column(name, "x", ColumnKind.TIMESTAMP)))
    assert found == Filter(name, Operator.IS_NULL)


@pytest.mark.parametrize("name", ["is_deleted", "deleted", "isDeleted"])
def test_a_boolean(name: str) -> None:
    found = without_deleted(table(Column(name, "boolean", ColumnKind.BOOLEAN)))
    assert found == Not(Filter(name, Operator.EQUAL, value=True))


@pytest.mark.parametrize(
    "column",
    [
        Column("deleted_at", "x", ColumnKind.TIMESTAMP, nullable=False),
        Column("deleted_at", "x", ColumnKind.JSON),
        Column("deleted_at", "x", ColumnKind.TIMESTAMP, hidden=True),
        Column("deleted", "text", ColumnKind.TEXT),
        Column("deleted_by", "integer", ColumnKind.INTEGER),
        Column("created_at", "x", ColumnKind.TIMESTAMP),
        Column("undeleted_at", "x", ColumnKind.TIMESTAMP),
    ],
)
def test_nothing_else_says_so(column: Column) -> None:
    assert without_deleted(table(column)) is None
