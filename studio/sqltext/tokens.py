"""SQL cut into tokens: lossless, in linear time, and without ever refusing a text."""

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from studio.sqltext.syntax import ParameterStyle, Syntax


class TokenKind(Enum):
    """What a token is to the lexer; keywords are words."""

    SPACE = "space"
    COMMENT = "comment"
    WORD = "word"
    NAME = "name"
    """A quoted identifier."""
    STRING = "string"
    NUMBER = "number"
    PARAMETER = "parameter"
    OPERATOR = "operator"
    PUNCTUATION = "punctuation"
    """One of `( ) [ ] , . ;`."""
    META = "meta"
    """A backslash command of psql."""
    DATA = "data"
    """The lines of a COPY … FROM STDIN, with the line that ends them."""
    BROKEN = "broken"
    """What no statement may hold: a stray character, or a quote or comment that never closes."""


class Token(NamedTuple):
    """A piece of the text. A tuple, because a dataclass costs three times as much to make."""

    kind: TokenKind
    text: str
    start: int
    """Characters from the start of the text."""

    @property
    def end(self) -> int:
        """Where the next token starts."""
        return self.start + len(self.text)

    @property
    def is_code(self) -> bool:
        """Whether the engine sees it: neither space nor comment nor data."""
        return self.kind not in _INVISIBLE

    @property
    def word(self) -> str:
        """A bare word in capitals, otherwise "": how keywords are compared."""
        return self.text.upper() if self.kind is TokenKind.WORD else ""


_INVISIBLE = frozenset({TokenKind.SPACE, TokenKind.COMMENT, TokenKind.DATA})

