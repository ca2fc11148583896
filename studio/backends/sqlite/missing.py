"""Names that SQLite does not know: what they were meant to be, and where they are written."""

import re

_MISSING = re.compile(
    r"no such (?P<kind>column|table): (?P<name>.*)|table .* has no column named (?P<bare>.*)",
    re.DOTALL,
)
_ADVICE = re.compile(r" - should this be a string literal in single-quotes\?\Z")


def missing_of(message: str) -> tuple[str, str]:
    """What a message calls unknown, `column` or `table`, and its name; ("", "") where nothing."""
    found = _MISSING.match(message)
    if found is None:
        return "", ""
    if (bare := found["bare"]) is not None:
        return "column", bare
    name = found["name"]
    said = _ADVICE.sub("", name)
    return found["kind"], said[1:-1] if said != name and said[:1] == '"' else said


def place_of(sql: str, name: str) -> int | None:
    """Where the unknown name stands; None where it may be another of that name that is meant.

    SQLite says no place. What is called `AS name` somewhere is known there, and unknown elsewhere.
    """
    # Only after a mistake: the lexer is not needed to translate any other error.
    from studio.sqltext.names import dotted_names  # noqa: PLC0415
    from studio.sqltext.syntax import SQLITE  # noqa: PLC0415

    folded = name.casefold()
    found = [n for n in dotted_names(sql, SQLITE) if ".".join(n.parts).casefold() == folded]
    return found[0].start if found and all(n.after != "AS" for n in found) else None


def first_named(sql: str, name: str) -> int | None:
    """Where the first name of `sql` stands that is `name`, or ends in it."""
    from studio.sqltext.names import dotted_names  # noqa: PLC0415 - as above
    from studio.sqltext.syntax import SQLITE  # noqa: PLC0415

    folded = name.removeprefix('"').removesuffix('"').casefold()
    for found in dotted_names(sql, SQLITE):
        written = ".".join(found.parts).casefold()
        if folded in {written, f"main.{written}"}:
            return found.start
        if found.parts[-1].casefold() == folded:
            return found.start + _last(sql[found.start : found.end], name)
    return None


def _last(written: str, name: str) -> int:
    return max(written.casefold().rfind(name.casefold()), 0)
