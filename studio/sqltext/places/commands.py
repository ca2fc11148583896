"""What a place wants in statements that are no query: by the first word of each."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from studio.sqltext.places.command import Command
from studio.sqltext.places.making import KIND_WORDS, alter, create, drop
from studio.sqltext.places.place import Place
from studio.sqltext.places.shape import Shape

_PRIVILEGES = (
    *("SELECT", "INSERT", "UPDATE", "DELETE", "ALL", "USAGE", "EXECUTE", "TRUNCATE", "REFERENCES"),
    *("TRIGGER", "CREATE", "CONNECT"),
)
_EXPLAINED = (
    *("ANALYZE", "BUFFERS", "VERBOSE", "FORMAT", "COSTS", "SETTINGS", "TIMING", "SUMMARY", "WAL"),
    "GENERIC_PLAN",
)
_SECOND = 2
"""The place behind the second word."""
_INSTEAD = ("REPLACE", "IGNORE", "ABORT", "FAIL", "ROLLBACK")


def command_place(shape: Shape, at: int, base: Place) -> Place | None:
    """What is wanted in a statement that is no query; None where queries' rules decide."""
    read = _READERS.get(shape.mark(0))
    return None if read is None else read(Command(shape, at, base))


def _objects(kind: str, *skipped: str) -> Callable[[Command], Place | None]:
    """A command that is followed by names of one kind, after some words of its own."""

    def read(command: Command) -> Place | None:
        if command.at == 1 or command.prev in {",", "ONLY", *skipped}:
            return command.object(kind, *(skipped if command.at == 1 else ()))
        if command.prev in {"(", ","} and command.paren > 0:
            return None
        return command.nothing()

    return read


def _named_kind(command: Command) -> Place | None:
    """COMMENT ON kind, REINDEX kind, SECURITY LABEL …: the kind, then one of it."""
    start = 2 if command.shape.mark(1) == "ON" else 1
    if command.at == 1 and command.marks[0] == "COMMENT":
        return command.words("ON")
    kind, index = command.kind_at(start)
    if not kind:
        return command.words("COLUMN", "CONSTRAINT", *KIND_WORDS)
    if command.at == index:
        qualifier = command.base.qualifier
        if kind == "column" and qualifier:
            return command.column(qualifier)
        return command.object(kind)
    return command.words("IS") if command.shape.is_name(command.at - 1) else command.nothing()


def _grant(command: Command) -> Place | None:
    before = command.marks[: command.at]
    if "ON" not in before:
        is_first = command.at == 1 or command.prev == ","
        return (
            replace(command.words(*_PRIVILEGES), kind="option")
            if is_first
            else command.words("ON", "TO", "PRIVILEGES")
        )
    if "TO" in before or "FROM" in before:
        return command.nothing()
    kind, index = command.kind_at(before.index("ON") + 1)
    if command.at == index or command.prev == ",":
        return command.object(
            kind or "relation", *(() if kind else ("TABLE", "SCHEMA", "SEQUENCE", "FUNCTION"))
        )
    return command.words("TO" if before[0] == "GRANT" else "FROM")


def _refresh(command: Command) -> Place | None:
    if command.prev in {"VIEW", "CONCURRENTLY"}:
        return command.object("materialized view", "CONCURRENTLY")
    return command.words("MATERIALIZED VIEW" if command.at == 1 else "VIEW")


def _set(command: Command) -> Place | None:
    at = command.at
    if at == 1 or (at == _SECOND and command.prev in {"LOCAL", "SESSION"}):
        return command.object("setting", "LOCAL", "SESSION")
    name = command.marks[1] if command.marks[1] not in {"LOCAL", "SESSION"} else command.marks[2]
    if command.prev in {"TO", "=", ","}:
        kind = "schema" if name == "SEARCH_PATH" else f"setting {name.lower()}"
        return command.object(kind, "DEFAULT")
    return command.words("TO")


def _pragma(command: Command) -> Place | None:
    if command.at == 1:
        return command.object("pragma")
    if command.prev in {"(", "="}:
        return command.object(f"pragma {command.marks[command.at - 2].lower()}")
    return command.nothing()


def _insert(command: Command) -> Place | None:
    if command.prev == "OR" and command.at == _SECOND:
        return command.words(*_INSTEAD)
    if command.at == 1:
        return command.words("INTO", "OR") if command.marks[0] == "INSERT" else None
    if command.at == _SECOND + 1 and command.shape.mark(1) == "OR":
        return command.words("INTO") if command.marks[0] == "INSERT" else command.relation()
    return None


def _copy(command: Command) -> Place | None:
    if command.at == 1:
        return command.object("relation")
    if command.prev in {"(", ","} and command.paren > 0:
        return command.column(command.shape.dotted(1)[0])
    return command.words("FROM", "TO", "WITH") if command.paren < 0 else None


def _explain(command: Command) -> Place | None:
    if command.paren == 1 and command.prev in {"(", ","}:
        return replace(command.words(*_EXPLAINED), kind="option")
    if command.prev == "QUERY":
        return command.words("PLAN")
    if command.paren == 1 and command.prev == "FORMAT":
        return command.words("TEXT", "JSON", "YAML", "XML")
    return None


def _values(command: Command) -> Place | None:
    return command.nothing() if command.at >= 1 else None


def _one_word(word: str) -> Callable[[Command], Place | None]:
    def read(command: Command) -> Place | None:
        return command.words(word) if command.at == 1 else None

    return read


_READERS: Mapping[str, Callable[[Command], Place | None]] = {
    "DROP": drop,
    "ALTER": alter,
    "CREATE": create,
    "TRUNCATE": _objects("table", "TABLE"),
    "LOCK": _objects("table", "TABLE"),
    "VACUUM": _objects("relation", "ANALYZE", "FULL", "VERBOSE"),
    "ANALYZE": _objects("relation", "VERBOSE"),
    "CLUSTER": _objects("table", "VERBOSE"),
    "REINDEX": _named_kind,
    "COMMENT": _named_kind,
    "GRANT": _grant,
    "REVOKE": _grant,
    "REFRESH": _refresh,
    "CALL": _objects("procedure"),
    "TABLE": _objects("relation"),
    "SET": _set,
    "SHOW": _objects("setting"),
    "RESET": _objects("setting"),
    "PRAGMA": _pragma,
    "INSERT": _insert,
    "UPDATE": _insert,
    "DELETE": _one_word("FROM"),
    "MERGE": _one_word("INTO"),
    "REPLACE": _one_word("INTO"),
    "COPY": _copy,
    "EXPLAIN": _explain,
    "SAVEPOINT": _values,
    "DEALLOCATE": _values,
    "LISTEN": _values,
    "NOTIFY": _values,
}
