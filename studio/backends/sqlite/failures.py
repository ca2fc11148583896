"""SQLite's errors as ours, with sentences that say what to do."""

import re
import sqlite3
from collections.abc import Callable

from studio.backends.sqlite.missing import missing_of, place_of
from studio.model.errors import (
    UNBOUND,
    UNBOUND_HINT,
    Busy,
    ConnectFailed,
    ConnectionLost,
    ConstraintFailed,
    ReadOnly,
    StatementFailed,
    StudioError,
)

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NEAR = re.compile(r'near "(.*)": syntax error', re.DOTALL)
_STARTS_READING = re.compile(r"\s*(?:begin(?!\s+(?:immediate|exclusive))|\Z)", re.IGNORECASE)
_NAMES_A_FILE = re.compile(r"\s*(?:attach|vacuum\b.*\binto)\b", re.IGNORECASE | re.DOTALL)
_KINDS = {
    "UNIQUE": "unique",
    "PRIMARYKEY": "unique",
    "ROWID": "unique",
    "NOTNULL": "not_null",
    "CHECK": "check",
    "FOREIGNKEY": "foreign_key",
}
_MESSAGES = {
    "UNIQUE constraint failed: ": "unique",
    "NOT NULL constraint failed: ": "not_null",
    "CHECK constraint failed: ": "check",
    "FOREIGN KEY constraint failed": "foreign_key",
}
DAMAGE = frozenset({"SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CORRUPT_INDEX"})
"""What SQLite calls a file that is no whole database."""
_STRICT = re.compile(r"cannot store \w+ value in \w+ column (.*)", re.DOTALL)
_HINTS = {
    "SQLITE_FULL": "The disk (or the database's page limit) is full; nothing was changed. Free "
    "some room and try again",
    "SQLITE_CORRUPT": "The file is damaged where this statement reads; others may still work. "
    "Copy the file and its -wal before anything else",
    "SQLITE_INTERRUPT": "",
    "SQLITE_TOOBIG": "The value is longer than this SQLite allows",
    "SQLITE_NOMEM": "This process is out of memory",
}


def translate(error: BaseException, sql: str = "") -> StudioError:
    """`error` as one of ours; never raises."""
    if isinstance(error, StudioError):
        return error
    if not isinstance(error, sqlite3.Error):
        return _not_sqlite(error, sql)
    name = name_of(error)
    for prefix, make in _BY_NAME.items():
        if name.startswith(prefix):
            return make(error, name, sql)
    if isinstance(error, sqlite3.ProgrammingError) and "closed database" in str(error):
        return ConnectionLost("the connection to the database was closed; open it again")
    if isinstance(error, sqlite3.ProgrammingError) and "number of bindings" in str(error):
        return StatementFailed(UNBOUND, sql, hint=UNBOUND_HINT)
    message = message_of(error)
    return StatementFailed(
        message,
        sql,
        name,
        position=_position(error, sql),
        hint=_hint(name),
        missing=missing_of(message)[0],
    )


def _not_sqlite(error: BaseException, sql: str) -> StudioError:
    if isinstance(error, ValueError) and "no active connection" in str(error):
        return ConnectionLost("the connection to the database was closed; open it again")
    if isinstance(error, OSError):
        return ConnectFailed(f"the database cannot be opened: {error.strerror or error}")
    return StatementFailed(message_of(error), sql)


def name_of(error: sqlite3.Error) -> str:
    """Its extended result code's name; empty where it has none."""
    if str(error).startswith("not authorized"):
        # Without its code where one statement compiles another: ALTER TABLE.
        return "SQLITE_AUTH"
    name = getattr(error, "sqlite_errorname", "") or ""
    if name and name != "unknown":
        return name
    # Codes newer than the module's table: the low byte is the primary code.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return {19: "SQLITE_CONSTRAINT", 8: "SQLITE_READONLY", 5: "SQLITE_BUSY"}.get(code, "")


def message_of(error: BaseException) -> str:
    """In one line, without control characters."""
    return _CONTROL.sub(" ", str(error)).strip() or type(error).__name__


def _hint(name: str) -> str:
    return next((hint for start, hint in _HINTS.items() if name.startswith(start)), "")


def _position(error: sqlite3.Error, sql: str) -> int | None:
    """Where the offending word is, when there is only one such word: SQLite names it, no more."""
    if (unknown := missing_of(str(error))[1]) and sql:
        return place_of(sql, unknown)
    found = _NEAR.match(str(error))
    if found is None or not found[1] or sql.count(found[1]) != 1:
        return None
    return sql.index(found[1])


