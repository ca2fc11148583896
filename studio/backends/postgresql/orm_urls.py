"""Parameters that ORMs put into the URL of a database, and libpq does not know."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import parse_qsl, quote, urlencode

from psycopg.pq import Conninfo

from studio.model.errors import ConnectFailed

_OF_POOLS = frozenset(
    {
        *("pgbouncer", "connection_limit", "pool_timeout", "pool_size", "max_overflow", "pool"),
        *("pool_pre_ping", "pool_recycle", "pool_max_conns", "max_connections", "minsize"),
        *("maxsize", "min_size", "max_size", "connection_timeout", "idle_timeout"),
        *("max_idle_connection_lifetime", "socket_timeout", "statement_cache_size"),
        *("prepared_statement_cache_size", "prepareThreshold", "prepare_threshold", "prepare"),
        *("statement_cache_mode", "default_query_exec_mode", "supa", "workaround"),
        *("single_use_connections", "async_fallback", "prepared_statements", "pool_mode"),
    }
)
"""How a program pools its connections: nothing a person who looks has to do with."""
_UTF8 = frozenset({"utf8", "utf-8", "utf8mb4", "unicode"})
_ENCODINGS = frozenset({"charset", "encoding"})
_SSL = {"true": "require", "1": "require", "false": "disable", "0": "disable"}
_SCHEMA = frozenset({"schema", "search_path", "currentSchema", "searchpath"})
_NAMES = re.compile(r"[A-Za-z][\w-]*(?:\.[\w-]+)?")
_URL = re.compile(r"^postgres(?:ql)?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Read:
    """A URL that libpq can read."""

    address: str
    ignored: tuple[str, ...] = ()
    """Parameters that say nothing to studio, by name."""
    schema: str | None = None
    """Where unqualified names are looked for first, as it was written."""


def read(address: str) -> Read:
    """`address` in libpq's words; anything but a URL with parameters as it is.

    Raises ConnectFailed for a parameter nobody knows: its name, and never its value.
    """
    base, mark, query = address.partition("?")
    if not (mark and _URL.match(address)):
        return Read(address)
    given = parse_qsl(query, keep_blank_values=True)
    schema = next((value for name, value in given if name in _SCHEMA and value), None)
    ignored = tuple(name for name, _ in given if name in _OF_POOLS)
    kept = [pair for name, value in given if (pair := _in_libpqs_words(name, value)) is not None]
    if kept == given:
        # libpq's own way to read it, to the last percent sign.
        return Read(address)
    # libpq takes no plus sign for a blank.
    text = urlencode(kept, quote_via=quote)
    return Read(f"{base}?{text}" if text else base, ignored, schema)


def _in_libpqs_words(name: str, value: str) -> tuple[str, str] | None:
    """A parameter as libpq has it; None for one that it does not need."""
    if name in _known():
        return name, value
    if name == "ssl" and value in _SSL:
        return "sslmode", _SSL[value]
    if name == "sslaccept":
        return "sslmode", "verify-full" if value == "strict" else "require"
    if name in _ENCODINGS:
        _must_be_utf8(name, value)
    elif name not in _SCHEMA | _OF_POOLS:
        raise ConnectFailed(_unknown(name))
    return None


def with_schema(schema: str, options: str) -> str:
    """libpq's `options` with `schema` as the search path, unless they set one themselves."""
    # Names in such a URL are kept as they are, unlike names in SQL.
    parts = (part.strip().strip('"').replace('"', '""') for part in schema.split(","))
    names = ",".join(f'"{part}"' for part in parts)
    escaped = re.sub(r"([\\\s])", r"\\\1", names)
    return f"-c search_path={escaped} {options}".strip()


def _known() -> frozenset[str]:
    return frozenset(option.keyword.decode() for option in Conninfo.get_defaults())


def _must_be_utf8(name: str, value: str) -> None:
    if value.lower() not in _UTF8:
        raise ConnectFailed(f"studio speaks UTF-8 with every server: leave {name} out of the URL")


def _unknown(name: str) -> str:
    shown = name if _NAMES.fullmatch(name) else "one whose name is no word"
    near = get_close_matches(name, sorted(_known() | _SCHEMA), 1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"the URL has a parameter neither libpq nor studio knows: {shown}{hint}"
