"""Keys in any order, faster than anything answers: no error, and the rows are still there."""

import random

import pytest

from studio.ui.shell.main import MainScreen
from tests.examples import examples
from tests.scenes import settle
from tests.ui.test_browse import main

KEYS = (
    *"hjklgGsSfFyrceuwdDnixaptTR%:=?CX/L><\\123456789bmo0",
    *("up", "down", "left", "right", "pageup", "pagedown", "home", "end", "enter", "space"),
    *("tab", "shift+tab", "backspace", "escape", "escape", "ctrl+p", "ctrl+d", "ctrl+u", "ctrl+r"),
    *("ctrl+e", "ctrl+t", "ctrl+n", "ctrl+home", "ctrl+end", "delete"),
)


@pytest.mark.parametrize("seed", range(examples(4)))
async def test_keys_in_any_order(open_app, demo, tmp_path, monkeypatch, seed):
    monkeypatch.chdir(tmp_path)  # some of them write files
    choose = random.Random(seed)
    async with open_app(demo, size=choose.choice([(120, 36), (80, 24), (40, 12)])) as pilot:
        for _ in range(12):
            await pilot.press(*choose.choices(KEYS, k=25))
            await pilot.resize_terminal(choose.randint(20, 140), choose.randint(5, 50))
        for _ in range(8):
            if not isinstance(pilot.app.screen, MainScreen):
                await pilot.press("escape")
            await settle(pilot)
        assert pilot.app.is_running
        assert isinstance(pilot.app.screen, MainScreen)
        await pilot.resize_terminal(100, 30)
        # An editor would take the letters.
        main(pilot).tree_pane.focus()
        await pilot.press("t", *"users", "enter")
        await settle(pilot)
        shown = main(pilot).tab_stack.current
        assert shown is not None
        assert shown.tab_title == "users"
