"""What can be done for a database file without touching it: a copy, a check, a salvage."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from studio.backends.halves import Half
from studio.backends.halves.wal_history import Progress, never
from studio.backends.target import Target
from studio.model.words import file_size, plural
from studio.wal import words
from studio.wal.sizes import PageSizes

Told = Callable[[str], bool]
"""Told in words what is done now, it answers whether to stop."""


def go_on(_what: str) -> bool:
    """Go on to the end."""
    return False


@dataclass(frozen=True, slots=True)
class ForeignKeyFault:
    """A row that refers to one that is not there."""

    table: str
    rowid: int | None
    """None in a table WITHOUT ROWID."""
    parent: str


@dataclass(frozen=True, slots=True)
class IntegrityVerdict:
    """What the whole check of a database found."""

    damage: tuple[str, ...]
    """In the engine's own words; the first ones."""
    foreign_keys: tuple[ForeignKeyFault, ...]
    """The first ones."""
    foreign_key_faults: int
    tables: int
    """That were checked."""
    not_checked: tuple[str, ...]
    """Tables that need what only their own program has, with the engine's words."""

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.damage and not self.foreign_key_faults

    def lines(self) -> Iterator[str]:
        """The same in words: the answer, and a line for each fault."""
        checked = plural(self.tables, "table")
        if self.is_sound:
            yield f"sound: every page, index and foreign key of {checked}"
        else:
            where = f" in {checked}" if self.tables else ": nothing more can be read"
            yield f"{words.faults_found(self.damage, self.foreign_key_faults)}{where}"
        yield from (f"  damaged: {said}" for said in self.damage)
        for fault in self.foreign_keys:
            row = "a row" if fault.rowid is None else f"row {fault.rowid}"
            yield f"  {row} of {fault.table} refers to a row of {fault.parent} that is not there"
        if (more := self.foreign_key_faults - len(self.foreign_keys)) > 0:
            yield f"  and {more:,} more that refer to nothing"
        yield from (f"  not checked: {said}" for said in self.not_checked)


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What a new file holds of a damaged one."""

    tables: dict[str, int]
    """Rows by table."""
    apart: int
    """Rows that fit in no table, in a table of their own."""
    apart_name: str
    """That table; empty without such rows."""
    damaged_pages: int
    unreadable_rows: int
    not_made: tuple[str, ...]
    """Indexes, views and the like that could not be made, with the reason."""
    bytes: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing was found to be damaged."""
        return not (self.damaged_pages or self.unreadable_rows or self.not_made or self.apart)

    def lines(self, output: str) -> Iterator[str]:
        """The same in words: the answer, and a line for each table and each loss."""
        count = plural(sum(self.tables.values()), "row")
        where = f"{output}: {count} of {plural(len(self.tables), 'table')}"
        end = "nothing is damaged" if self.is_whole else "may be incomplete"
        yield f"{where}, {file_size(self.bytes)}; {end}"
        if self.damaged_pages:
            pages = plural(self.damaged_pages, "page")
            yield f"  {pages} cannot be read, nor what only they lead to"
        if self.unreadable_rows:
            yield f"  {plural(self.unreadable_rows, 'row')} cannot be read"
        if self.apart:
            yield f"  {self.apart_name}: {plural(self.apart, 'row')} that fit in no table"
        yield from (f"  not made: {said}" for said in self.not_made)
        yield from (f"  {name}: {plural(rows, 'row')}" for name, rows in self.tables.items())


class Housekeeping(Protocol):
    """Nothing here opens the file to write, takes a lock that a program waits for, checkpoints or
    vacuums. Each call blocks until it is done, and raises ConnectFailed, Busy, Refused (also when
    it was stopped), ConfigInvalid for a file that cannot be written.
    """

    def copy(self, target: Target, output: Path, ask: Progress = never) -> int:
        """The database as it is now, also while programs write, in a new file that needs no other
        beside it; its bytes.
        """

    def verify(self, target: Target, told: Told = go_on) -> IntegrityVerdict:
        """Every page, every index against its table, every foreign key: on a private copy."""

    def sizes(self, target: Target) -> PageSizes:
        """The pages of every table and index."""

    def salvage(self, target: Target, output: Path, ask: Progress = never) -> Salvaged:
        """What can still be read of a damaged file, in a new one."""


HOUSEKEEPING: Half[Housekeeping] = Half("housekeeping", "{engine} keeps its files itself")
"""The place of a class, `module:Name`."""
