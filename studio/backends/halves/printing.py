"""How an engine itself writes an expression, and what it would do for a query: the optional halves
that tell two spellings of one thing from two things.
"""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class PrintedQuery:
    """What a query would give, and how."""

    columns: tuple[str, ...]
    """Their names."""
    plan: tuple[str, ...]
    """Its lines, without estimates."""


class PrintsQuery(Protocol):
    """Says what the server would do for a query."""

    def __call__(self, connection: Connection, query: str) -> PrintedQuery:
        """In the engine's own words.

        A plan leaves out some things, as how many rows a LIMIT is: two queries with one plan may
        still be two. Nothing is run or changed. Raises StatementFailed where the engine does not
        understand it or this user may not ask for it.
        """


QUERY_PRINTING: Half[PrintsQuery] = Half(
    "printed_query", "{engine} does not print plans of queries"
)
"""A method `printed_query`."""
