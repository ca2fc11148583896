"""A program in a real pseudo-terminal, as a person with a keyboard meets it, and what it costs.

    with Terminal([sys.executable, "-m", "studio", "app.db"], columns=120, rows=36) as terminal:
        terminal.wait_for("users")
        cost = terminal.press("pagedown")
        assert cost.bytes < 30_000
        print(terminal.text())

Times are milliseconds seen at the terminal's end; bytes are what would travel over ssh. CPU and
memory come from /proc, so those two are for Linux.
"""

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

Condition = str | re.Pattern[str] | Callable[["Terminal"], bool]

KEYS: Mapping[str, str] = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "space": " ",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "insert": "\x1b[2~",
    "delete": "\x1b[3~",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "ctrl+home": "\x1b[1;5H",
    "ctrl+end": "\x1b[1;5F",
    "ctrl+left": "\x1b[1;5D",
    "ctrl+right": "\x1b[1;5C",
    "shift+up": "\x1b[1;2A",
    "shift+down": "\x1b[1;2B",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "f10": "\x1b[21~",
}

ARRIVES_S = 60.0
"""How long is waited for what has to come, on however busy a machine."""
SCREEN_SETTLES_S = 0.08
"""Silence after which a program is taken to have drawn what it had to draw."""

# Questions and modes pyte knows nothing of: it would print their last letters.
_PRIVATE = re.compile(rb"\x1b\[(?:[<=>][0-9;:]*[ $]?[@-~]|\?[0-9;]*\$[@-~]|\?[0-9;]*u)")
_STRING = re.compile(rb"\x1b[P_^X][^\x1b\x07]*(?:\x1b\\|\x07)")
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[P_^X][^\x1b\x07]*\x1b?)?\Z")


def key_bytes(key: str) -> bytes:
    """What an xterm sends for `key`: a name, ctrl+letter, alt+key, or text as it is."""
    if key in KEYS:
        return KEYS[key].encode()
    if re.fullmatch(r"ctrl\+[a-z\\]", key):
        return bytes([ord(key[-1]) & 0x1F])
    if key.startswith("alt+"):
        return b"\x1b" + key_bytes(key[4:])
    return key.encode()


@dataclass(frozen=True, slots=True)
class KeyCost:
    """What one key press cost."""

    first_ms: float | None
    """Until the first byte came back; None: nothing did."""
    settled_ms: float
    """Until the last byte before the screen was still."""
    bytes: int
    cpu_ms: float
    """Of the whole program, all its threads."""


