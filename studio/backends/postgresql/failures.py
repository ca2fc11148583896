"""psycopg's exceptions → ours, by SQLSTATE."""

import re
from dataclasses import replace

import psycopg

from studio.model.errors import (
    UNBOUND,
    UNBOUND_HINT,
    Busy,
    ConnectionLost,
    ConstraintFailed,
    ReadOnly,
    StatementFailed,
    StudioError,
)

CONSTRAINTS = {
    "23502": "not_null",
    "23503": "foreign_key",
    "23505": "unique",
    "23514": "check",
    "23P01": "exclusion",
}
_MISSING = {"42703": "column", "42P01": "table"}
_BUSY = {
    "40001": "another transaction changed the same rows first: run it again",
    "40P01": "two transactions waited for each other: run it again",
    "55P03": "somebody else holds the lock: see pg_stat_activity, then try again",
}
_GONE = {"57P01", "57P02", "57P03", "57P05", "25P03", "25P04"}
"""An administrator, a crash, a restart, or a timeout of idle sessions ended the connection."""
_CANCELLED = "57014"
_READ_ONLY = "25006"
_NOT_SUPPORTED = "0A000"
STANDBY = (
    "standby, which only repeats what its primary writes: connect to the primary to change "
    "something, or open this one again when it was promoted"
)
_PROTOCOL = "08P01"
_NOT_IN_STATE = "55000"
_NO_HANDLER = (
    "its extension is not installed whole, so nothing can be read through it; a filter that "
    "leaves its foreign tables out shows the other rows, like table_name != its_table"
)
_KEY_COLUMNS = re.compile(r"\((?P<columns>.*?)\)=\(", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def translate(error: BaseException, sql: str = "") -> StudioError:
    """What went wrong, as one of ours."""
    if isinstance(error, StudioError):
        return error
    if not isinstance(error, psycopg.Error):
        return StatementFailed(clean(str(error)) or type(error).__name__, sql)
    state = error.sqlstate or ""
    if _is_gone(error, state):
        return ConnectionLost(f"the server ended the connection: {message(error)}")
    if state == _NOT_SUPPORTED and sql.startswith("BEGIN READ WRITE"):
        return ReadOnly(f"the server is a {STANDBY}")
    if state == _READ_ONLY:
        return ReadOnly(f"{message(error)}: this connection only reads")
    return _refused(error, state, sql)


def _is_gone(error: psycopg.Error, state: str) -> bool:
    if state:
        # A connection lives on after an ERROR, even one about some other connection (dblink).
        ended = error.diag.severity_nonlocalized != "ERROR"
        return ended and (state.startswith("08") or state in _GONE)
    # Without a SQLSTATE no server spoke: libpq or psycopg found the connection dead.
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


_SHIFT = "_studio_shift"


def shift(error: psycopg.Error, characters: int) -> None:
    """Remember that the statement somebody wrote begins that far into the one that was sent."""
    vars(error)[_SHIFT] = characters


def _place(error: psycopg.Error, position: str | None) -> int | None:
    if not position or not position.isdigit():
        return None
    place = int(position) - 1 - int(vars(error).get(_SHIFT, 0))
    return place if place >= 0 else None


def _refused(error: psycopg.Error, state: str, sql: str) -> StatementFailed:
    diagnostic = error.diag
    position = diagnostic.statement_position
    found = StatementFailed(
        message(error),
        sql,
        state,
        _place(error, position),
        clean(diagnostic.message_hint or ""),
        clean(diagnostic.message_detail or ""),
        missing=_MISSING.get(state, ""),
    )
    if state == _PROTOCOL and found.message.startswith("bind message supplies"):
        return replace(found, message=UNBOUND, hint=UNBOUND_HINT)
    common = (found.message, sql, state, found.position, found.hint, found.detail)
    if state in CONSTRAINTS:
        return ConstraintFailed(
            *common,
            kind=CONSTRAINTS[state],
            constraint=diagnostic.constraint_name or "",
            table=_qualified(diagnostic.schema_name, diagnostic.table_name),
            columns=_columns(diagnostic.column_name, found.detail),
        )
    if state == _NOT_IN_STATE and not found.hint and "has no handler" in found.message:
        # The catalog's own views ask every wrapper; one foreign table makes all of them fail.
        return replace(found, hint=_NO_HANDLER)
    if state in _BUSY:
        return Busy(found.message, sql, state, found.position, found.hint or _BUSY[state], "")
    if state == _CANCELLED and _by_timeout(error):
        return Busy(*common[:4], found.hint or "it took longer than the server's timeout allows")
    return found


def _by_timeout(error: psycopg.Error) -> bool:
    """Whether a cancelled statement was stopped by the clock rather than by a person.

    Both have one SQLSTATE, so only the words tell, and only in English: in another language a
    timeout reads as what it says, without being called busy.
    """
    text = error.diag.message_primary or ""
    return "user request" not in text and "timeout" in text


def _columns(column: str | None, detail: str) -> tuple[str, ...]:
    if column:
        return (column,)
    # `Key (a, "b, c")=(1, 2) already exists.`: the only place the server names them.
    found = _KEY_COLUMNS.search(detail)
    return tuple(_names(found["columns"])) if found else ()


def _names(text: str) -> list[str]:
    parts = re.findall(r'"(?:[^"]|"")*"|[^,]+', text)
    names = (part.strip() for part in parts)
    return [n[1:-1].replace('""', '"') if n.startswith('"') else n for n in names if n]


def _qualified(schema: str | None, table: str | None) -> str:
    return ".".join(part for part in (schema, table) if part)


def message(error: psycopg.Error) -> str:
    """The server's own primary message, or the driver's."""
    return clean(error.diag.message_primary or str(error).strip() or type(error).__name__)


def clean(text: str) -> str:
    """Without control characters."""
    return _CONTROL.sub("", text)
