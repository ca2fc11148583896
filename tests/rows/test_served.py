"""An index may find the rows of a filter, or it is certain that none does."""

import pytest

from studio.rows.parse import parse_filters
from studio.rows.served import is_unserved
from tests.rows.places import Place

COLUMNS = "id integer PRIMARY KEY, a integer, b integer, c text"


@pytest.fixture(scope="module")
def indexed(place: Place):
    table = place.make(COLUMNS, [(i, i % 7, i, f"text {i}") for i in range(500)])
    place.run("CREATE INDEX by_a ON t (a, b)")
    return place.table(table.ref.name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id = 3", False),
        ("a = 3", False),
        ("a > 3 and c contains x", False),
        ("a = 1 or a = 2", False),
        ("a in (1, 2)", False),
        ("a is null", False),
        ("b = 3", False),
        ("c = x", True),
        ("c contains x", True),
        ("a = 1 or c = x", True),
        ("a != 1", True),
        ("not a = 1", True),
        ("text", True),
        ("where b = 3", False),
        ("", False),
    ],
)
def test_what_is_said_is_certain(place: Place, indexed, text: str, expected: bool) -> None:
    filters = parse_filters(text, indexed, place.backend)
    assert is_unserved(indexed, filters) is expected


def test_a_partial_index_may_be_meant(sqlite: Place) -> None:
    sqlite.make(COLUMNS, [], name="p")
    sqlite.run("CREATE INDEX some ON p (b) WHERE c = 'x'")
    table = sqlite.table("p")
    assert not is_unserved(table, parse_filters("c = x", table, sqlite.backend))
