"""A person's own session on SQLite: one statement at a time, in autocommit as they left it."""

import re
import sqlite3
from collections.abc import Sequence
from time import monotonic
from typing import Any

from sqlalchemy import Connection, CursorResult, Select, func, select, table
from sqlalchemy.exc import DBAPIError

from studio.backends.base import identifier
from studio.backends.halves.running import (
    Notification,
    Sent,
    SentStatement,
    TransactionNow,
    Trouble,
)
from studio.backends.sqlite import compiling, failures, storing
from studio.model.catalog import TableRef
from studio.model.errors import UNBOUND, UNBOUND_HINT, StatementFailed
from studio.model.page import Value
from studio.model.words import plural
from studio.sqltext.parameters import by_place
from studio.sqltext.syntax import SQLITE

_READS = "BEGIN"
_WRITES = "BEGIN IMMEDIATE"
"""A deferred one that read first may be refused for good when it writes (SQLITE_BUSY_SNAPSHOT)."""
_KINDS = ("text", "integer", "real", "null")
_TEMPORARY = "SELECT count(*) FROM temp.sqlite_schema WHERE type IN ('table', 'view')"
_IS_NAMED = "type IN ('table', 'view') AND name = ? COLLATE NOCASE"
_NAMED = f"SELECT name FROM main.sqlite_schema WHERE {_IS_NAMED}"
_NAMED_TEMPORARY = f"SELECT name FROM temp.sqlite_schema WHERE {_IS_NAMED}"
_ATTACHED = "SELECT count(*) FROM pragma_database_list WHERE name NOT IN ('main', 'temp')"
_LOOKS_UP_EVERY = 10_000
"""Steps of SQLite's machine, about a millisecond."""
_UNBOUND = re.compile(r"number of bindings|supply a value for binding")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


_Value = str | int | float | None


class SQLiteRunning:
    """See halves.running."""

    tells_settings = False

    def send(self, connection: Connection, sent: Sent) -> SentStatement:
        """With its values in the type they were given."""
        # Through SQLAlchemy, whose events see to it that the file is still the one of this name.
        try:
            result = connection.exec_driver_sql(sent.text, _bound(sent))
        except (ValueError, OverflowError) as error:
            # What the driver cannot even send: a zero byte, half a character.
            raise StatementFailed(f"the statement cannot be sent: {error}", sent.text) from error
        return _Answer(result, sent)

    def begin(self, connection: Connection, *, reads: bool) -> None:
        """With the write lock at once, unless the first statement reads."""
        connection.exec_driver_sql(_READS if reads else _WRITES)

    def transaction(self, connection: Connection) -> TransactionNow:
        """SQLite knows no failed ones."""
        return TransactionNow.OPEN if _driver(connection).in_transaction else TransactionNow.NONE

    def reads_backslashes(self, connection: Connection) -> bool:
        """Never."""
        del connection
        return False

    def prepare(self, connection: Connection) -> str:
        """Foreign keys are enforced, as where studio writes rows itself."""
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        return ""

    def hung_up(self, connection: Connection) -> bool:
        """Nobody is at the other end."""
        del connection
        return False

    def transaction_id(self, connection: Connection) -> str:
        """No line falls."""
        del connection
        return ""

    def socket(self, connection: Connection) -> int | None:
        """There is no line."""
        del connection
        return None

    def notified(self, connection: Connection) -> Sequence[Notification]:
        """Nobody tells anything."""
        del connection
        return ()

    def kept(self, connection: Connection) -> tuple[str, ...]:
        """Settings are not told: SQLite knows no other value than the present one."""
        made = connection.exec_driver_sql(_TEMPORARY).scalar_one()
        attached = connection.exec_driver_sql(_ATTACHED).scalar_one()
        counts = ((int(made), "temporary table"), (int(attached), "attached file"))
        return tuple(plural(count, what) for count, what in counts if count)

    def count(self, connection: Connection, name: tuple[str, ...], within_s: float) -> int | None:
        """A read that is interrupted leaves its transaction alone."""
        until, driver = monotonic() + within_s, _driver(connection)
        driver.set_progress_handler(lambda: int(monotonic() > until), _LOOKS_UP_EVERY)
        try:
            return int(connection.execute(_count_of(name)).scalar_one())
        except DBAPIError:
            if monotonic() > until:
                return None
            raise
        finally:
            driver.set_progress_handler(None, 0)

    def relation(self, connection: Connection, name: tuple[str, ...]) -> TableRef | None:
        """Temporary ones stand before those of the file."""
        schema = name[0].lower() if len(name) > 1 else ""
        if schema not in {"", "main"}:
            return None
        if not schema and connection.exec_driver_sql(_NAMED_TEMPORARY, (name[-1],)).first():
            return None
        row = connection.exec_driver_sql(_NAMED, (name[-1],)).first()
        return TableRef(None, str(row[0])) if row is not None else None

    def pin(self, connection: Connection) -> None:
        """Nothing to do: values come as what they are."""

    def value(self, text: str, kind: str) -> str | int | float | None:
        """What it looks like, as a literal would be, unless `kind` says."""
        if kind == "null":
            return None
        if kind == "text":
            return text
        if kind not in {"", "integer", "real"}:
            raise ValueError(f"{kind} is none of {', '.join(_KINDS)}")
        return _number(text, kind)

    def trouble(self, connection: Connection, error: BaseException, sent: Sent) -> Trouble | None:
        """Its code and message, and the place found by compiling what stands before it."""
        raised = error.orig if isinstance(error, DBAPIError) else error
        if not isinstance(raised, sqlite3.Error):
            return None
        code, message = failures.name_of(raised), failures.message_of(raised)
        if isinstance(raised, sqlite3.ProgrammingError) and _UNBOUND.search(message):
            return Trouble(code, UNBOUND, hint=UNBOUND_HINT)
        place = None
        if code in {"SQLITE_ERROR", ""}:
            place = compiling.place_in(connection, sent.text, message)
        return Trouble(code, message, place)


