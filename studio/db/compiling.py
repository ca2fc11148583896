"""Whether the engine understands a statement, before anybody is asked about running it."""

from studio.backends.halves import Absent, ask
from studio.backends.halves.understanding import UNDERSTANDING
from studio.db.lane import Lane


async def understood(lane: Lane, statement: str) -> None:
    """Raises StatementFailed, with its place, for what the engine would not run; nothing runs."""
    compile_only = ask(lane.backend, UNDERSTANDING)
    if not isinstance(compile_only, Absent):
        await lane.run(lambda connection: compile_only(connection, statement))
