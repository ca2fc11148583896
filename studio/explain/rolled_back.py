"""A session's lanes for an engine that explains: what runs there leaves no trace (README, §4)."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from studio.backends.base import Purpose
from studio.backends.plans.savepoint import behind_savepoint
from studio.db.lane import Lane
from studio.db.session import Session
from studio.model.server import Server

T = TypeVar("T")


class SessionLanes:
    """See halves.explaining.Lanes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def server(self, connection: Connection) -> Server:
        """Known already, or asked on `connection`."""
        session = self._session
        return session.server or session.backend.server(connection, session.opening)

    async def look(self, work: Callable[[Connection], T]) -> T:
        """On a connection of its own, in a thread."""
        return await self._session.reflect(work)

    async def rolled_back(
        self,
        purpose: Purpose,
        is_open: Callable[[Connection], bool],
        work: Callable[[Connection], T],
        *,
        read_only: bool,
        timeout_s: float | None = None,
    ) -> T:
        """On the session's lane. The one that writes is open no longer than it was."""
        lane = self._session.lane(purpose)
        stays_open = purpose is not Purpose.EDIT or await lane.run(is_open)
        try:
            async with asyncio.timeout(timeout_s):
                return await rolled_back(lane, is_open, work, read_only=read_only)
        finally:
            if not stays_open:
                await lane.close()


async def rolled_back(
    lane: Lane,
    is_open: Callable[[Connection], bool],
    work: Callable[[Connection], T],
    *,
    read_only: bool,
) -> T:
    """Do `work` and undo it. A transaction the user has open on the lane stays as it was found.

    `is_open` tells whether there is one, and raises Refused where it has failed already.
    `read_only` is for a transaction of its own; in the user's, `work` has to see to that.
    """
    if await lane.run(is_open):
        return await lane.run(lambda connection: behind_savepoint(connection, work))
    async with lane.transaction(read_only=read_only) as transaction:
        answer = await transaction.run(work)
        await transaction.rollback()
        return answer
