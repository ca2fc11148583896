"""What is new, gone and worse since last time."""

import json
import sqlite3
import stat
from contextlib import closing

import pytest

from studio.cli.main import main
from studio.config.paths import state_folder
from studio.doctor.memory import LastLook, Memory
from studio.model.health import HealthFinding, HealthSeverity


def run(path, *statements):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def looked(capsys, path, *arguments):
    assert main(["doctor", str(path), *arguments, "--json"]) == 0
    answer = capsys.readouterr()
    found = json.loads(answer.out)
    words = {(f["check"], f["object"]): f["since_last"] for f in found["findings"]}
    return found, words, answer.err


@pytest.fixture
def shop(sqlite_file):
    return sqlite_file(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, v)", "CREATE INDEX a_v ON a (v)",
        "CREATE INDEX a_v2 ON a (v)", "CREATE TABLE b (v TEXT)", name="shop.db",
    )  # fmt: skip


def test_the_first_look_calls_nothing_new(shop, capsys):
    found, words, _ = looked(capsys, shop)
    assert found["compared_with"] is None
    assert set(words.values()) == {None}
    assert found["gone"] == []


def test_the_next_look_tells_what_came_and_what_is_gone(shop, capsys):
    first, _, _ = looked(capsys, shop)
    run(shop, "DROP INDEX a_v2", "CREATE TABLE c (v TEXT)")
    found, words, _ = looked(capsys, shop)
    before = found["compared_with"]
    assert before <= first["looked_at"]
    assert found["gone"] == [{"check": "duplicate_index", "object": "a_v2"}]
    assert words["no_primary_key", "c"] == "new"
    assert words["no_primary_key", "b"] is None
    since = {f["object"]: f["since"] for f in found["findings"] if f["check"] == "no_primary_key"}
    assert since == {"b": before, "c": None}
    assert main(["doctor", str(shop)]) == 0
    assert "0 new, 0 worse, 0 gone" in capsys.readouterr().err


def test_what_was_not_looked_at_is_neither_new_nor_gone(shop, capsys):
    looked(capsys, shop, "--only", "no_primary_key")
    found, words, _ = looked(capsys, shop, "--only", "duplicate_index")
    assert (words, found["gone"]) == ({("duplicate_index", "a_v2"): None}, [])
    run(shop, "DROP TABLE b")
    found, _, _ = looked(capsys, shop, "--only", "duplicate_index")
    assert found["gone"] == []
    found, _, _ = looked(capsys, shop)
    assert found["gone"] == [{"check": "no_primary_key", "object": "b"}]


def test_ignored_is_not_gone_and_one_table_is_compared_but_not_kept(shop, capsys):
    looked(capsys, shop)
    found, _, _ = looked(capsys, shop, "--ignore", "no_primary_key")
    assert found["gone"] == []
    run(shop, "DROP INDEX a_v2", "DROP TABLE b", "CREATE TABLE b (id INTEGER PRIMARY KEY)")
    for _ in range(2):
        found, _, _ = looked(capsys, shop, "--table", "b")
        assert found["gone"] == [{"check": "no_primary_key", "object": "b"}]


def test_a_database_is_known_however_it_is_named(shop, capsys, monkeypatch):
    looked(capsys, shop)
    monkeypatch.chdir(shop.parent)
    found, _, _ = looked(capsys, shop.name)
    assert found["compared_with"] is not None


def test_what_is_kept_is_private_and_names_no_place(shop, capsys):
    looked(capsys, shop)
    (kept,) = (state_folder() / "doctor").glob("*.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "shop" not in kept.name + kept.read_text()


@pytest.mark.parametrize("text", ["", "[]", '{"at": "x"}', '{"at": 1, "checks": [], "found": [1]}'])
def test_a_file_that_cannot_be_read_is_no_memory(text):
    memory = Memory("x")
    memory.keep({"c"}, ())
    assert memory.load() is not None
    (kept,) = (state_folder() / "doctor").glob("*.json")
    kept.write_text(text)
    assert memory.load() is None


def test_graver_or_a_tenth_larger_is_worse():
    memory = Memory("x")
    was = HealthFinding("c", "o", HealthSeverity.WARNING, "", weight=100)
    memory.keep({"c"}, [was])
    last = memory.load()
    assert isinstance(last, LastLook)

    def word(severity, weight):
        return last.word_of(HealthFinding("c", "o", severity, "", weight=weight))

    assert word(HealthSeverity.WARNING, 105) == ""
    assert word(HealthSeverity.WARNING, 111) == "worse"
    assert word(HealthSeverity.ERROR, 1) == "worse"
    assert word(HealthSeverity.NOTICE, 100) == ""
