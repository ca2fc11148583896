"""Whether SQLite understands a statement, without running any of it, and where it does not."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any

import aiosqlite
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.util.concurrency import await_only

from studio.backends.sqlite import failures
from studio.backends.sqlite.authorizer import looking, only_look
from studio.backends.sqlite.missing import first_named
from studio.model.errors import StatementFailed
from studio.sqltext import keywords
from studio.sqltext.syntax import SQLITE
from studio.sqltext.tokens import code, lex

_ACTS_WHILE_COMPILED = {"PRAGMA", "ATTACH", "DETACH", "VACUUM", "EXPLAIN"}
"""PRAGMAs are carried out as they are compiled, and a connection that looks refuses the rest."""
_NEAR = re.compile(r'near "(.*)": syntax error', re.DOTALL)
_TOKEN = re.compile(r'unrecognized token: "(.*)"', re.DOTALL)
_UNKNOWN = re.compile(r"no such [\w ]+: (.*?)(?: - should this be a .*)?\Z", re.DOTALL)
_EXPLAIN = re.compile(r"\s*explain\b", re.IGNORECASE)
_MOST_PLACES = 100


def understood(connection: Connection, statement: str) -> None:
    """Compile `statement` and drop it. Raises StatementFailed, with its place where it has one."""
    first = next((token.word for token in code(lex(statement, SQLITE))), "")
    if first in _ACTS_WHILE_COMPILED | keywords.TRANSACTIONS:
        return
    error = _refusal(connection, statement)
    # Anything else (a lock, a right) is not about the text: running it tells.
    if error is not None and error.code in {"SQLITE_ERROR", ""}:
        place = place_in(connection, statement, error.message)
        raise error if place is None else replace(error, position=place)


@contextmanager
def only_looking(connection: Connection) -> Iterator[None]:
    """Refuse what acts as long as the block runs: SQLite reads some PRAGMAs when it comes to them,
    long after the statement was compiled.
    """
    driver = connection.connection.driver_connection
    if isinstance(driver, aiosqlite.Connection):
        # In the thread of the connection.
        run: Any = driver._execute  # noqa: SLF001 - no public way
        await_only(run(only_look, driver._conn))  # noqa: SLF001
        try:
            yield
        finally:
            await_only(driver.set_authorizer(None))
    elif isinstance(driver, sqlite3.Connection):
        with looking(driver):
            yield


def _refusal(connection: Connection, statement: str) -> StatementFailed | None:
    # An EXPLAIN runs nothing by itself.
    explained = statement if _EXPLAIN.match(statement) else f"EXPLAIN {statement}"
    try:
        connection.exec_driver_sql(explained).close()
    except DBAPIError as raised:
        error = failures.translate(raised.orig or raised, statement)
        return error if isinstance(error, StatementFailed) else None
    return None


def place_in(connection: Connection, statement: str, message: str) -> int | None:
    """Where in `statement` what `message` complains of stands; None where nothing tells. Runs
    nothing: what acts while it is compiled is not compiled.

    SQLite names the word, not its place: it is where the text, cut behind it, fails alike.
    """
    if message.startswith("incomplete input"):
        return len(statement.rstrip())
    if found := _TOKEN.match(message):
        at = statement.find(found[1])
        return at if at >= 0 else None
    if found := _UNKNOWN.match(message):
        return first_named(statement, found[1])
    found = _NEAR.match(message)
    return _stops(connection, statement, message, found[1]) if found and found[1] else None


def _stops(connection: Connection, statement: str, message: str, word: str) -> int | None:
    """The place of `word` where the statement stops compiling."""
    first = next((token.word for token in code(lex(statement, SQLITE))), "")
    if first in _ACTS_WHILE_COMPILED - {"EXPLAIN"}:
        return None
    for found in islice(re.finditer(re.escape(word), statement), _MOST_PLACES):
        error = _refusal(connection, statement[: found.end()])
        if error is not None and error.message == message:
            return found.start()
    return None
