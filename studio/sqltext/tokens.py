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
        kind = self.kind
        # By identity, for every token comes here: looking up an Enum hashes it in Python.
        return not (kind is TokenKind.SPACE or kind is TokenKind.COMMENT or kind is TokenKind.DATA)

    @property
    def word(self) -> str:
        """A bare word in capitals, otherwise "": how keywords are compared.

        Engines know keywords of ASCII letters alone; Python's capital of U+017F is an S.
        """
        if self.kind is not TokenKind.WORD:
            return ""
        return self.text.upper() if self.text.isascii() else self.text

    @property
    def mark(self) -> str:
        """A bare word in capitals or a sign as it stands; "" for whatever is quoted or a number."""
        kind = self.kind
        is_sign = kind is TokenKind.PUNCTUATION or kind is TokenKind.OPERATOR
        return self.text if is_sign else self.word


_new = tuple.__new__

# Letters, `_` and all beyond ASCII, written as what they are not: a class that reaches to U+10FFFF
# takes thirty times as long to compile.
_LETTER = r"[^\0-@\[-^`{-\x7f]"
_LETTER_OR_DIGIT = r"[^\0-/:-@\[-^`{-\x7f]"
_IN_WORD = r"[^\0-\#%-/:-@\[-^`{-\x7f]"
# Atomic groups where a group repeats: its possessive form goes wrong before Python 3.11.5.
_WORD = rf"{_LETTER}{_IN_WORD}*+"
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
_DOLLAR = rf"\$(?:{_LETTER}{_LETTER_OR_DIGIT}*+)?\$"
_DATA_BEGINS = re.compile(r"[ \t]*(?:--[^\n]*)?\r?\n")
_DATA_ENDS = re.compile(r"^\\\.[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
_COMMENT_EDGE = re.compile(r"/\*|\*/")

_PARAMETERS = {
    ParameterStyle.DOLLAR_NUMBER: r"\$[0-9]++",
    ParameterStyle.COLON_NAME: rf":{_LETTER}{_LETTER_OR_DIGIT}*+",
    ParameterStyle.QUESTION: r"\?[0-9]*+",
    ParameterStyle.SQLITE_NAME: (
        rf"[$@#:](?>(?:::)*){_LETTER_OR_DIGIT}(?>(?:{_IN_WORD}|::)*)(?:\([^ \t\n\f\r)]*+\)?)?"
    ),
}


def lex(text: str, syntax: Syntax) -> tuple[Token, ...]:
    """Every token of `text`; their texts joined are `text`."""
    return tuple(scan(text, syntax) if _searches(syntax) else _found(text, syntax))


def seen(text: str, syntax: Syntax, start: int = 0, end: int | None = None) -> list[Token]:
    """`code(lex(text, syntax))` in a third of its time, for the readers of short texts; of what
    stands between `start`, where a token begins, and `end`.
    """
    if _searches(syntax):
        return code(tuple(scan(text, syntax, start, end)))
    pattern, kinds = _seen_pattern(syntax)
    found = pattern.finditer(text, start, len(text) if end is None else end)
    return [
        _new(Token, (kinds[group - 1], one[group], one.start(group)))
        for one in found
        if (group := one.lastindex)
    ]


def places_of(signs: str, text: str, syntax: Syntax) -> list[int]:
    """Where punctuation of `signs` stands: outside quotes and comments, and without a token for
    whatever is between.
    """
    if _searches(syntax):
        kind = TokenKind.PUNCTUATION
        return [t.start for t in lex(text, syntax) if t.kind is kind and t.text in signs]
    found = _signs_pattern(signs, syntax).finditer(text)
    return [one.start(1) for one in found if one.lastindex]


def _searches(syntax: Syntax) -> bool:
    """Whether some token's end is not for the pattern to find."""
    return syntax.nested_comments or syntax.dollar_quotes or syntax.copy_data


def _found(text: str, syntax: Syntax) -> list[Token]:
    """The tokens of a syntax whose pattern finds all of them, without a call for each."""
    pattern, kinds = _pattern(syntax)
    found = pattern.finditer(text)
    # As a tuple is made: the call that a NamedTuple adds is half of what a token costs.
    return [_new(Token, (kinds[(one.lastindex or 1) - 1], one[0], one.start())) for one in found]


def scan(text: str, syntax: Syntax, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """Tokens from `start` on, one by one; `start` is 0 or where a statement begins.

    What stands at `end` is cut there, as if the text ended, unless its own end is searched for.
    """
    pattern, kinds = _pattern(syntax)
    copy = _CopyWatch(text) if syntax.copy_data else None
    position = start
    limit = len(text) if end is None else end
    # There is always a match: the last rule takes any character.
    while position < limit and (found := pattern.match(text, position, limit)):
        if copy is not None and position == copy.data_start:
            token = Token(TokenKind.DATA, text[position : copy.data_end], position)
        else:
            token = _next(text, found, kinds)
        if copy is not None and token.is_code:
            copy.see(token)
        position += len(token.text)
        yield token


def _next(text: str, found: re.Match[str], kinds: tuple[TokenKind | str, ...]) -> Token:
    """The token a match begins."""
    kind = kinds[(found.lastindex or 1) - 1]
    if isinstance(kind, TokenKind):
        return Token(kind, found[0], found.start())
    if kind == _BLOCK:
        return _block_comment(text, found.start())
    return _dollar_string(text, found.start(), found.group())


def code(tokens: tuple[Token, ...]) -> list[Token]:
    """The tokens the engine sees."""
    return [token for token in tokens if token.is_code]


def unquoted(token: Token, syntax: Syntax) -> str:
    """The identifier a word or a quoted name stands for."""
    if token.kind is TokenKind.WORD:
        return folded(token.text) if syntax.folds_names else token.text
    if token.kind not in {TokenKind.NAME, TokenKind.STRING}:
        return token.text
    closing = "]" if token.text[0] == "[" else token.text[0]
    return token.text[1:-1].replace(closing * 2, closing) if closing != "]" else token.text[1:-1]


_FOLDED = {letter: letter + 32 for letter in range(ord("A"), ord("Z") + 1)}
"""An engine folds A to Z and no other letter."""


def folded(name: str) -> str:
    """The name as engines compare it where case does not count."""
    return name.lower() if name.isascii() else name.translate(_FOLDED)


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


def _block_comment(text: str, start: int) -> Token:
    """The block comment at `start`, with those inside it."""
    depth = 0
    position = start
    while edge := _COMMENT_EDGE.search(text, position):
        position = edge.end()
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return Token(TokenKind.COMMENT, text[start:position], start)
    return Token(TokenKind.BROKEN, text[start:], start)


def _dollar_string(text: str, start: int, tag: str) -> Token:
    """The dollar-quoted string at `start`."""
    closing = text.find(tag, start + len(tag))
    if closing < 0:
        return Token(TokenKind.BROKEN, text[start:], start)
    return Token(TokenKind.STRING, text[start : closing + len(tag)], start)


_BLOCK, _DOLLAR_QUOTE = "block comment", "dollar quote"
"""Tokens whose end no regular expression finds in linear time."""

_Rule = tuple[TokenKind | str, str]
_PUNCTUATION = "()[],.;"


@lru_cache(maxsize=32)
def _pattern(syntax: Syntax) -> tuple[re.Pattern[str], tuple[TokenKind | str, ...]]:
    """One group per rule, and what each means; possessive throughout, so it never goes back."""
    rules = _rules(syntax)
    return re.compile(_grouped(rules)), tuple(kind for kind, _ in rules)


@lru_cache(maxsize=32)
def _seen_pattern(syntax: Syntax) -> tuple[re.Pattern[str], tuple[TokenKind | str, ...]]:
    """The same behind as much space and as many comments as there are; at the end, no group."""
    rules = _rules(syntax)
    unseen = {TokenKind.SPACE, TokenKind.COMMENT}
    skipped = "|".join(rule for kind, rule in rules if kind in unseen)
    kept = [(kind, rule) for kind, rule in rules if kind not in unseen]
    pattern = re.compile(rf"(?>(?:{skipped})*)(?:{_grouped(kept)}|\Z)")
    return pattern, tuple(kind for kind, _ in kept)


@lru_cache(maxsize=32)
def _signs_pattern(signs: str, syntax: Syntax) -> re.Pattern[str]:
    """Tokens up to one of `signs`, which is the group; at the end, no group."""
    others = _one_of("".join(sign for sign in _PUNCTUATION if sign not in signs))
    *rules, (_, any_character) = _rules(syntax)
    passed = [others if kind is TokenKind.PUNCTUATION else rule for kind, rule in rules]
    passed.append(f"(?!{_one_of(signs)}){any_character}")
    return re.compile(rf"(?>(?:{'|'.join(passed)})*)(?:({_one_of(signs)})|\Z)")


def _grouped(rules: list[_Rule]) -> str:
    return "|".join(f"({rule})" for _, rule in rules)


def _rules(syntax: Syntax) -> list[_Rule]:
    """Every kind of token, as it is looked for."""
    return [
        *_blanks(syntax),
        *_quotes(syntax),
        *((TokenKind.PARAMETER, _PARAMETERS[style]) for style in syntax.parameters),
        (TokenKind.NUMBER, _NUMBER),
        (TokenKind.WORD, _WORD),
        (TokenKind.PUNCTUATION, _one_of(_PUNCTUATION)),
        (TokenKind.OPERATOR, _operators(syntax)),
        (TokenKind.BROKEN, r"[\s\S]"),
    ]


def _one_of(signs: str) -> str:
    return f"[{re.escape(signs)}]"


def _operators(syntax: Syntax) -> str:
    """Signs in the engine's longest form, or in any row where it has operators of its own."""
    if syntax.fixed_operators:
        return r"\|\||->>?|<<|<=|<>|>>|>=|==?|!=|[-+*/%<>&|~]"
    taken = "#" if syntax.hash_comments else ""
    taken += "?" if ParameterStyle.QUESTION in syntax.parameters else ""
    taken += "@#" if ParameterStyle.SQLITE_NAME in syntax.parameters else ""
    taken += "`" if syntax.backtick_names else ""
    signs = "".join(f"\\{sign}" for sign in "-+*/<>=~!@#%^&|?`" if sign not in taken)
    return rf"::|:=|(?>(?:(?!--|/\*)[{signs}])+)|:"


def _blanks(syntax: Syntax) -> Iterator[_Rule]:
    """Space and comments, first: an operator must not swallow their marks."""
    # SQLite takes a byte order mark for space; a vertical tab is space to PostgreSQL only.
    yield TokenKind.SPACE, r"[ \t\n\r\f\v]++" if syntax.folds_names else r"[ \t\n\r\f\ufeff]++"
    yield TokenKind.COMMENT, r"--[^\n\r]*+" if syntax.return_ends_comment else r"--[^\n]*+"
    if syntax.hash_comments:
        yield TokenKind.COMMENT, r"#[^\n]*+"
    if syntax.nested_comments:
        yield _BLOCK, r"/\*"
    else:
        yield TokenKind.COMMENT, r"/\*[\s\S]*?\*/"
        yield TokenKind.COMMENT if syntax.open_comments else TokenKind.BROKEN, r"/\*[\s\S]*+"
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
    marks = "[bBnNxX]|[uU]&" if syntax.standard_marks else "[xX]"
    yield TokenKind.STRING, rf"(?:{marks})?{body}'"
    yield TokenKind.BROKEN, r"'[\s\S]*+"
    mark = "(?:[uU]&)?" if syntax.standard_marks else ""
    yield from _named(f'{mark}"', '"', r"(?>(?:[^\"]++|\"\")*)")
    if syntax.backtick_names:
        yield from _named("`", "`", r"(?>(?:[^`]++|``)*)")
    if syntax.bracket_names:
        yield from _named(r"\[", r"\]", r"[^\]]*+")
    if syntax.dollar_quotes:
        yield _DOLLAR_QUOTE, _DOLLAR


def _named(opening: str, closing: str, body: str) -> Iterator[_Rule]:
    yield TokenKind.NAME, opening + body + closing
    yield TokenKind.BROKEN, opening + r"[\s\S]*+"
