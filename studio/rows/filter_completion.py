"""What a filter that is being typed could go on with: a column, an operator, a value.

One continuation of the text as it stands, or none: it is a guess that nobody has to look at.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from studio.model.catalog import Column, ColumnKind, Table
from studio.model.page import Filter, Operator, Value
from studio.rows.filter_text import format_filters
from studio.rows.literal import is_plain
from studio.rows.scan import FilterInvalid, Scanner
from studio.rows.typed_value import ValueReader

_JOINT = re.compile(r"(?:^|\b(?:and|or|not)\b(?=\s)|\()\s*", re.IGNORECASE)
_QUOTED = re.compile(r"'[^']*(?:'|\Z)|\"[^\"]*(?:\"|\Z)")
_SQL = re.compile(r"(?:^|\b(?:and|or|not)\s)\s*where\s", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d]\w*\Z")
_OPERATORS = ("= ", "contains ", "in (", "is null", "is not null", "not in (", "not contains ",
              "like ", "ilike ")  # fmt: skip
_COMPARED = re.compile(r"\s*(?:=|!=|<>|<=|>=|<|>)\s+(?P<typed>\S*)\Z")
_LISTED = re.compile(r"\s*(?:not\s+)?in\s*\((?:[^()]*,)?\s*(?P<typed>[^\s(),]*)\Z", re.IGNORECASE)
Values = Callable[[str], Iterable[Value]]
"""Values that are known of a column, the likeliest first."""


def continued(text: str, table: Table, reader: ValueReader, values: Values) -> str | None:
    """`text` with what could follow; None: nothing is known."""
    if _SQL.search(_bare(text)):
        return None
    columns = [column for column in table.columns if not column.hidden]
    start = _begins(text)
    tail = text[start:]
    at = Scanner(tail, tuple(column.name for column in columns))
    try:
        name = at.column()
    except FilterInvalid:
        return None
    if name is None or at.position == len(tail):
        is_word = _WORD.match(tail) is not None
        return _rest(text, tail, (c.name for c in columns), folds=True) if is_word else None
    rest = tail[at.position :]
    column = table.column(name)
    for pattern in (_COMPARED, _LISTED):
        if (found := pattern.match(rest)) is not None:
            known = _written(column, table, reader, values)
            return _rest(text, found["typed"], known)
    if not rest[:1].isspace():
        return None
    return _rest(text, rest.lstrip(), _operators(column), folds=True)


def _begins(text: str) -> int:
    """Where the condition that is being typed begins."""
    bare = _bare(text)
    ends = [found.end() for found in _JOINT.finditer(bare)]
    listed = re.search(r"\bin\s*\([^()]*\Z", bare, re.IGNORECASE)
    return max((end for end in ends if listed is None or end <= listed.start()), default=0)


def _bare(text: str) -> str:
    """`text` as long as it is, without what stands in quotes, which joins nothing."""
    return _QUOTED.sub(lambda found: "_" * len(found[0]), text)


def _rest(text: str, typed: str, candidates: Iterable[str], *, folds: bool = False) -> str | None:
    """`text` with the rest of the first candidate that begins as is `typed`; `folds`: in any case,
    which values have only one of.
    """
    for candidate in candidates:
        head = candidate[: len(typed)]
        is_it = head.casefold() == typed.casefold() if folds else head == typed
        if is_it and len(candidate) > len(typed) and candidate.isprintable():
            return text + candidate[len(typed) :]
    return None


def _operators(column: Column) -> Sequence[str]:
    if column.kind is ColumnKind.BOOLEAN:
        return ("= true", "= false", *_OPERATORS)
    return _OPERATORS


def _written(column: Column, table: Table, reader: ValueReader, values: Values) -> Iterable[str]:
    known: dict[Value, None] = dict.fromkeys(column.choices)
    known.update(dict.fromkeys(values(column.name)))
    for value in known:
        if value is None:
            continue
        wanted = Filter(column.name, Operator.EQUAL, value)
        try:
            line = format_filters((wanted,), table, reader)
        except ValueError:
            # Only the head of it is known.
            continue
        yield line.split(" = ", 1)[-1] if is_plain(column.name) else ""
