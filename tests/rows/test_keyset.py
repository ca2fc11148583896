"""Walking pages visits every row once, in order: on both engines, in every order there is."""

import math
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from studio.model.catalog import Table
from studio.model.page import Direction, PageRequest, Sort
from tests.examples import examples
from tests.rows.places import Place, all_rows, walk

SETTINGS = settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TABLE = {
    "sqlite": "k1 INTEGER NOT NULL, k2 TEXT NOT NULL, a INTEGER, b TEXT, c REAL, "
    "PRIMARY KEY (k1, k2) -- WITHOUT ROWID",
    "postgresql": "k1 bigint, k2 text, a integer, b text, c double precision, PRIMARY KEY (k1, k2)",
}
HEAP = {
    "sqlite": "k1 INTEGER, k2 TEXT, a INTEGER, b TEXT, c REAL",
    "postgresql": "k1 bigint, k2 text, a integer, b text, c double precision",
}
COLUMNS = ("k1", "k2", "a", "b", "c")

words = st.sampled_from(["", "a", "b", "ab", "B", "é", "日本", "%", "'", "\\", "\N{PILE OF POO}"])
floats = st.sampled_from([0.0, -0.0, 1.5, -1.5, math.inf, -math.inf, 1e-300, 5e-324])
integers = st.sampled_from([0, 1, 2, -1, 2**31 - 1])
keys = st.tuples(st.sampled_from([0, 1, 2, -(2**63), 2**63 - 1, 2**53 + 1]), words)
rest = st.tuples(st.none() | integers, st.none() | words, st.none() | floats)
rows = st.dictionaries(keys, rest, max_size=25).map(
    lambda found: [(*key, *values) for key, values in found.items()]
)
orders = st.lists(
    st.builds(Sort, st.sampled_from(COLUMNS), st.booleans()),
    max_size=4,
    unique_by=lambda s: s.column,
).map(tuple)
sizes = st.integers(1, 9)
directions = st.sampled_from(list(Direction))


@dataclass(frozen=True)
class Walk:
    """Rows, and how they are walked."""

    rows: list[tuple[object, ...]]
    order: tuple[Sort, ...]
    direction: Direction
    size: int

    def request(self, table: Table) -> PageRequest:
        return PageRequest(table.ref, self.order, direction=self.direction, limit=self.size)


walks = st.builds(Walk, rows, orders, directions, sizes)


def sort_key(place: Place, row: tuple[object, ...], order: tuple[Sort, ...]) -> list[object]:
    """The place of a row in `order`, as Python would sort: NULLs low on SQLite, high elsewhere."""
    ranks: list[object] = []
    null_rank = -1 if place.name == "sqlite" else 1
    for sort in order:
        value = row[COLUMNS.index(sort.column)]
        rank = (null_rank, 0) if value is None else (0, _comparable(value))
        ranks.append(Reversed(rank) if sort.descending else rank)
    return ranks


def _comparable(value: object) -> object:
    return value.encode() if isinstance(value, str) else value


class Reversed:
    """Sorts the other way."""

    def __init__(self, rank: object) -> None:
        self.rank = rank

    def __lt__(self, other: "Reversed") -> bool:
        return other.rank < self.rank

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reversed) and self.rank == other.rank

    __hash__ = None


def ordered(
    place: Place, found: list[tuple[object, ...]], order: tuple[Sort, ...]
) -> list[tuple[object, ...]]:
    """`found` in `order`, the primary key last, as the window asks for it."""
    descending = bool(order) and order[0].descending
    whole = (*order, Sort("k1", descending), Sort("k2", descending))
    return sorted(found, key=lambda row: sort_key(place, row, whole))


def read(row: tuple[object, ...]) -> tuple[object, ...]:
    """A row as it was written: PostgreSQL hands every value over as text."""
    k1, k2, a, b, c = row
    return (
        int(k1),
        k2,
        None if a is None else int(a),
        b,
        None if c is None else float(c),
    )


@SETTINGS
@given(rows=rows, order=orders, size=sizes, direction=directions)
def test_walking_pages_visits_every_row_once_in_order(place, rows, order, size, direction) -> None:
    table = place.make(TABLE[place.name], rows)
    request = PageRequest(table.ref, order, direction=direction, limit=size)
    assert [read(row) for row in all_rows(place, table, request)] == ordered(place, rows, order)


@SETTINGS
@given(rows=rows, order=orders, size=sizes, direction=directions)
def test_a_heap_is_walked_by_its_rows_places(place, rows, order, size, direction) -> None:
    table = place.make(HEAP[place.name], rows + rows)
    request = PageRequest(table.ref, order, direction=direction, limit=size)
    found = [read(row) for row in all_rows(place, table, request)]
    places = [sort_key(place, row, order) for row in found]
    assert sorted(found, key=repr) == sorted([*map(tuple, rows + rows)], key=repr)
    assert places == sorted(places)


