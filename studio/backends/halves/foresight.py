"""What a statement would call, told by the server before it runs.

An engine without it refuses what acts on the connections of Purpose.QUERY themselves, or the text
of a statement is all there is to judge by.
"""

from typing import Protocol

from sqlalchemy import Connection

from studio.backends.halves import Half


class Foresees(Protocol):
    """Tell what a read-only transaction would not hold back."""

    def __call__(self, connection: Connection, statement: str, *, planned: bool) -> str:
        """Why a read-only transaction would not hold back what `statement` does; empty: it does,
        or there is nothing to hold back.

        Inside such a transaction. `planned`: the statement is only to be planned. Raises
        ReadOnly when asking alone could act; StatementFailed for one that is not understood.
        """


FORESIGHT: Half[Foresees] = Half(
    "beyond_read_only", "{engine} does not tell what a statement would call"
)
"""A method `beyond_read_only`."""
