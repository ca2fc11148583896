"""Hearing what a server says while a lane's statements run."""

from collections.abc import Callable

from sqlalchemy import Connection

from studio.backends.halves import Absent, ask
from studio.backends.halves.notices import NOTICES
from studio.db.lane import Lane


async def listening(lane: Lane, tell: Callable[[str], None]) -> Callable[[], None]:
    """Hear notices of the lane's connection until what this returns is called."""
    listen = ask(lane.backend, NOTICES)
    if isinstance(listen, Absent):
        return _nothing

    def attach(connection: Connection) -> Callable[[], None]:
        return listen(connection.connection.driver_connection, tell)

    return await lane.run(attach)


def _nothing() -> None:
    """The engine has no notices."""
