"""Ways to lose a terminal. Each gets the terminal and the number of studio's process."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGCONT, SIGHUP, SIGINT, SIGKILL, SIGSTOP, SIGTERM, SIGTSTP

from tests.terminal import Terminal

STALL_S = float(os.environ.get("STUDIO_STALL_S", "1"))
"""How long a stalled terminal does not read."""
_OUTPUT_S = 0.02

_RELAY = """
import os, pty, select, struct, fcntl, sys, termios
process, master = pty.fork()
if process == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(master, termios.TIOCSWINSZ, fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8)))
import tty
tty.setraw(0)
while True:
    for ready in select.select([0, master], [], [])[0]:
        os.write(master if ready == 0 else 1, os.read(ready, 65536))
"""
"""The least there is to a terminal emulator, or to sshd: one terminal inside another."""


def send(*numbers: int) -> Callable[[Terminal, int], None]:
    """Signals from outside, at once one after the other."""

    def act(terminal: Terminal, studio: int) -> None:
        del terminal
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(studio, number)

    return act


def close(terminal: Terminal, studio: int) -> None:
    """The window is closed."""
    del studio
    terminal.hang_up()


def stall(terminal: Terminal, studio: int) -> None:
    """It reads no more, while there is always something new to be drawn."""
    del studio
    end = time.monotonic() + STALL_S
    while time.monotonic() < end:
        for columns in (90, 100):
            terminal.resize(columns, 30)
            time.sleep(_OUTPUT_S)


def suspend(terminal: Terminal, studio: int) -> None:
    """Stopped, as by ctrl+z, where a shell could let it go on. Alone in its terminal it is not:
    for ever would be too long.
    """
    is_alone = os.getpgid(studio) == studio == terminal.pid
    send(SIGTSTP)(terminal, studio)
    if not is_alone:
        # The shell goes on when its job stops; at its own end it may have ended the job by now.
        with contextlib.suppress(FileNotFoundError):
            _until_stopped(studio)


def freeze(terminal: Terminal, studio: int) -> None:
    """Stopped without being asked."""
    send(SIGSTOP)(terminal, studio)
    _until_stopped(studio)


def flood(terminal: Terminal, studio: int) -> None:
    """Keys whose answers nobody reads; then it is gone."""
    del studio
    with contextlib.suppress(BlockingIOError):
        for _ in range(200):
            os.write(terminal._master, b"\x1b[B\x1b[A")
    terminal.hang_up()


def kill_parent(number: int) -> Callable[[Terminal, int], None]:
    """The emulator (or shell) studio runs in ends by a signal."""

    def act(terminal: Terminal, studio: int) -> None:
        del studio
        os.kill(terminal.pid, number)

    return act


def kill_shell(terminal: Terminal, studio: int) -> None:
    """The shell is killed, then its window closed: nobody passes SIGHUP on."""
    del studio
    os.kill(terminal.pid, SIGKILL)
    terminal.hang_up()


def tmux(*words: str) -> Callable[[Terminal, int], None]:
    """A command to the tmux server studio runs in."""

    def act(terminal: Terminal, studio: int) -> None:
        del studio
        subprocess.run([*terminal.command[:3], *words], check=False, capture_output=True)

    return act


def tmux_server(number: int) -> Callable[[Terminal, int], None]:
    """The tmux server ends by a signal."""

    def act(terminal: Terminal, studio: int) -> None:
        asked = [*terminal.command[:3], "display-message", "-p", "#{pid}"]
        done = subprocess.run(asked, check=True, capture_output=True, text=True)
        os.kill(int(done.stdout), number)
        del studio

    return act


def _until_stopped(process: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "T":
            return
        time.sleep(0.01)
    raise TimeoutError(f"{process} does not stop")


def direct(command: Sequence[str], socket: Path) -> list[str]:
    """In the terminal itself."""
    del socket
    return [*command]


def in_emulator(command: Sequence[str], socket: Path) -> list[str]:
    """In a terminal inside it."""
    del socket
    return [sys.executable, "-c", _RELAY, *command]


def in_tmux(command: Sequence[str], socket: Path) -> list[str]:
    """In tmux, with a server of its own and nobody's configuration."""
    return ["tmux", "-S", str(socket), "-f", "/dev/null", "new-session", *command]


