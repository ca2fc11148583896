"""Rows that nothing tells apart: the header and `e` say why."""

from textual.widgets import Static

from tests.patience import until
from tests.postgres import run_sql
from tests.ui.test_browse import main, press, tab


def title(pilot) -> str:
    return str(tab(pilot).query_one("#title", Static).render())


async def test_a_table_of_2000_columns_has_no_room_for_its_rowid(open_app, sqlite_file):
    names = ", ".join(f"c{n}" for n in range(2000))
    path = sqlite_file(f"CREATE TABLE t ({names})", "INSERT INTO t (c0) VALUES (1)")
    async with open_app(path, table="t", size=(100, 24)) as pilot:
        why = "no room for the rowid beside 2,000 columns"
        assert title(pilot).endswith(f"{why}: read by position")
        await press(pilot, "e")
        await until(lambda: main(pilot).app._notifications)
        assert why in list(main(pilot).app._notifications)[-1].message


async def test_a_table_whose_columns_are_called_as_the_rowid(open_app, sqlite_file):
    path = sqlite_file("CREATE TABLE t (rowid, oid, _rowid_)", "INSERT INTO t VALUES (1, 2, 3)")
    async with open_app(path, table="t") as pilot:
        assert "columns take every name of the rowid: read by position" in title(pilot)


async def test_a_view_has_no_key_to_miss(open_app, sqlite_file):
    path = sqlite_file("CREATE VIEW v AS SELECT 1 AS id")
    async with open_app(path, table="v") as pilot:
        assert title(pilot).endswith("view · read by position")


async def test_an_inheritance_on_postgresql(open_app, postgres):
    run_sql(
        postgres,
        "CREATE TABLE p (id int PRIMARY KEY)",
        "CREATE TABLE c () INHERITS (p)",
        "INSERT INTO p VALUES (1)",
    )
    async with open_app(postgres, table="p") as pilot:
        assert "no key holds for the tables that inherit from it, too: read by" in title(pilot)
