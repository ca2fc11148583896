"""JavaScript and TypeScript cut into tokens, tolerantly: enough to read a configuration file."""

import re
import sys
from dataclasses import dataclass
from enum import Enum, auto

MAX_TOKENS = 200_000


class Kind(Enum):
    """What a token is."""

    NAME = auto()
    NUMBER = auto()
    STRING = auto()
    TEMPLATE = auto()
    """The raw text between the backticks, `${…}` still in it."""
    REGEX = auto()
    PUNCTUATION = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class ScriptToken:
    """One token; for strings `text` is the value, not the source."""

    kind: Kind
    text: str
    at: int = 0

    def __bool__(self) -> bool:
        """False only for the end of the file."""
        return self.kind is not Kind.END


END = ScriptToken(Kind.END, "")

_SPACE = re.compile(r"(?:\s|//[^\n]*|/\*.*?(?:\*/|\Z)|\A#![^\n]*)+", re.DOTALL)
_NAME = re.compile(r"[@#]?[^\0-#%-@\[-^`{-\x7f][^\0-#%-/:-@\[-^`{-\x7f]*")
_NUMBER = re.compile(
    r"0[xXoObB][0-9a-fA-F_]+n?|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?n?"
)
_PUNCTUATION = re.compile(
    r"\.\.\.|=>|===|!==|\?\?=|\*\*=|>>>|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|\+\+|--|\*\*|[-+*/%&|^]=|."
)
_REGEX = re.compile(r"/(?![*/])(?:[^\\/\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_ESCAPE = re.compile(
    r"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL
)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_BEFORE_REGEX = frozenset(
    ["(", ",", "=", ":", "[", "!", "&", "|", "?", "{", "}", ";", "=>", "&&", "||", "??", "return"]
)


def tokens(source: str) -> list[ScriptToken]:
    """The tokens of `source`; what is not JavaScript becomes single-character punctuation."""
    found: list[ScriptToken] = []
    at = 0
    while at < len(source) and len(found) < MAX_TOKENS:
        if space := _SPACE.match(source, at):
            at = space.end()
            continue
        token, at = _next(source, at, found[-1] if found else None)
        found.append(token)
    return found


def unescape(text: str) -> str:
    """The value of a string's inside."""
    return _ESCAPE.sub(_escaped, text) if "\\" in text else text


def _escaped(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code:
        number = int(code, 16)
        return chr(number) if number <= sys.maxunicode else "\ufffd"
    return "" if match[4] in {"\n", "\r\n"} else _SIMPLE.get(match[4], match[4])


def _next(source: str, at: int, before: ScriptToken | None) -> tuple[ScriptToken, int]:
    character = source[at]
    if character in "'\"":
        return _string(source, at)
    if character == "`":
        return _template(source, at)
    if name := _NAME.match(source, at):
        return ScriptToken(Kind.NAME, name[0], at), name.end()
    if (character.isdigit() or character == ".") and (number := _NUMBER.match(source, at)):
        return ScriptToken(Kind.NUMBER, number[0], at), number.end()
    # A slash after an operand divides; elsewhere it opens a regular expression.
    opens = character == "/" and (before is None or before.text in _BEFORE_REGEX)
    if opens and (regex := _REGEX.match(source, at)):
        return ScriptToken(Kind.REGEX, regex[0], at), regex.end()
    mark = _PUNCTUATION.match(source, at)
    text = mark[0] if mark else character
    return ScriptToken(Kind.PUNCTUATION, text, at), at + len(text)


def _string(source: str, at: int) -> tuple[ScriptToken, int]:
    quote = source[at]
    end = at + 1
    while end < len(source) and source[end] not in (quote, "\n"):
        end += 2 if source[end] == "\\" else 1
    return ScriptToken(Kind.STRING, unescape(source[at + 1 : end]), at), end + 1


def _template(source: str, at: int) -> tuple[ScriptToken, int]:
    end, depth = at + 1, 0
    while end < len(source):
        character = source[end]
        if character == "\\":
            end += 1
        elif depth == 0 and character == "`":
            break
        elif character == "$" and source[end + 1 : end + 2] == "{":
            depth, end = depth + 1, end + 1
        elif depth and character in "{}":
            depth += 1 if character == "{" else -1
        end += 1
    return ScriptToken(Kind.TEMPLATE, source[at + 1 : end], at), end + 1
