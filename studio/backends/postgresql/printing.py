"""An expression as the server writes it: planned and never run."""

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from studio.backends.halves.printing import PrintedQuery
from studio.backends.postgresql import failures
from studio.backends.postgresql.compiling import columns_of
from studio.model.errors import StatementFailed
from studio.model.relation import TableRef
from studio.sqltext.syntax import POSTGRESQL
from studio.sqltext.tokens import code, lex

_OUTPUT = "Output: "
_READS = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "("})


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


def printed_query(connection: Connection, query: str) -> PrintedQuery:
    """See halves.printing."""
    first = next(iter(code(lex(query, POSTGRESQL))), None)
    if first is None or first.text.upper() not in _READS or not _is_one_expression(query):
        raise StatementFailed(f"{query!r} is not one query")
    plain = connection.execution_options(no_parameters=True)
    asked = f"EXPLAIN (VERBOSE, COSTS OFF) {query}"
    try:
        names = columns_of(connection, query)
        lines = tuple(str(row[0]) for row in plain.exec_driver_sql(asked))
        return PrintedQuery(names, lines)
    except SQLAlchemyError as error:
        raise failures.translate(getattr(error, "orig", None) or error) from error


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
