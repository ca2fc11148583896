"""Making one connection: libpq's way in, the session's settings, and why it did not work."""

import re
from dataclasses import dataclass

import psycopg
from psycopg import AsyncConnection, Connection
from psycopg.conninfo import make_conninfo
from psycopg.errors import ConnectionTimeout
from psycopg.rows import tuple_row

from studio.backends.base import Purpose
from studio.backends.postgresql import raw
from studio.backends.postgresql.conninfo import CONNECT_TIMEOUT_S, PostgresOpening
from studio.backends.postgresql.dialect import TEXT_ADAPTERS
from studio.backends.postgresql.pooled import bracket, bracket_async
from studio.model.errors import (
    AuthFailed,
    ConnectFailed,
    DatabaseMissing,
    HostUnreachable,
)

_READING = {Purpose.BROWSE, Purpose.WATCH, Purpose.REFLECT}

_EXACT_TEXT = {
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
}
"""What makes a value's text exact and the same everywhere. `DateStyle` alone keeps the order in
which the user's server reads ambiguous dates."""

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
    Purpose.REFLECT: {"lock_timeout": "800ms", "jit": "off"},
    # A change set waits a little, and a studio that froze gives its locks back.
    Purpose.EDIT: {"lock_timeout": "10s", "idle_in_transaction_session_timeout": "60s"},
    Purpose.QUERY: {},
}


def settings(opening: PostgresOpening, purpose: Purpose) -> dict[str, str]:
    """The session's settings for `purpose`.

    A person's own SQL (QUERY) means what it means everywhere: there, nothing is set that could
    change what a statement does or prints.
    """
    chosen = dict(_BELTS[purpose])
    if purpose is not Purpose.QUERY:
        chosen |= _EXACT_TEXT
    if purpose in _READING and (limit_s := opening.target.statement_timeout_s):
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
        if (statement := _prepare(made, opening, purpose)) and _is_shared(
            made.execute(statement).fetchone()
        ):
            bracket(made, _set(settings(opening, purpose), local="true"))
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
        if (statement := _prepare(made, opening, purpose)) and _is_shared(
            await (await made.execute(statement)).fetchone()
        ):
            bracket_async(made, _set(settings(opening, purpose), local="true"))
    except psycopg.Error as error:
        await made.close()
        raise failure(opening, error) from None
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
    if not chosen:
        return b""
    # A pooler makes up the number it calls the server's process. Settings would stay with a
    # server connection that other programs use next: there, they end with this statement.
    shared = f"pg_catalog.pg_backend_pid() <> {connection.info.backend_pid}"
    return _set(chosen, local=shared) + f", {shared}".encode()


def _set(chosen: dict[str, str], *, local: str) -> bytes:
    calls = ", ".join(
        f"pg_catalog.set_config('{name}', '{value}', {local})" for name, value in chosen.items()
    )
    return f"SELECT {calls}".encode()


def _is_shared(row: tuple[object, ...] | None) -> bool:
    return row is not None and row[-1] == "t"


# -- why it did not work ---------------------------------------------------------------------------

_TRIED = re.compile(
    r'connection to server (?:at "(?P<host>[^"]*)"(?: \([^)]*\))?, port (?P<port>\S+)'
    r'|on socket "(?P<socket>[^"]*)") failed: (?P<why>.*)',
    re.DOTALL,
)
_SEVERITY = re.compile(r"^[^\s:\"]+:\s+")
_NOT_LISTENING = ("Connection refused", "No such file or directory")
_NO_ROUTE = ("Network is unreachable", "No route to host", "timed out", "timeout expired")


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One failed attempt, taken apart."""

    place: str
    """`db.example port 5432`, or the socket's folder."""
    why: str
    """libpq's words, or the server's without their severity."""
    by_server: bool
    """Whether a server answered, and said no."""


def failure(opening: PostgresOpening, error: BaseException) -> ConnectFailed:
    """Why no connection came of it: a sentence with what was tried and what to try next."""
    kind, sentence = _explain(opening, error)
    for secret in opening.secrets:
        sentence = sentence.replace(secret, "***")
    return kind(sentence)


def _explain(opening: PostgresOpening, error: BaseException) -> tuple[type[ConnectFailed], str]:
    text = str(error)
    if isinstance(error, ConnectionTimeout):
        return HostUnreachable, _timeout(opening)
    if "failed to resolve host" in text:
        host = opening.parameters.get("host", "")
        return HostUnreachable, (
            f"nobody knows a host called {host}: check the name, or the network or VPN it lives in"
        )
    attempt = _attempt(opening, text)
    if attempt.by_server:
        return _refused(opening, error, attempt)
    if any(words in attempt.why for words in _NOT_LISTENING):
        return HostUnreachable, (
            f"no PostgreSQL answers at {attempt.place} ({_first_line(attempt.why)}): start the "
            "server, or check host and port"
        )
    if any(words in attempt.why for words in _NO_ROUTE):
        return HostUnreachable, (
            f"{attempt.place} cannot be reached ({_first_line(attempt.why)}): check the host, the "
            "network, and any firewall between"
        )
    return _client_side(error, attempt)


