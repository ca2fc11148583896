"""Fewer connections than there are lanes: they hand the ones there are on to each other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

from studio.db.lane import Lane
from studio.db.wire import Wire
from studio.model.errors import (
    AuthFailed,
    ConnectFailed,
    ConnectionLost,
    ConnectionsUsedUp,
    DatabaseMissing,
    HostUnreachable,
)

_REST_S = 2.0
_FREE_S = 1.0
"""So long a server may take to notice that a connection was closed, and let another in."""
_FREE_AGAIN_S = 0.03
_NOT_BY_NUMBER = (AuthFailed, ConnectionLost, DatabaseMissing, HostUnreachable)


def is_by_number(error: ConnectFailed) -> bool:
    """Whether a server answered, and may let us in when it has one connection less. Its words may
    be in any language.
    """
    return not isinstance(error, _NOT_BY_NUMBER)


async def rested(lanes: Sequence[Lane]) -> None:
    """Let `lanes` finish and close; one that takes long is left to its work."""
    resting = [asyncio.ensure_future(lane.rest()) for lane in lanes]
    if not resting:
        return
    _, late = await asyncio.wait(resting, timeout=_REST_S)
    for task in late:
        task.cancel()


class Turns:
    """What is known of a server that allows no further connection."""

    def __init__(self) -> None:
        self.on_refused: Callable[[str], None] | None = None
        """Called once, with the server's reason."""
        self.are_taken = False
        """Whether a further connection was refused while there was one."""
        self._handing_over = asyncio.Lock()

    def take(self, refused: ConnectFailed) -> None:
        """From now on lanes take turns; that is said once."""
        if not self.are_taken and self.on_refused is not None:
            self.on_refused(str(refused))
        self.are_taken = True

    async def connect(
        self,
        refused: ConnectFailed,
        connect: Callable[[], Awaitable[Wire]],
        others: Callable[[], Sequence[Lane]],
    ) -> Wire:
        """Connect in place of the `others` that have a connection, as soon as they are done. Raises
        ConnectFailed.
        """
        async with self._handing_over:
            return await self._connect(refused, connect, others)

    async def _connect(
        self,
        refused: ConnectFailed,
        connect: Callable[[], Awaitable[Wire]],
        others: Callable[[], Sequence[Lane]],
    ) -> Wire:
        until: float | None = None
        while True:
            if besides := others():
                self.take(refused)
                await rested(besides)
                if still := [lane for lane in besides if lane.is_open]:
                    raise ConnectionsUsedUp(
                        f"{refused}; of those studio has, {len(still)} work on something else"
                    ) from refused
            elif not (self.are_taken or isinstance(refused, ConnectionsUsedUp)):
                raise refused
            until = until or monotonic() + _FREE_S
            try:
                return await connect()
            except ConnectFailed as error:
                if not is_by_number(error) or monotonic() > until:
                    raise
                refused = error
            await asyncio.sleep(_FREE_AGAIN_S)