@SETTINGS
@given(rows=rows, order=orders, size=sizes, data=st.data())
def test_an_indexed_order_is_walked_as_any_other(place, rows, order, size, data) -> None:
    assume(order)
    table = place.make(TABLE[place.name], rows)
    parts = [
        f"{sort.column} {'DESC' if sort.descending != data.draw(st.booleans()) else 'ASC'}"
        for sort in order
    ]
    place.run(f"CREATE INDEX i ON t ({', '.join(parts)})")
    table = place.table()
    request = PageRequest(table.ref, order, limit=size)
    forward = all_rows(place, table, request)
    backward = all_rows(
        place, table, PageRequest(table.ref, order, direction=Direction.BACKWARD, limit=size)
    )
    assert forward == backward
    assert sorted(map(read, forward), key=repr) == sorted(rows, key=repr)
    places = [sort_key(place, read(row), order) for row in forward]
    assert places == sorted(places)


@SETTINGS
@given(rows=rows, order=orders, size=sizes)
def test_every_key_leads_back_to_its_row(place, rows, order, size) -> None:
    table = place.make(TABLE[place.name], rows)
    for page in walk(place, table, PageRequest(table.ref, order, limit=size)):
        for row, key in zip(page.rows, page.keys, strict=True):
            here = PageRequest(table.ref, order, start=key, inclusive=True, limit=1)
            assert place.page(table, here).rows == (row,)


@SETTINGS
@given(asked=walks, data=st.data(), others=rows)
def test_others_inserting_and_deleting_never_duplicate_or_hide_a_row(
    place, asked, data, others
) -> None:
    table = place.make(TABLE[place.name], asked.rows)
    request = asked.request(table)
    known = {row[:2] for row in asked.rows}
    fresh = [row for row in others if row[:2] not in known]
    doomed = []
    if asked.rows:
        doomed = data.draw(st.lists(st.sampled_from(asked.rows), unique_by=repr))
    surviving = known - {row[:2] for row in doomed}
    seen: list[tuple[object, ...]] = []
    for page in walk(place, table, request):
        seen += page.rows if asked.direction is Direction.FORWARD else reversed(page.rows)
        if fresh:
            place.insert([fresh.pop()])
        if doomed:
            gone = doomed.pop()[:2]
            place.run(f"DELETE FROM t WHERE k1 = {place.mark} AND k2 = {place.mark}", [gone])
    found = [read(row) for row in seen]
    identities = [row[:2] for row in found]
    assert len(identities) == len(set(identities))
    assert surviving <= set(identities)
    if asked.direction is Direction.BACKWARD:
        found.reverse()
    assert found == ordered(place, found, asked.order)


def test_numeric_nan_and_infinity_have_their_place(postgresql) -> None:
    values = ["NaN", "Infinity", "-Infinity", "0", "1e100", None, "-0.000"]
    rows = [(i, v) for i, v in enumerate(values * 2)]
    table = postgresql.make("id integer PRIMARY KEY, n numeric", rows)
    for descending in (False, True):
        order = (Sort("n", descending),)
        for size in (1, 2, 3):
            found = all_rows(postgresql, table, PageRequest(table.ref, order, limit=size))
            assert len(found) == len({row[0] for row in found}) == len(rows)
            ranks = [_numeric_rank(row[1]) for row in found]
            assert ranks == sorted(ranks, reverse=descending)


def _numeric_rank(text: str | None) -> tuple[int, Decimal]:
    """PostgreSQL puts NaN above every number, and NULL above that."""
    if text is None:
        return 2, Decimal(0)
    number = Decimal(text)
    return (1, Decimal(0)) if number.is_nan() else (0, number)


def test_text_that_is_not_utf8_and_values_of_every_class_keep_their_place(sqlite) -> None:
    values = ["CAST(X'80FF' AS TEXT)", "CAST(X'20FE' AS TEXT)", "'a'", "''", "X'00'", "X''", "NULL"]
    values += ["1", "1.5", "'1'", "9223372036854775807", "9e999", "-9e999", "'a' || char(0) || 'b'"]
    for type_name in ("", "TEXT", "INTEGER", "NUMERIC", "BLOB", "REAL", "TEXT COLLATE NOCASE"):
        table = sqlite.make(f"id INTEGER PRIMARY KEY, v {type_name}", [])
        for value in values * 2:
            sqlite.run(f"INSERT INTO t (v) VALUES ({value})")
        for indexed in (False, True):
            if indexed:
                sqlite.run("CREATE INDEX i ON t (v)")
                table = sqlite.table()
            for descending in (False, True):
                order = (Sort("v", descending),)
                whole = all_rows(sqlite, table, PageRequest(table.ref, order, limit=1000))
                for size in (1, 3):
                    request = PageRequest(table.ref, order, limit=size)
                    assert all_rows(sqlite, table, request) == whole
                    back = PageRequest(table.ref, order, direction=Direction.BACKWARD, limit=size)
                    assert all_rows(sqlite, table, back) == whole
                assert len(whole) == 2 * len(values)


def test_a_heap_sorted_by_a_unique_column_alone(postgresql) -> None:
    # A deferrable constraint is no identity; the order by its column needs no other all the same.
    rows = [(number,) for number in range(1, 10)]
    table = postgresql.make("a integer NOT NULL UNIQUE DEFERRABLE", rows)
    for descending in (False, True):
        request = PageRequest(table.ref, (Sort("a", descending),), limit=4)
        seen = [int(str(row[0])) for row in all_rows(postgresql, table, request)]
        assert seen == sorted(range(1, 10), reverse=descending)
