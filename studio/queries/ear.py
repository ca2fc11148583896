"""Hearing what comes to a session by itself, at no cost while nothing comes."""

import asyncio
import os
from typing import TYPE_CHECKING

from studio.backends.halves.running import Notification, Running
from studio.db.lane import Lane
from studio.model.errors import StudioError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_REST_S = 0.1
"""Between two looks: a flood of notifications is read in lots."""


class Ear:
    """Watches the socket of an idle lane; who runs statements on it says when. Nothing is sent, and
    no clock runs: the operating system says when there is something to read.
    """

    def __init__(self, lane: Lane, running: Running) -> None:
        self._lane = lane
        self._running = running
        self._watched: int | None = None
        self._reading: asyncio.Task[None] | None = None
        self.tell: Callable[[Sequence[Notification]], None] | None = None
        """Called with what came, oldest first."""
        self.on_hung_up: Callable[[], None] | None = None
        """Called when the server ended the connection."""

    async def listen(self) -> None:
        """Tell what came while statements ran, and hear what comes from now on."""
        self.cover()
        if self.tell is None or not self._lane.is_open:
            return
        found = await self._lane.once(self._running.socket)
        if found is None:
            return
        await self._look()
        if self._lane.is_open:
            # A copy of its own: a lane that closes, and a number that the next file gets, are
            # nothing to whoever watches.
            self._watched = os.dup(found)
            asyncio.get_running_loop().add_reader(self._watched, self._came)

    def cover(self) -> None:
        """Hear nothing: a statement is about to run, or the session ends."""
        watched, self._watched = self._watched, None
        if watched is not None:
            asyncio.get_running_loop().remove_reader(watched)
            os.close(watched)

    def end(self) -> None:
        """Hear nothing any more."""
        self.cover()
        if self._reading is not None:
            self._reading.cancel()

    def _came(self) -> None:
        self.cover()
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        await asyncio.sleep(_REST_S)
        try:
            if not self._lane.is_open:
                return
            if await self._lane.once(self._running.hung_up):
                if self.on_hung_up is not None:
                    self.on_hung_up()
                return
            await self.listen()
        except StudioError:
            # The next statement says what became of the connection.
            return

    async def _look(self) -> None:
        came = await self._lane.once(self._running.notified)
        if came and self.tell is not None:
            self.tell(came)