_LETTER = r"A-Za-z_\u0080-\U0010ffff"
# Atomic groups where a group repeats: its possessive form goes wrong before Python 3.11.5.
_WORD = rf"[{_LETTER}][{_LETTER}0-9$]*+"
_NUMBER = (
    r"0[xXoObB][0-9A-Fa-f_]++"
    r"|(?:[0-9][0-9_]*+(?:\.(?!\.)[0-9_]*+)?|\.[0-9][0-9_]*+)(?:[eE][+-]?[0-9]++)?"
)
# PostgreSQL joins strings with a line break between them, and the second keeps the first one's
# backslashes (scan.l, quotecontinue): E'a' <newline> 'b\'c' is one string.
_CONTINUED = (
    r"(?>(?:[ \t\f\v]++|--[^\n\r]*+)*)[\n\r]"
    r"(?>(?:[ \t\n\r\f\v]++|--[^\n\r]*+[\n\r])*)(?=')"
)
_ESCAPED = r"'(?>(?:[^'\\]++|''|\\[\s\S])*)"
_PLAIN = r"'(?>(?:[^']++|'')*)"
_DOLLAR = rf"\$(?:[{_LETTER}][{_LETTER}0-9]*+)?\$"
_DATA_BEGINS = re.compile(r"[ \t]*(?:--[^\n]*)?\r?\n")
_DATA_ENDS = re.compile(r"^\\\.[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
_COMMENT_EDGE = re.compile(r"/\*|\*/")

_PARAMETERS = {
    ParameterStyle.DOLLAR_NUMBER: r"\$[0-9]++",
    ParameterStyle.COLON_NAME: rf":[{_LETTER}][{_LETTER}0-9]*+",
    ParameterStyle.QUESTION: r"\?[0-9]*+",
    ParameterStyle.SQLITE_NAME: (
        rf"[$@#:](?>(?:::)*)[{_LETTER}0-9](?>(?:[{_LETTER}0-9$]|::)*)(?:\([^ \t\n\f\r)]*+\)?)?"
    ),
}


def lex(text: str, syntax: Syntax) -> tuple[Token, ...]:
    """Every token of `text`; their texts joined are `text`."""
    return tuple(scan(text, syntax))


def scan(text: str, syntax: Syntax, start: int = 0) -> Iterator[Token]:
    """Tokens from `start` on, one by one; `start` is 0 or where a statement begins."""
    pattern, kinds = _pattern(syntax)
    copy = _CopyWatch(text) if syntax.copy_data else None
    position = start
    # There is always a match: the last rule takes any character.
    while found := pattern.match(text, position):
        if copy is not None and position == copy.data_start:
            token = Token(TokenKind.DATA, text[position : copy.data_end], position)
        else:
            token = _next(text, found, kinds, syntax)
        if copy is not None and token.is_code:
            copy.see(token)
        position = token.end
        yield token


def _next(
    text: str, found: re.Match[str], kinds: tuple[TokenKind | str, ...], syntax: Syntax
) -> Token:
    """The token a match begins."""
    kind = kinds[(found.lastindex or 1) - 1]
    if isinstance(kind, TokenKind):
        return Token(kind, found.group(), found.start())
    if kind == _BLOCK:
        return _block_comment(text, found.start(), syntax)
    return _dollar_string(text, found.start(), found.group())


def code(tokens: tuple[Token, ...]) -> list[Token]:
    """The tokens the engine sees."""
    return [token for token in tokens if token.is_code]


def unquoted(token: Token, syntax: Syntax) -> str:
    """The identifier a word or a quoted name stands for."""
    if token.kind is TokenKind.WORD:
        return token.text.lower() if syntax.folds_names else token.text
    if token.kind not in {TokenKind.NAME, TokenKind.STRING}:
        return token.text
    closing = "]" if token.text[0] == "[" else token.text[0]
    return token.text[1:-1].replace(closing * 2, closing) if closing != "]" else token.text[1:-1]


class _CopyWatch:
    """Notices COPY … FROM STDIN; and finds the data behind it."""

    __slots__ = ("_exhausted", "_first", "_previous", "_stdin", "_text", "data_end", "data_start")

    def __init__(self, text: str) -> None:
        self._text = text
        self._first = ""
        self._previous = ""
        self._stdin = False
        self._exhausted = False
        """No terminator is left in the text: do not look again, or many COPYs cost n²."""
        self.data_start = -1
        self.data_end = -1

    def see(self, token: Token) -> None:
        """Follow one token the engine sees."""
        if token.kind is TokenKind.PUNCTUATION and token.text == ";":
            if self._stdin:
                self._find_data(token.end)
            self._first, self._previous, self._stdin = "", "", False
            return
        word = token.word or token.text
        self._first = self._first or word
        if self._first == "COPY" and self._previous == "FROM" and word == "STDIN":
            self._stdin = True
        self._previous = word

    def _find_data(self, position: int) -> None:
        begins = _DATA_BEGINS.match(self._text, position)
        if begins is None or self._exhausted:
            return
        ends = _DATA_ENDS.search(self._text, begins.end())
        if ends is None:
            self._exhausted = True
        else:
            self.data_start, self.data_end = begins.end(), ends.end()


def _block_comment(text: str, start: int, syntax: Syntax) -> Token:
    """The block comment at `start`, with those inside it where they nest."""
    depth = 0
    position = start
    while edge := _COMMENT_EDGE.search(text, position):
        position = edge.end()
        if edge.group() == "*/":
            depth -= 1
        elif syntax.nested_comments or depth == 0:
            depth += 1
        else:
            # "/*/" inside an open comment: its star may belong to the closing mark.
            position = edge.start() + 1
        if depth == 0:
            return Token(TokenKind.COMMENT, text[start:position], start)
    kind = TokenKind.COMMENT if syntax.open_comments else TokenKind.BROKEN
    return Token(kind, text[start:], start)


def _dollar_string(text: str, start: int, tag: str) -> Token:
    """The dollar-quoted string at `start`."""
    closing = text.find(tag, start + len(tag))
    if closing < 0:
        return Token(TokenKind.BROKEN, text[start:], start)
    return Token(TokenKind.STRING, text[start : closing + len(tag)], start)


_BLOCK, _DOLLAR_QUOTE = "block comment", "dollar quote"
"""Tokens whose end no regular expression finds in linear time."""

_Rule = tuple[TokenKind | str, str]


@lru_cache(maxsize=32)
def _pattern(syntax: Syntax) -> tuple[re.Pattern[str], tuple[TokenKind | str, ...]]:
    """One group per rule, and what each means; possessive throughout, so it never goes back."""
    rules = [
        *_blanks(syntax),
        *_quotes(syntax),
        *((TokenKind.PARAMETER, _PARAMETERS[style]) for style in syntax.parameters),
        (TokenKind.NUMBER, _NUMBER),
        (TokenKind.WORD, _WORD),
        (TokenKind.PUNCTUATION, r"[()\[\],.;]"),
        (TokenKind.OPERATOR, rf"::|:=|(?>(?:(?!--|/\*)[{_operators(syntax)}])+)|:"),
        (TokenKind.BROKEN, r"[\s\S]"),
    ]
    return re.compile("|".join(f"({rule})" for _, rule in rules)), tuple(kind for kind, _ in rules)


def _operators(syntax: Syntax) -> str:
    """The characters of operators, less those that begin something else here."""
    taken = "#" if syntax.hash_comments else ""
    taken += "?" if ParameterStyle.QUESTION in syntax.parameters else ""
    taken += "@#" if ParameterStyle.SQLITE_NAME in syntax.parameters else ""
    return "".join(f"\\{sign}" for sign in "-+*/<>=~!@#%^&|?" if sign not in taken)


def _blanks(syntax: Syntax) -> Iterator[_Rule]:
    """Space and comments, first: an operator must not swallow their marks."""
    # SQLite takes a byte order mark for space; a vertical tab is space to PostgreSQL only.
    yield TokenKind.SPACE, r"[ \t\n\r\f\v]++" if syntax.folds_names else r"[ \t\n\r\f\ufeff]++"
    yield TokenKind.COMMENT, r"--[^\n\r]*+" if syntax.return_ends_comment else r"--[^\n]*+"
    if syntax.hash_comments:
        yield TokenKind.COMMENT, r"#[^\n]*+"
    yield _BLOCK, r"/\*"
    if syntax.meta_commands:
        yield TokenKind.META, r"\\;|\\[^\n\r]*+"


def _quotes(syntax: Syntax) -> Iterator[_Rule]:
    """Strings and quoted names, each with its form that never closes."""
    if syntax.escape_strings:
        whole = rf"[eE]{_ESCAPED}'(?>(?:{_CONTINUED}{_ESCAPED}')*)"
        yield TokenKind.BROKEN, rf"{whole}{_CONTINUED}[\s\S]*+"
        yield TokenKind.STRING, whole
        yield TokenKind.BROKEN, r"[eE]'[\s\S]*+"
    body = _ESCAPED if syntax.backslash_escapes else _PLAIN
    yield TokenKind.STRING, rf"(?:[bBnNxX]|[uU]&)?{body}'"
    yield TokenKind.BROKEN, r"'[\s\S]*+"
    yield from _named(r'(?:[uU]&)?"', '"', r"(?>(?:[^\"]++|\"\")*)")
    if syntax.backtick_names:
        yield from _named("`", "`", r"(?>(?:[^`]++|``)*)")
    if syntax.bracket_names:
        yield from _named(r"\[", r"\]", r"[^\]]*+")
    if syntax.dollar_quotes:
        yield _DOLLAR_QUOTE, _DOLLAR


def _named(opening: str, closing: str, body: str) -> Iterator[_Rule]:
    yield TokenKind.NAME, opening + body + closing
    yield TokenKind.BROKEN, opening + r"[\s\S]*+"
