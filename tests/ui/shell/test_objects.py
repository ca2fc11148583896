"""The source of what a database holds besides tables."""

import sqlite3
from contextlib import closing

from studio.ui.shell.objects import GoToObject
from studio.ui.values.value import ValueScreen
from tests.patience import until
from tests.postgres import run_sql
from tests.ui.test_browse import press

SOURCES = {
    "twice": "CREATE OR REPLACE FUNCTION public.twice(n integer)",
    "tidy": "CREATE OR REPLACE PROCEDURE public.tidy()",
    "watching": "CREATE TRIGGER watching BEFORE INSERT ON things",
    "spare": "CREATE SEQUENCE public.spare AS bigint",
    "mood": "CREATE TYPE public.mood AS ENUM ('sad', 'it''s')",
    "pair": "CREATE TYPE public.pair AS (a integer, b text)",
    "short": "CREATE DOMAIN public.short AS text",
    "seen": "CREATE VIEW",
    "plpgsql": "CREATE EXTENSION IF NOT EXISTS plpgsql",
}


async def listed(pilot) -> GoToObject:
    await press(pilot, "g", "o")
    picker = pilot.app.screen
    assert isinstance(picker, GoToObject)
    await until(lambda: not picker.is_filling)
    return picker


async def source(pilot, name: str) -> str:
    await listed(pilot)
    await press(pilot, f"text:{name}", "enter")
    await until(lambda: isinstance(pilot.app.screen, ValueScreen))
    value = pilot.app.screen._value
    await press(pilot, "escape")
    return value


async def test_each_kind_of_postgresql_shows_its_source(open_app, postgres):
    run_sql(
        postgres,
        "CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2';"
        "CREATE PROCEDURE tidy() LANGUAGE sql AS 'SELECT 1';"
        "CREATE TABLE things (id int GENERATED ALWAYS AS IDENTITY, n int);"
        "CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        "CREATE TRIGGER watching BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION watch();"
        "CREATE SEQUENCE spare; CREATE TYPE mood AS ENUM ('sad', 'it''s');"
        "CREATE TYPE pair AS (a int, b text); CREATE DOMAIN short AS text;"
        "CREATE VIEW seen AS SELECT n FROM things",
    )
    async with open_app(postgres, table="things") as pilot:
        for name, begins in SOURCES.items():
            assert begins in await source(pilot, name), name
        assert "EXECUTE FUNCTION" in await source(pilot, "trigger watching")
        assert "OWNED BY public.things.id" in await source(pilot, "things_id_seq")


async def test_triggers_and_views_of_sqlite_show_their_source(open_app, tmp_path):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as made:
        made.executescript(
            "CREATE TABLE things (n);"
            "CREATE VIEW seen AS SELECT n FROM things;"
            'CREATE TRIGGER "a\'""b\x1b[31m" AFTER INSERT ON things BEGIN SELECT 1; END;'
        )
    async with open_app(str(path), table="things") as pilot:
        picker = await listed(pilot)
        shown = [str(option.prompt) for option in picker.lines.options]
        assert len(shown) == 2
        assert "\x1b" not in "".join(shown)
        await press(pilot, "escape")
        assert await source(pilot, "seen") == "CREATE VIEW seen AS SELECT n FROM things"
        assert "BEGIN SELECT 1; END" in await source(pilot, "trigger")


async def test_a_database_without_any_says_so(open_app, tmp_path):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as made:
        made.executescript("CREATE TABLE things (n)")
    async with open_app(str(path), table="things") as pilot:
        picker = await listed(pilot)
        assert [str(option.prompt) for option in picker.lines.options] == [
            "nothing here has such a name"
        ]
