"""ATTACH in a person's own session: SQLite makes the file that is not there, studio makes none.

The name is what SQLite takes for it: a string, a quoted name or a bare word alike (attach.c,
resolveAttachExpr), or the value of a parameter.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qs, unquote

from studio.model.errors import Refused
from studio.sqltext.syntax import SQLITE
from studio.sqltext.tokens import Token, TokenKind, seen, unquoted

_ATTACH = re.compile(r"attach", re.IGNORECASE)
_NAMES = frozenset({TokenKind.STRING, TokenKind.NAME, TokenKind.WORD})
_NO_FILE = frozenset({"", ":memory:"})
_OPENS_ONLY = frozenset({"ro", "rw", "memory"})


def refuse_new_file(statement: str, values: object) -> None:
    """Raise Refused for an ATTACH that would make a file, or whose file cannot be told."""
    if not _ATTACH.search(statement):
        return
    tokens = [token for token in seen(statement, SQLITE) if token.text != ";"]
    if not tokens or tokens[0].word != "ATTACH":
        return
    named = tokens[1:]
    # `ATTACH database AS d` attaches a file of that name.
    if len(named) > 1 and named[0].word == "DATABASE" and named[1].word != "AS":
        named = named[1:]
    if len(named) < 2 or named[1].word != "AS" or not _is_told(named[0]):  # noqa: PLR2004 name, AS
        raise Refused(
            "the file to attach must be named as a text or by one parameter, so that studio can "
            "see that it is there: nothing was attached"
        )
    name = _name(named[0], values)
    path = _path(name)
    if path is not None and not path.exists():
        raise Refused(f"{name} does not exist, and studio makes no file: nothing was attached")


def _is_told(token: Token) -> bool:
    """Whether its text says which file: a blob's does not."""
    is_blob = token.kind is TokenKind.STRING and token.text[0] not in "'\""
    return token.kind in _NAMES | {TokenKind.PARAMETER} and not is_blob


def _name(token: Token, values: object) -> str:
    if token.kind is not TokenKind.PARAMETER:
        # SQLite compares bare words without case, and opens a file as it is written.
        return token.text if token.kind is TokenKind.WORD else unquoted(token, SQLITE)
    value = _value(token, values)
    return "" if value is None else str(value)


def _value(token: Token, values: object) -> object:
    """The first parameter's; one without a value is NULL to SQLite, or refused by the driver."""
    if isinstance(values, Mapping):
        return values.get(token.text[1:])
    if isinstance(values, Sequence) and values:
        number = token.text[1:]
        place = int(number) - 1 if number.isdecimal() else 0
        return values[place] if 0 <= place < len(values) else None
    return None


def _path(name: str) -> Path | None:
    """The file that SQLite would open or make; None: none is made."""
    if name in _NO_FILE:
        return None
    if not name.lower().startswith("file:"):
        return Path(name)
    address, _, query = name[len("file:") :].partition("#")[0].partition("?")
    options = parse_qs(query)
    if options.get("mode", [""])[-1] in _OPENS_ONLY or options.get("vfs", [""])[-1] == "memdb":
        return None
    path = unquote(re.sub(r"^//(localhost)?(?=/)", "", address))
    return None if path in _NO_FILE else Path(path)
