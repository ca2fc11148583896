"""Database URLs as migration tools write them, turned into targets studio can open."""

import re
from pathlib import Path, PureWindowsPath
from urllib.parse import unquote

from studio.config.redacting import redact

_POSTGRESQL = re.compile(r"^(?:postgres|postgresql|pgx?5?|cockroachdb)(?:\+\w+)?://", re.IGNORECASE)
_SQLITE = re.compile(r"^(?:(?:sqlite3?|better-sqlite3|libsql)(?:\+\w+)?|file):(//)?", re.IGNORECASE)
_LIBPQ = frozenset(
    [
        "host",
        "hostaddr",
        "port",
        "dbname",
        "user",
        "password",
        "passfile",
        "connect_timeout",
        "client_encoding",
        "options",
        "application_name",
        "sslmode",
        "sslcert",
        "sslkey",
        "sslrootcert",
        "sslpassword",
        "sslnegotiation",
        "channel_binding",
        "target_session_attrs",
        "gssencmode",
        "krbsrvname",
        "service",
    ]
)
_GO_MYSQL = re.compile(r"^(?:(?P<user>[^@/]*)@)?tcp\((?P<host>[^)]*)\)/(?P<rest>.*)$")
_PASSWORD_IN_URL = re.compile(r"(?P<before>://[^/@:\s]*:)[^/\s]*(?P<after>@)")
_PASSWORD_IN_TEXT = re.compile(
    r"(?P<key>(?:password|pwd|passwd|authToken|token|sslpassword)\s*=\s*)"
    r"(?:'(?:[^'\\]|\\.)*'|[^\s&;]+)",
    re.IGNORECASE,
)


def target(raw: str, base: Path, engine: str = "") -> str | None:
    """A target for the URL or path `raw`; relative files are relative to `base`.

    `engine` helps where the text alone does not say ("sqlite" for a bare path). None when it names
    no database studio could open (memory, an empty text, a variable nobody set).
    """
    text = raw.strip().removeprefix("jdbc:")
    if not text or "${" in text or ":memory:" in text:
        return None
    if _POSTGRESQL.match(text):
        return _libpq("postgresql://" + text.split("://", 1)[1])
    if text.lower().startswith("libsql://"):
        return text
    if match := _SQLITE.match(text):
        return sqlite_file(text[match.end() :], base)
    if "://" in text or re.match(r"^\w+\s*=", text):
        return text
    go = _GO_MYSQL.match(text)
    return _go_mysql(go) if go else sqlite_file(text, base) if is_sqlite(engine) else None


def is_sqlite(engine: str) -> bool:
    """Whether a tool's name for an engine means SQLite."""
    name = engine.lower()
    return "sqlite" in name or name in {"turso", "libsql", "expo", "d1"}


def sqlite_file(path: str, base: Path) -> str | None:
    """The absolute path of a SQLite file as tools write it after the scheme."""
    bare = unquote(path.split("?", 1)[0]) if "%" in path or "?" in path else path
    if not bare or bare == ":memory:" or is_on_other_drive(bare):
        return None
    relative = base / bare.lstrip("/")
    if bare.startswith("/") and not relative.exists():
        # `sqlite:///x` is absolute to some tools and relative to others: what exists decides.
        absolute = Path("/" + bare.lstrip("/"))
        if absolute.exists() or bare.startswith("//") or bare.count("/") > 1:
            return _normalised(absolute)
    return _normalised(relative)


def is_on_other_drive(path: str) -> bool:
    """Whether a path begins with a drive (`C:\\`) on a system that has none."""
    is_drive = PureWindowsPath(path).is_absolute() and PureWindowsPath(path).drive[1:] == ":"
    return is_drive and not Path(path).is_absolute()


def redacted(target_text: str) -> str:
    """The target without any password in it, for people and logs."""
    hidden = _PASSWORD_IN_URL.sub(r"\g<before>***\g<after>", redact(target_text))
    hidden = _PASSWORD_IN_TEXT.sub(r"\g<key>***", hidden)
    return "".join(c for c in hidden if c.isprintable())


def _libpq(url: str) -> str:
    """Without the parameters other tools add (schema, pgbouncer, …), which libpq refuses."""
    address, mark, query = url.partition("?")
    kept = [part for part in query.split("&") if part.partition("=")[0] in _LIBPQ]
    return address + ("?" + "&".join(kept) if mark and kept else "")


def _go_mysql(match: re.Match[str]) -> str:
    user = f"{match['user']}@" if match["user"] else ""
    return f"mysql://{user}{match['host']}/{match['rest']}"


def _normalised(path: Path) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return str(Path(*parts))
