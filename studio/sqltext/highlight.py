"""Colours for an editor: what each piece of the visible lines is, in Pygments' words.

The house's own tokens say where pieces begin and end, so colours and splitter never disagree and
only the lines in sight are looked at; Pygments says which words are keywords, types and builtins.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from pygments.lexers import get_lexer_by_name

from studio.sqltext.common_prefix import common_prefix
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, scan


@dataclass(frozen=True, slots=True)
class HighlightSpan:
    """A piece of one line and what it is."""

    line: int
    """From 0."""
    start: int
    end: int
    """Columns in characters, from 0; `end` is exclusive."""
    type: str
    """A Pygments token type by name, for `pygments.token.string_to_tokentype`."""


def spans(text: str, syntax: Syntax, first_line: int, last_line: int) -> tuple[HighlightSpan, ...]:
    """The pieces of lines `first_line` to `last_line`, both included."""
    return Highlighter(syntax).spans(text, first_line, last_line)


class Highlighter:
    """Remembers where statements begin, so that a key stroke costs one screen and no more."""

    def __init__(self, syntax: Syntax) -> None:
        self._syntax = syntax
        self._text = ""
        self._marks = [0]
        """Where statements begin, in order: lexing can start at any of them."""

    def spans(self, text: str, first_line: int, last_line: int) -> tuple[HighlightSpan, ...]:
        """The pieces of lines `first_line` to `last_line`, both included; plain text is left out.

        No piece crosses a line.
        """
        if text != self._text:
            self._forget_after(text)
            self._text = text
        window = _Window(text, first_line, last_line)
        return tuple(
            span
            for start, end, type_name in self._pieces(window)
            for span in window.cut(start, end, type_name)
        )

    def _forget_after(self, text: str) -> None:
        """Drop the marks that an edit may have moved."""
        kept = common_prefix(self._text, text)
        if self._syntax.copy_data:
            # Lines after COPY … FROM STDIN turn into data when their end appears, far below.
            copy = text[:kept].lower().find("stdin")
            kept = kept if copy < 0 else copy
        del self._marks[max(1, bisect_right(self._marks, kept)) :]

    def _pieces(self, window: "_Window") -> Iterator[tuple[int, int, str]]:
        behind_dot = False
        for token in self._tokens(window):
            if token.end > window.start:
                yield from _pieces(token, self._syntax, behind_dot=behind_dot)
            behind_dot = token.text == "."

    def _tokens(self, window: "_Window") -> Iterator[Token]:
        """Tokens up to the end of the window, from the last mark before it."""
        mark = self._marks[bisect_right(self._marks, window.start) - 1]
        ended = False
        for token in scan(self._text, self._syntax, mark):
            if token.start >= window.end:
                return
            if token.is_code:
                if ended and token.start > self._marks[-1]:
                    self._marks.append(token.start)
                ended = token.text == ";"
            yield token


class _Window:
    """Some lines of a text."""

    def __init__(self, text: str, first_line: int, last_line: int) -> None:
        self._first_line = max(0, first_line)
        self._starts = list(_line_starts(text, self._first_line, last_line))
        self.start = self._starts[0]
        self.end = min(self._starts[-1], self.start + _WIDEST)

    def cut(self, start: int, end: int, type_name: str) -> Iterator[HighlightSpan]:
        """The parts of one piece that lie in the window, line by line."""
        index = max(0, bisect_right(self._starts, start) - 1)
        end = min(end, self.end)
        while index < len(self._starts) - 1 and self._starts[index] < end:
            line_start = self._starts[index]
            first = max(start, line_start)
            last = min(end, self._starts[index + 1] - 1)
            if first < last:
                line = self._first_line + index
                yield HighlightSpan(line, first - line_start, last - line_start, type_name)
            index += 1


_WIDEST = 100_000
"""Characters of a window that are coloured; a dump may have a megabyte in one line."""


def _line_starts(text: str, first_line: int, last_line: int) -> Iterator[int]:
    """Where each line of the window starts, and last where the line behind it would."""
    position = 0
    for _ in range(first_line):
        position = text.find("\n", position) + 1
        if position == 0:
            yield len(text) + 1
            return
    yield position
    for _ in range(first_line, last_line + 1):
        found = text.find("\n", position)
        if found < 0:
            yield len(text) + 1
            return
        position = found + 1
        yield position


_TYPES = {
    TokenKind.COMMENT: "Comment",
    TokenKind.NAME: "Literal.String.Name",
    TokenKind.STRING: "Literal.String.Single",
    TokenKind.NUMBER: "Literal.Number",
    TokenKind.PARAMETER: "Name.Variable",
    TokenKind.OPERATOR: "Operator",
    TokenKind.PUNCTUATION: "Punctuation",
    TokenKind.META: "Comment.Preproc",
    TokenKind.DATA: "Literal.String.Heredoc",
    TokenKind.BROKEN: "Error",
}
_OPEN_TYPES = {"'": "Literal.String.Single", '"': "Literal.String.Name", "/": "Comment"}
"""What is still being typed is coloured as what it will be."""
_LONGEST_BODY = 20_000
"""Characters of a function body that are coloured as code; longer ones are one string."""


def _pieces(token: Token, syntax: Syntax, *, behind_dot: bool) -> Iterator[tuple[int, int, str]]:
    """A token as (start, end, type); a function's body in dollar quotes is code of its own."""
    kind = token.kind
    if kind is TokenKind.WORD:
        yield token.start, token.end, "Name" if behind_dot else _word_type(token.word, syntax)
    elif kind is TokenKind.STRING and token.text[0] == "$" and _is_body(token.text):
        yield from _body(token, syntax)
    elif kind is TokenKind.BROKEN:
        yield token.start, token.end, _OPEN_TYPES.get(token.text[0], "Error")
    elif kind is not TokenKind.SPACE:
        yield token.start, token.end, _TYPES[kind]


def _is_body(text: str) -> bool:
    return len(text) <= _LONGEST_BODY and "\n" in text


def _body(token: Token, syntax: Syntax) -> Iterator[tuple[int, int, str]]:
    tag = token.text.index("$", 1) + 1
    start, end = token.start + tag, token.end - tag
    yield token.start, start, "Literal.String.Delimiter"
    for inner in scan(token.text[tag : len(token.text) - tag], syntax):
        if inner.kind is TokenKind.WORD:
            yield start + inner.start, start + inner.end, _word_type(inner.word, syntax)
        elif inner.kind is not TokenKind.SPACE:
            yield start + inner.start, start + inner.end, _TYPES[inner.kind]
    yield end, token.end, "Literal.String.Delimiter"


@lru_cache(maxsize=4096)
def _word_type(word: str, syntax: Syntax) -> str:
    """What Pygments takes a word in capitals for; "Name" when it is nobody's keyword."""
    lexer = get_lexer_by_name(syntax.lexer)
    token_type = next(iter(lexer.get_tokens(word)))[0]
    return str(token_type).removeprefix("Token.")
