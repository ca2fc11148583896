"""Making one connection: libpq's way in, and the session's settings."""

import psycopg
from psycopg import AsyncConnection, Connection
from psycopg.conninfo import make_conninfo
from psycopg.rows import tuple_row

from studio.backends.base import Purpose
from studio.backends.postgresql import raw
from studio.backends.postgresql.conninfo import PostgresOpening
from studio.backends.postgresql.dialect import TEXT_ADAPTERS
from studio.backends.postgresql.pooled import bracket, bracket_async
from studio.backends.postgresql.unreached import failure

_READING = {Purpose.BROWSE, Purpose.WATCH, Purpose.REFLECT, Purpose.ACTIVITY}
_WRITING = {Purpose.EDIT, Purpose.OWN}

EXACT_TEXT = {
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
}
"""What makes a value's text exact and the same everywhere: what one lane prints, another reads. Set
once the session is there: the defaults of a role or a database, PGOPTIONS, PGDATESTYLE, PGTZ and
`options` of the address come before that, and a pooler may refuse them as parameters of the start.
`DateStyle` alone keeps the order in which the user's server reads ambiguous dates, and TimeZone
stays: in this style every moment is printed with its offset. `lc_monetary` stays because it decides
what money is worth as a number."""

_PREPARE_AFTER = 5
"""Runs of one statement after which preparing it pays."""
_BELT_MS = 1000
_READ_ONLY = {"default_transaction_read_only": "on"}

_BELTS: dict[Purpose, dict[str, str]] = {
    # Pages, counts and the catalog wait for nobody: a table somebody rewrites says so instead. And
    # they give way before deadlock_timeout (1 s), so that it is never somebody's migration that
    # PostgreSQL ends. Compiling a query just in time costs a page more than it can win.
    Purpose.BROWSE: {"lock_timeout": "800ms", "jit": "off"},
    Purpose.WATCH: {"lock_timeout": "800ms", "jit": "off"},
    # What looks at a server in trouble is no part of the trouble; and pages like it know each other
    # by their name.
    Purpose.ACTIVITY: {
        "application_name": "studio activity",
        "statement_timeout": "3s",
        "lock_timeout": "800ms",
        "jit": "off",
    },
    Purpose.REFLECT: {"lock_timeout": "800ms", "jit": "off"},
    # A change set waits a little, and a studio that froze gives its locks back.
    Purpose.EDIT: {"lock_timeout": "10s", "idle_in_transaction_session_timeout": "60s"},
    Purpose.QUERY: {},
    Purpose.OWN: {},
}


def settings(opening: PostgresOpening, purpose: Purpose) -> dict[str, str]:
    """The session's settings for `purpose`.

    A person's own SQL (QUERY, OWN) does what it does everywhere: there, nothing is set but how
    values are printed.
    """
    chosen = _BELTS[purpose] | EXACT_TEXT
    limit_s = opening.target.statement_timeout_s
    if purpose in _READING and limit_s and "statement_timeout" not in chosen:
        # For when studio itself cannot stop it any more: a little later than it would.
        chosen["statement_timeout"] = f"{limit_s * 1000 + _BELT_MS:.0f}ms"
    if purpose in _READING or opening.target.read_only:
        chosen |= _READ_ONLY
    return chosen


def connect(opening: PostgresOpening, purpose: Purpose) -> Connection[tuple[object, ...]]:
    """One blocking connection. Raises ConnectFailed."""
    try:
        made = psycopg.connect(
            make_conninfo("", **opening.parameters),
            autocommit=True,
            prepare_threshold=None,
            context=TEXT_ADAPTERS,
            row_factory=tuple_row,
        )
    except (psycopg.Error, UnicodeError) as error:
        raise failure(opening, error) from None
    try:
        if _is_shared(made.execute(_prepare(made, opening, purpose)).fetchone()):
            bracket(made, _locally(opening, purpose), alone=purpose not in _WRITING)
        elif purpose is Purpose.EDIT:
            # One connection lives for one change set, whose statements run thousands of times; and
            # no pooler will hand what is prepared here to another program.
            made.prepare_threshold = _PREPARE_AFTER
    except psycopg.Error as error:
        made.close()
        raise failure(opening, error) from None
    return made


async def connect_async(
    opening: PostgresOpening, purpose: Purpose
) -> AsyncConnection[tuple[object, ...]]:
    """One asyncio connection. Raises ConnectFailed."""
    try:
        made = await AsyncConnection.connect(
            make_conninfo("", **opening.parameters),
            autocommit=True,
            # A prepared plan breaks when the table changes under it, and a pooler hands the next
            # statement to a server that never saw it.
            prepare_threshold=None,
            context=TEXT_ADAPTERS,
            row_factory=tuple_row,
        )
    except (psycopg.Error, UnicodeError) as error:
        raise failure(opening, error) from None
    try:
        prepared = await made.execute(_prepare(made, opening, purpose))
        if _is_shared(await prepared.fetchone()):
            bracket_async(made, _locally(opening, purpose), alone=purpose not in _WRITING)
    except psycopg.Error as error:
        await made.close()
        raise failure(opening, error) from None
    except BaseException:
        # A cancel, most of all: nobody else knows this connection.
        await made.close()
        raise
    return made


def _prepare(
    connection: Connection[tuple[object, ...]] | AsyncConnection[tuple[object, ...]],
    opening: PostgresOpening,
    purpose: Purpose,
) -> bytes:
    chosen = settings(opening, purpose)
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        raw.accept(connection)
        chosen |= raw.SETTING
    # A pooler makes up the number it calls the server's process. Settings would stay with a
    # server connection that other programs use next: there, they end with this statement.
    shared = f"pg_catalog.pg_backend_pid() <> {connection.info.backend_pid}"
    return _set(chosen, local=shared) + f", {shared}".encode()


def _locally(opening: PostgresOpening, purpose: Purpose) -> bytes:
    return _set(settings(opening, purpose), local="true")


def exact_text() -> bytes:
    """The statement that makes values' text exact in a session."""
    return _set(EXACT_TEXT, local="false")


def _set(chosen: dict[str, str], *, local: str) -> bytes:
    calls = ", ".join(
        f"pg_catalog.set_config('{name}', '{value}', {local})" for name, value in chosen.items()
    )
    return f"SELECT {calls}".encode()


def _is_shared(row: tuple[object, ...] | None) -> bool:
    return row is not None and row[-1] == "t"
