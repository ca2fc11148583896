"""The review asks before it applies what could not be taken back."""

import pytest

from studio.ui.editing.change_sets import ChangeSets
from studio.ui.editing.review import Review
from studio.ui.editing.undo_review import UndoReview
from studio.ui.widgets.ask import Ask
from tests.scenes import answerable, settle
from tests.ui.editing.driving import USERS, notices, rows, staging
from tests.ui.test_browse import press
from tests.unwritable import WAYS, unwritable


@pytest.fixture(params=WAYS)
def keeps_nothing(request, tmp_path):
    """A state folder in which nothing can be kept."""
    with unwritable(tmp_path / "state", request.param) as said:
        yield said


async def review_and_apply(pilot) -> None:
    await press(pilot, "d", "w")
    await settle(pilot)
    await answerable(pilot)
    await press(pilot, "enter")
    await settle(pilot)
    await answerable(pilot)


@pytest.mark.usefixtures("keeps_nothing")
async def test_it_is_asked_and_no_keeps_it_staged(sqlite_file, open_app):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await review_and_apply(pilot)
        assert isinstance(pilot.app.screen, Ask)
        await press(pilot, "n")
        assert isinstance(pilot.app.screen, Review)
        assert len(rows(path)) == 3
        assert len(staging(pilot).changes) == 1


@pytest.mark.usefixtures("keeps_nothing")
async def test_yes_applies_it_without_undo(sqlite_file, open_app):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await review_and_apply(pilot)
        assert len(rows(path)) == 3
        await press(pilot, "y")
        await settle(pilot)
        assert len(rows(path)) == 2
        assert len(staging(pilot).changes) == 0
        assert "cannot be taken back" in notices(pilot)


async def test_what_was_applied_without_undo_is_not_offered_again(tmp_path, sqlite_file, open_app):
    """The disk fills after the edit was staged: its log could not say any more that it is in."""
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "d")
        await staging(pilot).kept()
        journal = staging(pilot).journal
        kept = next(journal.folder.glob("staged-*.jsonl"))
        await press(pilot, "w")
        await settle(pilot)
        journal.folder.rename(journal.folder.with_suffix(".moved"))
        journal.folder.write_text("in the way")
        await answerable(pilot)
        await press(pilot, "enter")
        await settle(pilot)
        await answerable(pilot)
        await press(pilot, "y")
        await settle(pilot)
        assert len(rows(path)) == 2
        assert (journal.folder.with_suffix(".moved") / kept.name).read_bytes() == b""


@pytest.mark.parametrize("answer", ["y", "n"])
async def test_taking_back_asks_the_same(sqlite_file, open_app, answer):
    """The disk fills after the set was applied."""
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await review_and_apply(pilot)
        assert len(rows(path)) == 2
        pilot.app.screen.query_one(ChangeSets).action_undo_last()
        await settle(pilot)
        assert isinstance(pilot.app.screen, UndoReview)
        journal = staging(pilot).journal
        journal.folder.rename(journal.folder.with_suffix(".moved"))
        journal.folder.write_text("in the way")
        await answerable(pilot)
        await press(pilot, "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, Ask)
        assert len(rows(path)) == 2
        await answerable(pilot)
        await press(pilot, answer)
        await settle(pilot)
        if answer == "n":
            assert isinstance(pilot.app.screen, UndoReview)
            assert len(rows(path)) == 2
        else:
            assert len(rows(path)) == 3
            assert "without undo" in notices(pilot)
