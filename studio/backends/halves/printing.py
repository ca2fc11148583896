"""How an engine itself writes an expression: the optional half that tells two spellings of one
thing from two things.
"""

from typing import Protocol

from sqlalchemy import Connection

from studio.backends.halves import Half
from studio.model.relation import TableRef


class Prints(Protocol):
    """Writes an expression as the server would."""

    def __call__(self, connection: Connection, expression: str, table: TableRef | None) -> str:
        """The expression, over the columns of `table` if one is given, in the engine's own words.

        Nothing is run or changed. Raises StatementFailed where the engine does not understand it.
        """


PRINTING: Half[Prints] = Half("printed", "{engine} does not write expressions anew")
"""A method `printed`."""
