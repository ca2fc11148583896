"""`studio import`: what was exported comes back, all or nothing, and bad rows by their line."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.cli.main import main
from tests.examples import examples
from tests.postgres import Server, run_sql

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
HOSTILE = st.sampled_from(["", '"', ",", "\n", "\r\n", "\\N", "\\.", "\\", "NULL", "☃", "'"])
INT64 = st.integers(-(2**63), 2**63 - 1)
REAL = st.floats(allow_nan=False) | st.sampled_from([-0.0, 2.0, 1e300, float("inf")])
ROW = st.tuples(
    st.none() | INT64,
    st.none() | TEXT | HOSTILE,
    st.none() | REAL,
    st.none() | st.binary(max_size=5),
)
ROWS = st.lists(ROW, max_size=40)
FEW = settings(max_examples=examples(16))
"""Each starts two commands; an example has many rows instead."""


def made(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            """
            CREATE TABLE IF NOT EXISTS x (i INTEGER, t TEXT, r REAL, b BLOB);
            CREATE TABLE IF NOT EXISTS y (i INTEGER, t TEXT, r REAL, b BLOB);
            CREATE TABLE IF NOT EXISTS any_x (a, b); CREATE TABLE IF NOT EXISTS any_y (a, b);
            """
        )
    return str(path)


def moved(target: str, source: str, into: str, file: Path) -> None:
    assert main(["export", target, source, "--output", str(file)]) == 0
    assert main(["import", target, into, str(file)]) == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("import")


@pytest.mark.parametrize("ending", ["csv", "tsv.gz", "jsonl"])
@FEW
@given(rows=ROWS)
def test_sqlite_gets_back_what_it_gave(folder, ending, rows):
    target = made(folder / "law.db")
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("DELETE FROM x")
        connection.execute("DELETE FROM y")
        connection.executemany("INSERT INTO x VALUES (?, ?, ?, ?)", rows)
        moved(target, "x", "y", folder / f"x.{ending}")
        every = "SELECT quote(i), quote(t), quote(r), quote(b), typeof(r) FROM {} ORDER BY rowid"
        before, after = (connection.execute(every.format(name)).fetchall() for name in "xy")
    assert after == before


CLASSES = st.none() | INT64 | REAL | TEXT | HOSTILE | st.binary(max_size=5)


@FEW
@given(rows=st.lists(st.tuples(CLASSES, CLASSES), min_size=1, max_size=40))
def test_jsonl_keeps_the_class_of_every_value_of_sqlite(folder, rows):
    target = made(folder / "classes.db")
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("DELETE FROM any_x")
        connection.execute("DELETE FROM any_y")
        connection.executemany("INSERT INTO any_x VALUES (?, ?)", rows)
        moved(target, "any_x", "any_y", folder / "any.jsonl")
        every = "SELECT quote(a), typeof(a), quote(b), typeof(b) FROM {} ORDER BY rowid"
        before, after = (connection.execute(every.format(n)).fetchall() for n in ("any_x", "any_y"))
    assert after == before


@pytest.fixture(scope="module")
def server_tables(postgres_server: Server):
    columns = "i bigint, t text, r float8, b bytea, n numeric, j jsonb, a text[], ts timestamptz"
    with postgres_server.database() as name:
        url = postgres_server.url(name)
        run_sql(url, f"CREATE TABLE x ({columns})", f"CREATE TABLE y ({columns})")
        yield url


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl.gz"])
@FEW
@given(rows=ROWS)
def test_postgresql_gets_back_what_it_gave(server_tables, folder, ending, rows):
    import psycopg  # noqa: PLC0415 beside its use

    with psycopg.connect(server_tables, autocommit=True) as connection:
        connection.execute("TRUNCATE x, y")
        for i, t, r, b in rows:
            connection.execute(
                "INSERT INTO x VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                (i, t, r, b, "1.50" if i else "NaN", json.dumps({"t": t}), [t, None, ""],
                 "infinity" if r else "2026-01-01 00:00:00.123456+00"),
            )  # fmt: skip
        moved(server_tables, "x", "y", folder / f"p.{ending}")
        before, after = (
            connection.execute(f"SELECT {name}::text FROM {name} ORDER BY 1").fetchall()
            for name in "xy"
        )
    assert after == before


# -- all or nothing ------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path) -> str:
    table = "CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL CHECK (name <> 'x'))"
    if request.param == "sqlite":
        with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
            connection.execute(table)
        return str(tmp_path / "shop.db")
    url = request.getfixturevalue("postgres")
    run_sql(url, table)
    return url


def count(capsys, target: str, table: str = "people") -> int:
    capsys.readouterr()
    assert main(["query", target, f"SELECT count(*) AS n FROM {table}", "--format", "csv"]) == 0
    return int(capsys.readouterr().out.split()[1])


def test_bad_rows_are_told_by_line_and_nothing_is_kept(capsys, shop, tmp_path):
    file = tmp_path / "people.csv"
    good = "".join(f"{i},n{i}\n" for i in range(10, 300))
    file.write_text(f'ID,name\n1,"a\nb"\n2,x\n1,c\n7\n5,\n{good}')
    assert main(["import", shop, "people", str(file), "--json"]) == 4
    found = json.loads(capsys.readouterr().out)
    assert (found["outcome"], found["rows"], found["more_bad"]) == ("refused", 0, False)
    assert [bad["line"] for bad in found["bad"]] == [4, 5, 6, 7]
    assert count(capsys, shop) == 0


def test_a_trial_says_what_would_come_and_keeps_nothing(capsys, shop, tmp_path):
    file = tmp_path / "people.tsv"
    file.write_text("name\tid\nada\t1\nbob\t2\n")
    assert main(["import", shop, "people", str(file), "--try", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["outcome"], found["rows"]) == ("tried", 2)
    assert count(capsys, shop) == 0
    assert main(["import", shop, "people", str(file)]) == 0
    assert count(capsys, shop) == 2


def test_a_new_table_has_types_that_hold_the_data(capsys, shop, tmp_path):
    file = tmp_path / "new.csv"
    file.write_text('n,d,zip,"odd ""name"""\n1,0.10,01234,x\n9223372036854775807,2,5,\n')
    assert main(["import", shop, "fresh", str(file), "--create", "--json"]) == 0
    created = json.loads(capsys.readouterr().out)["created"]
    assert '"zip" text' in created.lower()
    assert '"odd ""name"""' in created
    assert main(["export", shop, "fresh", "--output", str(tmp_path / "back.csv")]) == 0
    assert (tmp_path / "back.csv").read_text().splitlines()[2].startswith("9223372036854775807,2")
    assert main(["import", shop, "fresh", str(file), "--create"]) == 2


