"""Why no connection came of it: what libpq or the server said → a sentence with a next step."""

import re
from dataclasses import dataclass

from psycopg.errors import ConnectionTimeout

from studio.backends.postgresql.conninfo import CONNECT_TIMEOUT_S, PostgresOpening
from studio.model.errors import (
    AuthFailed,
    ConnectFailed,
    ConnectionsUsedUp,
    DatabaseMissing,
    HostUnreachable,
    PasswordWanted,
)

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
    by = "--timeout" if opening.target.connect_timeout_s else "connect_timeout"
    place = _place(opening)
    return f"{place} did not answer within {given} s: check the host, or allow more with {by}"


def _client_side(error: BaseException, attempt: _Attempt) -> tuple[type[ConnectFailed], str]:
    """What libpq itself gave up on: a password nobody gave, SSL, a service, a bad parameter."""
    pgconn = getattr(error, "pgconn", None)
    if pgconn is not None and pgconn.needs_password:
        return PasswordWanted, (
            f"{attempt.place} wants a password and none was given: set STUDIO_PASSWORD, add it to "
            "~/.pgpass, or let studio ask for it"
        )
    why = _first_line(attempt.why)
    for words, kind, advice in _BY_LIBPQ:
        if any(word in why for word in words):
            return kind, f"{attempt.place}: {why}; {advice}"
    if "service" in why:
        return ConnectFailed, f"{why}: look into ~/.pg_service.conf, or set PGSERVICEFILE"
    return ConnectFailed, f"{attempt.place}: {why}; check the address"


_Advice = tuple[tuple[str, ...], type[ConnectFailed], str]
_BY_LIBPQ: tuple[_Advice, ...] = (
    (
        ("does not support SSL", "server does not support GSSAPI"),
        ConnectFailed,
        "this server speaks without encryption only: sslmode=prefer or disable lets it",
    ),
    (
        ("invalid response to SSL", "invalid response to GSSAPI", "expected authentication"),
        ConnectFailed,
        "what listens there is not PostgreSQL, or a proxy before it: check host and port",
    ),
    (("SSL", "certificate"), ConnectFailed, "check sslmode and sslrootcert"),
    (
        ("closed the connection unexpectedly", "Connection reset"),
        ConnectFailed,
        "it may have just stopped, or want SSL: try again, look into its log, or try "
        "sslmode=require",
    ),
)
_BY_SERVER: tuple[_Advice, ...] = (
    (
        ("starting up", "not yet accepting connections", "recovery mode"),
        ConnectFailed,
        "it is not ready yet: try again in a moment",
    ),
    (("shutting down",), ConnectFailed, "it is being stopped: start it again, then try again"),
    (
        ("not accepting connections", "hot standby"),
        ConnectFailed,
        "it is a standby that lets nobody in: connect to the primary, or set hot_standby there",
    ),
    (
        (
            "too many clients",
            "connection slots are reserved",
            "too many connections",
            "no more connections allowed",
        ),
        ConnectionsUsedUp,
        "close connections that are not used any more, or ask its owner for a higher limit",
    ),
    (
        ("not currently accepting connections",),
        ConnectFailed,
        "it was made so on purpose (ALLOW_CONNECTIONS): connect to another database",
    ),
    (
        ("permission denied for database",),
        AuthFailed,
        "ask its owner to GRANT CONNECT ON this DATABASE",
    ),
    (("is not permitted to log in",), AuthFailed, "connect as another user, or ask for LOGIN"),
)
"""Words of a server that speaks English; in another language its own words must do."""


def _refused(
    opening: PostgresOpening, error: BaseException, attempt: _Attempt
) -> tuple[type[ConnectFailed], str]:
    """What the server said. Its words may be in any language; quoted names are ours."""
    pgconn = getattr(error, "pgconn", None)
    why = _first_line(attempt.why)
    database = str(opening.parameters.get("dbname") or _known(pgconn, "db"))
    user = str(opening.parameters.get("user") or _known(pgconn, "user"))
    if "pg_hba.conf" in why:
        return AuthFailed, (
            f"{attempt.place} does not let {user} in from here ({why}): its pg_hba.conf needs a "
            "line for this, or try sslmode=require"
        )
    for words, kind, advice in _BY_SERVER:
        if any(word in why for word in words):
            return kind, f"{attempt.place} answered: {why}; {advice}"
    if f'database "{database}" does not exist' in why:
        return DatabaseMissing, (
            f"{attempt.place} has no database called {database} ({why}): list what is there with "
            f"psql -l, or create it with createdb {database}"
        )
    return _not_let_in(pgconn, attempt.place, user, why)


def _not_let_in(pgconn: object, place: str, user: str, why: str) -> tuple[type[ConnectFailed], str]:
    if getattr(pgconn, "used_password", False):
        return PasswordWanted, (
            f"{place} refused {user}: {why}; check the password and where it came from "
            "(the address, STUDIO_PASSWORD, PGPASSWORD, ~/.pgpass)"
        )
    if "authentication failed" in why:
        return AuthFailed, (
            f"{place} refused {user}: {why}; connect as the user that it knows this account by, "
            "or over host=localhost if it takes passwords there"
        )
    if f'role "{user}" does not exist' in why:
        return AuthFailed, (
            f"{place} refused {user}: {why}; name another user (user=…), or create this one with "
            f"createuser {user}"
        )
    return ConnectFailed, f"{place} answered: {why}; try again later or ask its owner"


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
