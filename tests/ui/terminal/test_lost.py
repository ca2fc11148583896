"""However a terminal is lost, whatever was under way: nothing is left running, nothing is lost.

By itself a short selection; `STUDIO_LOST=all STUDIO_STALL_S=15` tries every way in every state.
"""

import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest

from tests.terminal import Terminal
from tests.ui.terminal.states import (
    COLUMNS,
    ROWS,
    STATES,
    Place,
    mute_server,
    postgres_place,
    sqlite_place,
)
from tests.ui.terminal.ways import INTERRUPT, WAYS, Way, in_tmux, in_waiting_shell

GONE_S = 5.0
"""By then, nothing of studio runs any more."""
_FORGOTTEN = 127
"""What bash's `wait` answers for a job that is not in its table any more."""
_MARK = "STUDIO_TEST_MARK"
_SHORT = [
    ("closed", "applying"),
    ("closed while it is written to", "running"),
    ("SIGTERM", "$EDITOR"),
    ("SIGHUP, SIGCONT", "review"),
    ("SIGTERM twice", "connecting"),
    ("SIGKILL, closed", "question"),
    ("stalled, SIGHUP", "grid"),
    ("stalled, SIGTERM", "cell editor"),
    ("stalled, SIGHUP, SIGCONT", "running on a server"),
    ("suspended, closed", "staged"),
    ("suspended before a shell, SIGTERM, SIGCONT", "query tab"),
    ("frozen before a shell, SIGTERM, SIGCONT", "running"),
    ("frozen, closed", "help"),
    ("emulator killed", "applying on a server"),
    ("tmux kill-server", "picker"),
    ("closed", "starting"),
]
_ALL = [(way, state) for way in WAYS for state in STATES]


def of_run(mark: str) -> dict[int, str]:
    """Processes of this run that are alive → their command."""
    wanted = f"{_MARK}={mark}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if wanted in (folder / "environ").read_bytes():
                found[int(folder.name)] = (
                    (folder / "cmdline").read_bytes().decode("utf-8", "replace")
                )
    return found


def studio_of(mark: str) -> int:
    """The one that draws: of studio's own, the first."""
    ours = [
        process
        for process, command in of_run(mark).items()
        if re.match(r"[^\0]*python[^\0]*\0-m\0studio\0", command)
    ]
    return min(ours)


def until_gone(mark: str, terminal: Terminal, way: Way) -> dict[int, str]:
    """What is left after the time for it. The terminal is not read meanwhile: a shell that would
    say what became of its job may wait for that.
    """
    end = time.monotonic() + GONE_S
    while time.monotonic() < end:
        terminal.exit_code()
        left = of_run(mark)
        if way.around is in_waiting_shell:
            left.pop(terminal.pid, None)
        if not left:
            break
        time.sleep(0.02)
    return left


def lose(way: Way, state_name: str, place: Place) -> None:
    state = STATES[state_name]
    mark = uuid4().hex
    command = way.around(place.command, place.folder / "tmux")
    environment = {**place.environment, _MARK: mark, "TMUX": ""}
    try:
        with (
            state.hinder(place),
            Terminal(command, columns=COLUMNS, rows=ROWS, env=environment) as terminal,
        ):
            state.reach(terminal)
            studio = studio_of(mark)
            for act in way.acts:
                act(terminal, studio)
            left = until_gone(mark, terminal, way)
            assert not left
            if way.code is not None:
                # A shell that asks after the job has ended and gone knows its code no more.
                unknown = {_FORGOTTEN} if way.around is in_waiting_shell else set()
                assert terminal.wait_exit() in {way.code} | unknown
    finally:
        for process in of_run(mark):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        if way.around is in_tmux:
            subprocess.run(["tmux", "-S", str(place.folder / "tmux"), "kill-server"],
                           check=False, capture_output=True)  # fmt: skip
    if state.is_staged:
        offered(place)


def offered(place: Place) -> None:
    """The next start offers the edit."""
    with Terminal(place.command, columns=COLUMNS, rows=ROWS, env=place.environment) as terminal:
        terminal.wait_for("1 staged edit ", timeout_s=60)
        os.kill(terminal.pid, signal.SIGKILL)


@pytest.fixture
def place_for(tmp_path, request):
    """`place_for(engine)`: a fresh database on it."""
    held = []

    def made(engine: str) -> Place:
        if engine == "sqlite":
            return sqlite_place(tmp_path)
        if engine == "postgresql":
            return postgres_place(tmp_path, request.getfixturevalue("postgres"))
        held.append(mute_server(tmp_path))
        return held[-1].__enter__()

    yield made
    for server in held:
        server.__exit__(None, None, None)


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("way", "state"), _ALL if os.environ.get("STUDIO_LOST") == "all" else _SHORT
)
def test_nothing_is_left_and_nothing_is_lost(place_for, way, state):
    lose(WAYS[way], state, place_for(STATES[state].engine))


def test_an_interrupt_from_outside_ends_it(place_for):
    lose(INTERRUPT, "staged", place_for("sqlite"))
