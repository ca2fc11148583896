"""A node of a JSON value as a filter: the rows that have the same there, and no others."""

import json
from collections.abc import Iterator

import pytest

from studio.backends.halves.operators import operators_of
from studio.model.catalog import Column, ColumnKind
from studio.model.page import PageRequest
from studio.rows.filter_text import format_filters
from studio.rows.json_filter import node_filter
from studio.rows.parse import parse_filters
from tests.rows.places import Place

DOCUMENTS = (
    {"a": {"b": "x", "n": 5}, "tags": ["red", "it's", 7], "ok": True, "none": None},
    {"a": {"b": "5", "n": 5.5}, "tags": [], "ok": False, "none": 1},
    {"a.b": "x", "a b": {"$c": 'say "x"'}, "0": "digits", "-1": "minus", "": "empty"},
    {"a": {"b": None, "n": -0.25, "big": 9007199254740993}, "where": "or 1 = 1 --", "é": "ü\n😀"},
    [{"a": 1}, ["deep", {"b": "x"}]],
    {"a": "not an object", "[0]": "bracket", "$": "dollar", "#": "hash", "x'y": "quote"},
)


def nodes(value: object, steps: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple, object]]:
    if steps:
        yield steps, value
    if isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from nodes(child, (*steps, key))


def at(document: object, steps: tuple[str | int, ...]) -> object:
    """The node there; a value of its own where there is none."""
    for step in steps:
        if isinstance(document, dict) is not isinstance(step, str):
            return nodes
        try:
            document = document[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return nodes
    return document


def is_same(found: object, wanted: object) -> bool:
    if isinstance(wanted, dict | list):
        return found is not nodes
    if wanted is None:
        return found is None or found is nodes
    return found == wanted and isinstance(found, bool) is isinstance(wanted, bool)


@pytest.mark.parametrize("kind", ["jsonb", "json"])
def test_every_node_finds_the_rows_that_have_it(place: Place, kind: str) -> None:
    rows = [(i, json.dumps(document, ensure_ascii=False)) for i, document in enumerate(DOCUMENTS)]
    type_name = kind if place.name == "postgresql" else "text"
    table = place.make(f"id integer PRIMARY KEY, doc {type_name}", rows)
    operators = operators_of(place.backend)
    for document in DOCUMENTS:
        for steps, value in nodes(document):
            wanted = node_filter(table.column("doc"), steps, json.dumps(value), operators)
            line = format_filters((wanted,), table, place.backend)
            assert parse_filters(line, table, place.backend) == (wanted,), line
            page = place.page(table, PageRequest(table.ref, filters=(wanted,)))
            expected = {str(i) for i, d in enumerate(DOCUMENTS) if is_same(at(d, steps), value)}
            assert {str(row[0]) for row in page.rows} == expected, line


def test_a_quote_within_a_key_cannot_be_written_in_a_path(sqlite: Place) -> None:
    column = Column("doc", "text", ColumnKind.TEXT)
    with pytest.raises(ValueError, match="a quote in it"):
        node_filter(column, ('say "x"',), "1", operators_of(sqlite.backend))
    with pytest.raises(ValueError, match="escapes"):
        node_filter(column, ("é",), "1", operators_of(sqlite.backend), is_escaped=True)


def test_text_is_no_json_to_postgresql(postgresql: Place) -> None:
    column = Column("doc", "text", ColumnKind.TEXT)
    with pytest.raises(ValueError, match="text is no JSON to the database"):
        node_filter(column, ("a",), "1", operators_of(postgresql.backend))
