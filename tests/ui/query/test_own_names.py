"""Completion knows what only the tab's own session sees."""

import sqlite3
from contextlib import closing

import pytest

from tests.postgres import run_sql
from tests.scenes import settle
from tests.ui.query.test_completing import found
from tests.ui.test_query import open_query, run, said, tab, until, write


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """A database, what makes a temporary table, and what brings another schema's names near."""
    make = "CREATE TEMP TABLE mine (glow INT, shine TEXT)"
    if request.param == "postgresql":
        target = request.getfixturevalue("postgres")
        run_sql(target, "CREATE SCHEMA far", "CREATE TABLE far.distant_stars (light INT)")
        return target, make, "SET search_path TO far, public"
    far = tmp_path / 'f"ar.db'
    with closing(sqlite3.connect(far)) as other:
        other.execute("CREATE TABLE distant_stars (light INTEGER)")
    near = request.getfixturevalue("sqlite_file")("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    return near, make, f"""ATTACH '{far}' AS "f""ar" """


async def did(pilot, sql):
    write(pilot, sql)
    await run(pilot)


async def offers(pilot, text, wanted):
    """Wait until `wanted` comes first where `text` ends."""

    def comes_first() -> bool:
        write(pilot, text)
        tab(pilot).action_complete()
        return tuple(found(pilot).shown[: len(wanted)]) == wanted

    await until(pilot, comes_first)


async def test_what_only_the_session_has_is_completed(open_app, place):
    target, make, bring = place
    async with open_app(target) as pilot:
        await open_query(pilot)
        await did(pilot, make)
        await offers(pilot, "select * from min", ("mine",))
        await offers(pilot, "select * from mine m where m.", ("glow", "shine"))
        await did(pilot, bring)
        await offers(pilot, "select * from dista", ("distant_stars",))
        await offers(pilot, "select * from distant_stars d where d.", ("light",))


async def test_what_a_transaction_made_is_known_from_its_text(open_app, place):
    target, make, _ = place
    async with open_app(target) as pilot:
        await open_query(pilot)
        await did(pilot, "BEGIN")
        await did(pilot, make)
        await offers(pilot, "select * from mine m where m.", ("glow", "shine"))
        await did(pilot, "ROLLBACK")
        await offers(pilot, "select * from mine m where m.", ())


async def test_a_temporary_table_has_no_tab_to_go_to(open_app, place):
    target, make, _ = place
    async with open_app(target) as pilot:
        await open_query(pilot)
        await did(pilot, make)
        await offers(pilot, "select * from min", ("mine",))
        write(pilot, "select * from mine")
        tab(pilot).action_definition()
        await settle(pilot)
        assert said(pilot) == "only this tab's session has mine: it opens in no tab of its own"
