"""What a role may not do with a table, told before anything is tried."""

import json

import pytest

from studio.backends.base import Purpose
from studio.cli.main import main
from studio.db.session import Session
from studio.db.url import parse
from studio.edits.sql.refusals import why_read_only
from studio.model.catalog import IdentityKind, Table, TableRef
from studio.model.change import Delete, Insert, Update
from studio.model.errors import Refused, StatementFailed
from studio.model.page import PageRequest
from studio.rows.count import count, estimate
from studio.rows.pages import fetch_page
from tests.postgres import Server, run_sql

SCHEMA = (
    "DROP ROLE IF EXISTS clerk",
    "CREATE ROLE clerk LOGIN",
    "CREATE TABLE part (id int PRIMARY KEY, name text, salary numeric, secret text)",
    "INSERT INTO part VALUES (1, 'a', 10, 'x'), (2, 'b', 20, 'y')",
    "GRANT SELECT (id, name) ON part TO clerk",
    "CREATE TABLE keyless (id int PRIMARY KEY, name text)",
    "INSERT INTO keyless VALUES (1, 'a')",
    "GRANT SELECT (name) ON keyless TO clerk",
    "CREATE TABLE seen (id int PRIMARY KEY, name text)",
    "GRANT SELECT, INSERT ON seen TO clerk",
    "CREATE TABLE partly (id int PRIMARY KEY, name text)",
    "GRANT SELECT, UPDATE (name) ON partly TO clerk",
    "CREATE TABLE policed (id int PRIMARY KEY, owner text, v text)",
    "INSERT INTO policed VALUES (1, 'clerk', 'a'), (2, 'boss', 'b'), (3, 'all', 'c')",
    "ALTER TABLE policed ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY see ON policed FOR SELECT USING (owner IN ('clerk', 'all'))",
    "CREATE POLICY change ON policed FOR UPDATE USING (owner = 'clerk')",
    "GRANT SELECT, UPDATE ON policed TO clerk",
)


@pytest.fixture
def clerk(postgres_server: Server):
    """A database as a role sees it that may do little."""
    with postgres_server.database() as name:
        run_sql(postgres_server.conninfo(name), *SCHEMA)
        try:
            yield postgres_server.url(name, "clerk")
        finally:
            run_sql(postgres_server.conninfo(name), "DROP OWNED BY clerk")


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where journals of these tests go."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def seen(address: str, name: str) -> tuple[Table, list[tuple[object, ...]]]:
    """A table, and its rows as the grid reads them; counted on the way."""
    session = await Session.open(parse(address))
    try:
        table = await session.table(TableRef("public", name))
        catalog = await session.catalog()
        assert catalog.table(table.ref).refused == table.refused
        lane = session.lane(Purpose.BROWSE)
        page = await fetch_page(lane, table, PageRequest(table.ref))
        assert (await count(lane, table)).rows == len(page.rows)
        await estimate(lane, table)
        return table, list(page.rows)
    finally:
        await session.close()


async def test_some_columns_are_browsed_and_the_others_named(clerk: str) -> None:
    table, rows = await seen(clerk, "part")
    assert rows == [("1", "a"), ("2", "b")]
    assert table.unread == ("salary", "secret")
    assert table.identity == ("id",)
    assert "no UPDATE privilege" in (why_read_only(table) or "")
    assert "columns you may not read" in (why_read_only(table, Delete) or "")


async def test_without_its_key_a_table_is_read_by_position(clerk: str) -> None:
    table, rows = await seen(clerk, "keyless")
    assert rows == [("a",)]
    assert table.identity_kind is IdentityKind.NONE


async def test_what_is_not_granted_is_told_for_each_change(clerk: str) -> None:
    table, _ = await seen(clerk, "seen")
    assert table.refused == ("UPDATE", "DELETE")
    assert why_read_only(table, Insert) is None
    assert "no UPDATE privilege on public.seen" in (why_read_only(table, Update) or "")
    assert "no DELETE privilege on public.seen" in (why_read_only(table, Delete) or "")
    table, _ = await seen(clerk, "partly")
    assert table.refused == ("INSERT", "DELETE")
    assert why_read_only(table) is None


@pytest.mark.parametrize(
    ("row", "says", "code"),
    [
        (2, "or a policy of its row security hides it", Refused.exit_code),
        (3, "row-level security kept it", StatementFailed.exit_code),
    ],
)
def test_rows_that_a_policy_keeps_are_told_as_that(
    clerk: str, tmp_path, capsys, row: int, says: str, code: int
) -> None:
    change = {
        "op": "update",
        "table": "policed",
        "identity": {"id": row},
        "before": {"v": {2: "b", 3: "c"}[row]},
        "after": {"v": "new"},
    }
    file = tmp_path / "changes.json"
    file.write_text(json.dumps({"changes": [change]}))
    assert main(["apply", clerk, str(file)]) == code
    assert says in capsys.readouterr().err


def test_a_row_that_may_be_changed_is_changed(clerk: str, tmp_path) -> None:
    change = {
        "op": "update",
        "table": "policed",
        "identity": {"id": 1},
        "before": {"v": "a"},
        "after": {"v": "new"},
    }
    file = tmp_path / "changes.json"
    file.write_text(json.dumps({"changes": [change]}))
    assert main(["apply", clerk, str(file)]) == 0
