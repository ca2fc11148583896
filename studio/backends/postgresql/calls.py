"""What running a statement would call, by the server's own analysis of it.

Names can be spelled in ways no list foresees (`U&"\\0070g_terminate_backend"`), and views,
operators, casts and defaults call what no text shows. So the server parses the statement, without
planning or running it, and tells the tree with every name resolved to an oid; the catalog says
what those oids may do.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import psycopg
from psycopg import AsyncConnection, Connection, generators
from psycopg.errors import Diagnostic, error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection as Lent
from sqlalchemy.util import await_only

from studio.backends.postgresql import failures, harmless
from studio.backends.postgresql.notices import tree_of
from studio.backends.postgresql.queries import text
from studio.model.errors import ReadOnly, StatementFailed
from studio.sqltext.classify import classify, strip_explain
from studio.sqltext.syntax import POSTGRESQL

_ENTER = """
SAVEPOINT studio_calls;
SELECT pg_catalog.set_config('studio.search_path', pg_catalog.current_setting('search_path'), true),
       pg_catalog.set_config('studio.built_in', '{built_in}', true),
       pg_catalog.set_config('studio.run_sql', '{run_sql}', true),
       pg_catalog.set_config('jit', 'off', true),
       pg_catalog.set_config('search_path', 'pg_catalog', true);
{read_early};
SELECT set_config('search_path', current_setting('studio.search_path'), true),
       set_config('client_min_messages', 'log', true),
       set_config('debug_pretty_print', 'off', true),
       CASE WHEN current_setting('is_superuser') = 'on'
            THEN set_config('log_min_messages', 'panic', true) END,
       set_config('debug_print_parse', 'on', true)
"""
"""What the server is asked with is looked up on a path of its own: anybody may have put an operator
or a function of the same name on the person's. LOG reaches the client of any role, and the
server's log where the role may not stop that. Compiling these queries just in time took 5 to 13 s,
running them 30 ms."""
_LEAVE = b"""
ROLLBACK TO SAVEPOINT studio_calls;
RELEASE SAVEPOINT studio_calls;
SELECT pg_catalog.current_setting('search_path'), pg_catalog.current_setting('jit'),
       pg_catalog.set_config('search_path', 'pg_catalog', true),
       pg_catalog.set_config('jit', 'off', true)
