"""A whole value is searched, saved, and its bytes are named."""

import json
import sqlite3
from contextlib import closing

import pytest

from studio.ui.rows.record_view import RecordView
from studio.ui.values.value_view import ValueView
from tests.patience import until
from tests.postgres import run_sql
from tests.ui.test_browse import press

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
TEXT = "\n".join(f"line {i}" for i in range(300)) + "\nNeedle (a.b)\nlast needle (A.B)"


@pytest.fixture
def values(tmp_path):
    path = tmp_path / "a.db"
    document = json.dumps({"a": [{"b": i} for i in range(200)], "needle": {"deep": "NEEDLE"}})
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE things (bytes BLOB, words TEXT, doc TEXT, none TEXT)")
        made.execute("INSERT INTO things VALUES (?, ?, ?, NULL)", (PNG, TEXT, document))
        made.commit()
    return str(path)


def shown(pilot) -> str:
    view = pilot.app.screen.query_one(ValueView)
    return "\n".join(view.render_line(y).text for y in range(view.size.height))


async def open_value(pilot) -> None:
    await press(pilot, "enter")
    await until(lambda: pilot.app.screen.query(ValueView))


async def test_bytes_are_named_and_saved_as_they_are(open_app, values, tmp_path):
    async with open_app(values, table="things") as pilot:
        await open_value(pilot)
        assert "PNG image" in shown(pilot)
        await press(pilot, "X", f"text:{tmp_path}/out.png", "enter")
        await until((tmp_path / "out.png").exists)
        assert (tmp_path / "out.png").read_bytes() == PNG


async def test_bytes_of_postgresql_are_saved_as_bytes(open_app, postgres, tmp_path):
    run_sql(
        postgres, f"CREATE TABLE things (b bytea); INSERT INTO things VALUES ('\\x{PNG.hex()}')"
    )
    async with open_app(postgres, table="things") as pilot:
        await open_value(pilot)
        assert "PNG image" in shown(pilot)
        await press(pilot, "X", f"text:{tmp_path}/out.png", "enter")
        await until((tmp_path / "out.png").exists)
        assert (tmp_path / "out.png").read_bytes() == PNG


@pytest.mark.parametrize("name", ["a.db", "a.db-journal", "a.db-wal"])
async def test_a_value_never_goes_over_a_database_or_beside_it(open_app, values, tmp_path, name):
    before = (tmp_path / "a.db").read_bytes()
    async with open_app(values, table="things") as pilot:
        await press(pilot, "enter", "X", f"text:{tmp_path}/{name}", "enter")
        await until(lambda: list(pilot.app._notifications))
        assert (tmp_path / "a.db").read_bytes() == before
        assert not list(tmp_path.glob("a.db-journal"))
        assert not [each for each in tmp_path.glob("a.db-wal") if each.stat().st_size]


async def test_a_text_is_searched_both_ways(open_app, values):
    async with open_app(values, table="things") as pilot:
        await press(pilot, "right")
        await open_value(pilot)
        view = pilot.app.screen.query_one(ValueView)
        await press(pilot, "/", "text:needle (a.b", "enter")
        first = view._found
        assert TEXT[first:].startswith("Needle")
        assert "Needle (a.b)" in shown(pilot)
        await press(pilot, "n")
        assert TEXT[view._found :].startswith("needle (A")
        await press(pilot, "n")
        assert view._found == first
        await press(pilot, "N")
        assert view._found > first


async def test_a_tree_is_searched_and_opens(open_app, values):
    async with open_app(values, table="things") as pilot:
        await press(pilot, "right", "right", "enter", "O")
        view = pilot.app.screen.query_one(ValueView)
        assert "deep" not in shown(pilot)
        await press(pilot, "/", "text:deep", "enter")
        assert view.json_tree.path_here() == "$.needle.deep"
        assert "deep" in shown(pilot)


async def test_a_value_of_another_class_than_declared_says_so(open_app, tmp_path):
    path = tmp_path / "b.db"
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE things (created_at INTEGER, made_at INTEGER, day DATE, b BLOB)")
        made.execute("INSERT INTO things VALUES ('2026-01-01', 1767690000000, '2026-01-01', 'x')")
        made.commit()
    said = []
    async with open_app(str(path), table="things") as pilot:
        for _ in range(4):
            await press(pilot, "enter")
            said.append("stored as text" in shown(pilot))
            await press(pilot, "escape", "right")
        await press(pilot, "space")
        record = pilot.app.screen.query_one(RecordView)
        lines = [record.render_line(y).text for y in range(record.size.height)]
        told = [line.split()[0] for line in lines if "is text" in line]
        assert told == ["created_at", "b"]
    assert said == [True, False, False, True]