class Terminal:
    """A program in a pty of a given size, and the screen it draws."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 36,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.command = tuple(command)
        self.received = bytearray()
        """Every byte the program ever sent: what a hostile value must not appear in."""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._tail = b""
        self._environment = {
            # COLUMNS and LINES would be believed before the terminal itself.
            **{k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES"}},
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            **(env or {}),
        }
        self._cwd = cwd
        self._master = -1
        self._exit: int | None = None
        self.pid = 0

    def __enter__(self) -> Self:
        """Start the program."""
        self._master, slave = os.openpty()
        # Before there are two of us: whoever set it later would undo what a test does at once.
        self.resize(self._screen.columns, self._screen.lines)
        self.pid = os.fork()
        if self.pid == 0:
            self._become_program(slave)
        os.close(slave)
        os.set_blocking(self._master, False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """End the program, however it is doing."""
        if self.exit_code() is None:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, number)
                if self._ends(within_s=2.0):
                    break
        self.hang_up()

    def hang_up(self) -> None:
        """Close the terminal, as closing its window does: the program gets SIGHUP."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def _become_program(self, slave: int) -> None:
        # The child of a fork: whatever happens, it must not come back into the test.
        try:
            os.login_tty(slave)
            if self._cwd is not None:
                os.chdir(self._cwd)
            os.execvpe(self.command[0], self.command, self._environment)
        finally:
            os._exit(127)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, as dragging its corner would."""
        self._screen.resize(rows, columns)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(
        self, *keys: str, settle_s: float = SCREEN_SETTLES_S, answer_s: float = 0.0
    ) -> KeyCost:
        """Press keys one after the other at once; return when the screen is still.

        `answer_s`: how long to wait for a first answer, where one is sure to come: on a busy
        machine it may be later than the silence that means the end.
        """
        raw = b"".join(key_bytes(key) for key in keys)
        return self.send(raw, settle_s=settle_s, answer_s=answer_s)

    def send(
        self, raw: bytes, *, settle_s: float = SCREEN_SETTLES_S, answer_s: float = 0.0
    ) -> KeyCost:
        """Send bytes as a terminal would; return when the screen is still."""
        self.settle(0.0)
        received, cpu = len(self.received), self.cpu_ms()
        start = last = time.perf_counter()
        first: float | None = None
        arrived = bytearray(self._write(raw))
        if arrived:
            first = last = time.perf_counter()
        quiet_s = max(settle_s, answer_s)
        while (wait := last + quiet_s - time.perf_counter()) > 0:
            if data := self._receive(wait):
                last = time.perf_counter()
                first = first or last
                quiet_s = settle_s
                arrived += data
        # Only now: drawing the screen here would be counted as the program's time.
        self._feed(bytes(arrived))
        return KeyCost(
            first_ms=None if first is None else (first - start) * 1000,
            settled_ms=(last - start) * 1000,
            bytes=len(self.received) - received,
            cpu_ms=self.cpu_ms() - cpu,
        )

    def click(self, column: int, row: int) -> KeyCost:
        """Press and release the left button on a cell, counted from 0 at the top left."""
        where = f"{column + 1};{row + 1}"
        return self.send(f"\x1b[<0;{where}M\x1b[<0;{where}m".encode())

    def wheel(self, column: int, row: int, *, down: bool = True) -> KeyCost:
        """Turn the wheel by one notch over a cell."""
        return self.send(f"\x1b[<{65 if down else 64};{column + 1};{row + 1}M".encode())

    def wait_for(self, condition: Condition, timeout_s: float = ARRIVES_S) -> float:
        """Wait until the screen shows a text or pattern, or a condition holds.

        Returns the milliseconds it took; raises TimeoutError with the screen in its message.
        """
        start = time.perf_counter()
        while not self._holds(condition):
            left = start + timeout_s - time.perf_counter()
            if left <= 0 or (self.exit_code() is not None and not self._read(0.05)):
                why = "ended" if self.exit_code() is not None else f"waited {timeout_s} s"
                raise TimeoutError(f"{condition!r}: {why}; the screen shows\n{self.text()}")
            self._read(min(left, 0.1))
        return (time.perf_counter() - start) * 1000

    def arrives(self, text: str, timeout_s: float = ARRIVES_S) -> float:
        """Wait until the program wrote `text` in one go; the milliseconds it took.

        Nothing is drawn meanwhile: that would be counted as the program's time, and take the
        processor from it.
        """
        start = time.perf_counter()
        wanted, arrived = text.encode(), bytearray()
        while wanted not in arrived:
            left = start + timeout_s - time.perf_counter()
            data = self._receive(min(left, 0.1)) if left > 0 else b""
            if not data and (left <= 0 or self.exit_code() is not None):
                self._feed(bytes(arrived))
                raise TimeoutError(f"{text!r} did not arrive; the screen shows\n{self.text()}")
            arrived += data
        took_ms = (time.perf_counter() - start) * 1000
        self._feed(bytes(arrived))
        return took_ms

    def settle(self, quiet_s: float = SCREEN_SETTLES_S, timeout_s: float = 10.0) -> None:
        """Read until nothing came for `quiet_s`."""
        deadline = time.perf_counter() + timeout_s
        while self._read(quiet_s) and time.perf_counter() < deadline:
            pass

    def wait_exit(self, timeout_s: float = ARRIVES_S) -> int:
        """The program's exit code, once it has one."""
        if not self._ends(within_s=timeout_s):
            raise TimeoutError(f"still running after {timeout_s} s; it shows\n{self.text()}")
        self.settle(0.0)
        return self._exit if self._exit is not None else -1

    def exit_code(self) -> int | None:
        """The program's exit code (negative: the signal that ended it); None while it runs."""
        if self._exit is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self._exit = os.waitstatus_to_exitcode(status)
        return self._exit

    def lines(self) -> list[str]:
        """The screen, one string a line, without the blanks at their ends."""
        return [line.rstrip() for line in self._screen.display]

    def text(self) -> str:
        """The screen as text."""
        return "\n".join(self.lines())

    def column_of(self, text: str, row: int) -> int:
        """The cell in which `text` begins on a line; -1 when it is not there.

        Not its place in the line's string, where a wide character is one of two cells.
        """
        cells = [self._screen.buffer[row][column].data for column in range(self._screen.columns)]
        for column in range(len(cells)):
            if "".join(cells[column:]).startswith(text):
                return column
        return -1

    def style_at(self, column: int, row: int) -> pyte.screens.Char:
        """The character of a cell with its colours and attributes."""
        return self._screen.buffer[row][column]

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and row of the terminal's own cursor."""
        return self._screen.cursor.x, self._screen.cursor.y

    @property
    def title(self) -> str:
        """The window's title, if the program set one."""
        return str(self._screen.title)

    def cpu_ms(self) -> float:
        """CPU time of the program so far, all its threads (schedstat counts nanoseconds)."""
        spent = 0
        for task in Path(f"/proc/{self.pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):
                spent += int(task.read_text().split()[0])
        return spent / 1e6

    def rss_bytes(self) -> int:
        """Resident memory of the program."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _holds(self, condition: Condition) -> bool:
        if isinstance(condition, str):
            return condition in self.text()
        if isinstance(condition, re.Pattern):
            return condition.search(self.text()) is not None
        return condition(self)

    def _ends(self, within_s: float) -> bool:
        deadline = time.perf_counter() + within_s
        while self.exit_code() is None:
            if time.perf_counter() > deadline:
                return False
            # A program blocked on a full pty would never end.
            self._read(0.02)
        return True

    def _write(self, raw: bytes) -> bytes:
        """Send all of `raw`; what the program wrote meanwhile. A pty takes a few thousand bytes at
        once, and a program whose own output is not read takes none.
        """
        arrived, deadline = b"", time.perf_counter() + 30.0
        while True:
            with contextlib.suppress(BlockingIOError):
                raw = raw[os.write(self._master, raw) :]
            if not raw:
                return arrived
            if time.perf_counter() > deadline:
                raise TimeoutError(f"the program reads nothing; it shows\n{self.text()}")
            arrived += self._receive(0.01)

    def _read(self, timeout_s: float) -> bool:
        """Draw what the program wrote; False when nothing came in time."""
        data = self._receive(timeout_s)
        self._feed(data)
        return bool(data)

    def _receive(self, timeout_s: float) -> bytes:
        """What the program wrote; empty when nothing came in time."""
        if self._master < 0:
            time.sleep(min(timeout_s, 0.01))
            return b""
        ready, _, _ = select.select([self._master], [], [], timeout_s)
        if not ready:
            return b""
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:  # Linux says EIO where others say end of file
            data = b""
        if not data:
            time.sleep(min(timeout_s, 0.01))
        self.received += data
        return data

    def _feed(self, data: bytes) -> None:
        data = self._tail + data
        unfinished = _UNFINISHED.search(data)
        cut = unfinished.start() if unfinished else len(data)
        self._tail = data[cut:]
        self._stream.feed(_PRIVATE.sub(b"", _STRING.sub(b"", data[:cut])))
