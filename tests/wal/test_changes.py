"""The rows of a commit, from pages alone, against what SQL said before and after."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from studio.wal import words
from studio.wal.changes import STRUCTURE, Change, Changes, rows_between, rows_of_commit
from studio.wal.history import History, opened
from studio.wal.report import report
from studio.wal.states import Lost, UnreadableDatabase
from tests.wal.programs import Program
from tests.wal.test_report import SHAPES
from tests.wal.workload import Row, Rows, Shape, Truth, make


def exact(value: object) -> tuple[type, object]:
    return type(value), repr(value) if isinstance(value, float) else value


def differs(old: Row, new: Row) -> bool:
    """Whether a row was written: a column that was added or renamed rewrites none."""
    return any(exact(old[name]) != exact(new[name]) for name in old.keys() & new.keys())


def expected(old: Truth, new: Truth) -> dict[str, dict[str, set]]:
    """Table → kind → keys, by comparing SQL's answers."""
    found: dict[str, dict[str, set]] = {}
    for name in old.tables.keys() | new.tables.keys():
        was: Rows = old.tables.get(name, {})
        now: Rows = new.tables.get(name, {})
        kinds = {
            "insert": now.keys() - was.keys(),
            "delete": was.keys() - now.keys(),
            "update": {k for k in was.keys() & now.keys() if differs(was[k], now[k])},
        }
        found[name] = {kind: set(keys) for kind, keys in kinds.items()}
    return found


def check(found: Changes, old: Truth, new: Truth) -> int:
    """Every row, exactly; the number of them."""
    count = 0
    for name, kinds in expected(old, new).items():
        changes = {change.key: change for change in found.get(name, ())}
        assert len(changes) == len(found.get(name, ()))
        for kind, keys in kinds.items():
            mine = {change.key for change in changes.values() if change.kind == kind}
            if kind == "update":
                # Dropping a column rewrites every row.
                rewritten = {k for k in mine - keys if has_other_columns(changes[k])}
                mine -= rewritten
            assert mine == keys, f"{name}: {kind}"
        for change in changes.values():
            count += 1
            assert same(change.before, old.tables.get(name, {}).get(change.key))
            assert same(change.after, new.tables.get(name, {}).get(change.key))
    assert found.keys() <= old.tables.keys() | new.tables.keys()
    return count


def has_other_columns(change: Change) -> bool:
    assert change.before is not None
    assert change.after is not None
    return change.before.keys() != change.after.keys()


def same(mine: Row | None, theirs: Row | None) -> bool:
    if mine is None or theirs is None:
        return mine is theirs
    return [(k, exact(v)) for k, v in mine.items()] == [(k, exact(v)) for k, v in theirs.items()]


def frames_of(history: History) -> list[int]:
    return [0, *(commit.last_frame for commit in history.commits)]


def can_be_told(history: History, frame: int) -> bool:
    """All commits but those that a checkpoint took, or took what was before."""
    if frame not in history.reachable:
        with pytest.raises(UnreadableDatabase, match="cannot be rebuilt: a checkpoint"):
            rows_of_commit(history, frame)
        return False
    try:
        rows_of_commit(history, frame)
    except Lost:
        before = max((c.last_frame for c in history.commits if c.last_frame < frame), default=0)
        assert before not in history.reachable
        return False
    return True


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape.seed}-{shape.page_size}")
def test_rows_are_what_sql_said(shape: Shape, tmp_path: Path) -> None:
    made = make(shape, tmp_path)
    with opened(made.path) as history:
        frames, reachable, told = frames_of(history), set(history.reachable), 0
        for number in range(1, len(frames)):
            old, new = made.truths[number - 1 : number + 1]
            if not can_be_told(history, frames[number]):
                continue
            assert frames[number] in reachable
            found = rows_of_commit(history, frames[number])
            found.pop(STRUCTURE, None)
            told += check(found, old, new)
        assert told or not reachable


