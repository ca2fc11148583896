"""What sampled values look like: their storage classes, their forms as moments, their lengths."""

import re
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

MOST_CHARACTERS = 80
"""Of a text that are looked at."""
_ENDS = 200
"""Moments kept from each end of what was read."""
_MOST_TEXTS = 13
_WHEN = re.compile(
    r"(_at|_on|_time|_date|timestamp)$|^(at|date|time|timestamp|created|updated|modified)$", re.I
)
_EXPIRES = re.compile(
    r"^(expires?|expires_at|expired_at|expiry|expires_on|valid_until|expire_at|expiration)$", re.I
)
_SPANS = (
    ("seconds", 5e8, 5e9, 1.0),
    ("milliseconds", 5e11, 5e12, 1e3),
    ("microseconds", 5e14, 5e15, 1e6),
)
"""Form, least, most (1985 to 2128), and how many make a second."""
_UNITS = {name: unit for name, *_, unit in _SPANS}
DATE_ONLY = "text, date only"
NUMERIC_FORMS = frozenset(name for name, *_ in _SPANS)
_TEXTS = (
    ("text, T", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")),
    ("text, space", re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")),
    (DATE_ONLY, re.compile(r"\d{4}-\d\d-\d\d$")),
    ("literal word", re.compile(r"(current_timestamp|current_date|now\(\))$", re.I)),
    ("digits as text", re.compile(r"\d{9,16}(\.\d+)?$")),
)
_CLASSES = {int: "integer", float: "real", str: "text", bytes: "blob"}


_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snaked(name: str) -> str:
    """`createdAt`, as many ORMs write it, as `created_at`: what a name says is the same in both."""
    return _HUMP.sub("_", name).lower()


def is_time_name(name: str) -> bool:
    """Whether a column by that name holds moments."""
    return bool(_WHEN.search(snaked(name)) or is_end_name(name))


def is_end_name(name: str) -> bool:
    """Whether a row is of no use after the moment in a column by that name."""
    return bool(_EXPIRES.match(snaked(name)))


def form_of(value: object) -> str | None:
    """In which form a value is a moment; None: in none that is known."""
    if isinstance(value, int | float):
        size = abs(value)
        for name, least, most, _ in _SPANS:
            if least < size < most:
                return name
    elif isinstance(value, str):
        for name, pattern in _TEXTS:
            if pattern.match(value):
                return name
    return None


def _moment_of(value: object, form: str) -> float | None:
    """Seconds since 1970 of a value in that form; None where it is no moment."""
    if isinstance(value, int | float):
        return value / _UNITS[form]
    if isinstance(value, str) and form.startswith("text"):
        # Without its zone, which moves it by hours: no share of old rows feels that.
        try:
            return datetime.fromisoformat(value[:16]).replace(tzinfo=UTC).timestamp()
        except ValueError:
            return None
    return None


@dataclass(slots=True)
class ColumnProfile:
    """The values of one column, NULLs left out."""

    is_time: bool
    values: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    texts: Counter[str] = field(default_factory=Counter)
    """At most 13 different ones."""
    text_values: int = 0
    json_values: int = 0
    json_bytes: int = 0
    _first: list[float] = field(default_factory=list)
    _last: deque[float] = field(default_factory=lambda: deque(maxlen=_ENDS))

    def add(self, values: Sequence[object], lengths: Sequence[int]) -> None:
        """Values in their order; a long text comes cut, with its whole length in bytes."""
        types = Counter(map(type, values))
        del types[type(None)]
        self.values += types.total()
        for kind, count in types.items():
            self.classes[_CLASSES[kind]] += count
        if str in types:
            self._add_texts(values, lengths)
        if self.is_time:
            self._add_moments(values)

    def _add_texts(self, values: Sequence[object], lengths: Sequence[int]) -> None:
        texts = self.texts
        for value, length in zip(values, lengths, strict=True):
            if not isinstance(value, str):
                continue
            self.text_values += 1
            if value in texts or len(texts) < _MOST_TEXTS:
                texts[value] += 1
            if value.startswith(("{", "[")):
                self.json_values += 1
                self.json_bytes += length

    def _add_moments(self, values: Sequence[object]) -> None:
        for value in values:
            if (form := form_of(value)) is None:
                continue
            self.forms[form] += 1
            if (moment := _moment_of(value, form)) is None:
                continue
            if len(self._first) < _ENDS:
                self._first.append(moment)
            else:
                self._last.append(moment)

    @property
    def moments(self) -> list[float]:
        """Up to 400, from both ends."""
        return [*self._first, *self._last]


@dataclass(slots=True)
class TableValues:
    """The values of one table that were read."""

    rows: int = 0
    bytes: int = 0
    whole: bool = False
    """Whether every row was read."""
    columns: dict[str, ColumnProfile] = field(default_factory=dict)

    def add(self, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
        """Rows of value, length, value, length, …; how many they were."""
        cells = list(zip(*rows, strict=True))
        for place, name in enumerate(names if cells else ()):
            column = self.columns.setdefault(name, ColumnProfile(is_time_name(name)))
            lengths = cells[2 * place + 1]
            column.add(cells[2 * place], lengths)
            self.bytes += sum(lengths)
        return len(rows)
