"""Which table is shown first."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from studio.db.url import parse
from studio.model.relation import TableKind, TableRef, TableSummary
from studio.rows.first_rows.choice import wanted_table
from studio.rows.first_rows.reading import read


def summary(name: str, rows: int | None = None, kind: TableKind = TableKind.TABLE) -> TableSummary:
    return TableSummary(TableRef(None, name), kind, rows)


@pytest.mark.parametrize(
    ("summaries", "name"),
    [
        ([summary("__drizzle_migrations"), summary("activity_log"), summary("users")], "users"),
        ([summary("alembic_version", 1), summary("audit_log", 900)], "audit_log"),
        ([summary("a", 3), summary("b", 70), summary("c", 70)], "b"),
        ([summary("a", 0), summary("_b", 5)], "_b"),
        ([summary("a", 0), summary("b", 0)], "a"),
        ([summary("blogs"), summary("catalogue")], "blogs"),
        ([summary("v", kind=TableKind.VIEW), summary("sessions", 9)], "sessions"),
        ([summary("v", kind=TableKind.VIEW)], "v"),
        ([summary("django_session", 9), summary("shop_order", 2)], "shop_order"),
    ],
)
def test_the_most_telling_table_comes_first(summaries: list[TableSummary], name: str) -> None:
    found = wanted_table(summaries, None)
    assert found is not None
    assert found.name == name


def test_a_table_that_is_asked_for_is_shown() -> None:
    summaries = [summary("users"), summary("activity_log")]
    assert wanted_table(summaries, "activity_log") == TableRef(None, "activity_log")
    assert wanted_table(summaries, "nope") is None
    assert wanted_table([], None) is None


def test_the_largest_is_known_where_the_outline_does_not_tell(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for name, rows in (("agents", 5), ("audit_log", 900), ("drafts", 0), ("messages", 700)):
            connection.execute(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY)")
            connection.executemany(f"INSERT INTO {name} VALUES (?)", [(n,) for n in range(rows)])
    found = read(parse(str(path)), None, 3)
    assert found is not None
    assert found.table.ref.name == "messages"
    assert {one.ref.name: one.row_estimate for one in found.summaries}["agents"] == 5
