"""Change sets nobody should write: refused in words, with the exit code of the contract."""

import json
from pathlib import Path

import pytest

from studio.cli.main import main
from tests.edits.databases import SQLiteDatabase


def insert(value: str) -> str:
    return f'{{"changes": [{{"op": "insert", "table": "t", "after": {{"n": {value}}}}}]}}'


REFUSED = {
    "more digits than Python reads": (insert("9" * 5000), "digits"),
    "a number beyond every REAL": (insert("1e400"), "does not fit"),
    "a decimal beyond every REAL": (
        insert('{"$type": "decimal", "text": "-1e999999"}'), "does not fit"
    ),
    "NaN": (insert('{"$type": "decimal", "text": "NaN"}'), "NaN"),
    "a signalling NaN": (insert('{"$type": "decimal", "text": "sNaN"}'), "NaN"),
    "half a character": (insert(r'"\ud800"'), "surrogate"),
    "a key said twice": (
        '{"changes": [{"op": "update", "table": "t", "identity": {"id": 1},'
        ' "identity": {"id": 2}, "after": {"n": 3}}]}',
        "'identity' is said twice",
    ),
    "a column said twice": (
        '{"changes": [{"op": "insert", "table": "t", "after": {"n": 1, "n": 2}}]}',
        "'n' is said twice",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_set_is_refused_in_words(
    sqlite: SQLiteDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    sqlite.run("CREATE TABLE t (id integer PRIMARY KEY, n)", "INSERT INTO t VALUES (1, 1), (2, 2)")
    text, word = REFUSED[name]
    file = tmp_path / "set.json"
    file.write_text(text)
    code = main(["apply", sqlite.target, str(file), "--json"])
    told = capsys.readouterr()
    assert code in {2, 5}, told
    assert word in told.err
    assert not told.out or json.loads(told.out)["outcome"] == "nothing"
    assert sqlite.run("SELECT * FROM t") == [(1, 1), (2, 2)]
