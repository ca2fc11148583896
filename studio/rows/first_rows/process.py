"""The first rows sooner: a helper process reads them while this one is still importing the screen.

Light on purpose: it imports no driver; what both processes need, it does, before they part.
What the process does is `child`.
"""

import os
import pickle
import select
from contextlib import suppress
from signal import SIG_DFL, SIGINT, SIGKILL, alarm, signal
from threading import Lock
from time import perf_counter
from typing import NoReturn, cast

from studio.backends.registry import may_be_read_twice
from studio.backends.target import Target
from studio.rows.first_rows.answer import FirstRows

_WAIT_S = 1.5
"""Later than this, looking oneself is as fast."""
_LIFE_S = 5
"""The process ends by then, whatever it waits for."""
_PIPE_BYTES = 1 << 16


class FirstRowsProcess:
    """A helper process that is on its way."""

    def __init__(self, process: int, answer: int) -> None:
        """Takes over both: the process's number, and the pipe it answers through."""
        self._process: int | None = process
        self._answer = answer
        self._turn = Lock()

    def result(self) -> FirstRows | None:
        """What it saw; None when it could not, took too long, or was stopped. Blocks; ends the
        process.
        """
        with self._turn:
            if self._process is None:
                return None
            answer = _read_all(self._answer, perf_counter() + _WAIT_S)
            if answer is None:
                self._kill()
            if self._end() != 0 or answer is None:
                return None
        # Our own process wrote this, into a pipe that nobody else holds.
        return cast("FirstRows", pickle.loads(answer))  # noqa: S301

    def stop(self) -> None:
        """Do without it, from whatever thread; who waits for its result has none at once."""
        self._kill()
        with self._turn:
            self._end()

    def _kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.kill(self._process, SIGKILL)

    def _end(self) -> int | None:
        """Its exit code; None when it was ended before."""
        if self._process is None:
            return None
        process, self._process = self._process, None
        os.close(self._answer)
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _read_all(pipe: int, deadline: float) -> bytes | None:
    """Everything until the other end is closed; None when that is not before `deadline`."""
    parts: list[bytes] = []
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN)
    while waiting.poll(max(0.0, deadline - perf_counter()) * 1000):
        part = os.read(pipe, _PIPE_BYTES)
        if not part:
            return b"".join(parts)
        parts.append(part)
    return None


def start(target: Target, table: str | None, page_rows: int) -> FirstRowsProcess | None:
    """Start reading the first rows of `target`; None where an engine or a system does not allow it.

    A fork, for a process with one thread: it begins with what is imported here, and the address,
    which may hold a password, needs no way to it.
    """
    if not may_be_read_twice(target) or not hasattr(os, "fork"):
        return None
    with suppress(OSError):
        reading, writing = os.pipe()
        process = os.fork()
        if process == 0:
            _answer(writing, target, table, page_rows)
        os.close(writing)
        return FirstRowsProcess(process, reading)
    return None


def _answer(pipe: int, target: Target, table: str | None, page_rows: int) -> NoReturn:
    """What the helper process does, all of it; that it failed is all it tells of a failure."""
    code = 1
    try:
        # The terminal is its parent's, and so is what ctrl+c there means.
        signal(SIGINT, SIG_DFL)
        # Even when that was killed, and a server never answers.
        alarm(_LIFE_S)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        from studio.rows.first_rows.child import answer  # noqa: PLC0415 only this process needs it

        with open(pipe, "wb") as answering:
            code = 0 if answer(target, table, page_rows, answering) else 1
    finally:
        os._exit(code)
