"""What a place wants in statements that are no query: by the first word of each."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from studio.sqltext.places import sessions
from studio.sqltext.places.command import SqlCommand
from studio.sqltext.places.making import KIND_WORDS, alter, create, drop
from studio.sqltext.places.place import Place
from studio.sqltext.places.shape import StatementShape

_PRIVILEGES = (
    *("SELECT", "INSERT", "UPDATE", "DELETE", "ALL", "USAGE", "EXECUTE", "TRUNCATE", "REFERENCES"),
    *("TRIGGER", "CREATE", "CONNECT"),
)
_EXPLAINED = (
    *("ANALYZE", "BUFFERS", "VERBOSE", "FORMAT", "COSTS", "SETTINGS", "TIMING", "SUMMARY", "WAL"),
    "GENERIC_PLAN",
)
_COPY_OPTIONS = (
    *("FORMAT", "HEADER", "DELIMITER", "NULL", "QUOTE", "ESCAPE", "ENCODING", "FREEZE"),
    *("FORCE_QUOTE", "FORCE_NOT_NULL", "FORCE_NULL"),
)
_SECOND = 2
"""The place behind the second word."""
_INSTEAD = ("REPLACE", "IGNORE", "ABORT", "FAIL", "ROLLBACK")


def command_place(shape: StatementShape, at: int, base: Place) -> Place | None:
    """What is wanted in a statement that is no query; None where queries' rules decide."""
    read = _READERS.get(shape.mark(0))
    return None if read is None else read(SqlCommand(shape, at, base))


def _objects(
    kind: str, *skipped: str, behind: tuple[str, ...] = ()
) -> Callable[[SqlCommand], Place | None]:
    """A command that is followed by names of one kind, after some words of its own; `behind`: what
    may follow a name.
    """

    def read(command: SqlCommand) -> Place | None:
        if command.at == 1 or command.prev in {",", "ONLY", *skipped}:
            return command.object(kind, *(skipped if command.at == 1 else ()))
        if command.prev in {"(", ","} and command.paren > 0:
            return None
        return command.words(*behind) if behind else command.nothing()

    return read


def _named_kind(command: SqlCommand) -> Place | None:
    """COMMENT ON kind, REINDEX kind, SECURITY LABEL …: the kind, then one of it."""
    start = 2 if command.shape.mark(1) == "ON" else 1
    if command.at == 1 and command.marks[0] == "COMMENT":
        return command.words("ON")
    if command.shape.mark(start) in {"CONSTRAINT", "TRIGGER"}:
        if command.prev == "ON":
            return command.relation()
        behind = "IS" if "ON" in command.marks[start : command.at] else "ON"
        return command.words(behind) if command.at > start + 1 else command.object("trigger")
    kind, index = command.kind_at(start)
    if not kind:
        words = ("COLUMN", "CONSTRAINT", *KIND_WORDS)
        # SQLite's REINDEX names a table or an index as it is.
        is_bare = command.marks[0] == "REINDEX" and command.shape.syntax.pragmas
        return command.object("indexed") if is_bare else command.words(*words)
    if command.at == index:
        qualifier = command.base.qualifier
        if kind == "column" and qualifier:
            return command.column(qualifier)
        return command.object(kind)
    return command.words("IS") if command.shape.is_name(command.at - 1) else command.nothing()


def _grant(command: SqlCommand) -> Place | None:
    before = command.marks[: command.at]
    if "ON" not in before and command.paren > 0:
        rest = command.marks[command.at :]
        table = command.at + rest.index("ON") + 1 if "ON" in rest else command.at
        return command.column(command.shape.dotted(table)[0])
    if "ON" not in before:
        is_first = command.at == 1 or command.prev == ","
        return (
            replace(command.words(*_PRIVILEGES), kind="option")
            if is_first
            else command.words("ON", "TO", "PRIVILEGES")
        )
    if "TO" in before or "FROM" in before:
        return command.nothing()
    if command.prev == "SCHEMA" or command.shape.mark(command.at - 2) == "IN":
        return command.object("schema")
    if "ALL" in before[before.index("ON") :]:
        words = ("TABLES IN SCHEMA", "SEQUENCES IN SCHEMA", "FUNCTIONS IN SCHEMA")
        is_next = {"ALL": words, "IN": ("SCHEMA",)}
        return command.words(*is_next.get(command.prev, ("IN SCHEMA", "TO", "FROM")))
    kind, index = command.kind_at(before.index("ON") + 1)
    if command.at == index or command.prev == ",":
        return command.object(
            kind or "relation", *(() if kind else ("TABLE", "SCHEMA", "SEQUENCE", "FUNCTION"))
        )
    return command.words("TO" if before[0] == "GRANT" else "FROM")