def _count_of(name: tuple[str, ...]) -> Select[int]:
    schema = identifier(name[-2]) if len(name) > 1 else None
    return select(func.count()).select_from(table(identifier(name[-1]), schema=schema))


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError(driver)
    return driver


def _number(text: str, kind: str) -> str | int | float:
    if kind != "real" and _INTEGER.fullmatch(text):
        return int(text)
    if kind != "integer" and storing.NUMBER.fullmatch(text) and text == text.strip():
        return float(text)
    if kind:
        raise ValueError(f"{text} is no {kind}")
    return text


def _bound(sent: Sent) -> tuple[_Value, ...] | dict[str, _Value] | None:
    if not sent.values:
        return None
    names, asked = by_place(sent.text, SQLITE)
    if not names:
        return None
    known = [name for name in names if name in sent.values]
    if not asked:
        return {name: sent.values[name] for name in known}
    # Cut where the first is missing: the driver says that one is.
    first = next((i for i, name in enumerate(names) if name not in sent.values), len(names))
    return tuple(sent.values[name] for name in names[:first])


class _Answer:
    """An answer whose rows SQLite makes as they are taken."""

    copied = False

    def __init__(self, result: CursorResult[Any], sent: Sent) -> None:
        self._result = result
        self._count = result.rowcount
        self._cursor = result.cursor
        self._sent = sent
        self._seen = 0
        described = self._cursor.description if self._cursor is not None else None
        self.columns: tuple[str, ...] | None = (
            None if described is None else tuple(each[0] for each in described)
        )
        self.type_codes: tuple[object, ...] = (None,) * len(described or ())

    def rows(self, size: int) -> Sequence[tuple[Value, ...]]:
        """The next ones."""
        if self._cursor is None or self.columns is None:
            return []
        found = self._cursor.fetchmany(size)
        self._seen += len(found)
        return found

    def abandon(self) -> None:
        """Its cursor goes: what it wrote was written at its first step."""
        self._result.close()

    def end(self) -> tuple[int, str]:
        """What writes is read to its end: only then is it done, and counted."""
        if self._cursor is None or self.columns is None:
            self._result.close()
            return self._count, ""
        while not self._sent.reads and self.rows(_DRAINED):
            pass
        count = self._cursor.rowcount
        self._result.close()
        if count < 0 and not self._sent.reads and self._sent.text[:4].upper() == "WITH":
            count = self._seen
        return count, ""


_DRAINED = 1000
