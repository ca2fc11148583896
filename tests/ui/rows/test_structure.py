"""The structure of a relation, as the page says it."""

import sqlite3
from contextlib import closing

from rich.console import Console

from studio.ui.rows.structure_view import StructureView
from tests.patience import until
from tests.postgres import run_sql
from tests.ui.test_browse import press, tab


def page(pilot) -> str:
    shown = tab(pilot).query_one(StructureView).query_one("#page").content
    console = Console(width=120, color_system=None)
    with console.capture() as captured:
        console.print(shown)
    return captured.get()


async def test_the_size_of_an_index_is_an_estimate(open_app, postgres):
    run_sql(
        postgres,
        "CREATE TABLE events (id int);"
        "INSERT INTO events SELECT i FROM generate_series(1, 1000) i;"
        "CREATE INDEX by_id ON events (id)",
    )
    async with open_app(postgres, table="events") as pilot:
        await press(pilot, "g", "s")
        shown = page(pilot)
        (line,) = (line for line in shown.splitlines() if "by_id (id)" in line)
        assert " ~" in line
        assert "KiB" in line


async def test_use_policies_and_what_triggers_call_are_told(open_app, postgres):
    run_sql(
        postgres,
        "CREATE TABLE events (id int PRIMARY KEY, owner text);"
        "CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN NEW.owner := 'seen\x1b[31m'; RETURN NEW; END$$;"
        "CREATE TRIGGER watching BEFORE INSERT ON events"
        " FOR EACH ROW EXECUTE FUNCTION watch();"
        "ALTER TABLE events ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY own ON events FOR SELECT USING (owner = current_user);"
        "ANALYZE events",
    )
    async with open_app(postgres, table="events") as pilot:
        await press(pilot, "g", "s")
        await until(lambda: "Use" in page(pilot))
        shown = page(pilot)
        assert "NEW.owner := 'seen" in shown
        assert "\x1b" not in shown
        assert "row security is on, but not for the owner" in shown
        assert "own  for select to public" in shown
        assert "using (owner = CURRENT_USER" in shown
        assert "live rows, ~0 dead rows" in shown
        assert "last vacuumed: never" in shown
        (line,) = (line for line in shown.splitlines() if "events_pkey (id)" in line)
        assert "  ~" in line


async def test_a_trigger_of_sqlite_shows_its_source(open_app, tmp_path):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as made:
        made.executescript(
            "CREATE TABLE events (id INTEGER PRIMARY KEY, n);"
            "CREATE TRIGGER up AFTER INSERT ON events BEGIN UPDATE events SET n = 7; END;"
        )
    async with open_app(str(path), table="events") as pilot:
        await press(pilot, "g", "s")
        section = page(pilot).split("Triggers\n")[1].split("Options\n")[0]
        assert "up  after insert" in section
        assert "BEGIN UPDATE events SET n = 7; END" in section
        assert "Policies" not in page(pilot)


async def test_a_text_is_found_in_the_structure(open_app, tmp_path):
    path = tmp_path / "a.db"
    columns = ", ".join(f"c{i} INTEGER" for i in range(80))
    with closing(sqlite3.connect(path)) as made:
        made.executescript(f"CREATE TABLE wide ({columns}, Needle TEXT)")
    async with open_app(str(path), table="wide", size=(80, 24)) as pilot:
        await press(pilot, "g", "s")
        view = tab(pilot).query_one(StructureView)
        await press(pilot, "/", "text:needle", "enter")
        first = view.scroll_y
        assert first > 0
        await press(pilot, "n")
        assert view.scroll_y > first
        await press(pilot, "N")
        assert view.scroll_y == first
