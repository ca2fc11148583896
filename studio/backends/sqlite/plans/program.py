"""Plain EXPLAIN of SQLite: the program of its virtual machine."""

from sqlalchemy import Connection

from studio.backends.sqlite.plans import explain_run
from studio.backends.sqlite.plans.raw import driver

_WIDTHS = (5, 14, 5, 5, 5, 14, 3)
_HEADS = ("addr", "opcode", "p1", "p2", "p3", "p4", "p5")


class Program:
    """See halves.bytecode."""

    def __call__(self, connection: Connection, statement: str) -> str:
        """The program, as a table."""
        rows = explain_run.bytecode(driver(connection), statement)
        return "\n".join([_row(_HEADS), *(_row(row) for row in rows)])


def _row(row: tuple[object, ...]) -> str:
    cells = ("" if value is None else str(value) for value in row)
    return " ".join(f"{cell:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=False))
