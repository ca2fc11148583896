"""Copies, checks and salvage of a file that programs may be using: all of it beside them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import disk_usage

from studio.backends.halves.housekeeping import (
    ForeignKeyFault,
    IntegrityVerdict,
    Salvaged,
    Told,
    go_on,
)
from studio.backends.halves.wal_history import Progress, never
from studio.backends.sqlite import helper
from studio.backends.sqlite.connections import connected
from studio.backends.sqlite.failures import DAMAGE
from studio.backends.sqlite.opening import file_uri
from studio.backends.sqlite.private import PrivateFolder
from studio.backends.sqlite.wal_history import looked_at
from studio.backends.target import Target
from studio.model.errors import ConfigInvalid, ConnectFailed, Refused
from studio.wal import sizes
from studio.wal.probe import Probe
from studio.wal.saving import must_be_new, must_have_all
from studio.wal.sizes import PageSizes
from studio.wal.states import UnreadableDatabase
from studio.wal.wanted import Saving

_NOW = "now.db"
_STEPS = 20_000
"""Of SQLite's machine, some milliseconds: so often it is asked whether to stop."""
_MOST_TOLD = 50
_MB = 1_000_000


class SQLiteHousekeeping:
    """The half of that name."""

    def copy(self, target: Target, output: Path, ask: Progress = never) -> int:
        """The database as it is now, in a new file."""
        _must_be_free(output)
        found = looked_at(target)
        if found.is_wal:
            return helper.save_state(Path(found.path), None, output.absolute(), ask)
        with _private_copy(target, found, ask) as copy:
            _must_be_whole(copy, target.shown)
            return _placed(copy, output, ask)

    def verify(self, target: Target, told: Told = go_on) -> IntegrityVerdict:
        """Everything, on a private copy."""

        def ask(done: int, total: int) -> bool:
            return told(f"copying: {done / _MB:,.1f} of {total / _MB:,.1f} MB")

        with _private_copy(target, looked_at(target), ask) as copy:
            uri = file_uri(copy, "mode=ro&immutable=1")
            with closing(connected(uri)) as connection:
                connection.text_factory = lambda data: data.decode("utf-8", "backslashreplace")
                return _verdict(connection, told)

    def sizes(self, target: Target) -> PageSizes:
        """The pages of every table and index."""
        return sizes.unpacked(helper.ask_wal(Path(looked_at(target).path), "--sizes"))

    def salvage(self, target: Target, output: Path, ask: Progress = never) -> Salvaged:
        """What can be read of it: written where nobody sees it, and put in place when whole."""
        _must_be_free(output)
        found, folder = looked_at(target), PrivateFolder()
        made = folder.path / _NOW
        try:
            told = helper.told_meanwhile(Path(found.path), ask, "--salvage", str(made))
            _placed(made, output, ask)
        finally:
            folder.remove()
        return Salvaged(**told | {"not_made": tuple(told["not_made"])})


def _must_be_free(output: Path) -> None:
    """Before the work and not after it. Raises ConfigInvalid, Refused."""
    if not output.parent.is_dir():
        raise ConfigInvalid(f"there is no folder {output.parent}: make it, or name another file")
    try:
        must_be_new(output)
    except UnreadableDatabase as reason:
        raise Refused(str(reason)) from reason


def _must_be_whole(copy: Path, shown: str) -> None:
    """Raises Refused where the file it was made of is cut."""
    with copy.open("rb") as file:
        first = file.read(100)
    try:
        if first:
            must_have_all(first, copy.stat().st_size)
    except UnreadableDatabase as reason:
        raise Refused(f"{shown}: {reason}") from reason


def _placed(made: Path, output: Path, ask: Progress) -> int:
    return int(helper.told_meanwhile(made, ask, "--place", str(output.absolute()))["bytes"])


