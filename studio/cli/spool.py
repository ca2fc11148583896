"""Output for somebody who may stop reading, a pager most of all: the database does not wait."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOBase
from select import select
from tempfile import SpooledTemporaryFile
from threading import Condition, Thread
from typing import TextIO, cast

from studio.model.errors import StatementFailed, StudioError

_MEMORY_BYTES = 16 * 2**20
_MOST_BYTES = 2**30
"""Kept for a reader who is behind, on disk beyond `_MEMORY_BYTES`."""
_PATIENCE_S = 60.0
"""How long a reader may stand still once that is full."""
_PIECE = 2**16


@contextmanager
def spooled(out: TextIO) -> Iterator[TextIO]:
    """`out` without its waits; the block's end still waits until all of it was read. A file never
    makes anybody wait, and is what it was. Raises OSError when the reader is gone.
    """
    try:
        mode = os.fstat(out.fileno()).st_mode
    except (OSError, ValueError):
        mode = stat.S_IFREG
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or out.isatty()):
        yield out
        return
    out.flush()
    spool = Spool(out)
    try:
        yield cast("TextIO", spool)
    except StudioError:
        spool.end()
        raise
    spool.end()


@dataclass(frozen=True, slots=True)
class _Raw:
    keep: Callable[[bytes], None]

    def write(self, raw: bytes) -> int:
        """Keep `raw` for the reader."""
        self.keep(raw)
        return len(raw)


class Spool(TextIOBase):
    """Takes text at once; a thread of its own writes it where somebody may read it."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._kept = SpooledTemporaryFile(_MEMORY_BYTES)  # noqa: SIM115 closed in `end`
        self._written = self._read = 0
        self._has_ended = self._is_given_up = False
        self._error: OSError | None = None
        self._changed = Condition()
        self._thread = Thread(target=self._drain, name="spool", daemon=True)
        self._thread.start()

    def isatty(self) -> bool:
        """As what it stands for."""
        return self._out.isatty()

    def write(self, text: str) -> int:
        """Keep `text` for the reader. Raises OSError when nobody will read any more."""
        self._keep(text.encode(self._out.encoding, self._out.errors or "strict"))
        return len(text)

    @property
    def buffer(self) -> "_Raw":
        """Takes bytes, as a text file's does."""
        return _Raw(self._keep)

    def _keep(self, raw: bytes) -> None:
        with self._changed:
            while self._written - self._read > _MOST_BYTES and self._error is None:
                if not self._changed.wait(_PATIENCE_S):
                    self._is_given_up = True
                    raise StatementFailed(
                        f"nobody read the output for {_PATIENCE_S:.0f} s: stopped, because the "
                        "database must not wait for that. --output FILE keeps all of it"
                    )
            if self._error is not None:
                raise self._error
            self._kept.seek(self._written)
            self._kept.write(raw)
            self._written += len(raw)
            self._changed.notify_all()

    def end(self) -> None:
        """Wait until everything was read, unless nobody reads. Raises OSError when the reader is
        gone.
        """
        if self._is_given_up:
            return
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()
        self._thread.join()
        self._kept.close()
        if self._error is not None:
            raise self._error

    def _drain(self) -> None:
        # Not through Python's own buffer: its lock, held here, would keep the process from ending.
        descriptor = self._out.fileno()
        try:
            while piece := self._next():
                view = memoryview(piece)
                while view:
                    view = view[_sent(descriptor, view) :]
        except OSError as error:
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _next(self) -> bytes:
        with self._changed:
            while self._read == self._written:
                if self._has_ended:
                    return b""
                self._changed.wait()
            self._kept.seek(self._read)
            piece = self._kept.read(_PIECE)
            self._read += len(piece)
            if self._read == self._written:
                self._kept.seek(0)
                self._kept.truncate()
                self._read = self._written = 0
            self._changed.notify_all()
            return piece


def _sent(descriptor: int, view: memoryview) -> int:
    try:
        return os.write(descriptor, view)
    except BlockingIOError:
        # Whoever started us left it so.
        select([], [descriptor], [])
        return 0