def test_generated_columns_are_left_out(capsys, sqlite_file, tmp_path):
    path = sqlite_file("CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) STORED)")
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    assert main(["import", str(path), "t", str(tmp_path / "t.csv")]) == 0
    assert "b is left out" in capsys.readouterr().err
    assert count(capsys, str(path), "t WHERE b = 2") == 1


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_no_rows_come_back_as_no_rows(capsys, sqlite_file, tmp_path, ending):
    path = sqlite_file("CREATE TABLE t (a, b)")
    moved(str(path), "t", "t", tmp_path / f"t.{ending}")
    assert "0 rows imported" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "is empty"), ("a,nothing\n", "no column 'nothing'"), ("a,a\n", "two columns called")],
)
def test_a_file_that_does_not_fit_is_2(capsys, sqlite_file, tmp_path, text, said):
    (tmp_path / "t.csv").write_text(text)
    path = sqlite_file("CREATE TABLE t (a)")
    assert main(["import", str(path), "t", str(tmp_path / "t.csv")]) == 2
    assert said in capsys.readouterr().err


def test_text_that_is_not_utf8_is_2_and_nothing_is_kept(capsys, sqlite_file, tmp_path):
    (tmp_path / "t.csv").write_bytes(b"a\n" + b"x\n" * 9000 + b"\xff\n")
    path = sqlite_file("CREATE TABLE t (a)")
    assert main(["import", str(path), "t", str(tmp_path / "t.csv")]) == 2
    assert "not UTF-8" in capsys.readouterr().err
    assert count(capsys, str(path), "t") == 0
