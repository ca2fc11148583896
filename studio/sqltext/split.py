"""The only statement splitter in the house."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from studio.sqltext.syntax import Body, Syntax
from studio.sqltext.tokens import Token, TokenKind, lex

_SENDS = re.compile(r"\\(?:;|g|gx|gdesc|gexec|gset|watch|crosstabview)(?![A-Za-z])")
"""The backslash commands that end a statement, as its semicolon would."""
_HEAD_WORDS = 8
"""How many words may stand before the one that says what CREATE creates."""
_TRIGGER = re.compile(r"(?:EXPLAIN (?:QUERY PLAN )?)?CREATE (?:TEMP |TEMPORARY )?TRIGGER\b")
_ROUTINE = re.compile(r"CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE)\b")
_ROUTINES = frozenset({"FUNCTION", "PROCEDURE", "TRIGGER", "EVENT", "PACKAGE"})
_LOOPS = frozenset({"IF", "LOOP", "WHILE", "REPEAT", "FOR"})
"""Words behind END that close what nobody counted as opened."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement and everything around it up to its neighbours.

    `before + text + after` of all statements, joined, is the text that was split.
    """

    before: str
    """Space and comments ahead of it. A `/*+ hint */` is part of `text`: servers read those."""
    text: str
    """What to send: from the first token to the last, without the terminator; "" if only
    space, comments or a lone semicolon are here."""
    after: str
    """The terminator, what stands between it and the text, the rest of its line if that is
    a comment, and COPY's data."""
    start: int
    """Where `text` starts, in characters."""
    terminator: str = ""
    """`;`, psql's `\\g…` or `\\;`, or "" when the text ends first."""
    data: str = ""
    """The lines of COPY … FROM STDIN, with their `\\.`."""

    @property
    def end(self) -> int:
        """Where `text` ends."""
        return self.start + len(self.text)

    @property
    def whole(self) -> str:
        """Everything, as it stood."""
        return self.before + self.text + self.after


def split(text: str, syntax: Syntax) -> tuple[Statement, ...]:
    """Every statement of `text`, in order; nothing is lost and nothing raises.

    A semicolon that ends nothing gives a statement with empty text.
    """
    tokens = lex(text, syntax)
    return tuple(_assembled(tokens[first:last]) for first, last in _groups(tokens, syntax))


def statement_at(text: str, position: int, syntax: Syntax) -> Statement | None:
    """The statement the cursor is in; None where there is none.

    Between two statements: the one that ends on the cursor's line, or else the next.
    """
    real = [statement for statement in split(text, syntax) if statement.text]
    if not real:
        return None
    index = bisect_right([statement.start for statement in real], position) - 1
    if index < 0:
        return real[0]
    here = real[index]
    ended = here.end + here.after.find(here.terminator) + len(here.terminator)
    has_left = bool(here.terminator) and "\n" in text[ended:position]
    return real[index + 1] if has_left and index + 1 < len(real) else here


def _groups(tokens: Sequence[Token], syntax: Syntax) -> Iterator[tuple[int, int]]:
    """First and last index (exclusive) of each statement's tokens."""
    first = index = 0
    watch = StatementWatch(syntax)
    rest = _blank_tail(tokens)
    while index < rest:
        token = tokens[index]
        index += 1
        if token.is_code and watch.ends(token):
            index = _line_end(tokens, index)
            if index >= rest:
                break
            yield first, index
            first, watch = index, StatementWatch(syntax)
    if tokens:
        yield first, len(tokens)


def _blank_tail(tokens: Sequence[Token]) -> int:
    """Where the space and comments that end the text begin."""
    index = len(tokens)
    while index and not tokens[index - 1].is_code:
        index -= 1
    return index


def _line_end(tokens: Sequence[Token], index: int) -> int:
    """How far a statement that ended before `index` reaches: its line's comments, and its data."""
    reached = start = index
    while index < len(tokens):
        token = tokens[index]
        index += 1
        if token.kind is TokenKind.DATA:
            return index
        if token.is_code or token.text.startswith("/*+"):
            # A comment between two statements on one line belongs to the second.
            return start
        if "\n" not in token.text:
            reached = index if token.kind is TokenKind.COMMENT else reached
        elif token.kind is TokenKind.COMMENT or not _is_data(tokens, index):
            break
    return reached


def _is_data(tokens: Sequence[Token], index: int) -> bool:
    return index < len(tokens) and tokens[index].kind is TokenKind.DATA


