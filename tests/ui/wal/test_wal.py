"""The WAL page on a database that another program has open, driven by keys."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from threading import Event

import pytest
from textual.widgets import Static

from studio.backends.sqlite.wal_history import SQLiteWalHistory
from studio.backends.target import Target
from studio.db.url import parse
from studio.ui.shell.main import MainScreen
from studio.ui.wal.reading import WalReading
from studio.ui.wal.tab import WalTab
from studio.wal.probe import Probe
from tests.backends.sqlite import situations
from tests.scenes import settle
from tests.ui.test_browse import press
from tests.wal.programs import Program, snapshot
from tests.wal.test_samples import SAMPLES


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[Path, Program, Program]]:
    """A database with a writer, and a reader who stands at an older commit."""
    path = tmp_path / "app.db"
    writer, reader = Program(path), Program(path)
    writer.sql("PRAGMA journal_mode=wal")
    writer.sql("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
    writer.sql("INSERT INTO people VALUES (1, '[red]Ann'), (2, 'Bo')")
    reader.sql("BEGIN")
    reader.sql("SELECT * FROM people")
    writer.sql("UPDATE people SET name = 'Bob' WHERE id = 2")
    yield path, writer, reader
    reader.close()
    writer.close()


def tab(pilot) -> WalTab:
    screen = next(s for s in pilot.app.screen_stack if isinstance(s, MainScreen))
    shown = screen.tab_stack.current
    assert isinstance(shown, WalTab)
    return shown


def commits(pilot) -> list[str]:
    lines = tab(pilot).commits
    return [lines.text_of(line).plain for line in range(lines.count)]


def rows(pilot) -> list[str]:
    lines = tab(pilot)._below.list
    return [lines.text_of(line).plain.strip() for line in range(lines.count)]


async def test_commits_readers_and_rows(open_app, live):
    path, writer, reader = live
    async with open_app(path) as pilot:
        await press(pilot, "g", "w")
        title = str(tab(pilot).query_one("#wal-title", Static).content)
        assert "app.db-wal" in title
        pid = reader.process.pid
        assert f"(pid {pid}) reads as of frame 3 and keeps 4.1 kB from being checkpoint" in title
        newest, before, oldest = commits(pilot)
        assert newest.split()[:4] == ["·", "4", "4-4", "1"]
        assert newest.rstrip().endswith("people")
        assert f"(pid {pid}) reads here" in before
        assert "schema" in oldest
        await press(pilot, "enter")
        assert rows(pilot) == ["people  ~1   b brings it back", "~ 2  name: 'Bo' → 'Bob'"]
        await press(pilot, "down", "enter")
        assert rows(pilot)[1:] == ["+ 1  id: 1  name: '[red]Ann'", "+ 2  id: 2  name: 'Bo'"]
        await press(pilot, "escape", "d", "up", "d")
        assert rows(pilot) == ["people  ~1   b brings it back", "~ 2  name: 'Bo' → 'Bob'"]
        await press(pilot, "escape")
        assert not tab(pilot).has_class("-rows")
        writer.sql("DELETE FROM people WHERE id = 1")
        await press(pilot, "R")
        assert commits(pilot)[0].split()[1] == "5"


async def test_a_new_commit_is_seen_by_itself(open_app, live):
    path, writer, _ = live
    async with open_app(path) as pilot:
        await press(pilot, "g", "w")
        await press(pilot, "down")
        writer.sql("DELETE FROM people WHERE id = 1")
        tab(pilot)._look()
        await settle(pilot)
        assert commits(pilot)[0].split()[1] == "5"
        assert tab(pilot).current == 3
        times = tab(pilot)._reading.arrivals.times
        assert list(times) == [5]
        assert commits(pilot)[0].rstrip().endswith(f"people ×1  {times[5]}")
        await press(pilot, "home", "v")
        assert pilot.app.screen.top_line.label == f"app.db as of commit 5, seen {times[5]}"


async def test_readers_come_and_go_without_a_change_of_any_file(open_app, live):
    path, writer, reader = live
    async with open_app(path) as pilot:
        await press(pilot, "g", "w")
        ((_, does), since), *others = tab(pilot)._reading.arrivals.seen.items()
        assert (does, others) == ("reads 3", [])
        title = tab(pilot).query_one("#wal-title", Static)
        assert f"checkpointed (seen since {since}, running since " in str(title.content)
        assert commits(pilot)[1].rstrip().endswith(f"reads here, seen since {since}")
        tab(pilot)._reading.arrivals.seen = {(reader.process.pid, "reads 3"): "earlier"}
        await press(pilot, "R")
        assert "(seen since earlier, running" in str(title.content)
        reader.sql("COMMIT")
        tab(pilot)._look()
        await settle(pilot)
        assert "reads" not in "".join(commits(pilot))
        assert "has it open, and neither reads nor writes now" in str(title.content)
        writer.sql("BEGIN IMMEDIATE")
        tab(pilot)._look()
        await settle(pilot)
        assert f"(pid {writer.process.pid}) is writing (seen since" in str(title.content)
        writer.sql("ROLLBACK")


async def test_an_unreachable_commit_says_why(open_app, tmp_path):

    folder = copytree(SAMPLES / "partial-checkpoint", tmp_path / "wal")
    async with open_app(Path(folder) / "app.db") as pilot:
        await press(pilot, "g", "w", "end")
        assert "cannot be rebuilt" in commits(pilot)[-1]
        await press(pilot, "enter")
        (said,) = rows(pilot)
        assert "commit 3 cannot be rebuilt: a checkpoint has written later pages" in said
        assert commits(pilot)[6].startswith(" ✓ ")


async def test_other_engines_say_they_have_none(open_app, postgres):
    async with open_app(postgres) as pilot:
        await press(pilot, "g", "w")
        screen = next(s for s in pilot.app.screen_stack if isinstance(s, MainScreen))
        assert screen.tab_stack.find("wal") is None


async def test_what_a_journal_would_undo(open_app, tmp_path):
    path = tmp_path / "live/app.db"
    path.parent.mkdir()
    situations.hot_journal(path)
    before = snapshot(path.parent)
    async with open_app(path) as pilot:
        await press(pilot, "g", "w")
        title = str(tab(pilot).query_one("#wal-title", Static).content)
        assert "a program died while it wrote: its -journal would undo" in title
        (line,) = commits(pilot)
        assert "unfinished" in line
        await press(pilot, "enter")
        assert rows(pilot)[0].startswith("ballast  ~")
        assert "→ 'gone'" in rows(pilot)[1]
    assert snapshot(path.parent) == before


async def test_deleted_rows_are_listed_and_not_brought_back(open_app, live):
    path, writer, _ = live
    writer.sql("PRAGMA secure_delete=OFF")
    writer.sql("DELETE FROM people WHERE id = 1")
    async with open_app(path) as pilot:
        await press(pilot, "g", "w", "D")
        assert rows(pilot)[:2] == ["people", "× ?  id: ∅  name: '[red]Ann'  (page 2)"]
        assert "may be incomplete" in rows(pilot)[-1]
        await press(pilot, "B")
        assert len(tab(pilot)._workspace.staging.changes) == 0


class LateLook(SQLiteWalHistory):
    """One whose answer about who is there comes when it may."""

    may = Event()

    def users(self, target: Target, found: Probe) -> Probe:
        now = super().users(target, found)
        self.may.wait()
        return now


async def test_who_was_asked_for_before_a_report_does_not_bring_the_old_one_back(tmp_path):
    path = tmp_path / "app.db"
    writer = Program(path)
    writer.sql("PRAGMA journal_mode=wal")
    writer.sql("CREATE TABLE a (x)")
    history = LateLook(stays=True)
    reading = WalReading(history, parse(str(path)))
    try:
        await reading.again()
        assert reading.read is not None
        before = len(reading.read[1].commits)
        who = asyncio.ensure_future(reading.look_who())
        await asyncio.sleep(0)
        writer.sql("INSERT INTO a VALUES (1)")
        await reading.again()
        history.may.set()
        await who
        assert len(reading.read[1].commits) == before + 1
    finally:
        history.may.set()
        history.close()
        writer.close()
