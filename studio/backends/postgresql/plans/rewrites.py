"""Conditions that an index on the bare column would serve, were they written on it."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from studio.backends.postgresql.plans.predicates import PredicateTerm, Use, plain
from studio.model.catalog import ColumnKind, Table

NAME = r'(?P<column>"[^"]+"|\w+)'
CAST = re.compile(rf"\(?{NAME}\)?::(?P<type>[a-z ]+)")
TRUNCATED = re.compile(rf"date_trunc\('(?P<unit>\w+)'(?:::text)?, {NAME}\)")
PRINTED_DATE = re.compile(
    rf"to_char\(\(?{NAME}\)?(?:::timestamp with(?:out)? time zone)?, "
    r"'(?P<format>[YMD/.-]+)'(?:::text)?\)"
)
YEAR = re.compile(rf"(?:EXTRACT\(year FROM |date_part\('year'(?:::text)?, ){NAME}\)")
DEFAULT = re.compile(rf"COALESCE\({NAME}, (?P<default>'(?:[^']|'')*'::text|-?\d+)\)")
NOTHING_ADDED = re.compile(rf"{NAME} \|\| ''(?:::text)?")
SHIFTED = re.compile(rf"{NAME} (?P<sign>[+-]) (?P<number>\d+)")
DAY = re.compile(r"'(\d{4}-\d\d-\d\d)' ?:: ?date")
NUMBER = re.compile(r"'?(-?\d{1,30})(?:\.0*)?'?(?: ?:: ?[a-z ]+)?")
STRING = re.compile(r"'(?:[^']|'')*'(?: ?:: ?text)?")
WHOLE = frozenset(("integer", "bigint", "smallint"))
FRACTIONS = frozenset(("numeric", "double precision", "real"))
MOMENTS = frozenset((ColumnKind.DATE, ColumnKind.TIMESTAMP))
FORMAT = re.compile(r"YYYY|MM|DD|.")
PARTS = {"YYYY": r"(?P<y>\d{4})", "MM": r"(?P<m>\d\d)", "DD": r"(?P<d>\d\d)"}
LONGEST_SHIFT = 30
"""Digits of a number that is calculated with."""


class ConditionRewrite(NamedTuple):
    """A condition on the bare column that keeps the same rows."""

    column: str
    instead: str
    served_by: str = ""
    """The index there is for it."""

    @property
    def says(self) -> str:
        """What to write, and why."""
        why = (
            f"the index {self.served_by} serves that"
            if self.served_by
            else "an index can serve that"
        )
        return f"Write {self.instead}: {why}."


def rewrite(term: PredicateTerm, table: Table | None) -> ConditionRewrite | None:
    """What to write instead; None where the table is not known to have such a column."""
    if term.use is Use.MEMBER:
        index = index_on(table, plain(term.column), "gin") if table else ""
        return ConditionRewrite(term.column, f"{term.column} @> ARRAY[{term.constant}]", index)
    if table is None or term.joins or term.use is not Use.EQUALITY:
        return None
    for pattern, written in WAYS:
        found = pattern.fullmatch(term.column) if term.is_expression else None
        if found is None or plain(found["column"]) not in table.column_names:
            continue
        kind = table.column(plain(found["column"])).kind
        instead = written(found, term.constant, kind)
        if instead:
            index = index_on(table, plain(found["column"]))
            return ConditionRewrite(found["column"], instead, index)
    return None


def index_on(table: Table, column: str, method: str = "btree") -> str:
    """The name of an index that begins with a column; empty for none."""
    return next(
        (
            i.name
            for i in table.indexes
            if i.valid and not i.predicate and i.method == method
            if i.columns[:1] == (column,) and i.parts[0].column == column
        ),
        "",
    )


def _uncast(found: re.Match[str], constant: str, kind: ColumnKind) -> str:
    """`at::date`, `code::int`, `id::numeric`."""
    column, target = found["column"], found["type"]
    day, number = DAY.fullmatch(constant), NUMBER.fullmatch(constant)
    if target == "date" and day:
        return _between(column, day[1])
    if target in WHOLE and number and kind is ColumnKind.TEXT:
        return f"{column} = '{number[1]}'"
    if target in FRACTIONS and number and kind is ColumnKind.INTEGER:
        return f"{column} = {number[1]} (pass an integer)"
    return ""


def _untruncated(found: re.Match[str], constant: str, kind: ColumnKind) -> str:
    del kind
    column, start = found["column"], constant.replace(" :: ", "::")
    return f"{column} >= {start} AND {column} < {start} + interval '1 {found['unit']}'"


def _unprinted(found: re.Match[str], constant: str, kind: ColumnKind) -> str:
    """`to_char(at, 'YYYY-MM') = '2024-01'`, where the text is what that format would print."""
    form, text = found["format"], constant.partition("'")[2].rpartition("'")[0]
    pattern = "".join(PARTS.get(part, re.escape(part)) for part in FORMAT.findall(form))
    try:
        read = re.fullmatch(pattern, text)
    except re.error:  # a part that is there twice
        return ""
    parts = read.groupdict() if read and kind in MOMENTS else {}
    if "".join(sorted(parts)) not in {"y", "my", "dmy"}:
        return ""
    return _between(found["column"], "-".join(parts[name] for name in "ymd" if name in parts))


def _of_year(found: re.Match[str], constant: str, kind: ColumnKind) -> str:
    year = NUMBER.fullmatch(constant)
    return _between(found["column"], f"{int(year[1]):04}") if year and kind in MOMENTS else ""


def _between(column: str, period: str) -> str:
    """All of a year, a month or a day, as ISO writes it; empty where there is no such day."""
    year, month, day = ([int(part) for part in period.split("-")] + [0, 0])[:3]
    try:
        first = date(year, month or 1, day or 1)
        if day:
            after = first + timedelta(days=1)
        else:
            after = date(year + (month in {0, 12}), month % 12 + 1 if month else 1, 1)
    except (ValueError, OverflowError):
        return ""
    return f"{column} >= '{first}' AND {column} < '{after}'"


def _undefaulted(found: re.Match[str], constant: str, kind: ColumnKind) -> str:
    """`coalesce(c, 'x') = 'y'`: only of literals, of which one knows whether they are equal."""
    column, default = found["column"], found["default"].removesuffix("::text")
    number = NUMBER.fullmatch(constant)
    is_text = kind is ColumnKind.TEXT and STRING.fullmatch(constant) and default.startswith("'")
    if not is_text and not (kind is ColumnKind.INTEGER and number and default[-1] != "'"):
        return ""
    value = constant.partition(" ::")[0] if is_text or number is None else number[1]
    same = f"({column} = {value} OR {column} IS NULL)"
    return same if value == default else f"{column} = {value}"


def _as_it_is(found: re.Match[str], constant: str, kind: ColumnKind) -> str:
    """`c || '' = 'x'`."""
    is_text = kind is ColumnKind.TEXT and STRING.fullmatch(constant)
    return f"{found['column']} = {constant.partition(' ::')[0]}" if is_text else ""


def _unshifted(found: re.Match[str], constant: str, kind: ColumnKind) -> str:
    """`c + 1 = 5`."""
    number = NUMBER.fullmatch(constant)
    if kind is not ColumnKind.INTEGER or number is None or len(found["number"]) > LONGEST_SHIFT:
        return ""
    moved = int(found["number"]) * (-1 if found["sign"] == "+" else 1)
    return f"{found['column']} = {int(number[1]) + moved}"


Way = Callable[[re.Match[str], str, ColumnKind], str]
WAYS: tuple[tuple[re.Pattern[str], Way], ...] = (
    (CAST, _uncast),
    (TRUNCATED, _untruncated),
    (PRINTED_DATE, _unprinted),
    (YEAR, _of_year),
    (DEFAULT, _undefaulted),
    (NOTHING_ADDED, _as_it_is),
    (SHIFTED, _unshifted),
)
