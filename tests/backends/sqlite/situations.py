"""The states a database can be found in. 10 rows in the main file, 40 more only in the WAL."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.wal.programs import Program

Situation = Callable[[Path], Program | None]


def _rows(count: int) -> str:
    return (
        "INSERT INTO event(note) WITH RECURSIVE n(i) AS "
        f"(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT 'row ' || i FROM n"
    )


def _half_in_wal(path: Path, page_size: int = 4096) -> Program:
    program = Program(path)
    for sql in (
        f"PRAGMA page_size={page_size}",
        "PRAGMA journal_mode=WAL",
        "PRAGMA wal_autocheckpoint=0",
        "CREATE TABLE event(id INTEGER PRIMARY KEY, note TEXT)",
        _rows(10),
        "PRAGMA wal_checkpoint(TRUNCATE)",
        _rows(40),
    ):
        program.sql(sql)
    return program


def live(path: Path) -> Program:
    return _half_in_wal(path)


def live_empty_wal(path: Path) -> Program:
    program = _half_in_wal(path)
    program.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return program


def live_writing(path: Path) -> Program:
    program = _half_in_wal(path)
    program.sql("BEGIN IMMEDIATE")
    program.sql(_rows(5))
    return program


def crashed(path: Path) -> None:
    _half_in_wal(path).kill()


def crashed_no_shm(path: Path) -> None:
    _half_in_wal(path).kill()
    Path(f"{path}-shm").unlink()


def short_shm(path: Path) -> None:
    _half_in_wal(path).kill()
    Path(f"{path}-shm").write_bytes(b"")


def shm_without_wal(path: Path) -> None:
    _half_in_wal(path).kill()
    Path(f"{path}-wal").unlink()


def clean(path: Path) -> None:
    _half_in_wal(path).close()


def clean_empty_wal(path: Path) -> None:
    """As after `journal_size_limit=0` and a crash: the file is there, and empty."""
    _half_in_wal(path).close()
    Path(f"{path}-wal").write_bytes(b"")


def rollback(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE event(id INTEGER PRIMARY KEY, note TEXT)")
        connection.execute(_rows(50))
        connection.commit()


def rollback_live(path: Path) -> Program:
    """A transaction is open: a -journal lies there, and is nobody's leftover."""
    rollback(path)
    program = Program(path)
    program.sql("PRAGMA cache_size=1")
    program.sql("PRAGMA cache_spill=0")
    program.sql("BEGIN IMMEDIATE")
    program.sql("UPDATE event SET note = 'changed'")
    return program


def rollback_persist(path: Path) -> None:
    """A -journal that was zeroed, not deleted."""
    rollback(path)
    program = Program(path)
    program.sql("PRAGMA journal_mode=PERSIST")
    program.sql("UPDATE event SET note = note || '!'")
    program.close()


def hot_journal(path: Path) -> None:
    """Killed while it wrote: half of the change is in the main file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE event(id INTEGER PRIMARY KEY, note TEXT)")
        connection.execute("CREATE TABLE ballast(id INTEGER PRIMARY KEY, text TEXT)")
        connection.execute(_rows(50))
        connection.execute(
            "INSERT INTO ballast(text) "
            "SELECT hex(randomblob(900)) FROM event AS a, event AS b LIMIT 500"
        )
        connection.commit()
    program = Program(path)
    program.sql("PRAGMA cache_size=1")
    program.sql("BEGIN IMMEDIATE")
    program.sql("UPDATE ballast SET text = 'gone'")
    program.sql("DELETE FROM event")
    program.kill()
    assert Path(f"{path}-journal").stat().st_size


def truncated(path: Path) -> None:
    """Cut off after two pages."""
    hot_journal(path)
    Path(f"{path}-journal").unlink()
    path.write_bytes(path.read_bytes()[:8192])


def empty(path: Path) -> None:
    path.touch()


def exclusive(path: Path) -> Program:
    clean(path)
    program = Program(path)
    program.sql("PRAGMA locking_mode=EXCLUSIVE")
    program.sql(_rows(1))
    return program


def exclusive_rollback(path: Path) -> Program:
    rollback(path)
    program = Program(path)
    program.sql("PRAGMA locking_mode=EXCLUSIVE")
    program.sql(_rows(1))
    return program


def rollback_beside_empty_wal(path: Path) -> None:
    """As a copy tool leaves it; SQLite does not look at an empty one."""
    rollback(path)
    Path(f"{path}-wal").touch()


def other_page_size(path: Path) -> None:
    """The -wal of a database with other pages."""
    clean(path)
    other = path.with_name("other.db")
    _half_in_wal(other, 1024).kill()
    Path(f"{other}-wal").rename(f"{path}-wal")
    other.unlink()
    Path(f"{other}-shm").unlink()


def wal_beside_rollback(path: Path) -> None:
    """A -wal beside a database that is not in WAL mode: SQLite would apply it."""
    rollback(path)
    other = path.with_name("other.db")
    _half_in_wal(other).kill()
    Path(f"{other}-wal").rename(f"{path}-wal")
    other.unlink()
    Path(f"{other}-shm").unlink()


def wal_beside_empty(path: Path) -> None:
    wal_beside_rollback(path)
    path.write_bytes(b"")


def hard_link(path: Path) -> Program:
    """In use under another name: its WAL is beside that one."""
    folder = path.parent / "elsewhere"
    folder.mkdir()
    program = _half_in_wal(folder / "real.db")
    path.hardlink_to(folder / "real.db")
    return program


def symbolic_link(path: Path) -> Program:
    folder = path.parent / "elsewhere"
    folder.mkdir()
    program = _half_in_wal(folder / "real.db")
    path.symlink_to(folder / "real.db")
    return program


def copied_pair(path: Path) -> None:
    """Database and WAL copied from a live application, as people do."""
    program = _half_in_wal(path.with_name("source.db"))
    shutil.copy(path.with_name("source.db"), path)
    shutil.copy(path.with_name("source.db-wal"), f"{path}-wal")
    program.close()
    path.with_name("source.db").unlink()
