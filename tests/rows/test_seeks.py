"""The engines' own plans: where an index serves the order, a page seeks and sorts nothing."""

import re
from itertools import product

import pytest

from studio.model.catalog import Table
from studio.model.page import Direction, PageRequest, Sort
from tests.rows.places import Place, all_rows

ROWS = 20_000
SORTED = re.compile(r"Sort  \(cost=\S+ rows=(\d+)")

DEFINITIONS = {
    "sqlite": "id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT, day INTEGER NOT NULL",
    "postgresql": "id bigint PRIMARY KEY, kind text NOT NULL, name text, day integer NOT NULL",
}
ORDERS = [
    (),
    (Sort("id", True),),
    (Sort("kind"), Sort("id")),
    (Sort("kind", True), Sort("id", True)),
    (Sort("kind"), Sort("day", True), Sort("id")),
    (Sort("kind", True), Sort("day"), Sort("id", True)),
    (Sort("name"), Sort("id")),
    (Sort("name", True), Sort("id", True)),
]
INDEXES = (
    "CREATE INDEX by_kind ON t (kind, id)",
    "CREATE INDEX by_day ON t (kind, day DESC, id)",
    "CREATE INDEX by_name ON t (name, id)",
)


@pytest.fixture(scope="module")
def table(place: Place) -> Table:
    """Five kinds, each of thousands of rows; every tenth name is NULL."""
    rows = [(i, f"k{i % 5}", None if i % 10 == 0 else f"n{i % 21}", i % 30) for i in range(ROWS)]
    place.make(DEFINITIONS[place.name], rows)
    for statement in INDEXES:
        place.run(statement)
    place.run("ANALYZE")
    return place.table()


def middle(place: Place, table: Table, order: tuple[Sort, ...], at: int) -> PageRequest:
    """A page from the row at `at`."""
    found = place.page(table, PageRequest(table.ref, order, limit=1, offset=at))
    return PageRequest(table.ref, order, start=found.keys[0], limit=50)


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("at", [0, 5, ROWS // 2, ROWS - 5])
@pytest.mark.parametrize("order", ORDERS)
def test_a_page_seeks_and_sorts_nothing(
    place: Place, table: Table, order: tuple[Sort, ...], at: int, direction: Direction
) -> None:
    request = middle(place, table, order, at)
    backward = PageRequest(
        request.table, order, start=request.start, direction=direction, limit=request.limit
    )
    for plan in place.plans(table, backward):
        if place.name == "sqlite":
            assert "SEARCH" in plan
            assert "SCAN" not in plan
            assert "TEMP B-TREE" not in plan
        else:
            assert "Index" in plan
            assert "Cond:" in plan
            assert "Seq Scan" not in plan
            # The planner may seek few rows and sort those; it must not sort more than the page.
            assert all(int(rows) <= request.limit for rows in SORTED.findall(plan)), plan


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("order", ORDERS)
def test_both_ends_read_one_end_of_an_index(
    place: Place, table: Table, order: tuple[Sort, ...], direction: Direction
) -> None:
    (plan,) = place.plans(table, PageRequest(table.ref, order, direction=direction, limit=50))
    if place.name == "sqlite":
        assert "TEMP B-TREE" not in plan
    else:
        assert "Seq Scan" not in plan
        assert "Sort" not in plan


def test_sqlite_continues_an_index_by_rowid(sqlite: Place) -> None:
    rows = [(i, f"k{i % 3}", i % 7) for i in range(3000)]
    sqlite.make("id INTEGER PRIMARY KEY, kind TEXT, day INTEGER", rows)
    sqlite.run("CREATE INDEX i ON t (kind, day DESC)")
    table = sqlite.table()
    for order in ((Sort("kind"), Sort("day", True)), (Sort("kind", True), Sort("day"))):
        request = middle(sqlite, table, order, 1500)
        for plan in sqlite.plans(table, request):
            assert "INDEX i (" in plan
            assert "TEMP B-TREE" not in plan


def test_an_order_no_index_serves_reads_the_table_once(place: Place, table: Table) -> None:
    order = (Sort("day"), Sort("name", True))
    request = middle(place, table, order, ROWS // 2)
    assert len(place.plans(table, request)) == 1


def test_a_heap_of_postgresql_reads_its_ends_and_middle_by_place(postgresql: Place) -> None:
    postgresql.make("a integer, b text", [(i, "x" * 200) for i in range(5000)])
    postgresql.run("ANALYZE t")
    table = postgresql.table()
    assert table.identity == ("ctid",)
    for order, direction in product(((), (Sort("ctid", True),)), Direction):
        request = PageRequest(table.ref, order, direction=direction, limit=20)
        first = postgresql.page(table, request)
        ascending = (direction is Direction.FORWARD) != bool(order)
        ends = range(20) if ascending else range(4980, 5000)
        expected = [str(i) for i in ends]
        assert [row[0] for row in first.rows] == (expected[::-1] if order else expected)
        assert "Tid Range Scan" in postgresql.plans(table, request)[0]
        key = first.keys[-1]
        following = PageRequest(table.ref, order, start=key, direction=direction, limit=20)
        assert "Tid Range Scan" in postgresql.plans(table, following)[0]


def test_a_heap_full_of_holes_is_still_walked_whole(postgresql: Place) -> None:
    postgresql.make("a integer, b text", [(i, "x" * 2000) for i in range(4000)])
    postgresql.run("DELETE FROM t WHERE a % 1500 > 2")
    table = postgresql.table()
    for direction in Direction:
        request = PageRequest(table.ref, direction=direction, limit=2)
        found = [int(row[0]) for row in all_rows(postgresql, table, request)]
        assert found == [0, 1, 2, 1500, 1501, 1502, 3000, 3001, 3002]