def in_shell(command: Sequence[str], socket: Path) -> list[str]:
    """As a job of a shell, which stays in front of it."""
    del socket
    return before_shell(command, "true")


def in_waiting_shell(command: Sequence[str], socket: Path) -> list[str]:
    """As a job of a shell that waits for its end, in front of it while it is stopped."""
    return before_shell(command, "wait -f %1")


def before_shell(command: Sequence[str], then: str) -> list[str]:
    """As a job of a shell, which does something else when it is stopped, or over."""
    text = " ".join(f"'{word}'" for word in command)
    return ["bash", "--norc", "--noprofile", "-ic", f"{text}; {then}"]


@dataclass(frozen=True, slots=True)
class Way:
    """A way to lose a terminal."""

    acts: tuple[Callable[[Terminal, int], None], ...]
    around: Callable[[Sequence[str], Path], list[str]] = direct
    code: int | None = None
    """What studio ends with, where somebody can know it."""


WAYS = {
    "closed": Way((close,), code=128 + SIGHUP),
    "closed while it is written to": Way((flood,), code=128 + SIGHUP),
    "SIGTERM": Way((send(SIGTERM),), code=128 + SIGTERM),
    "SIGHUP": Way((send(SIGHUP),), code=128 + SIGHUP),
    "SIGHUP, SIGCONT": Way((send(SIGHUP, SIGCONT),), code=128 + SIGHUP),
    "SIGTERM, SIGCONT": Way((send(SIGTERM, SIGCONT),), code=128 + SIGTERM),
    "SIGTERM twice": Way((send(SIGTERM, SIGTERM),), code=128 + SIGTERM),
    "SIGTERM, closed": Way((send(SIGTERM), close)),
    "SIGKILL, closed": Way((send(SIGKILL), close), code=-SIGKILL),
    "stalled, SIGHUP": Way((stall, send(SIGHUP)), code=128 + SIGHUP),
    "stalled, SIGTERM": Way((stall, send(SIGTERM)), code=128 + SIGTERM),
    "stalled, SIGHUP, SIGCONT": Way((stall, send(SIGHUP, SIGCONT)), code=128 + SIGHUP),
    "stalled, closed": Way((stall, close), code=128 + SIGHUP),
    "stalled, SIGTERM, closed": Way((stall, send(SIGTERM), close)),
    "suspended, closed": Way((suspend, close)),
    "suspended, SIGTERM, SIGCONT": Way((suspend, send(SIGTERM, SIGCONT)), code=128 + SIGTERM),
    "suspended, SIGHUP, SIGCONT": Way((suspend, send(SIGHUP, SIGCONT)), code=128 + SIGHUP),
    "frozen, closed": Way((freeze, close)),
    "frozen, SIGTERM, SIGCONT": Way((freeze, send(SIGTERM, SIGCONT)), code=128 + SIGTERM),
    "emulator killed": Way((kill_parent(SIGKILL),), in_emulator),
    "emulator ended": Way((kill_parent(SIGTERM),), in_emulator),
    "emulator stalled, then killed": Way((kill_parent(SIGSTOP), stall, kill_parent(SIGKILL)),
                                         in_emulator),
    "tmux kill-server": Way((tmux("kill-server"),), in_tmux),
    "tmux kill-pane": Way((tmux("kill-pane"),), in_tmux),
    "tmux server killed": Way((tmux_server(SIGKILL),), in_tmux),
    "shell hung up": Way((close,), in_shell),
    "shell killed, closed": Way((kill_shell,), in_shell),
    "suspended under a shell, closed": Way((suspend, close), in_shell),
    "suspended before a shell, closed": Way((suspend, close), in_waiting_shell),
    "suspended before a shell, SIGTERM, SIGCONT": Way(
        (suspend, send(SIGTERM, SIGCONT)), in_waiting_shell, 128 + SIGTERM
    ),
    "suspended before a shell, SIGHUP, SIGCONT": Way(
        (suspend, send(SIGHUP, SIGCONT)), in_waiting_shell, 128 + SIGHUP
    ),
    "frozen before a shell, SIGTERM, SIGCONT": Way(
        (freeze, send(SIGTERM, SIGCONT)), in_waiting_shell, 128 + SIGTERM
    ),
}  # fmt: skip
INTERRUPT = Way((send(SIGINT),), code=128 + SIGINT)
"""Not in an editor of one's own: there, it is the editor's."""