def test_leaves_of_large_values_that_moved_are_read_where_they_are(tmp_path: Path) -> None:
    """Auto-vacuum moves overflow pages below leaves that stay, and leaves to where others were."""
    made = make(Shape(5360, 512, "UTF-16be", auto_vacuum=1, commits=14), tmp_path)
    with opened(made.path) as history:
        frame = history.frames.mx_frame
        found = rows_of_commit(history, frame)
    found.pop(STRUCTURE, None)
    assert check(found, *made.truths[-2:])


def test_a_change_inside_a_large_key_above_the_leaves_is_seen(tmp_path: Path) -> None:
    """Pages of a tree by keys hold rows at every height; SQLite writes only what differs."""
    path = tmp_path / "app.db"
    program = Program(path)
    for statement in (
        "PRAGMA page_size=512", "PRAGMA journal_mode=wal", "PRAGMA wal_autocheckpoint=0",
        "CREATE TABLE words (word TEXT PRIMARY KEY, n) WITHOUT ROWID",
        "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 20) "
        "INSERT INTO words SELECT char(96 + i) || hex(zeroblob(500)), 1000 FROM r",
    ):  # fmt: skip
        program.sql(statement)
    words = [chr(97 + number) for number in range(20)]
    for word in words:
        program.sql(f"UPDATE words SET n = 1001 WHERE word LIKE '{word}%'")
    copy = shutil.copytree(tmp_path, tmp_path / "copy") / "app.db"
    program.close()
    with opened(copy) as history:
        for word, frame in zip(words, frames_of(history)[-20:], strict=True):
            (change,) = rows_of_commit(history, frame)["words"]
            assert change.kind == "update"
            assert change.after == {"word": f"{word}{'0' * 1000}", "n": 1001}


@pytest.mark.parametrize("shape", SHAPES[::3], ids=lambda shape: f"{shape.seed}-{shape.page_size}")
def test_rows_between_two_commits(shape: Shape, tmp_path: Path) -> None:
    made = make(shape, tmp_path)
    with opened(made.path) as history:
        frames = frames_of(history)
        places = [n for n, frame in enumerate(frames) if frame in history.reachable]
        for first, second in zip(places, reversed(places), strict=True):
            found = rows_between(history, frames[first], frames[second])
            found.pop(STRUCTURE, None)
            check(found, made.truths[first], made.truths[second])


def test_a_change_inside_a_large_value_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=wal")
    connection.execute("CREATE TABLE files (id INTEGER PRIMARY KEY, body BLOB, n INT)")
    connection.execute("INSERT INTO files VALUES (1, zeroblob(50000), 1), (2, zeroblob(50000), 2)")
    with connection.blobopen("files", "body", 2) as blob:
        blob[40_000] = 7
    copy = shutil.copytree(tmp_path, tmp_path / "copy") / "app.db"
    connection.close()
    with opened(copy) as history:
        (change,) = rows_of_commit(history, history.frames.mx_frame)["files"]
    assert (change.kind, change.key) == ("update", (2,))
    assert change.after == {"id": 2, "body": bytes(40_000) + b"\7" + bytes(9_999), "n": 2}


def test_a_change_of_structure_is_told(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    program = Program(path)
    for statement in (
        "PRAGMA journal_mode=wal",
        "CREATE TABLE t (a)",
        "ALTER TABLE t ADD COLUMN b",
        "CREATE INDEX i ON t (a)",
        "INSERT INTO t VALUES (zeroblob(20000), 1)",
        "DROP INDEX i",
    ):
        program.sql(statement)
    program.kill()
    with opened(path) as history:
        told = [rows_of_commit(history, frame) for frame in frames_of(history)[1:]]
        structure = [[(c.kind, c.key) for c in one.get(STRUCTURE, ())] for one in told]
        assert structure == [
            [("insert", ("t",))], [("update", ("t",))], [("insert", ("i",))], [],
            [("delete", ("i",))],
        ]  # fmt: skip
        altered = told[1][STRUCTURE][0].after
        assert altered is not None
        assert altered["sql"] == "CREATE TABLE t (a, b)"
        said = [
            words.tables(one.touched, {}, is_structure=one.is_structure)
            for one in report(history, None).commits
        ]
        assert ["schema" in one for one in said] == [True, True, True, False, True]
