"""What a place wants in statements about a session's own things: transactions, savepoints, what
was prepared or declared, channels.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from studio.sqltext.places.command import SqlCommand
from studio.sqltext.places.place import Place

_LEVELS = ("SERIALIZABLE", "REPEATABLE READ", "READ COMMITTED", "READ UNCOMMITTED")
_MODES = ("ISOLATION LEVEL", "READ ONLY", "READ WRITE", "DEFERRABLE", "NOT DEFERRABLE")
_BEGINS = ("TRANSACTION", "IMMEDIATE", "DEFERRED", "EXCLUSIVE", "WORK", *_MODES)
_VACUUMED = (
    *("ANALYZE", "FULL", "FREEZE", "DISABLE_PAGE_SKIPPING", "INDEX_CLEANUP", "PARALLEL"),
    *("PROCESS_TOAST", "TRUNCATE"),
)
_MOVES = (
    *("NEXT", "PRIOR", "FIRST", "LAST", "ALL", "ABSOLUTE", "RELATIVE", "FORWARD", "BACKWARD"),
)


def _begin(command: SqlCommand) -> Place | None:
    """BEGIN, START TRANSACTION: how it is to be."""
    after = {
        "ISOLATION": ("LEVEL",),
        "LEVEL": _LEVELS,
        "READ": ("ONLY", "WRITE", "COMMITTED", "UNCOMMITTED"),
        "REPEATABLE": ("READ",),
        "START": ("TRANSACTION",),
        "BEGIN": _BEGINS,
    }
    return command.words(*after.get(command.prev, _MODES))


def _end(command: SqlCommand) -> Place | None:
    """COMMIT, END, ROLLBACK and ABORT; ROLLBACK TO a savepoint."""
    verb, prev = command.marks[0], command.prev
    if verb == "ROLLBACK" and (prev == "TO" or (prev == "SAVEPOINT" and command.at > 1)):
        return command.object("savepoint", *(("SAVEPOINT",) if prev == "TO" else ()))
    if prev in {"TO", "SAVEPOINT", "PREPARED"} or "TO" in command.marks[: command.at]:
        return command.nothing()
    if prev == "AND":
        return command.words("CHAIN", "NO CHAIN")
    to = ("TO SAVEPOINT", "TO") if verb == "ROLLBACK" else ()
    first = ("TRANSACTION", "WORK", "PREPARED") if command.at == 1 else ()
    return command.words(*to, "AND CHAIN", *first)


def _named(kind: str, *words: str) -> Callable[[SqlCommand], Place | None]:
    """A word that is followed by one thing of a kind, after some words of its own."""

    def read(command: SqlCommand) -> Place | None:
        if command.at == 1 or (command.at == 2 and command.prev in words):  # noqa: PLR2004
            return command.object(kind, *(words if command.at == 1 else ()))
        return None if command.paren > 0 else command.nothing()

    return read


def _fetch(command: SqlCommand) -> Place | None:
    """FETCH and MOVE: how far, and of which cursor."""
    if command.prev in {"FROM", "IN"}:
        return command.object("cursor")
    if command.at == 1:
        return command.object("cursor", *_MOVES)
    return command.words("FROM", "IN") if command.at < 4 else command.nothing()  # noqa: PLR2004


def _own_word(command: SqlCommand) -> Place | None:
    """What the person makes and names."""
    return command.nothing() if command.at >= 1 else None


def _vacuum(command: SqlCommand) -> Place | None:
    """Its options in parentheses, else relations and their columns."""
    verb = command.marks[0]
    if command.paren == 1 and command.prev in {"(", ","}:
        more = _VACUUMED if verb == "VACUUM" else ()
        words = command.words(*more, "VERBOSE", "SKIP_LOCKED", "BUFFER_USAGE_LIMIT")
        return replace(words, kind="option")
    if command.paren > 1 and command.prev in {"(", ","}:
        return command.column(command.name_ending(command.paren))
    if verb == "VACUUM" and command.prev == "INTO":
        return command.nothing()
    skipped = ("ANALYZE", "FULL", "VERBOSE", "FREEZE") if verb == "VACUUM" else ("VERBOSE",)
    if command.at == 1 or command.prev in {",", ")", *skipped}:
        into = ("INTO",) if verb == "VACUUM" else ()
        return command.object("relation", *((*skipped, *into) if command.at == 1 else ()))
    return command.nothing()


READERS: Mapping[str, Callable[[SqlCommand], Place | None]] = {
    "BEGIN": _begin,
    "START": _begin,
    "COMMIT": _end,
    "END": _end,
    "ABORT": _end,
    "ROLLBACK": _end,
    "RELEASE": _named("savepoint", "SAVEPOINT"),
    "EXECUTE": _named("prepared"),
    "DEALLOCATE": _named("prepared", "PREPARE", "ALL"),
    "FETCH": _fetch,
    "MOVE": _fetch,
    "CLOSE": _named("cursor", "ALL"),
    "UNLISTEN": _named("channel"),
    "NOTIFY": _named("channel"),
    "SAVEPOINT": _own_word,
    "LISTEN": _own_word,
    "VACUUM": _vacuum,
    "ANALYZE": _vacuum,
}
