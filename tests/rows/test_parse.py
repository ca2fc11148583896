"""The filter bar: what it reads, what it says when it cannot, and that it never breaks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.backends.base import Backend
from studio.backends.generic import Generic
from studio.backends.postgresql.engine import PostgreSQL
from studio.backends.sqlite.engine import SQLite
from studio.model.catalog import Column, ColumnKind, Table, TableKind, TableRef
from studio.model.page import (
    AllOf,
    AnyOf,
    Condition,
    Expressed,
    Filter,
    Not,
    Operator,
    Shortened,
    WrittenCondition,
)
from studio.model.term import Constant, Named, Operation
from studio.rows.filter_text import format_filters
from studio.rows.parse import FilterInvalid, parse_filters
from tests.examples import examples

READER = Generic("duckdb")
TABLE = Table(
    TableRef(None, "event"),
    TableKind.TABLE,
    (
        Column("id", "integer", ColumnKind.INTEGER),
        Column("kind", "text", ColumnKind.TEXT),
        Column("amount", "numeric", ColumnKind.REAL),
        Column("amount_net", "integer", ColumnKind.INTEGER),
        Column("name", "text", ColumnKind.TEXT),
        Column("deleted", "timestamp", ColumnKind.TIMESTAMP),
        Column("due date", "date", ColumnKind.DATE),
        Column("not", "text", ColumnKind.TEXT),
        Column('q"q', "text", ColumnKind.TEXT),
        Column("", "text", ColumnKind.TEXT),
        Column("Äpfel", "integer", ColumnKind.INTEGER),
        Column("live", "boolean", ColumnKind.BOOLEAN),
        Column("raw", "blob", ColumnKind.BYTES),
    ),
)
EQ, GT = Operator.EQUAL, Operator.GREATER
TWO = Constant("2", is_number=True)
TWICE = Operation("*", Named("amount"), TWO)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("  ", ()),
        (
            "kind = login and amount > 100",
            (Filter("kind", EQ, "login"), Filter("amount", GT, 100.0)),
        ),
        ("KIND=login", (Filter("kind", EQ, "login"),)),
        ("name ~ smith", (Filter("name", Operator.CONTAINS, "smith"),)),
        ("name !~ 'a b'", (Filter("name", Operator.NOT_CONTAINS, "a b"),)),
        ("deleted is null", (Filter("deleted", Operator.IS_NULL),)),
        ("deleted IS NOT NULL", (Filter("deleted", Operator.IS_NOT_NULL),)),
        ("name = null", (Filter("name", Operator.IS_NULL),)),
        ("name != null", (Filter("name", Operator.IS_NOT_NULL),)),
        ("name = 'null'", (Filter("name", EQ, "null"),)),
        ("id in (1, 2,3)", (Filter("id", Operator.IN, values=(1, 2, 3)),)),
        (
            "kind in (log out, 'x, y', null)",
            (Filter("kind", Operator.IN, values=("log out", "x, y", None)),),
        ),
        ("kind not in (a)", (Filter("kind", Operator.NOT_IN, values=("a",)),)),
        ("name contains smith", (Filter("name", Operator.CONTAINS, "smith"),)),
        ("name not contains smith", (Filter("name", Operator.NOT_CONTAINS, "smith"),)),
        ("name ilike a%", (Filter("name", Operator.ILIKE, "a%"),)),
        ("live is not true", (Not(Filter("live", EQ, value=True)),)),
        ("live is false", (Filter("live", EQ, value=False),)),
        ("name like 'A%'", (Filter("name", Operator.LIKE, "A%"),)),
        ("name not like A%", (Not(Filter("name", Operator.LIKE, "A%")),)),
        ("amount_net < 5", (Filter("amount_net", Operator.LESS, 5),)),
        ("amount<>5", (Filter("amount", Operator.NOT_EQUAL, 5.0),)),
        ("äpfel >= 3", (Filter("Äpfel", Operator.GREATER_EQUAL, 3),)),
        ("due date <= 2024-03-01", (Filter("due date", Operator.LESS_EQUAL, "2024-03-01"),)),
        ('"Due Date" = 2024-03-01', (Filter("due date", EQ, "2024-03-01"),)),
        ("`due date` = 2024-03-01", (Filter("due date", EQ, "2024-03-01"),)),
        ('"q""q" = x', (Filter('q"q', EQ, "x"),)),
        ('"" = x', (Filter("", EQ, "x"),)),
        (
            "deleted > 2024-03-01 10:30 and id=1",
            (Filter("deleted", GT, "2024-03-01 10:30"), Filter("id", EQ, 1)),
        ),
        ("name = 'it''s'", (Filter("name", EQ, "it's"),)),
        ("not = x", (Filter("not", EQ, "x"),)),
        ("not kind = x", (Not(Filter("kind", EQ, "x")),)),
        ("not not kind = x", (Not(Not(Filter("kind", EQ, "x"))),)),
        (
            "id=1 or id=2 and kind=x",
            (AnyOf((Filter("id", EQ, 1), AllOf((Filter("id", EQ, 2), Filter("kind", EQ, "x"))))),),
        ),
        (
            "(id=1 or id=2) and kind=x",
            (AnyOf((Filter("id", EQ, 1), Filter("id", EQ, 2))), Filter("kind", EQ, "x")),
        ),
        (
            "id between 1 and 3",
            (Filter("id", Operator.GREATER_EQUAL, 1), Filter("id", Operator.LESS_EQUAL, 3)),
        ),
        ("john smith", (Filter(None, Operator.CONTAINS, "john smith"),)),
        ("'john = smith'", (Filter(None, Operator.CONTAINS, "john = smith"),)),
        ("kind", (Filter(None, Operator.CONTAINS, "kind"),)),
        ("oregano", (Filter(None, Operator.CONTAINS, "oregano"),)),
        ("made in china", (Filter(None, Operator.CONTAINS, "made in china"),)),
        ("john-smith", (Filter(None, Operator.CONTAINS, "john-smith"),)),
        ("rock & roll - live", (Filter(None, Operator.CONTAINS, "rock & roll - live"),)),
        ("amount * 2 > 100", (Expressed(TWICE, ">", Constant("100", is_number=True)),)),
        ("2 * amount is null", (Expressed(Operation("*", TWO, Named("amount")), "is null"),)),
        ("where amount > id", (WrittenCondition("amount > id"),)),
        ("kind=a and where 'id > 1'", (Filter("kind", EQ, "a"), WrittenCondition("id > 1"))),
        (
            "smith and live = yes",
            (Filter(None, Operator.CONTAINS, "smith"), Filter("live", EQ, value=True)),
        ),
        ("raw = 0xCAFE", (Filter("raw", EQ, b"\xca\xfe"),)),
    ],
)
def test_what_people_type(text: str, expected: tuple[Condition, ...]) -> None:
    assert parse_filters(text, TABLE, READER) == expected
    assert parse_filters(format_filters(expected, TABLE, READER), TABLE, READER) == expected


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("kind =", 6, "a value"),
        ("id = x", 5, "a whole number"),
        ("nope = 3", 0, "a column of this table"),
        ("kind=a and nope > 3", 11, "a column of this table"),
        ("(kind=a", 7, "closing )"),
        ("kind=a)", 6, "and, or"),
        ("kind=a b", 7, "goes in quotes"),
        ("name = 'open", 12, "a closing '"),
        ("id in 1", 6, "( and a list"),
        ("id in (1 2)", 7, "a whole number"),
        ("id in (1", 8, "closing )"),
        ("kind is 3", 8, "null or not null"),
        ("id between 1", 12, "the other bound"),
        ("kind=a and", 10, "a condition"),
        ("()", 1, "a condition"),
        ("not", 3, "a condition"),
        ("(" * 100, 40, "nested less deeply"),
        ("status: id > 3", 11, "goes in quotes"),
        ("people like cats", 7, "goes in quotes"),
        ("kind contain login", 5, "goes in quotes"),
        ("kind isnull", 5, "an operator"),
        ("id 100", 3, "an operator"),
        ("kind = a or Kind start with b", 17, "an operator"),
        ("nope between 1 and 3", 5, "goes in quotes"),
        ("nope is null", 5, "goes in quotes"),
        ("kind regexp x", 5, "goes in quotes"),
        ("kind => x", 5, "an operator known here"),
        ("kind @> x", 5, "an operator known here"),
        ("kind::int > 3", 4, "an operator known here"),
        ("nope->>'a' = 5", 0, "a column of this table"),
        ("amount * nope > 3", 9, "a column, a number"),
        ("amount * 2", 10, "a comparison"),
        ("1 = any(kind)", 4, "in (…)"),
        ("id > amount_net", 5, "to compare two columns: where"),
        ("where", 5, "a condition in SQL"),
        ("where id > (1", 11, "a closing )"),
        ("where id > 1) or (1=1", 12, "an opening ("),
        ("where id > 1; drop table t", 12, "without a semicolon"),
        ("where id > ?", 11, "in the place of this parameter"),
        ("where name = 'x", 13, "SQL that ends"),
        ("where id > 1 /* x", 13, "SQL that ends"),
        ("+".join(["id"] * 60) + " > 1", 40 * 3 + 2, "fewer operators"),
    ],
)
def test_errors_say_where_and_what_was_expected(text: str, position: int, expected: str) -> None:
    with pytest.raises(FilterInvalid) as caught:
        parse_filters(text, TABLE, READER)
    assert expected in caught.value.expected
    assert caught.value.position == position
    assert f"character {position + 1}" in str(caught.value)


pieces = st.sampled_from(
    [
        *TABLE.column_names,
        *("and", "or", "not", "in", "is", "null", "like", "between", "(", ")", ",", "=", "!="),
        *("<", ">=", "~", "!~", "'", '"', "`", "''", "x", "12", "-1.5", "2024-01-01", " "),
        *(
            "where",
            "ilike",
            "any(",
            "*",
            "+",
            "->>",
            "@>",
            "::",
            "&&",
            "?",
            ";",
            "--",
            "/*",
            "glob",
        ),
        *("10:30", "\n", "\x00", "\x1b", "\u202e", "İ", "ß", "%", "_", "0x", "nan", "1e999", "٣"),
    ]
)
texts = st.one_of(
    st.text(max_size=60),
    st.lists(pieces, max_size=14).map("".join),
    st.lists(pieces, max_size=14).map(" ".join),
)


@pytest.mark.parametrize("reader", [READER, PostgreSQL(), SQLite()], ids=lambda one: one.name)
@settings(max_examples=examples(600), deadline=None)
@given(text=texts)
def test_any_text_is_read_or_refused(reader: Backend, text: str) -> None:
    found = refusal = None
    try:
        found = parse_filters(text, TABLE, reader)
    except FilterInvalid as error:
        refusal = error
    if found is None:
        assert 0 <= refusal.position <= len(text)
        assert refusal.expected
        assert str(refusal)
        return
    written = format_filters(found, TABLE, reader)
    again = parse_filters(written, TABLE, reader)
    assert format_filters(again, TABLE, reader) == written
    assert repr(again) == repr(found)


values = {
    "id": st.integers(),
    "kind": st.text(max_size=8),
    "amount": st.floats(allow_nan=False),
    "live": st.booleans(),
    "raw": st.binary(max_size=4),
    'q"q': st.text(max_size=3),
}


@st.composite
def comparisons(draw: st.DrawFn) -> Filter:
    name = draw(st.sampled_from(list(values)))
    operator = draw(st.sampled_from(list(Operator)))
    match operator:
        case Operator.IS_NULL | Operator.IS_NOT_NULL:
            return Filter(name, operator)
        case Operator.IN | Operator.NOT_IN:
            listed = st.lists(st.none() | values[name], min_size=1, max_size=3)
            return Filter(name, operator, values=tuple(draw(listed)))
        case Operator.CONTAINS | Operator.NOT_CONTAINS | Operator.LIKE | Operator.ILIKE:
            return Filter(name, operator, draw(st.text(max_size=8)))
    return Filter(name, operator, draw(values[name]))


leaves = comparisons() | st.builds(
    Filter, st.none(), st.just(Operator.CONTAINS), st.text(max_size=8)
)


def _join(kind: type[AllOf] | type[AnyOf]):
    """Conditions joined as the parser joins them: never twice in the same way."""

    def joined(inner: list[Condition]) -> Condition:
        flat = [c for one in inner for c in (one.conditions if isinstance(one, kind) else (one,))]
        return kind(tuple(flat))

    return joined


conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(_join(AllOf)),
        st.lists(inner, min_size=2, max_size=3).map(_join(AnyOf)),
        inner.map(Not),
    ),
    max_leaves=6,
)


@settings(max_examples=examples(400), deadline=None)
@given(condition=conditions)
def test_every_condition_can_be_written_and_read_again(condition: Condition) -> None:
    whole = condition.conditions if isinstance(condition, AllOf) else (condition,)
    assert parse_filters(format_filters(whole, TABLE, READER), TABLE, READER) == whole


def test_a_shortened_value_cannot_be_typed() -> None:
    with pytest.raises(ValueError, match="whole value"):
        format_filters((Filter("kind", EQ, Shortened("x")),), TABLE, READER)
