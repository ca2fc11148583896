"""A damaged file: damage is the finding, whatever check meets it, and nothing calls it whole."""

import sqlite3
import struct
from contextlib import closing

import pytest

from studio.cli.main import main
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


PAGES = 60


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a file of PAGES pages, some of them free."""
    path = tmp_path_factory.mktemp("whole") / "whole.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        made.execute(f"PRAGMA page_size = {PAGE}")
        made.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT)")
        while made.execute("PRAGMA page_count").fetchone()[0] < PAGES:
            made.execute("INSERT INTO a (v) VALUES (printf('%.*c', 3000, 'x'))")
        made.execute("DELETE FROM a WHERE id > 40")
    return path.read_bytes()


def header(data, at, number):
    return data[:at] + struct.pack(">I", number) + data[at + 4 :]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda d: d[: len(d) // 2], "ends early: its header promises 60 pages of 4,096 bytes, "
         "and 30 are there"),
        (lambda d: d[:-PAGE], "60 pages of 4,096 bytes, and 59 are there"),
        (lambda d: d[: -PAGE - 9], "60 pages of 4,096 bytes, and 59 are there, the last not whole"),
        (lambda d: d[:PAGE], "60 pages of 4,096 bytes, and 1 is there"),
        (lambda d: d[:100], "60 pages of 4,096 bytes, and 1 is there, the last not whole"),
        (lambda d: header(d, 28, 180), "promises 180 pages of 4,096 bytes, and 60 are there"),
        (lambda d: header(d, 28, 1), "header is wrong: it says 1 page of 4,096 bytes, and 60 are"),
        (lambda d: d[:-9], "last page is torn: 4,087 of its 4,096 bytes are there"),
        (lambda d: header(d, 32, 700), "from page 700 on, where 60 are there"),
        (lambda d: header(d, 36, 700), "list of free pages is wrong: 700 pages from page"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_its_header_says_is_a_finding(tmp_path, capsys, whole, make, says):
    path = tmp_path / "it's.db"
    path.write_bytes(make(whole))
    code, found = document(capsys, str(path), "--fail-on", "error")
    assert code == 1
    assert found["complete"] is True
    first, *others = found["findings"]
    assert (first["check"], first["severity"]) == ("integrity", "error")
    assert says in first["says"]
    assert """studio wal 'it'"'"'s.db' --salvage --output""" in first["cost"]
    assert first["evidence"]["bytes"] == path.stat().st_size
    assert first["evidence"]["pages"] == -(-path.stat().st_size // PAGE)
    assert {f["check"] for f in others} <= {"journal_not_wal"}


def test_where_nothing_can_be_read_no_check_passes_for_healthy(tmp_path, capsys, whole):
    path = tmp_path / "half.db"
    path.write_bytes(whole[: len(whole) // 2])
    _, found = document(capsys, str(path))
    (finding,) = found["findings"]
    assert finding["evidence"]["promised_pages"] == PAGES
    blind = {b["check"] for b in found["blind"]}
    assert "integrity" not in blind
    assert {"foreign_key_violation", "journal_not_wal", "view_broken"} <= blind
    assert found["version"] is None
    assert main(["doctor", str(path), "--table", "a"]) == 0
    said = capsys.readouterr()
    assert f"{len(blind)} checks could not look" in said.err


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda d: d[:60], "it has 60 bytes, and the header alone of one has 100"),
        (lambda d: d[:16] + b"\x03\xe8" + d[18:], "pages of 1,000 bytes, which no SQLite database"),
        (lambda d: b"x" + d[1:], "is not an SQLite database, or it is encrypted"),
    ],
)
def test_what_is_no_database_says_why(tmp_path, capsys, whole, make, says):
    path = tmp_path / "none.db"
    path.write_bytes(make(whole))
    assert main(["doctor", str(path)]) == 3
    assert says in capsys.readouterr().err


def test_a_statement_on_a_file_that_ends_early_says_so(tmp_path, capsys, whole):
    path = tmp_path / "half.db"
    path.write_bytes(whole[: len(whole) // 2])
    assert main(["query", str(path), "SELECT 1"]) == 4
    said = capsys.readouterr().err
    assert "promises 60 pages of 4,096 bytes, and 30 are there" in said
    assert "others may still work" not in said


def test_an_empty_file_is_no_damage_and_is_said(tmp_path, capsys, whole):
    path = tmp_path / "nothing.db"
    path.touch()
    code, found = document(capsys, str(path), "--fail-on", "warning")
    assert code == 0
    (finding,) = found["findings"]
    assert (finding["check"], finding["severity"]) == ("integrity", "notice")
    assert "0 bytes" in finding["says"]
    # What lies behind the last page is no part of the database.
    path.write_bytes(whole + bytes(5000))
    _, found = document(capsys, str(path))
    assert "integrity" not in {f["check"] for f in found["findings"]}


def test_pages_that_wait_in_the_wal_are_not_missing(tmp_path, capsys, whole):
    path = tmp_path / "live.db"
    path.write_bytes(whole)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = wal")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        for _ in range(40):
            writer.execute("INSERT INTO a (v) VALUES (printf('%.*c', 3000, 'y'))")
        code, found = document(capsys, str(path), "--fail-on", "error")
        assert (code, found["blind"]) == (0, [])
        assert "integrity" not in {f["check"] for f in found["findings"]}


def unlike(folder, name="t by b", sql='CREATE INDEX "t by b" ON t (a)'):
    """A file whose index was filled by one column, and is declared on another."""
    path = folder / "unlike.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        made.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT)")
        made.execute("INSERT INTO t (a, b) VALUES ('x', 'y'), ('v', 'w')")
        made.execute('CREATE INDEX "t by b" ON t (b)')
        made.execute("PRAGMA writable_schema = 1")
        made.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (sql, name))
    return path


def test_an_index_that_does_not_hold_its_table_is_found_and_mended(tmp_path, capsys):
    path = unlike(tmp_path)
    code, found = document(capsys, str(path), "--full", "--fail-on", "error")
    assert code == 1
    (one,) = [f for f in found["findings"] if f["check"] == "integrity"]
    assert (one["object"], one["severity"]) == ("t by b", "error")
    assert "does not hold what its table does: row 1 missing from index t by b" in one["says"]
    assert one["fix"] == 'REINDEX "t by b";'
    with closing(sqlite3.connect(path, isolation_level=None)) as mending:
        mending.executescript(one["fix"])
    _, again = document(capsys, str(path), "--full")
    assert "integrity" not in {f["check"] for f in again["findings"]}
    assert [(g["check"], g["object"]) for g in again["gone"]] == [("integrity", "t by b")]


def test_indexes_that_were_not_compared_are_not_called_whole(tmp_path, capsys, monkeypatch):
    path = unlike(tmp_path)
    monkeypatch.setattr("studio.backends.sqlite.doctor.file._COMPARED_BYTES", 0)
    _, found = document(capsys, str(path), "--only", "integrity")
    assert found["findings"] == []
    (left,) = found["not_run"]
    assert "needs --full to compare indexes with their tables" in left["why"]


def test_an_index_in_an_order_only_its_program_knows_is_said(tmp_path, capsys):
    path = unlike(tmp_path, sql='CREATE INDEX "t by b" ON t (b COLLATE of_the_program)')
    _, found = document(capsys, str(path), "--full", "--only", "integrity")
    assert found["findings"] == []
    (blind,) = found["blind"]
    assert blind["why"].startswith("no such collation sequence: of_the_program")