def _refresh(command: SqlCommand) -> Place | None:
    if command.prev in {"VIEW", "CONCURRENTLY"}:
        return command.object("materialized view", "CONCURRENTLY")
    return command.words("MATERIALIZED VIEW" if command.at == 1 else "VIEW")


def _set(command: SqlCommand) -> Place | None:
    at = command.at
    if command.shape.mark(1) == "TRANSACTION" and at > 1:
        return sessions.READERS["BEGIN"](command)
    if at == 1 or (at == _SECOND and command.prev in {"LOCAL", "SESSION"}):
        return command.object("setting", "LOCAL", "SESSION", "TRANSACTION")
    name = command.marks[1] if command.marks[1] not in {"LOCAL", "SESSION"} else command.marks[2]
    if command.prev in {"TO", "=", ","}:
        kind = "schema" if name == "SEARCH_PATH" else f"setting {name.lower()}"
        return command.object(kind, "DEFAULT")
    return command.words("TO")


def _pragma(command: SqlCommand) -> Place | None:
    if command.at == 1:
        return command.object("pragma")
    if command.prev in {"(", "="}:
        return command.object(f"pragma {command.marks[command.at - 2].lower()}")
    return command.nothing()


def _insert(command: SqlCommand) -> Place | None:
    if command.prev == "OR" and command.at == _SECOND:
        return command.words(*_INSTEAD)
    if command.at == 1:
        return command.words("INTO", "OR") if command.marks[0] == "INSERT" else None
    if command.at == _SECOND + 1 and command.shape.mark(1) == "OR":
        return command.words("INTO") if command.marks[0] == "INSERT" else command.relation()
    return None


def _copy(command: SqlCommand) -> Place | None:
    if command.at == 1:
        return command.object("relation")
    is_behind = bool({"FROM", "TO"} & set(command.marks[: command.at]))
    if command.prev in {"(", ","} and command.paren > 0 and not is_behind:
        return replace(command.column(command.shape.dotted(1)[0]), kind="copied")
    if command.paren > 0 and is_behind and command.prev != ")":
        is_next = command.prev in {"(", ","}
        formats = ("CSV", "TEXT", "BINARY") if command.prev == "FORMAT" else ("TRUE", "FALSE")
        return replace(command.words(*(_COPY_OPTIONS if is_next else formats)), kind="option")
    if command.paren >= 0:
        return None
    if command.prev in {"FROM", "TO"}:
        return command.words("STDIN" if command.prev == "FROM" else "STDOUT", "PROGRAM")
    return command.words("FROM", "TO", "WITH")


def _explain(command: SqlCommand) -> Place | None:
    if command.paren == 1 and command.prev in {"(", ","}:
        return replace(command.words(*_EXPLAINED), kind="option")
    if command.prev == "QUERY":
        return command.words("PLAN")
    if command.paren == 1 and command.prev == "FORMAT":
        return command.words("TEXT", "JSON", "YAML", "XML")
    return None


def _one_word(word: str) -> Callable[[SqlCommand], Place | None]:
    def read(command: SqlCommand) -> Place | None:
        return command.words(word) if command.at == 1 else None

    return read


_READERS: Mapping[str, Callable[[SqlCommand], Place | None]] = {
    "DROP": drop,
    "ALTER": alter,
    "CREATE": create,
    "TRUNCATE": _objects(
        "table",
        *("TABLE",),
        behind=("CASCADE", "RESTRICT", "RESTART IDENTITY", "CONTINUE IDENTITY"),
    ),
    "LOCK": _objects("table", "TABLE", behind=("IN",)),
    "CLUSTER": _objects("table", "VERBOSE"),
    "REINDEX": _named_kind,
    "COMMENT": _named_kind,
    "GRANT": _grant,
    "REVOKE": _grant,
    "REFRESH": _refresh,
    "CALL": _objects("procedure"),
    "TABLE": _objects("relation"),
    "SET": _set,
    "SHOW": _objects("shown"),
    "RESET": _objects("setting"),
    "PRAGMA": _pragma,
    "INSERT": _insert,
    "UPDATE": _insert,
    "DELETE": _one_word("FROM"),
    "MERGE": _one_word("INTO"),
    "REPLACE": _one_word("INTO"),
    "COPY": _copy,
    "EXPLAIN": _explain,
    **sessions.READERS,
}