@contextmanager
def _private_copy(target: Target, found: Probe, ask: Progress) -> Iterator[Path]:
    """The database as it is now, in a file of ours; a transaction that nobody finished is undone
    there.
    """
    folder, path = PrivateFolder(), Path(found.path)
    copy = folder.path / _NOW
    size = found.db.size if found.db else 0
    if 2 * size > (free := disk_usage(folder.path).free):
        raise Refused(
            f"{target.shown} is looked at in a private copy, which needs {2 * size:,} bytes where "
            f"{folder.path.parent} has {free:,}. Set TMPDIR to a folder with more room"
        )
    try:
        if found.is_wal:
            helper.save_state(path, None, copy, ask, Saving(is_fleeting=True))
        else:
            copy = helper.copy_into(path, folder.path)
            if found.journal_hot:
                _settle(target, copy)
        yield copy
    finally:
        folder.remove()


def _settle(target: Target, copy: Path) -> None:
    """Have SQLite undo what a -journal copied with it holds."""
    try:
        with closing(connected(file_uri(copy, "mode=rw"))) as mine:
            mine.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.Error as error:
        raise ConnectFailed(
            f"{target.shown} was copied, and SQLite cannot read the copy: {error}"
        ) from error


# -- the check -------------------------------------------------------------------------------------


def _verdict(connection: sqlite3.Connection, told: Told) -> IntegrityVerdict:
    check = _Check(connection, told)
    connection.set_progress_handler(check.ask, _STEPS)
    connection.execute("PRAGMA trusted_schema=OFF")
    names: list[str] = []
    with check.of("every page"):
        check.damage += _said(connection, f"PRAGMA quick_check({_MOST_TOLD})")
    with check.of("the list of tables"):
        names = _tables(connection)
    for number, name in enumerate(names, 1):
        with check.of(f"{name} ({number:,} of {len(names):,})", name):
            check.table(name)
    left_out = check.not_checked
    return IntegrityVerdict(
        damage=tuple(dict.fromkeys(check.damage))[:_MOST_TOLD],
        foreign_keys=tuple(check.missing),
        foreign_key_faults=check.faults,
        tables=len(names) - len(left_out),
        not_checked=tuple(f"{name}: {why}" for name, why in left_out.items()),
    )


@dataclass
class _Check:
    """One check, what it found and what it is at."""

    connection: sqlite3.Connection
    told: Told
    damage: list[str] = field(default_factory=list)
    missing: list[ForeignKeyFault] = field(default_factory=list)
    faults: int = 0
    not_checked: dict[str, str] = field(default_factory=dict)
    now: str = ""
    is_stopped: bool = False

    def ask(self) -> int:
        """Whether to stop; SQLite asks now and then."""
        self.is_stopped = self.is_stopped or self.told(f"checking {self.now}")
        return self.is_stopped

    @contextmanager
    def of(self, now: str, table: str = "") -> Iterator[None]:
        """Raises Refused where it was stopped; what SQLite cannot read is damage."""
        self.now = now
        try:
            if not self.ask():
                yield
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorname", "") in DAMAGE or not table:
                self.damage.append(f"{table}: {error}" if table else str(error))
            elif not self.is_stopped:
                self.not_checked[table] = str(error)
        if self.is_stopped:
            raise Refused("stopped, as asked: the check was not finished")

    def table(self, name: str) -> None:
        """Its indexes against it, and what its foreign keys refer to."""
        quoted = '"' + name.replace('"', '""') + '"'
        self.damage += _said(self.connection, f"PRAGMA integrity_check({quoted})")
        for row in self.connection.execute(f"PRAGMA foreign_key_check({quoted})"):
            self.faults += 1
            if len(self.missing) < _MOST_TOLD:
                self.missing.append(ForeignKeyFault(str(row[0]), row[1], str(row[2])))


def _said(connection: sqlite3.Connection, check: str) -> Iterator[str]:
    return (str(row[0]) for row in connection.execute(check) if row[0] != "ok")


def _tables(connection: sqlite3.Connection) -> list[str]:
    return [
        str(row[0])
        for row in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name"
        )
    ]
