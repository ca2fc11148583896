"""Filters keep what a model in Python keeps: on both engines."""

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.model.errors import StatementFailed, Unsupported
from studio.model.page import (
    AllOf,
    AnyOf,
    Condition,
    Filter,
    Not,
    Operator,
    PageRequest,
    Shortened,
    Value,
)
from tests.examples import examples
from tests.rows.places import Place

SETTINGS = settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
DEFINITION = "id integer PRIMARY KEY, n integer, t text, r double precision"
NAMES = ("id", "n", "t", "r")
Row = tuple[int, int | None, str | None, float | None]

words = st.sampled_from(["", "a", "A", "ab", "b%", "_", "\\", "'", "a b", "%", "日本", "null"])
numbers = st.sampled_from([0, 1, -1, 7, 2**31 - 1])
floats = st.sampled_from([0.0, 1.5, -1.5, float("inf"), 0.1])
rows = st.lists(
    st.tuples(st.none() | numbers, st.none() | words, st.none() | floats), max_size=12
).map(lambda found: [(i, *row) for i, row in enumerate(found)])
values = {"n": numbers, "t": words, "r": floats}
ORDERED = (
    Operator.EQUAL,
    Operator.NOT_EQUAL,
    Operator.LESS,
    Operator.LESS_EQUAL,
    Operator.GREATER,
    Operator.GREATER_EQUAL,
)


@st.composite
def comparisons(draw: st.DrawFn) -> Filter:
    name = draw(st.sampled_from(list(values)))
    operator = draw(st.sampled_from(list(Operator)))
    match operator:
        case Operator.IS_NULL | Operator.IS_NOT_NULL:
            return Filter(name, operator)
        case Operator.IN | Operator.NOT_IN:
            listed = draw(st.lists(st.none() | values[name], min_size=1, max_size=3))
            return Filter(name, operator, values=tuple(listed))
        case Operator.CONTAINS | Operator.NOT_CONTAINS:
            return Filter("t", operator, draw(words))
        case Operator.LIKE | Operator.ILIKE:
            return Filter("t", operator, draw(st.sampled_from(["a%", "%b%", "_", "", "ab"])))
    return Filter(name, operator, draw(st.none() | values[name]))


conditions = st.recursive(
    comparisons() | st.builds(Filter, st.none(), st.just(Operator.CONTAINS), words),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda found: AllOf(tuple(found))),
        st.lists(inner, max_size=3).map(lambda found: AnyOf(tuple(found))),
        inner.map(Not),
    ),
    max_leaves=5,
)


def holds(condition: Condition, row: Row, *, folds: bool) -> bool:
    """Whether a row is kept: a comparison with NULL holds neither way, `Not` is exact."""
    match condition:
        case AllOf(inner):
            return all(holds(one, row, folds=folds) for one in inner)
        case AnyOf(inner):
            return any(holds(one, row, folds=folds) for one in inner)
        case Not(inner):
            return not holds(inner, row, folds=folds)
        case Filter(column=None):
            return row[2] is not None and str(condition.value).lower() in row[2].lower()
        case Filter():
            return _compares(condition, row[NAMES.index(condition.column or "")], folds=folds)


def _compares(wanted: Filter, value: Value, *, folds: bool) -> bool:
    match wanted.operator:
        case Operator.IS_NULL:
            return value is None
        case Operator.IS_NOT_NULL:
            return value is not None
        case Operator.IN:
            return value in wanted.values
        case Operator.NOT_IN:
            return value is not None and value not in wanted.values
        case Operator.EQUAL if wanted.value is None:
            return value is None
        case Operator.NOT_EQUAL if wanted.value is None:
            return value is not None
    if value is None or wanted.value is None:
        return False
    match wanted.operator:
        case Operator.CONTAINS:
            return str(wanted.value).lower() in str(value).lower()
        case Operator.NOT_CONTAINS:
            return str(wanted.value).lower() not in str(value).lower()
        case Operator.LIKE:
            return _like(str(wanted.value), str(value), folds=folds)
        case Operator.ILIKE:
            return _like(str(wanted.value), str(value), folds=True)
    return _ordered(wanted.operator, value, wanted.value)


