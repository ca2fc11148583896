"""The places of names that SQLite does not know."""

import sqlite3

import pytest

from studio.backends.sqlite.failures import translate


@pytest.mark.parametrize(
    ("sql", "missing", "place"),
    [
        ("SELECT 'nam', nam FROM t", "column", "nam FROM"),
        ("SELECT u.nam FROM t u", "column", "u.nam"),
        ('SELECT "a b".x FROM t', "column", '"a b".x'),
        ("INSERT INTO t (id, nam) VALUES (1, 2)", "column", "nam)"),
        ("SELECT 1 FROM /* ghost */ ghost", "table", "ghost$"),
        ("DELETE FROM main.ghost", "table", "main.ghost"),
        ("SELECT (SELECT id AS w FROM t) FROM t WHERE w = 1 AND no.no", "column", None),
        ("SELECT nofunction(1)", "", None),
    ],
)
def test_a_name_has_its_place(sql: str, missing: str, place: str | None) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (id, name)")
    with pytest.raises(sqlite3.Error) as raised:
        connection.execute(sql)
    connection.close()
    error = translate(raised.value, sql)
    wanted = None if place is None else sql.rindex(place.rstrip("$"))
    assert (error.missing, error.position) == (missing, wanted)