def _constraint(error: sqlite3.Error, name: str, sql: str) -> StudioError:
    message = message_of(error)
    kind = _KINDS.get(name.removeprefix("SQLITE_CONSTRAINT_"), "")
    rest = message
    for start, meant in _MESSAGES.items():
        if message.startswith(start):
            kind, rest = kind or meant, message[len(start) :]
    if strict := _STRICT.match(message):
        table, columns = _columns(strict[1])
        return ConstraintFailed(message, sql, name, kind="check", table=table, columns=columns)
    if kind in {"unique", "not_null"} and not rest.startswith("index '"):
        table, columns = _columns(rest)
        return ConstraintFailed(message, sql, name, kind=kind, table=table, columns=columns)
    constraint = rest.removeprefix("index '").removesuffix("'") if rest != message else ""
    return ConstraintFailed(message, sql, name, kind=kind or "other", constraint=constraint)


def _columns(text: str) -> tuple[str, tuple[str, ...]]:
    """`t.a, t.b` as table and columns. Names come unquoted: the table is what all begin with."""
    first = text.split(", ", maxsplit=1)[0]
    table = first.rpartition(".")[0]
    if not table:
        return "", (text,)
    return table, tuple(text.removeprefix(f"{table}.").split(f", {table}."))


def _busy(error: sqlite3.Error, name: str, sql: str) -> StudioError:
    if name == "SQLITE_BUSY_SNAPSHOT":
        hint = "Another program committed since this transaction first read: begin again"
    elif name == "SQLITE_BUSY_RECOVERY":
        hint = "Another program is recovering the WAL: try again in a moment"
    else:
        hint = "Another connection is writing: try again in a moment"
    return Busy(message_of(error), sql, name, hint=hint)


def _is_read(sql: str) -> bool:
    """`WITH … DELETE` begins like a read and is none."""
    # 8 ms to import, and only for a statement that failed.
    from studio.sqltext.classify import StatementKind, classify  # noqa: PLC0415
    from studio.sqltext.syntax import SQLITE  # noqa: PLC0415

    return classify(sql, SQLITE).kind is StatementKind.READ


def _read_only(error: sqlite3.Error, name: str, sql: str) -> StudioError:
    if name == "SQLITE_READONLY_DBMOVED":
        return ConnectionLost("the database file was replaced or removed: open it again")
    if not _STARTS_READING.match(sql) and not _is_read(sql):
        return ReadOnly(f"this connection only looks: {message_of(error)} ({name})")
    if name == "SQLITE_READONLY_DIRECTORY":
        return ConnectFailed(
            "the database cannot be read where it is: reading its WAL would need to create files "
            "in a folder you cannot write. Copy it with its -wal, and open the copy"
        )
    if name == "SQLITE_READONLY_ROLLBACK":
        return ConnectionLost(
            "a program died while writing and left its -journal: open the file again to see it "
            "through a private copy"
        )
    return ConnectionLost(
        "the WAL was being restarted by another program while it was read: try again"
    )


def _cannot_open(error: sqlite3.Error, name: str, sql: str) -> StudioError:
    if _NAMES_A_FILE.match(sql):
        hint = "Its folder must be there, and one you may write in"
        return StatementFailed(message_of(error), sql, name, hint=hint)
    return ConnectionLost(
        f"the database file cannot be opened any more: it, its -wal or its -shm was removed or "
        f"closed to you ({message_of(error)}, {name}). Open it again"
    )


def _not_a_database(error: sqlite3.Error, name: str, sql: str) -> StudioError:
    if _NAMES_A_FILE.match(sql):
        return StatementFailed(message_of(error), sql, name, hint="That file is meant here")
    return ConnectFailed(
        f"the file is not an SQLite database, or it is encrypted ({name}): decrypt it to a copy "
        "first, or name another file"
    )


def _io(error: sqlite3.Error, name: str, sql: str) -> StudioError:
    if name == "SQLITE_IOERR_SHMMAP":
        return ConnectionLost(
            "the -shm beside the database was cut while it was read, and what was read is not "
            "shown: read again"
        )
    hint = "The disk or file system failed under SQLite; look at its log before writing"
    if name == "SQLITE_IOERR_SHORT_READ":
        hint = (
            "The database or its -wal is shorter than its programs left it: something cut it. "
            "`studio wal FILE --check` says what is gone"
        )
    return StatementFailed(message_of(error), sql, name, hint=hint)


def _not_allowed(error: sqlite3.Error, name: str, sql: str) -> StudioError:
    del sql
    message = message_of(error)
    if message == "not authorized":
        message = "no ATTACH, no VACUUM INTO, no temporary tables, no PRAGMA that sets something"
    return ReadOnly(f"this connection only looks: {message} ({name})")


_Make = Callable[[sqlite3.Error, str, str], StudioError]
_BY_NAME: dict[str, _Make] = {
    "SQLITE_CONSTRAINT": _constraint,
    "SQLITE_BUSY": _busy,
    "SQLITE_LOCKED": _busy,
    "SQLITE_PROTOCOL": _busy,
    "SQLITE_READONLY": _read_only,
    "SQLITE_CANTOPEN": _cannot_open,
    "SQLITE_NOTADB": _not_a_database,
    "SQLITE_IOERR": _io,
    "SQLITE_AUTH": _not_allowed,
}
