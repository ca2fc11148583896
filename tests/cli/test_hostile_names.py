"""Whatever things are called, no command sends what steers a terminal."""

import contextlib
import io
import json
import re
import sqlite3
import sys
from contextlib import closing

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from studio.cli.main import main

STEERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
HOSTILE = st.text(
    st.sampled_from(
        "a\"'%;\x1b]0m[\x07\x08\x9b\x9d\x85\u061c\u200e\u200f\u2028\u202e\u2066\u2069é日\t\n"
    ),
    min_size=1,
    max_size=6,
)
SETTINGS = settings(
    max_examples=3,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def said(*words: str) -> str:
    """All that a command prints."""
    out, err = io.StringIO(), io.StringIO()
    ended = contextlib.suppress(SystemExit)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), ended:
        main(words)
    return out.getvalue() + err.getvalue()


@SETTINGS
@given(table=HOSTILE, column=HOSTILE, file=HOSTILE)
def test_names_never_reach_the_terminal_raw(tmp_path, table, column, file) -> None:
    path = tmp_path / "a.db"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            f"CREATE TABLE {quoted(table)} (id integer PRIMARY KEY, {quoted(column)})"
        )
        connection.execute(
            f"CREATE INDEX {quoted('i' + column)} ON {quoted(table)} ({quoted(column)})"
        )
        connection.execute(f"INSERT INTO {quoted(table)} VALUES (1, ?)", (file,))
        connection.commit()
    named = f"SELECT * FROM {quoted(table)} WHERE {quoted(column)} = 'x'"
    missing = str(tmp_path / f"none{file}.db")
    changes = tmp_path / "changes.json"
    change = {"op": "update", "table": table, "identity": {"id": 9}, "after": {column: file}}
    changes.write_text(json.dumps({"changes": [change]}))
    plan = tmp_path / "plan.txt"
    plan.write_text(f"Seq Scan on {quoted(table)}  (cost=0.00..1.00 rows=1 width=4)\n", "utf-8")
    for words in (
        ("query", str(path), named),
        ("query", str(path), f"SELECT * FROM {quoted('no' + table)}"),
        ("query", str(path), named, "--format", "json"),
        ("query", missing, "select 1"),
        ("query", str(path), f"@{missing}"),
        ("query", str(path), "select 1", f"--param={file}"),
        ("query", str(path), "select 1", file, file),
        ("query", str(path), "select 1", f"--format={file}"),
        ("schema", str(path)),
        ("schema", str(path), "--format", "json"),
        ("schema", str(path), "--format", "mermaid"),
        ("schema", str(path), "--format", "dbml"),
        ("schema", str(path), "--format", "dot"),
        ("schema", str(path), "--table", f"no{table}"),
        ("schema", missing),
        ("explain", str(path), named),
        ("explain", str(path), named, "--json"),
        ("explain", str(path), f"select * from {quoted('no' + table)}"),
        ("explain", "--plan", missing),
        ("explain", "--plan", str(plan)),
        ("apply", str(path), str(changes)),
        ("apply", str(path), missing),
        ("apply", missing, str(changes)),
        ("undo", missing),
        ("migrations", missing),
    ):
        found = STEERS.search(said(*words))
        assert found is None, (words, found)


@pytest.mark.skipif(sys.platform == "win32", reason="names of files are text there")
def test_a_file_that_is_called_an_escape_is_not_one(tmp_path) -> None:
    path = tmp_path / "\x1b]0;title\x07.txt"
    path.write_text("no plan")
    assert "\x1b" not in said("explain", "--plan", str(path))
