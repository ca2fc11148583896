"""The example in the filter line is one for the table that is open."""

import pytest

from studio.db.session import Session
from studio.db.url import parse
from studio.rows.filter_example import example_of
from studio.rows.parse import parse_filters

EXAMPLES = {
    "CREATE TABLE t (id INTEGER PRIMARY KEY, kind TEXT, amount REAL)": (
        "kind contains an and amount > 100.0"
    ),
    "CREATE TABLE t (id INTEGER PRIMARY KEY, u INTEGER REFERENCES t, n INTEGER)": "n > 100",
    "CREATE TABLE t (id INTEGER PRIMARY KEY)": "id > 100",
    "CREATE TABLE t (b BLOB)": "b is not null",
    'CREATE TABLE t ("a and b" TEXT, "x > 1" INTEGER)': None,
    'CREATE TABLE t ("" TEXT)': None,
}


@pytest.mark.parametrize(("table", "expected"), EXAMPLES.items())
async def test_it_is_made_of_the_tables_columns_and_reads_back(sqlite_file, table, expected):
    session = await Session.open(parse(str(sqlite_file(table))))
    try:
        summary = next(one for one in await session.outline() if one.ref.name == "t")
        found = await session.table(summary.ref)
        example = example_of(found, session.backend)
        assert parse_filters(example, found, session.backend)
        assert expected in (None, example)
    finally:
        await session.close()
