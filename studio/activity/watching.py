"""Looking at a server, once or again and again, on a connection of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from studio.activity.standing import SortedMoment, standing
from studio.backends.halves import required
from studio.backends.halves.activity import ACTIVITY
from studio.backends.target import Purpose
from studio.db.session import Session
from studio.model.activity import Moment, Overview, ServerSession

_LONG_S = 1.0
"""Of statements that run for so long it is asked what they usually take."""


class Watcher:
    """Looks at the server of an open database, and stops sessions there.

    Holds no transaction and no snapshot between two looks, nor in one. Raises StudioError.
    """

    def __init__(self, database: Session) -> None:
        """Raises Unsupported where the engine has no sessions to look at."""
        self._activity = required(database.backend, ACTIVITY)
        self._lane = database.extra_lane(Purpose.ACTIVITY)
        self._usual: dict[int, float | None] = {}
        """What long statements take in the mean, asked once for each."""

    async def look(self) -> SortedMoment:
        """One moment, sorted."""
        moment = await self._lane.run(self._activity.look)
        long = {
            session.pid: session.query_id
            for session in moment.sessions
            if session.query_id is not None and _is_long(session, moment)
        }
        if unknown := set(long.values()) - self._usual.keys():
            found = await self._lane.run(lambda c: self._activity.usual(c, unknown))
            self._usual |= {number: found.get(number) for number in unknown}
        sessions = (
            replace(s, usual_ms=self._usual[long[s.pid]]) if s.pid in long else s
            for s in moment.sessions
        )
        return standing(replace(moment, sessions=tuple(sessions)))

    async def overview(self, *, with_sizes: bool) -> Overview:
        """The server with all its databases; what their sizes cost see halves.activity."""
        ask = partial(self._activity.overview, with_sizes=with_sizes)
        return await self._lane.run(ask)

    async def cancel(self, session: ServerSession) -> bool:
        """Stop the statement that was seen; False: it is over already."""
        return await self._lane.run(lambda c: self._activity.cancel(c, session))

    async def terminate(self, session: ServerSession) -> bool:
        """End the session that was seen; False: it is gone already."""
        return await self._lane.run(lambda c: self._activity.terminate(c, session))

    def prepared_ends(self, gid: str) -> tuple[str, str]:
        """The statements that commit a prepared transaction, and that roll it back."""
        return self._activity.prepared_ends(gid)

    async def close(self) -> None:
        """Give the connection back."""
        await self._lane.close()


def _is_long(session: ServerSession, moment: Moment) -> bool:
    """Whether it is worth knowing how long its statement takes at other times."""
    takes_s = session.query_s if session.is_active else None
    return session.database == moment.database and takes_s is not None and takes_s >= _LONG_S


@asynccontextmanager
async def watching(database: Session) -> AsyncIterator[Watcher]:
    """A watcher whose connection ends with the block."""
    watcher = Watcher(database)
    try:
        yield watcher
    finally:
        await watcher.close()
