"""A question lists every key that it takes, and takes no other."""

from pathlib import Path

import pytest
from textual.widgets import Static

from studio.model.change_set import EditHistory
from studio.ui.editing.take_up import TakeUp
from studio.ui.keys.commands import commands_of, key_label
from studio.ui.query.commit import AskCommit
from studio.ui.widgets.ask import Ask
from studio.ui.widgets.dialog import Confirming
from tests.scenes import answerable, settle


@pytest.mark.parametrize(
    "make",
    [
        lambda: Ask("Quit all the same?", yes="quit"),
        lambda: AskCommit("Commit?"),
        lambda: TakeUp(EditHistory(), Path("none")),
    ],
)
async def test_every_key_is_listed_and_no_other_answers(open_app, demo, make):
    async with open_app(demo, table="users", size=(80, 24)) as pilot:
        question: Confirming[object] = make()
        answers: list[object] = []
        pilot.app.push_screen(question, answers.append)
        await settle(pilot)
        listed = str(question.query_one("#keys", Static).content).replace(",", " ").split()
        taken = {key for one in commands_of(question) for key in one.keys.split(",")}
        assert {key_label(key) for key in taken} <= set(listed)
        await answerable(pilot)
        for key in ("enter", "space", "b", "right", "Y"):
            await pilot.press(key)
        await settle(pilot)
        assert pilot.app.screen is question
        assert answers == []
