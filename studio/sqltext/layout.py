"""SQL laid out anew: sqlglot says where lines break, every token stays as it was written.

sqlglot writes statements its own way: `x::int` as CAST, `now()` as CURRENT_TIMESTAMP, comments as
others. So its text is not taken: only what stands between the tokens that both have, and what
comes out is read again to see that nothing else is another.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, lex

_MOST_TOKENS = 4_000
"""Beyond, comparing the two takes longer than anybody waits."""
_WIDEST_LIST = 72
_LEAST_ALIKE = 0.6
_UNREADABLE = frozenset({TokenKind.META, TokenKind.DATA, TokenKind.BROKEN})
_STAND_IN = "_studio_{}"
"""For a parameter: each dialect of sqlglot knows others."""


class CannotLayOut(Exception):
    """Why a statement stays as it is, as a sentence."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A token with what stood in front of it."""

    token: Token
    is_apart: bool
    """Whether a blank or a line end did."""
    comments: tuple[tuple[str, bool], ...]
    """Each with whether it began a line."""
    key: str
    """Equal for tokens that are the same to the engine."""


def laid_out(statement: str, syntax: Syntax) -> str:
    """One statement with other line ends and blanks, and nothing else. Raises CannotLayOut."""
    tokens = lex(statement, syntax)
    if any(token.kind in _UNREADABLE for token in tokens):
        raise CannotLayOut("it holds something that is no SQL here, or a quote that never closes")
    pieces = list(_pieces(tokens, syntax))
    if len(pieces) > _MOST_TOKENS:
        raise CannotLayOut(f"it is too long: more than {_MOST_TOKENS:,} words and signs")
    pretty = _pretty(_bare(tokens), syntax)
    theirs = list(_pieces(lex(pretty, syntax), syntax))
    gaps = _gaps([piece.key for piece in pieces], theirs, pretty)
    _join_names(pieces, gaps)
    text = "".join(_written(pieces, gaps)) + _behind(tokens)
    if _same(text, syntax) != _same(statement, syntax):
        raise CannotLayOut("what came of it would not be the same statement")
    return text


def _same(text: str, syntax: Syntax) -> list[str]:
    return [token.text.rstrip() for token in lex(text, syntax) if token.kind is not TokenKind.SPACE]


def _pieces(tokens: Sequence[Token], syntax: Syntax) -> Iterator[_Piece]:
    is_apart = begins_line = False
    comments: list[tuple[str, bool]] = []
    for token in tokens:
        if token.kind is TokenKind.SPACE:
            is_apart, begins_line = True, begins_line or "\n" in token.text
        elif token.kind is TokenKind.COMMENT:
            comments.append((token.text.rstrip(), begins_line))
            begins_line = token.text.endswith("\n")
        else:
            yield _Piece(token, is_apart, tuple(comments), _key(token))
            is_apart = begins_line = False
            comments.clear()


def _key(token: Token) -> str:
    if token.kind is TokenKind.NAME:
        return token.text[1:-1].lower()
    if token.kind is TokenKind.PARAMETER:
        return _stand_in(token)
    return token.text if token.kind is TokenKind.STRING else token.text.lower()


def _stand_in(token: Token) -> str:
    letters = (letter if letter.isalnum() else "_" for letter in token.text)
    return _STAND_IN.format("".join(letters)).lower()


def _bare(tokens: Sequence[Token]) -> str:
    """Without comments, which are put back where they stood."""
    parts = (
        " " if token.kind is TokenKind.COMMENT
        else _stand_in(token) if token.kind is TokenKind.PARAMETER
        else token.text
        for token in tokens
    )  # fmt: skip
    return "".join(parts)


