"""Writing to a terminal that may not read: nothing waits for it, and little is kept for it."""

import os
import select
import threading
from collections import deque
from collections.abc import Callable
from time import monotonic

MOST_WAITING_BYTES = 128 * 1024
"""With more than this waiting, frames are dropped: a slow line shows the newest, not every one."""
_AT_ONCE_BYTES = 16 * 1024
_LOOK_AGAIN_MS = 200


class Output:
    """Bytes on their way to the terminal, written by a thread of their own.

    Frames may be dropped, whole; what sets the terminal's modes is kept. Once one was dropped, so
    are all until the terminal has read what was begun: then `on_room` is called, from the thread,
    and who draws calls `catch_up` and draws everything.
    """

    def __init__(self, descriptor: int, on_room: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._on_room = on_room
        self._waiting: deque[tuple[bytes, bool]] = deque()
        """Each with whether it is a frame."""
        self._waiting_bytes = 0
        self._is_behind = False
        self._is_room_told = False
        self._is_writing = False
        self._is_gone = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @property
    def is_behind(self) -> bool:
        """Whether frames are dropped now."""
        return self._is_behind

    def write(self, data: bytes, *, is_frame: bool) -> None:
        """Send it when the terminal reads; never waits."""
        with self._changed:
            if self._is_gone:
                return
            if is_frame and not self._is_behind and self._waiting_bytes > MOST_WAITING_BYTES:
                self._drop_frames()
                self._is_behind = True
                self._is_room_told = False
                # All may be written by now: then nothing else would tell that there is room.
                self._changed.notify_all()
            if is_frame and self._is_behind:
                return
            self._waiting.append((data, is_frame))
            self._waiting_bytes += len(data)
            self._changed.notify_all()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="terminal-output", daemon=True)
            self._thread.start()

    def catch_up(self) -> None:
        """Take frames again: the next one must be the whole screen."""
        with self._changed:
            self._is_behind = False

    def drain(self, timeout_s: float) -> bool:
        """Wait until everything is written; frames that wait are dropped. False: not in time."""
        end = monotonic() + timeout_s
        with self._changed:
            self._drop_frames()
            while (self._waiting or self._is_writing) and not self._is_gone:
                if not self._changed.wait(max(0.0, end - monotonic())):
                    return False
        return True

    def give_up(self) -> None:
        """The terminal is gone: drop everything, now and later."""
        with self._changed:
            self._is_gone = True
            self._waiting.clear()
            self._waiting_bytes = 0
            self._changed.notify_all()

    def _drop_frames(self) -> None:
        self._waiting = deque(item for item in self._waiting if not item[1])
        self._waiting_bytes = sum(len(data) for data, _ in self._waiting)

    # -- its thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._is_gone:
            data = self._next()
            try:
                self._write_all(data)
            except OSError:
                # No way to tell anybody: the terminal is where one would.
                self.give_up()
            with self._changed:
                self._is_writing = False
                self._changed.notify_all()
                has_room = self._is_behind and not self._waiting
                self._is_room_told = has_room
            if has_room and not self._is_gone:
                self._on_room()

    @property
    def _must_tell_of_room(self) -> bool:
        return self._is_behind and not self._is_room_told

    def _next(self) -> bytes:
        """What to write in one go: whole items only, none when there is room to be told of."""
        parts: list[bytes] = []
        size = 0
        with self._changed:
            while not (self._waiting or self._is_gone or self._must_tell_of_room):
                self._changed.wait()
            while self._waiting and (not parts or size < _AT_ONCE_BYTES):
                data, _ = self._waiting.popleft()
                parts.append(data)
                size += len(data)
            self._waiting_bytes -= size
            self._is_writing = bool(parts)
        return b"".join(parts)

    def _write_all(self, data: bytes) -> None:
        view = memoryview(data)
        # Once given up, the descriptor may be closed, and its number another file's.
        while view and not self._is_gone:
            try:
                view = view[os.write(self._descriptor, view) :]
            except BlockingIOError:
                # Another program with this terminal made it so, for everybody.
                waiting = select.poll()
                waiting.register(self._descriptor, select.POLLOUT)
                waiting.poll(_LOOK_AGAIN_MS)
