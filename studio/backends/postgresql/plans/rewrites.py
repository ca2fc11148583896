"""Conditions that an existing index would serve, were they written on the bare column."""

import re
from datetime import date, timedelta

from studio.backends.postgresql.plans.predicates import Term, Use, plain
from studio.model.catalog import ColumnKind, Table

CAST = re.compile(r'\(?(?P<column>"[^"]+"|\w+)\)?::(?P<type>[a-z ]+)')
TRUNCATED = re.compile(r"date_trunc\('(?P<unit>\w+)'(?:::text)?, (?P<column>\"[^\"]+\"|\w+)\)")
DAY = re.compile(r"'(\d{4}-\d\d-\d\d)' ?:: ?date")
NUMBER = re.compile(r"'?(-?\d{1,30})(?:\.0*)?'?(?: ?:: ?[a-z ]+)?")
WHOLE = frozenset(("integer", "bigint", "smallint"))
FRACTIONS = frozenset(("numeric", "double precision", "real"))


def rewritten(term: Term, table: Table | None) -> str:
    """What to write instead, where an index on the column exists; else empty."""
    if table is None or not term.is_expression or term.use is not Use.EQUALITY or term.joins:
        return ""
    cast, truncated = CAST.fullmatch(term.column), TRUNCATED.fullmatch(term.column)
    found = cast or truncated
    index = _index_on(table, plain(found["column"])) if found else ""
    if found is None or not index:
        return ""
    column = found["column"]
    kind = table.column(plain(column)).kind
    if truncated:
        start, unit = term.constant.replace(" :: ", "::"), truncated["unit"]
        instead = f"{column} >= {start} AND {column} < {start} + interval '1 {unit}'"
    else:
        instead = _uncast(column, found["type"], term.constant, kind)
    return f"Write {instead}: the index {index} serves that." if instead else ""


def _index_on(table: Table, column: str) -> str:
    if column not in table.column_names:
        return ""
    return next(
        (
            i.name
            for i in table.indexes
            if i.valid and not i.predicate and i.columns[:1] == (column,)
        ),
        "",
    )


def _uncast(column: str, target: str, constant: str, kind: ColumnKind) -> str:
    day, number = DAY.fullmatch(constant), NUMBER.fullmatch(constant)
    if target == "date" and day:
        try:
            after = date.fromisoformat(day[1]) + timedelta(days=1)
        except (ValueError, OverflowError):
            return ""
        return f"{column} >= '{day[1]}' AND {column} < '{after}'"
    if target in WHOLE and number and kind is ColumnKind.TEXT:
        return f"{column} = '{number[1]}'"
    if target in FRACTIONS and number and kind is ColumnKind.INTEGER:
        return f"{column} = {number[1]} (pass an integer)"
    return ""