def _pretty(bare: str, syntax: Syntax) -> str:
    try:
        from sqlglot import exp, parse  # noqa: PLC0415 - 100 ms, for who asks for it
        from sqlglot.errors import SqlglotError  # noqa: PLC0415
    except ImportError:
        raise CannotLayOut("it takes the package sqlglot, which is not installed") from None
    # It tells standard error what it does not know: that would go over the screen.
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    dialect = syntax.dialect or None
    try:
        found = parse(bare, read=dialect)
        if len(found) != 1 or found[0] is None or isinstance(found[0], exp.Command):
            raise CannotLayOut("it is of a kind that is not laid out")
        return str(found[0].sql(dialect=dialect, pretty=True, normalize_functions=False))
    except (SqlglotError, RecursionError, ValueError) as error:
        said = str(error).split("\n", maxsplit=1)[0]
        raise CannotLayOut(f"it could not be read: {said or type(error).__name__}") from error


def _gaps(ours: Sequence[str], theirs: Sequence[_Piece], pretty: str) -> list[str | None]:
    """What stands in front of each of our tokens in their text; None where they do not say."""
    keys = [piece.key for piece in theirs]
    ends = [0, *(piece.token.end for piece in theirs)]
    before = [pretty[ends[i] : piece.token.start] for i, piece in enumerate(theirs)]
    gaps: list[str | None] = [None] * len(ours)
    alike, is_next, owed = 0, True, ""
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, ours, keys, autojunk=False).get_opcodes():
        if tag == "equal":
            alike += i2 - i1
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                known = is_next or j > j1 or "\n" in before[j]
                gaps[i] = owed or (before[j] if known else None)
                is_next, owed = True, ""
            continue
        is_next = False
        if tag == "insert":
            # `CAST(` in front of our operand: its line end is the operand's.
            owed = owed or next((gap for gap in before[j1:j2] if "\n" in gap), "")
        elif tag == "replace" and "\n" in before[j1]:
            gaps[i1] = before[j1]
    if alike < len(ours) * _LEAST_ALIKE:
        raise CannotLayOut("it was read as another statement than it is")
    return gaps


def _join_names(pieces: Sequence[_Piece], gaps: list[str | None]) -> None:
    """A list of names in parentheses that fits in a line is one line."""
    marks = [piece.token.text for piece in pieces]
    for start, mark in enumerate(marks):
        if mark != "(":
            continue
        end = start + 1
        while end < len(pieces) and _is_of_list(pieces[end], (end - start) % 2):
            end += 1
        size = sum(len(text) + 1 for text in marks[start:end])
        if end < len(pieces) and marks[end] == ")" and size <= _WIDEST_LIST:
            for place in range(start + 1, end + 1):
                is_name = (place - start) % 2 and place > start + 1
                gaps[place] = " " if is_name else ""


def _is_of_list(piece: _Piece, is_name: int) -> bool:
    if piece.comments:
        return False
    is_word = piece.token.kind in {TokenKind.WORD, TokenKind.NAME}
    return is_word if is_name else piece.token.text == ","


def _behind(tokens: Sequence[Token]) -> str:
    """The comments behind the last token."""
    last = max((i for i, token in enumerate(tokens) if token.is_code), default=-1)
    comments = [t for t in tokens[last + 1 :] if t.kind is TokenKind.COMMENT]
    if not comments:
        return ""
    return "".join(token.text for token in tokens[last + 1 :]).rstrip()


def _written(pieces: Sequence[_Piece], gaps: Sequence[str | None]) -> Iterator[str]:
    line_end = "\n"
    for number, (piece, gap) in enumerate(zip(pieces, gaps, strict=True)):
        between = (" " if piece.is_apart else "") if gap is None else gap
        if "\n" in between:
            line_end = f"\n{between.rpartition(chr(10))[2]}"
            between = line_end
        for place, (comment, begins_line) in enumerate(piece.comments):
            lead = "" if not number and not place else line_end if begins_line else " "
            yield f"{lead}{comment}"
        if piece.comments:
            last, began_line = piece.comments[-1]
            closes = began_line or not last.startswith("/*")
            attaches = piece.token.text in {",", ")", ";"}
            between = line_end if closes or "\n" in between else "" if attaches else " "
        elif not number:
            between = ""
        yield f"{between}{piece.token.text}"
