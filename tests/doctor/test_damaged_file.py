"""A damaged file: damage is the finding, whatever check meets it, and nothing calls it whole."""

import sqlite3
from contextlib import closing

import pytest

from tests.doctor.test_command import document

PAGE = 4096


def damaged(folder, name):
    """A file whose object of that name has a root page of nothing but 0xFF."""
    path = folder / "damaged.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        made.execute(f"PRAGMA page_size = {PAGE}")
        made.execute("BEGIN")
        made.execute("CREATE TABLE owner (id INTEGER PRIMARY KEY)")
        made.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT, owner REFERENCES owner)")
        made.executemany("INSERT INTO a (v) VALUES (?)", [(f"word {n}",) for n in range(3000)])
        made.execute("CREATE INDEX a_v ON a (v)")
        made.execute("COMMIT")
        made.execute("ANALYZE")
        root = made.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,))
        at = (root.fetchone()[0] - 1) * PAGE
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"\xff" * PAGE)
    return str(path)


@pytest.mark.parametrize(
    ("name", "options"),
    [("sqlite_stat1", ()), ("sqlite_stat1", ("--full",)), ("a_v", ("--only", "integrity"))],
)
def test_damage_is_the_error_integrity_whatever_was_asked(tmp_path, capsys, name, options):
    code, found = document(capsys, damaged(tmp_path, name), "--fail-on", "error", *options)
    assert code == 1
    first, *others = found["findings"]
    assert (first["check"], first["object"], first["severity"]) == (
        "integrity", "database", "error",
    )  # fmt: skip
    assert "integrity" not in {f["check"] for f in others}
    assert found["complete"] is True


@pytest.mark.parametrize(
    ("name", "check"),
    [("sqlite_stat1", "statistics_missing"), ("a", "foreign_key_violation"),
     ("a", "mixed_storage_classes")],
)  # fmt: skip
def test_another_check_that_meets_damage_tells_it(tmp_path, capsys, name, check):
    path = damaged(tmp_path, name)
    code, found = document(capsys, path, "--fail-on", "error", "--only", check)
    assert code == 1
    assert [(f["check"], f["object"]) for f in found["findings"]] == [("integrity", "database")]
    assert check in {b["check"] for b in found["blind"]}
    assert found["blind"]


def test_damage_that_is_ignored_stays_ignored(tmp_path, capsys):
    path = damaged(tmp_path, "sqlite_stat1")
    _, found = document(capsys, path, "--ignore", "integrity")
    assert "integrity" not in {f["check"] for f in found["findings"]}
    assert [f["check"] for f in found["ignored"]] == ["integrity"]
