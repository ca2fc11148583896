"""An idle studio sends nothing: over ssh every byte costs, and a night is long.

A short while a scene; STUDIO_IDLE_S=10 is what the promise says.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from tests.patience import IN_VAIN_S
from tests.terminal import Terminal
from tests.ui.terminal.states import rows_shown, sqlite_place

IDLE_S = float(os.environ.get("STUDIO_IDLE_S", "1.5"))
"""A blink comes within one second, and so does what repeats itself."""


@dataclass(frozen=True)
class Scene:
    name: str
    keys: tuple[str, ...]
    shows: str
    leave: tuple[str, ...] = ("escape",)


SCENES = (
    Scene("rows", (), "row 1 of 3", ()),
    Scene("help", ("?",), "Next row"),
    Scene("palette", ("ctrl+p",), "what do you want"),
    Scene("go to", ("t",), "go to table"),
    Scene("filter", ("/",), "where"),
    Scene("follow", ("r",), "follow"),
    Scene("value", ("enter",), "as text"),
    Scene("copy", ("y",), "copy"),
    Scene("record", ("space",), "note", ("space",)),
    Scene("editor", ("right", "e"), "enter stage"),
    Scene("review", ("d", "w"), "COMMIT"),
    Scene("quit", ("ctrl+q",), "staged"),
    Scene("query", ("T",), "ctrl+r", ()),
    Scene("history", ("ctrl+l",), "", ()),
)


def sent_when_idle(terminal: Terminal) -> bytes:
    """What is still sent when the screen had its time; on a busy machine what a scene finds out, or
    the badge of waiting migrations, may come late, but what blinks or repeats itself never ends.
    """
    end = time.monotonic() + IN_VAIN_S
    while True:
        before = len(terminal.received)
        terminal.settle(IDLE_S, timeout_s=IDLE_S)
        sent = bytes(terminal.received[before:])
        if not sent or time.monotonic() > end:
            return sent


def test_an_idle_screen_sends_nothing(tmp_path: Path) -> None:
    place = sqlite_place(tmp_path)
    with Terminal(place.command, columns=80, rows=24, env=place.environment) as terminal:
        rows_shown(terminal)
        for scene in SCENES:
            for key in scene.keys:
                terminal.press(key, settle_s=0.3)
            terminal.wait_for(scene.shows)
            assert not sent_when_idle(terminal), scene.name
            shown = terminal.text()
            for key in scene.leave:
                terminal.press(key, settle_s=0.3)
                # An escape that is read together with the next key would be another key.
                terminal.wait_for(lambda t, shown=shown: t.text() != shown)
