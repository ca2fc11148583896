"""The whole database as of a commit, in the ordinary workspace, and back to now."""

import sqlite3
from contextlib import closing
from pathlib import Path
from shutil import copytree

from studio.model.change import Delete
from studio.ui.query.tab import QueryTab
from studio.ui.rows.tab import BrowseTab
from studio.ui.shell.main import MainScreen
from studio.ui.wal.copying import progress
from tests.ui.editing.driving import notices
from tests.ui.test_browse import press
from tests.ui.wal.test_wal import live, tab
from tests.wal.test_samples import SAMPLES

__all__ = ["live"]


def rows(screen: MainScreen) -> list[tuple[object, ...]]:
    """What the grid holds."""
    shown = screen.tab_stack.current
    assert isinstance(shown, BrowseTab)
    source = shown.rows.source
    assert source is not None
    return [tuple(source.row(row) or ()) for row in range(source.height)]


async def test_there_and_back(open_app, live):
    path, writer, reader = live
    async with open_app(path) as pilot:
        now = pilot.app.screen
        people = now.tab_stack.current.relation
        now.workspace.staging.stage(Delete(people, {"id": 2}, {"name": "Bob"}))
        await press(pilot, "g", "w", "down", "v")
        past = pilot.app.screen
        assert isinstance(past, MainScreen)
        assert past is not now
        assert past.top_line.label == "app.db as of commit 3"
        assert "read-only (the past)" in past.top_line.facts
        assert past.top_line.has_class("-past")
        assert "g n back to now" in past.top_line.right
        assert "edit" not in {word for _, word in past.status.keys}
        folder = Path(past.workspace.session.opening.target.address).parent
        reader.sql("COMMIT")
        writer.sql("DELETE FROM people")
        writer.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        await press(pilot, "R")
        assert rows(past) == [(1, "[red]Ann"), (2, "Bo")]
        await press(pilot, "d")
        assert not len(past.workspace.staging.changes)
        assert "nothing changes what was" in notices(pilot)
        await press(pilot, "T", *"delete from people", "ctrl+r")
        assert isinstance(past.tab_stack.current, QueryTab)
        assert "delete" in past.tab_stack.current.editor.text
        await press(pilot, "shift+tab", "g", "n")
        assert pilot.app.screen is now
        assert isinstance(now.tab_stack.current, type(tab(pilot)))
        assert not folder.exists()
        assert len(now.workspace.staging.changes) == 1
        assert "staged 1" in now.top_line.right


async def test_leaving_studio_in_the_past_leaves_nothing(open_app, live):
    path, _, _ = live
    async with open_app(path) as pilot:
        await press(pilot, "g", "w", "v")
        past = pilot.app.screen
        folder = Path(past.workspace.session.opening.target.address).parent
        assert folder.exists()
        pilot.app.action_leave()
    assert not folder.exists()


async def test_a_state_is_saved_as_a_new_file(open_app, live):
    path, _, _ = live
    async with open_app(path) as pilot:
        await press(pilot, "g", "w", "down", "o")
        await press(pilot, "enter")
        output = path.with_name("app-3.db")
        assert f"{output}: the database as of commit 3" in notices(pilot)
        with closing(sqlite3.connect(f"file:{output}?mode=ro", uri=True)) as saved:
            assert saved.execute("SELECT name FROM people WHERE id = 2").fetchall() == [("Bo",)]
        await press(pilot, "o")
        await press(pilot, "enter")
        assert "is there already: name a new file" in notices(pilot)


async def test_an_unreachable_commit_is_not_visited(open_app, tmp_path):
    folder = copytree(SAMPLES / "partial-checkpoint", tmp_path / "wal")
    async with open_app(Path(folder) / "app.db") as pilot:
        now = pilot.app.screen
        await press(pilot, "g", "w", "end", "v")
        assert pilot.app.screen is now
        assert "a checkpoint has written later pages over" in notices(pilot)


def test_a_large_copy_says_how_long_about():
    assert progress(0, 10**9, 0.0) == "0 bytes of 1.0 GB"
    assert progress(25 * 10**7, 10**9, 1.0) == "250.0 MB of 1.0 GB, ~3 s more"
