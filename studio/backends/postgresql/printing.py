"""An expression as the server writes it: planned and never run."""

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from studio.backends.postgresql import failures
from studio.model.errors import StatementFailed
from studio.model.relation import TableRef
from studio.sqltext.syntax import POSTGRESQL
from studio.sqltext.tokens import code, lex

_OUTPUT = "Output: "


def printed(connection: Connection, expression: str, table: TableRef | None) -> str:
    """See halves.printing."""
    if not _is_one_expression(expression):
        raise StatementFailed(f"{expression!r} is not one expression")
    source = f" FROM {_quoted(table)}" if table is not None else ""
    asked = f"EXPLAIN (VERBOSE, COSTS OFF) SELECT ({expression}){source}"
    try:
        # Without parameters a percent sign is only that.
        plain = connection.execution_options(no_parameters=True)
        lines = [str(row[0]).strip() for row in plain.exec_driver_sql(asked)]
    except SQLAlchemyError as error:
        raise failures.translate(getattr(error, "orig", None) or error) from error
    for line in lines:
        if line.startswith(_OUTPUT):
            return line.removeprefix(_OUTPUT)
    raise StatementFailed("the plan tells no output")


def _is_one_expression(expression: str) -> bool:
    """Whether it stays inside the brackets it is put in."""
    depth = 0
    for token in code(lex(expression, POSTGRESQL)):
        depth += (token.text == "(") - (token.text == ")")
        if depth < 0 or token.text == ";":
            return False
    return depth == 0 and "--" not in expression and "/*" not in expression


def _quoted(table: TableRef) -> str:
    parts = (table.schema, table.name) if table.schema is not None else (table.name,)
    return ".".join('"' + str(part).replace('"', '""') + '"' for part in parts)
