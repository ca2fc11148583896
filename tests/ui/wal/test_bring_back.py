"""A deleted row brought back by keys, through the review."""

from studio.ui.editing.review import Review
from tests.patience import until
from tests.scenes import answerable, settle
from tests.ui.editing.driving import notices
from tests.ui.test_browse import press
from tests.ui.wal.test_wal import live, tab

__all__ = ["live"]


async def test_a_deleted_row_comes_back(open_app, live):
    path, writer, reader = live
    reader.sql("COMMIT")
    writer.sql("DELETE FROM people")
    async with open_app(path) as pilot:
        await press(pilot, "g", "w", "b")
        assert "enter shows the rows of a commit" in notices(pilot)
        known = tab(pilot).commits.count
        await press(pilot, "enter", "tab", "down", "b")
        assert isinstance(pilot.app.screen, Review)
        staging = tab(pilot)._workspace.staging
        assert len(staging.changes) == 1
        # What the top line says of staged rows is done from here too.
        await answerable(pilot)
        await press(pilot, "escape", "u")
        assert not len(staging.changes)
        await press(pilot, "u")
        assert "nothing staged to take back" in notices(pilot)
        await press(pilot, "b")
        await answerable(pilot)
        await press(pilot, "escape", "w")
        assert isinstance(pilot.app.screen, Review)
        await answerable(pilot)
        await press(pilot, "enter")
        await settle(pilot)
        assert writer.sql("SELECT * FROM people") == [[1, "[red]Ann"]]
        await press(pilot, "escape")
        await pilot.press("R")
        await until(lambda: tab(pilot).commits.count > known)
        await press(pilot, "home", "down", "enter", "B")
        assert isinstance(pilot.app.screen, Review)
        assert len(tab(pilot)._workspace.staging.changes) == 2


async def test_what_cannot_be_brought_back_says_why(open_app, live):
    path, writer, reader = live
    reader.sql("COMMIT")
    writer.sql("DROP TABLE people")
    async with open_app(path) as pilot:
        await press(pilot, "g", "w", "enter", "B")
        assert "2 rows of people not staged: there is no table of that name now" in notices(pilot)
        assert not isinstance(pilot.app.screen, Review)