def _assembled(tokens: Sequence[Token]) -> Statement:
    """One group of tokens as a statement."""
    ending = next((i for i in reversed(range(len(tokens))) if tokens[i].is_code), None)
    whole = "".join(token.text for token in tokens)
    base = tokens[0].start
    if ending is None:
        return Statement(whole, "", "", base + len(whole))
    terminator = tokens[ending].text if _terminates(tokens, ending) else ""
    body = tokens[: ending + (not terminator)]
    first = next((i for i, token in enumerate(body) if _opens(token)), None)
    last = next((i for i in reversed(range(len(body))) if body[i].is_code), None)
    if first is None or last is None or last < first:
        at = tokens[ending].start - base
        return Statement(whole[:at], "", whole[at:], base + at, terminator)
    start, end = body[first].start - base, body[last].end - base
    data = "".join(token.text for token in tokens if token.kind is TokenKind.DATA)
    return Statement(whole[:start], whole[start:end], whole[end:], base + start, terminator, data)


def _opens(token: Token) -> bool:
    """Whether a statement's text begins here."""
    return token.is_code or token.text.startswith("/*+")


def _terminates(tokens: Sequence[Token], index: int) -> bool:
    """Whether the last token the engine sees is a terminator and not the statement itself."""
    token = tokens[index]
    if token.kind is TokenKind.META:
        alone = not any(earlier.is_code for earlier in tokens[:index])
        return not alone and _SENDS.match(token.text) is not None
    return token.text == ";"


class StatementWatch:
    """Follows one statement's tokens and knows which semicolon ends it."""

    __slots__ = ("_closed", "_depth", "_head", "_parentheses", "_previous", "_syntax")

    def __init__(self, syntax: Syntax) -> None:
        self._syntax = syntax
        self._head: list[str] = []
        self._previous: Token | None = None
        self._depth = 0
        self._closed = False
        self._parentheses = 0

    def ends(self, token: Token) -> bool:
        """Whether `token`, which the engine sees, ends the statement."""
        previous, self._previous = self._previous, token
        if token.kind is TokenKind.META:
            return previous is None or _SENDS.match(token.text) is not None
        if token.kind is TokenKind.PUNCTUATION:
            return self._punctuation(token.text)
        if word := token.word:
            self._word(word, previous)
        return False

    def _punctuation(self, sign: str) -> bool:
        if sign == "(":
            self._parentheses += 1
        elif sign == ")":
            self._parentheses -= 1
        elif sign == ";":
            return self._depth <= 0 and not (self._parentheses > 0 and self._is_rule)
        return False

    def _word(self, word: str, previous: Token | None) -> None:
        if len(self._head) < _HEAD_WORDS:
            self._head.append(word)
        if self._head[0] not in {"CREATE", "EXPLAIN"} or self._closed:
            return
        before = previous.text.upper() if previous else ""
        if self._syntax.body is Body.TRIGGER:
            self._trigger(word, before)
        elif self._syntax.body is Body.ATOMIC:
            self._atomic(word, before)
        elif self._syntax.body is Body.BLOCK:
            self._block(word, before)

    def _trigger(self, word: str, before: str) -> None:
        """As sqlite3_complete: only an END behind a semicolon closes; CASE needs no count."""
        if word == "BEGIN" and _TRIGGER.match(" ".join(self._head)):
            self._depth = 1
        elif word == "END" and before in {";", "BEGIN"} and self._depth:
            self._depth, self._closed = 0, True

    def _atomic(self, word: str, before: str) -> None:
        """Every statement of the body ends in a semicolon (gram.y, routine_body_stmt_list)."""
        if word == "ATOMIC" and before == "BEGIN" and _ROUTINE.match(" ".join(self._head)):
            self._depth += 1
        elif word == "END" and before in {";", "ATOMIC"} and self._depth:
            self._depth -= 1

    def _block(self, word: str, before: str) -> None:
        if _ROUTINES.isdisjoint(self._head):
            return
        if word == "BEGIN" or (word == "CASE" and self._depth and before != "END"):
            self._depth += 1
        elif word == "END" and self._depth:
            self._depth -= 1
        elif word in _LOOPS and before == "END":
            self._depth += 1

    @property
    def _is_rule(self) -> bool:
        return self._syntax.rule_actions and "RULE" in self._head[1:4]
