"""Hearing what a server says while a lane's statements run."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from studio.backends.postgresql import notices as postgresql
from studio.db.lane import Lane

Listen = Callable[[object, Callable[[str], None]], Callable[[], None]]
LISTENERS: Mapping[str, Listen] = {"postgresql": postgresql.listen}


async def listening(lane: Lane, tell: Callable[[str], None]) -> Callable[[], None]:
    """Hear notices of the lane's connection until what this returns is called."""
    listen = LISTENERS.get(lane.backend.name)
    if listen is None:
        return _nothing

    def attach(connection: Connection) -> Callable[[], None]:
        return listen(connection.connection.driver_connection, tell)

    return await lane.run(attach)


def _nothing() -> None:
    """The engine has no notices."""
