"""Whom an apply waits for, looked at from beside it while it waits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from studio.backends.base import Purpose
from studio.backends.halves.editing import editing
from studio.db.session import Session

_LOOK_S = 1.0
"""What takes less than that waits for nobody worth naming, and costs nothing."""


class LockWatch:
    """What is known of a wait."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rules = editing(session.backend)
        self._last: tuple[str, ...] = ()
        self.of = ""
        """How the engine calls the connection that may wait; known once it is open."""

    async def holders(self) -> tuple[str, ...]:
        """Who held what could not be had, in words, as it was last seen; who holds the whole
        database is seen afterwards too.
        """
        if self._rules.holds_whole_database:
            return await asyncio.to_thread(self._rules.holding_database, self._session.opening)
        return self._last

    async def run(self) -> None:
        """Look once a second, until cancelled; what cannot be seen is no reason to fail."""
        lane = self._session.extra_lane(Purpose.WATCH)
        try:
            while True:
                await asyncio.sleep(_LOOK_S)
                if self._rules.holds_whole_database:
                    found = await self.holders()
                elif self.of:
                    found = await lane.run(lambda c: self._rules.holding(c, self.of))
                else:
                    continue
                self._session.waits_for = found
                self._last = found or self._last
        finally:
            await lane.close()


@asynccontextmanager
async def lock_watch(session: Session) -> AsyncIterator[LockWatch]:
    """Watch for as long as the block runs."""
    watch = LockWatch(session)
    watching = asyncio.ensure_future(watch.run())
    try:
        yield watch
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        if not watching.cancelled():
            watching.exception()
        session.waits_for = ()
