"""The one statement around a cursor, read key by key: what was read before is kept.

The text is lexed up to the cursor and from there anew, so that a quote left open behind the cursor
changes nothing in front of it.
"""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from studio.sqltext.common_prefix import common_prefix
from studio.sqltext.split import StatementWatch
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, scan

FARTHEST = 16 * 1024
"""Characters of one statement that are read on each side of the cursor, where it is longer."""
_LONGEST_LEFT = 64 * 1024
_LONGEST_VERB = 9
_IN_WORD = re.compile(r"[^\0-\#%-/:-@\[-^`{-\x7f]*")
VERBS = frozenset(
    {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES", "CREATE", "ALTER", "DROP"}
    | {"EXPLAIN", "TRUNCATE", "BEGIN", "COMMIT", "ROLLBACK", "GRANT", "REVOKE", "PRAGMA", "SET"}
)
_JOINS_QUERIES = frozenset({"UNION", "ALL", "EXCEPT", "INTERSECT", "DISTINCT", "AS", "DO"})
_LEADS = frozenset({"WITH", "INSERT", "CREATE", "EXPLAIN", "MERGE", "GRANT", "REVOKE", "ALTER"})
"""Statements in which another verb may begin a line."""
_WITH_BODIES = frozenset({"CREATE", "EXPLAIN"})
_MAY_GROW = frozenset({TokenKind.BROKEN, TokenKind.OPERATOR, TokenKind.NUMBER})
_DEPTH = {"(": 1, ")": -1}
_OPENS_NAME = '"`['


@dataclass(frozen=True, slots=True)
class Around:
    """What stands left and right of a cursor, within its statement and without the word at it."""

    left: tuple[Token, ...]
    """What the engine sees of it; places count from the start of the text."""
    right: tuple[Token, ...]
    word: str
    """What is typed of the name at the cursor, without its quote."""
    word_start: int
    """Where the name starts, with its quote; the cursor where there is none."""
    word_end: int
    """Where the name ends, right of the cursor."""
    quote: str = ""
    """The quote that the name was opened with."""
    is_code: bool = True
    """False inside a string, a comment, a number, a parameter or data."""
    left_marks: tuple[str, ...] = ()
    """The keywords and signs of `left`: `mark_of` each."""
    right_marks: tuple[str, ...] = ()


class StatementReader:
    """Reads the statement around a cursor; keeps tokens and statement starts between two keys."""

    def __init__(self, syntax: Syntax) -> None:
        self._syntax = syntax
        self._text = ""
        self._starts = [0]
        """Where statements begin, in order: lexing can start at any of them."""
        self._left_from = 0
        self._cut = 0
        """The last cursor, at which lexing stopped."""
        self._left: list[Token] = []
        """What the engine sees of the statement that was read last, up to the last cursor."""
        self._marks: list[str] = []
        self._right: tuple[str, int, tuple[Token, ...], tuple[str, ...]] = ("", 0, (), ())
        """The text read right of a cursor, where it began, and what the engine sees of it."""

    def around(self, text: str, position: int) -> Around:
        """What is around the cursor at `position`, in characters."""
        if text != self._text:
            self._forget(text)
        touched = self._read_left(position)
        word, quote, is_code = ("", "", True) if touched is None else _typed(touched, position)
        if word and len(self._left) > 1 and _is_number_before(self._left[-2], touched):
            is_code = False
        if not is_code:
            return Around((), (), "", position, position, is_code=False)
        size = len(self._left)
        start = end = position
        if touched is not None and (word or quote):
            start, end = touched.start, _word_end(text, position, quote)
            size -= 1
        left, marks = tuple(self._left[:size]), tuple(self._marks[:size])
        right, right_marks = self._read_right(end, left)
        return Around(left, right, word, start, end, quote, True, marks, right_marks)

    def _forget(self, text: str) -> None:
        """Drop what an edit may have moved."""
        kept = common_prefix(self._text, text)
        if self._syntax.copy_data:
            # Lines after COPY … FROM STDIN turn into data when their end appears, far below.
            copy = text[:kept].lower().find("stdin")
            kept = kept if copy < 0 else copy
        # A verb behind a blank line begins a statement while it is one.
        del self._starts[max(1, bisect_right(self._starts, kept - _LONGEST_VERB)) :]
        self._drop(kept)
        if self._left_from > kept:
            self._clear(self._starts[-1])
        self._text = text

    def _drop(self, position: int) -> None:
        """Drop the tokens that reach `position`, and broken ones and signs that may get whole."""
        left = self._left
        while left and (left[-1].end >= position or left[-1].kind in _MAY_GROW):
            left.pop()
            self._marks.pop()

    def _clear(self, start: int) -> None:
        self._left, self._marks, self._left_from = [], [], start

    def _read_left(self, position: int) -> Token | None:
        """Lex up to `position`; the token that touches it from the left."""
        start = self._starts[max(0, bisect_left(self._starts, position) - 1)]
        if position - start > _LONGEST_LEFT:
            start = self._near(position)
        if start != self._left_from:
            self._clear(start)
        # What ended at the last cursor was cut there.
        self._drop(min(position, self._cut))
        self._cut = position
        watch = self._watch()
        token: Token | None = None
        resumed = self._left[-1].end if self._left else start
        for token in scan(self._text, self._syntax, resumed, position):
            if not token.is_code:
                continue
            if self._begins_another(token, self._left):
                self._begin(token.start)
                watch = StatementWatch(self._syntax)
            self._marks.append(mark_of(token, self._left[-1] if self._left else None))
            self._left.append(token)
            if watch.ends(token) and (token.end < position or token.text == ";"):
                self._begin(token.end)
                watch = StatementWatch(self._syntax)
        return token

    def _near(self, position: int) -> int:
        """Where reading begins in a statement that is too long to be read whole: the same place for
        many keys.
        """
        if 0 < position - self._left_from <= 2 * FARTHEST:
            return self._left_from
        return self._text.find("\n", position - FARTHEST, position) + 1 or position - FARTHEST

    def _begin(self, start: int) -> None:
        """A statement begins at `start`."""
        self._clear(start)
        if start > self._starts[-1]:
            self._starts.append(start)

    def _watch(self) -> StatementWatch:
        """A watch that has seen what it must of what is kept."""
        watch = StatementWatch(self._syntax)
        # Only these have semicolons inside; of others it needs the first word.
        seen = self._left if self._marks[:1] and self._marks[0] in _WITH_BODIES else self._left[:1]
        for token in seen:
            watch.ends(token)
        return watch

    def _read_right(
        self, start: int, left: tuple[Token, ...]
    ) -> tuple[tuple[Token, ...], tuple[str, ...]]:
        """The statement's rest; places count from the start of the text."""
        has_bodies = bool(left) and left[0].word in _WITH_BODIES
        known, base, tokens, marks = self._right
        ended = start + len(known)
        whole = known.endswith(";") or ended == len(self._text) or len(known) == FARTHEST
        if tokens and not has_bodies and whole and self._text.startswith(known, start):
            if base != start:
                tokens = tuple(Token(t.kind, t.text, t.start + start - base) for t in tokens)
                self._right = (known, start, tokens, marks)
            return tokens, marks
        found, reached = self._scan_right(start, left if has_bodies else ())
        marks = tuple(mark_of(*pair) for pair in zip(found, (None, *found), strict=False))
        self._right = (self._text[start:reached], start, found, marks)
        return found, marks

    def _scan_right(self, start: int, seen: tuple[Token, ...]) -> tuple[tuple[Token, ...], int]:
        """What the engine sees up to the statement's end, and where that is."""
        watch = StatementWatch(self._syntax)
        for token in seen:
            watch.ends(token)
        found: list[Token] = []
        reached = min(len(self._text), start + FARTHEST)
        for token in scan(self._text, self._syntax, start, reached):
            if not token.is_code:
                continue
            if watch.ends(token):
                return tuple(found), token.end
            if self._begins_another(token, found):
                return tuple(found), token.start
            found.append(token)
        return tuple(found), reached

    def _begins_another(self, token: Token, before: list[Token]) -> bool:
        """Whether a blank line parts two statements here, where no semicolon does."""
        start = token.start
        if start == 0 or self._text[start - 1] != "\n" or token.word not in VERBS:
            return False
        if not _after_blank_line(self._text, start):
            return False
        if before and (before[0].word in _LEADS or before[-1].word in _JOINS_QUERIES):
            return False
        return sum(_DEPTH.get(t.text, 0) for t in before if t.kind is TokenKind.PUNCTUATION) == 0


def mark_of(token: Token, before: Token | None) -> str:
    """A word in capitals where it can be a keyword, or a sign; "" for all else."""
    # "a. FROM t" is how a name looks while it is being typed.
    if before is not None and before.text == "." and before.end == token.start:
        return token.mark if token.kind is not TokenKind.WORD else ""
    return token.mark


def _after_blank_line(text: str, start: int) -> bool:
    """Whether the line before the one that begins at `start` is empty."""
    above = text[max(0, start - 200) : start].rstrip(" \t\r\n")
    return text[max(0, start - 200) + len(above) : start].count("\n") > 1


def _typed(token: Token, position: int) -> tuple[str, str, bool]:
    """What a token that ends at the cursor says is being typed, its quote, whether it is code."""
    kind, text = token.kind, token.text
    if kind is TokenKind.WORD:
        return text, "", True
    if kind is TokenKind.BROKEN and text[0] in _OPENS_NAME:
        return text[1:], text[0], "\n" not in text
    if kind is TokenKind.SPACE or kind is TokenKind.OPERATOR or kind is TokenKind.PUNCTUATION:
        return "", "", True
    closed = kind is TokenKind.STRING or kind is TokenKind.NAME or text.endswith("*/")
    return "", "", closed and token.end == position


def _is_number_before(token: Token, word: Token | None) -> bool:
    """Whether a word is the tail of a number: the e of 1.5e."""
    return word is not None and token.kind is TokenKind.NUMBER and token.end == word.start


def _word_end(text: str, position: int, quote: str) -> int:
    """Where the name at the cursor ends: a quote that was opened closes it, if it does so soon."""
    if quote:
        closing = "]" if quote == "[" else quote
        line_end = text.find("\n", position)
        end = text.find(closing, position, line_end if line_end >= 0 else len(text))
        if end >= 0 and not text[position:end].count(" ") > 0:
            return end + 1
    found = _IN_WORD.match(text, position)
    return found.end() if found else position