def _like(pattern: str, text: str, *, folds: bool) -> bool:
    """The few patterns of this test; SQLite's LIKE folds case, PostgreSQL's does not."""
    if folds:
        pattern, text = pattern.lower(), text.lower()
    return {
        "a%": text.startswith("a"),
        "%b%": "b" in text,
        "_": len(text) == 1,
    }.get(pattern, text == pattern)


def _ordered(operator: Operator, value: Value, wanted: Value) -> bool:
    left = value.encode() if isinstance(value, str) else value
    right = wanted.encode() if isinstance(wanted, str) else wanted
    return {
        Operator.EQUAL: left == right,
        Operator.NOT_EQUAL: left != right,
        Operator.LESS: left < right,
        Operator.LESS_EQUAL: left <= right,
        Operator.GREATER: left > right,
        Operator.GREATER_EQUAL: left >= right,
    }[operator]


@SETTINGS
@given(rows=rows, filters=st.lists(conditions, max_size=2))
def test_filters_keep_what_the_model_keeps(place: Place, rows, filters) -> None:
    table = place.make(DEFINITION, rows)
    page = place.page(table, PageRequest(table.ref, filters=tuple(filters), limit=100))
    folds = place.name == "sqlite"
    expected = [row[0] for row in rows if all(holds(c, row, folds=folds) for c in filters)]
    assert [int(row[0]) for row in page.rows] == expected


def test_filters_page_as_tables_do(place: Place) -> None:
    table = place.make(DEFINITION, [(i, i % 3, "x", None) for i in range(50)])
    filters = (Filter("n", Operator.EQUAL, 1),)
    start, found = None, []
    while True:
        page = place.page(table, PageRequest(table.ref, filters=filters, start=start, limit=4))
        found += [int(row[0]) for row in page.rows]
        if not page.more:
            break
        start = page.keys[-1]
    assert found == list(range(1, 50, 3))


@pytest.mark.parametrize("name", ["", 'q"q', "a b", "SELECT", "x.y", "%s", ":p", "é日", "a'b"])
def test_any_column_name_is_only_a_name(place: Place, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    place.run("DROP TABLE IF EXISTS t")
    create = f"CREATE TABLE t (id integer PRIMARY KEY, {quoted} text)"
    if not name and place.name == "postgresql":
        with pytest.raises(psycopg.errors.SyntaxError):
            place.run(create)
        return
    place.run(create)
    place.run("INSERT INTO t VALUES (1, 'one'), (2, 'two')")
    table = place.table()
    for wanted in (Filter(name, Operator.EQUAL, "two"), Filter(name, Operator.CONTAINS, "W")):
        page = place.page(table, PageRequest(table.ref, filters=(wanted,)))
        assert [row[1] for row in page.rows] == ["two"]


def test_what_cannot_be_compared_says_so(place: Place) -> None:
    table = place.make(DEFINITION, [])
    cut = Filter("t", Operator.EQUAL, Shortened("x"))
    with pytest.raises(Unsupported, match="whole value"):
        place.page(table, PageRequest(table.ref, filters=(cut,)))
    with pytest.raises(StatementFailed, match="no column nope"):
        place.page(table, PageRequest(table.ref, filters=(Filter("nope", Operator.IS_NULL),)))


def test_json_and_other_types_without_equality_can_be_filtered(postgresql: Place) -> None:
    postgresql.make(
        "id integer PRIMARY KEY, j json, p point, a integer[]",
        [(1, '{"a": 1}', "(1,2)", "{1,2}"), (2, '{"a": 2}', "(3,4)", "{3}")],
    )
    table = postgresql.table()
    first = postgresql.page(table, PageRequest(table.ref)).rows[0]
    for name, value in zip(("j", "p", "a"), first[1:], strict=True):
        wanted = Filter(name, Operator.EQUAL, value)
        page = postgresql.page(table, PageRequest(table.ref, filters=(wanted,)))
        assert [row[0] for row in page.rows] == ["1"]
