"""What a person wrote → what libpq is given. libpq does the reading; nothing here connects."""

import math
import os
import re
from dataclasses import dataclass, field

import psycopg
from psycopg.conninfo import conninfo_to_dict

from studio.backends.base import Opening, Target
from studio.backends.postgresql import orm_urls
from studio.backends.target import ASKED_READ_ONLY
from studio.model.errors import ConnectFailed

CONNECT_TIMEOUT_S = 10
_LEAST_TIMEOUT_S = 2
_DEFAULTS: dict[str, tuple[str, str | int]] = {
    # parameter: (environment variable that also sets it, what studio uses otherwise)
    "connect_timeout": ("PGCONNECT_TIMEOUT", CONNECT_TIMEOUT_S),
    # A laptop that slept, a NAT that forgot: notice within a minute, not within two hours.
    "keepalives_idle": ("", 30),
    "keepalives_interval": ("", 10),
    "keepalives_count": ("", 3),
}
_URL_DRIVER = re.compile(r"^(postgres(?:ql)?)\+\w+://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PostgresOpening(Opening):
    """How a PostgreSQL database is reached."""

    parameters: dict[str, str | int] = field(default_factory=dict, repr=False, compare=False)
    """libpq's parameters; may hold a password."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be said."""
        return tuple(
            str(value)
            for name, value in self.parameters.items()
            if name in {"password", "sslpassword", "oauth_client_secret"} and value
        )


def opening(target: Target) -> PostgresOpening:
    """Read `target` as libpq would. Raises ConnectFailed when it cannot be read."""
    read = orm_urls.read(_URL_DRIVER.sub(r"\1://", target.address))
    parameters = _parameters(read, target.password)
    if target.connect_timeout_s:
        _shorten(parameters, target.connect_timeout_s)
    label = _label(parameters)
    return PostgresOpening(
        target=target,
        label=label,
        how=f"ignores {', '.join(read.ignored)}" if read.ignored else "",
        why=(
            "every transaction is read-only because it was asked for"
            if target.read_only
            else "browsing only reads; changes go through a connection of their own"
        ),
        writable=not target.read_only,
        not_writable_because=ASKED_READ_ONLY.format(label) if target.read_only else "",
        read_only_word="--read-only" if target.read_only else "",
        parameters=parameters,
    )


def _parameters(read: orm_urls.Read, password: str | None) -> dict[str, str | int]:
    given = _read(read.address)
    if given is None:
        raise ConnectFailed(
            "libpq cannot read this PostgreSQL address: check its spelling; in a URL, the signs "
            "@ : / ? # % in a user name or password are written %40 %3A %2F %3F %23 %25, and in a "
            "keyword string a value with spaces stands in single quotes"
        )
    if "@" in str(given.get("host", "")):
        raise ConnectFailed(
            "the user name or password of the address holds an @: in a URL it is written %40"
        )
    if password is not None:
        given["password"] = password
    if read.schema is not None:
        given["options"] = orm_urls.with_schema(read.schema, str(given.get("options", "")))
    # libpq's own way to say "unless the user set one": by keyword, service or PGAPPNAME.
    given.setdefault("fallback_application_name", "studio")
    given["client_encoding"] = "UTF8"
    for name, (variable, value) in _DEFAULTS.items():
        if name not in given and not (variable and os.environ.get(variable)):
            given[name] = value
    return given


def _shorten(parameters: dict[str, str | int], seconds: float) -> None:
    """Let connecting take no longer. In whole seconds, and two at least: libpq knows no others."""
    wanted = max(_LEAST_TIMEOUT_S, math.ceil(seconds))
    given = str(parameters.get("connect_timeout") or os.environ.get("PGCONNECT_TIMEOUT", ""))
    # 0 and less are for ever; what is no number at all is libpq's to complain of.
    if not re.fullmatch(r"[0-9]*[1-9][0-9]*", given) or int(given) > wanted:
        parameters["connect_timeout"] = wanted


def _read(address: str) -> dict[str, str | int] | None:
    """The address by parameter; None without a word of libpq's, which quotes the piece it stumbled
    over, and that may be half a password.
    """
    try:
        found = conninfo_to_dict(address)
    except (psycopg.Error, UnicodeError):
        return None
    return {name: value for name, value in found.items() if value is not None}


def _label(parameters: dict[str, str | int]) -> str:
    """`shop on db.example`: the words for the top line."""
    database = parameters.get("dbname") or os.environ.get("PGDATABASE")
    if service := parameters.get("service"):
        return f"{database} of service {service}" if database else f"service {service}"
    database = database or parameters.get("user") or os.environ.get("PGUSER") or "PostgreSQL"
    host = where(parameters)
    return f"{database} on {host}" if host else str(database)


def where(parameters: dict[str, str | int]) -> str:
    """Host and port for people; empty for the local socket nobody named."""
    host = parameters.get("host") or parameters.get("hostaddr") or os.environ.get("PGHOST") or ""
    port = parameters.get("port") or os.environ.get("PGPORT") or ""
    if not host or str(host).startswith("/"):
        return f"port {port}" if port and not host else ("localhost" if host else "")
    return f"{host}:{port}" if port and str(port) != "5432" else str(host)