def _timeout(opening: PostgresOpening) -> str:
    given = opening.parameters.get("connect_timeout", CONNECT_TIMEOUT_S)
    return (
        f"{_place(opening)} did not answer within {given} s: check the host, or allow more with "
        "connect_timeout"
    )


def _client_side(error: BaseException, attempt: _Attempt) -> tuple[type[ConnectFailed], str]:
    """What libpq itself gave up on: a password nobody gave, SSL, a service, a bad parameter."""
    pgconn = getattr(error, "pgconn", None)
    if pgconn is not None and pgconn.needs_password:
        return AuthFailed, (
            f"{attempt.place} wants a password and none was given: set STUDIO_PASSWORD, add it to "
            "~/.pgpass, or let studio ask for it"
        )
    why = _first_line(attempt.why)
    if "SSL" in why or "certificate" in why:
        return ConnectFailed, f"{attempt.place}: {why}; check sslmode and sslrootcert"
    if "service" in why:
        return ConnectFailed, f"{why}: look into ~/.pg_service.conf, or set PGSERVICEFILE"
    return ConnectFailed, f"{attempt.place}: {why}; check the address"


def _refused(
    opening: PostgresOpening, error: BaseException, attempt: _Attempt
) -> tuple[type[ConnectFailed], str]:
    """What the server said. Its words may be in any language; quoted names are ours."""
    pgconn = getattr(error, "pgconn", None)
    why = _first_line(attempt.why)
    database = str(opening.parameters.get("dbname") or _known(pgconn, "db"))
    user = str(opening.parameters.get("user") or _known(pgconn, "user"))
    if "no pg_hba.conf entry" in why or "pg_hba.conf" in why:
        return AuthFailed, (
            f"{attempt.place} does not let {user} in from here ({why}): its pg_hba.conf needs a "
            "line for this, or try sslmode=require"
        )
    if database and f'"{database}" does not exist' in why and f'role "{user}"' not in why:
        return DatabaseMissing, (
            f"{attempt.place} has no database called {database} ({why}): list what is there with "
            f"psql -l, or create it with createdb {database}"
        )
    if pgconn is not None and pgconn.used_password:
        return AuthFailed, (
            f"{attempt.place} refused {user}: {why}; check the password and where it came from "
            "(the address, STUDIO_PASSWORD, PGPASSWORD, ~/.pgpass)"
        )
    if f'role "{user}"' in why:
        return AuthFailed, f"{attempt.place} refused {user}: {why}; check the user name"
    return ConnectFailed, f"{attempt.place} answered: {why}; try again later or ask its owner"


def _attempt(opening: PostgresOpening, text: str) -> _Attempt:
    """The last attempt in libpq's message, which lists every address it tried."""
    first = text.split("\nMultiple connection attempts failed", 1)[0]
    found = _TRIED.search(first)
    if found is None:
        bare = re.sub(r"^connection (?:failed|is bad): ", "", first)
        return _Attempt(_place(opening), bare, by_server=False)
    several = "," in str(opening.parameters.get("host", ""))
    if several:
        place = _place(opening)
    elif found["socket"]:
        place = found["socket"]
    else:
        place = f"{found['host']} port {found['port']}"
        named = str(opening.parameters.get("host", ""))
        if named and named != found["host"]:
            place = f"{named} ({found['host']}) port {found['port']}"
    why = found["why"].strip()
    # Only a server puts a severity before its words: `FATAL:  …`, `FATALE:  …`.
    severity = re.match(r"^[^\s:\"]+:\s{2}", why)
    return _Attempt(place, _SEVERITY.sub("", why) if severity else why, severity is not None)


def _place(opening: PostgresOpening) -> str:
    hosts = str(opening.parameters.get("host") or opening.parameters.get("hostaddr") or "")
    ports = str(opening.parameters.get("port") or "5432")
    if not hosts:
        service = opening.parameters.get("service")
        return f"service {service}" if service else "the local server"
    names = hosts.split(",")
    numbers = ports.split(",")
    pairs = [
        f"{name} port {numbers[i] if len(numbers) == len(names) else numbers[0]}"
        for i, name in enumerate(names)
    ]
    return " and ".join(pairs)


def _known(pgconn: object, name: str) -> str:
    value = getattr(pgconn, name, None)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0].rstrip(".") if text.strip() else "no reason given"
