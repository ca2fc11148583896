"""What studio reads out of SQL, against what SQLite itself makes of the same text."""

import sqlite3
from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from studio.backends.sqlite import ddl
from studio.backends.sqlite.plans import query_shape, query_terms

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
BARE = st.from_regex(r"\A[^\W\d]\w{0,6}\Z") | st.text(
    st.characters(min_codepoint=0x80, exclude_categories=["Cs"]), min_size=1, max_size=6
).map(lambda text: f"_{text}")
QUOTED = st.tuples(
    st.text(CHARACTERS, min_size=1, max_size=6), st.sampled_from(['""', "``", "[]"])
).map(lambda drawn: _quoted(*drawn))


def _quoted(name, marks):
    if marks == "[]":
        return f"[{name.replace(']', ' ')}]"
    return marks[0] + name.replace(marks[0], marks) + marks[1]


@st.composite
def written(draw):
    return draw(BARE.map(lambda name: f"x{name}") | QUOTED)


@given(written(), written())
def test_names_are_those_of_the_database(table, column):
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            f"CREATE TABLE {table} ({column} TEXT COLLATE NOCASE CHECK ({column} <> 'a'))"
        )
        (name, kept), *_ = connection.execute("SELECT name, sql FROM sqlite_schema")
        (actual,) = [
            row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?)", [name])
        ]
    text = ddl.read_table(kept)
    assert {found: told.collation for found, told in text.columns.items()} == {
        actual.lower(): "NOCASE"
    }
    assert [check.expression for check in text.checks] == [f"{column} <> 'a'"]
    (scope,) = query_shape.scopes(f"SELECT 1 FROM {table} WHERE {column}=-5")
    assert [item.table for item in scope.items] == [name.lower()]
    columns = query_terms.Columns({name.lower(): frozenset({actual.lower()})})
    (term,) = query_terms.terms(scope, columns)
    assert (term.alias, term.column, term.use) == (name.lower(), actual.lower(), "equality")


def test_a_word_in_a_comment_or_in_quotes_is_no_foreign_key():
    text = ddl.read_table(
        "CREATE TABLE t(a CHECK (a), b /* references */ INT, -- references\n"
        " \"references\" INT, c DEFAULT 'references', d REFERENCES u)"
    )
    assert [reference.deferred for reference in text.references] == [False]
