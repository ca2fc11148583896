"""Whose answer a key is: questions take one only from who has seen them."""

import importlib
import pkgutil
from time import monotonic

import pytest
from textual.events import Key, Paste
from textual.screen import ModalScreen

import studio.ui
from studio.ui.editing.review import Review
from studio.ui.keys.bursts import BURST_S, HELD_S, REPEAT_S, Bursts
from studio.ui.terminal.driver import KeyboardReader
from studio.ui.widgets.ask import Ask
from studio.ui.widgets.dialog import SEEN_S, Confirming, Dialog
from tests.scenes import answerable, settle
from tests.ui.editing.driving import USERS, notices, rows, staging
from tests.ui.test_browse import press

HARMLESS = {
    "AskExport": "writes a file under a name that was typed; to replace one is asked about",
    "CellEditor": "stages a value",
    "ChartScreen": "draws rows, and copies the drawing",
    "ColumnList": "arranges columns",
    "Connect": "chooses a database to look at",
    "CopyAs": "copies",
    "FindText": "edits a query's text, which undo takes back",
    "Help": "shows",
    "ProfileScreen": "shows, and keeps the rows of a line",
    "Pick": "goes to what was picked; a value is staged, a set is shown before it is taken back",
    "ValueScreen": "shows, and saves into a new file under a name that was typed",
}
"""Dialogs where any key may do what it does at any time, and why."""


def test_every_dialog_says_which_of_its_keys_are_answers():
    for module in pkgutil.walk_packages(studio.ui.__path__, "studio.ui."):
        importlib.import_module(module.name)
    dialogs, found = [ModalScreen], []
    while dialogs:
        here = dialogs.pop()
        dialogs += here.__subclasses__()
        if here.__module__.startswith("studio.") and here not in {Confirming, Dialog}:
            found.append(here)
    assert len(found) > 15
    for dialog in found:
        if not any(base.__name__ in HARMLESS for base in dialog.__mro__):
            assert issubclass(dialog, Confirming), dialog
    assert {one.__name__ for one in found if issubclass(one, Confirming) and one.CONFIRMS} >= {
        *("Ask", "AskCommit", "AskName", "Review", "UndoReview", "Conflicts", "TakeUp"),
    }


def at(key: str, time: float) -> Key:
    event = Key(key, None)
    event.time = time
    return event


@pytest.mark.parametrize(
    ("key", "other", "apart_s", "is_alone"),
    [
        ("enter", "x", BURST_S / 2, False),
        ("enter", "x", -BURST_S / 2, False),
        ("enter", "x", BURST_S * 2, True),
        ("enter", "x", -BURST_S * 2, True),
        ("enter", "down", BURST_S / 2, True),
        ("enter", "tab", BURST_S / 2, False),
        ("y", "enter", -BURST_S / 2, False),
        ("enter", "enter", REPEAT_S * 0.9, False),
        ("enter", "enter", REPEAT_S * 1.1, True),
    ],
)
def test_text_beside_a_key_makes_it_part_of_a_burst(key, other, apart_s, is_alone):
    bursts = Bursts()
    answer, beside = at(key, 10.0), at(other, 10.0 - apart_s)
    for event in sorted((answer, beside), key=lambda event: event.time):
        bursts.note(event)
    assert bursts.is_alone(answer) is is_alone


def test_a_paste_beside_a_key_is_text_too():
    bursts = Bursts()
    paste, answer = Paste("users"), at("enter", monotonic())
    bursts.note(paste)
    bursts.note(answer)
    assert not bursts.is_alone(answer)


def test_a_key_with_many_behind_it_was_not_alone():
    bursts, answer = Bursts(), at("enter", 10.0)
    bursts.note(answer)
    for number in range(1000):
        bursts.note(at("down", 10.0 + number))
    assert not bursts.is_alone(answer)


@pytest.mark.parametrize(
    ("gap_s", "is_alone"), [(REPEAT_S * 2, False), (HELD_S * 0.9, False), (HELD_S * 1.1, True)]
)
def test_a_held_key_that_comes_late_once_is_still_held(gap_s, is_alone):
    bursts = Bursts()
    for number in range(3):
        bursts.note(at("enter", 10.0 + number * REPEAT_S / 2))
    late = at("enter", 10.0 + REPEAT_S + gap_s)
    assert bursts.are_over(late.time) is is_alone
    bursts.note(late)
    assert bursts.is_alone(late) is is_alone


def typed_at_once(pilot, *keys: str) -> None:
    """What a terminal sends in one go."""
    for key in keys:
        pilot.app.post_message(Key(key, None).set_sender(pilot.app))


async def test_an_answer_before_the_question_was_seen_is_none(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "d")
        typed_at_once(pilot, "w", "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, Review)
        assert "press it again" in notices(pilot)
        assert len(rows(path)) == 3
        await press(pilot, "enter")
        assert len(rows(path)) == 2


async def test_a_question_that_comes_back_has_to_be_seen_again(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        pilot.app.push_screen(Ask("below"))
        await settle(pilot)
        await answerable(pilot)
        pilot.app.push_screen(Ask("above"))
        await settle(pilot)
        await answerable(pilot)
        answered_at = monotonic()
        await pilot.press("y")
        await settle(pilot)
        below = pilot.app.screen
        assert isinstance(below, Ask)
        assert not below.was_seen(answered_at + SEEN_S)


async def test_stepping_back_is_always_an_answer(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "d")
        typed_at_once(pilot, "W", "escape")
        await settle(pilot)
        assert not isinstance(pilot.app.screen, Ask)
        assert len(staging(pilot).changes) == 1


async def test_a_key_that_is_rebound_is_an_answer_as_well(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        pilot.app.set_keymap({"ask.yes": "j"})
        asked = Ask("really?")
        pilot.app.push_screen(asked)
        await settle(pilot)
        assert asked.confirms("j")
        assert not asked.confirms("y")


async def test_a_burst_is_one_however_late_the_rest_of_it_arrives(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "d", "w")
        await answerable(pilot)
        told, answer, rest = KeyboardReader().feed(b"\rx", monotonic())
        for message in (told, answer):
            pilot.app.post_message(message.set_sender(pilot.app))
        await pilot.pause(BURST_S * 5)
        pilot.app.post_message(rest.set_sender(pilot.app))
        await settle(pilot)
        assert "press it again" in notices(pilot)
        assert len(rows(path)) == 3