"""
_UTILITY = re.compile(r":utilityStmt\s+(?:\{(?P<node>\w+)|\?)")
_EXPLAIN_OPTIONS = frozenset(
    {"ANALYZE", "ANALYSE", "VERBOSE", "COSTS", "SETTINGS", "GENERIC_PLAN", "BUFFERS", "SERIALIZE"}
    | {"WAL", "TIMING", "SUMMARY", "MEMORY", "FORMAT"}
)
_OFF = frozenset({"false", "off", "0"})
_COMPOSES = re.compile(r"""['$]\s*[({\[]|\\|u&'""")
"""What a text must hold for the server to read a row or an array out of one of its literals."""
_MOST_NAMED = 3
_ANY_VERSION = 12
Row = tuple[str | None, ...]


def beyond_read_only(connection: Lent, statement: str, *, planned: bool = False) -> str:
    """Why a read-only transaction would not hold back what `statement` does; empty: it only reads,
    or the server refuses it there.

    `planned`: it is only to be planned, which runs no volatile function. Inside a transaction,
    which keeps its settings. Raises StudioError: ReadOnly when even its analysis could act,
    StatementFailed when the server does not understand it.
    """
    driver = connection.connection.driver_connection
    if not isinstance(driver, Connection | AsyncConnection):
        raise TypeError("this connection is not psycopg's")
    try:
        return _Server(driver).beyond(statement, planned=planned)
    except psycopg.Error as error:
        raise failures.translate(error, statement) from error
    except UnicodeEncodeError as error:
        part = error.object[error.start : error.end]
        raise StatementFailed(f"{part!a} is no text in this database's encoding") from error


class _Server:
    """The server behind a connection, asked below SQLAlchemy: its cursors only run statements."""

    def __init__(self, driver: Connection[Any] | AsyncConnection[Any]) -> None:
        self._driver = driver

    def beyond(self, statement: str, *, planned: bool) -> str:
        """Why a read-only transaction does not hold `statement` back; empty: it does."""
        tree, *settings = self._analysed(statement)
        found = self._ask(text("calls", _ANY_VERSION).encode(), tree, *_LISTS, *settings)
        # In an order of their own: two statements that call the same are told alike.
        names = sorted(name for name, early in found if name and (early == "true" or not planned))
        utility = _UTILITY.search(tree)
        if utility is None or (planned and utility["node"]):
            return _sentence(names)
        return self._utility(statement, utility["node"], planned=planned)

    def _utility(self, statement: str, node: str | None, *, planned: bool) -> str:
        """SHOW and EXPLAIN only tell something. Before PostgreSQL 16 trees hide which it is (None),
        and its first word has to do.
        """
        word = classify(statement, POSTGRESQL).keyword
        if node not in {None, "VARIABLESHOWSTMT", "EXPLAINSTMT"} or word not in {"SHOW", "EXPLAIN"}:
            return f"{word} can act where a read-only transaction does not hold it back"
        if word == "SHOW":
            return ""
        explained = strip_explain(statement, POSTGRESQL)
        if not {name for name, _ in explained.options} <= _EXPLAIN_OPTIONS:
            return "EXPLAIN has an option studio does not know, and may run the statement"
        runs = any(n.startswith("ANALY") and v.lower() not in _OFF for n, v in explained.options)
        return self.beyond(explained.statement, planned=planned or not runs)

    def _analysed(self, statement: str) -> tuple[str, str, str]:
        """The tree of one statement, for the server refuses to parse two; the transaction's
        search_path and jit, which are to be given back.
        """
        trees: list[str] = []

        def heard(diagnostic: Diagnostic) -> None:
            if tree := tree_of(diagnostic):
                trees.append(tree)

        _refuse_early(statement, self._enter())
        self._driver.add_notice_handler(heard)
        try:
            self._parse(statement)
        finally:
            self._driver.remove_notice_handler(heard)
        ((path, jit, *_),) = self._send(_LEAVE)
        if len(trees) != 1:
            raise ReadOnly("the server does not tell which functions this statement would call")
        return trees[0], path or "", jit or ""

    def _enter(self) -> list[str]:
        """Let the server tell trees; names by which its reading a text could act."""
        return [name or "" for name, *_ in self._send(_enter(), answer=-2)]

    # -- on the wire -----------------------------------------------------------------------------

    def _send(self, commands: bytes, answer: int = -1) -> list[Row]:
        self._driver.pgconn.send_query(commands)
        return _rows(self._results()[answer])

    def _ask(self, query: bytes, *values: str) -> list[Row]:
        self._driver.pgconn.send_query_params(query, [self._encoded(value) for value in values])
        return _rows(self._results()[-1])

    def _parse(self, statement: str) -> None:
        self._driver.pgconn.send_prepare(b"", self._encoded(statement))
        self._results()

    def _results(self) -> list[PGresult]:
        generator = generators.execute(self._driver.pgconn)
        results: list[PGresult]
        if isinstance(self._driver, AsyncConnection):
            results = await_only(self._driver.wait(generator))
        else:
            results = self._driver.wait(generator)
        for result in results:
            if result.status == ExecStatus.FATAL_ERROR:
                raise error_from_result(result, self._driver.info.encoding)
        return results

    def _encoded(self, value: str) -> bytes:
        # SQL_ASCII databases hold bytes, of which those that are no UTF-8 came as surrogates.
        is_raw = self._driver.info.parameter_status("client_encoding") == "SQL_ASCII"
        return value.encode("utf-8", "surrogateescape" if is_raw else "strict")


def _rows(result: PGresult) -> list[Row]:
    return [
        tuple(_text(result.get_value(row, column)) for column in range(result.nfields))
        for row in range(result.ntuples)
    ]


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "surrogateescape")


def _array(names: frozenset[str]) -> str:
    return f"{{{','.join(sorted(names))}}}"


_LISTS = tuple(
    map(_array, (harmless.BUILT_IN, harmless.RUN_SQL, harmless.OF_EXTENSIONS, harmless.WRAPPERS))
)


@cache
def _enter() -> bytes:
    built_in, run_sql, *_ = _LISTS
    read_early = text("read_early", _ANY_VERSION)
    return _ENTER.format(built_in=built_in, run_sql=run_sql, read_early=read_early).encode()


def _refuse_early(statement: str, names: Sequence[str]) -> None:
    lowered = statement.lower()
    if not names or _COMPOSES.search(lowered) is None:
        return
    for name in names:
        written = re.escape(name.replace('"', '""').lower())
        if 'u&"' in lowered or re.search(rf"(?<!\w){written}(?!\w)", lowered):
            raise ReadOnly(
                f"a literal of this text may become a value of {name}, whose domain has a check "
                "that can act as soon as the server reads it"
            )


def _sentence(names: Sequence[str]) -> str:
    if not names:
        return ""
    first = ", ".join(names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return (
        f"it calls {first}{more}, which can act where a read-only transaction does not hold it "
        "back: neither harmless and built in, nor called STABLE or IMMUTABLE by its owner"
    )
