"""The WAL page's lines as coloured text."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text

from studio.ui.wal.arrivals import Arrivals
from studio.ui.widgets.labels import plain
from studio.wal import words
from studio.wal.changes import STRUCTURE, Change, Changes
from studio.wal.probe import Probe
from studio.wal.remains import Remain, Remains
from studio.wal.report import Touched, WalReport
from studio.wal.who import Seen, named, readers

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD = "     commit       frames  pages             tables touched"
_BAR = 10
_NOTES = 3
_SIGNS = {"insert": "+", "update": "~", "delete": "×"}
Looks = Callable[[str], Style]
"""The theme's style of a tone: `bar`, `held`, `insert`, `update`, `delete`."""


def head(only: str) -> Text:
    """What stands above the commits, and by what name they are filtered."""
    return Text(f"{_HEAD} with {plain(only)!r}" if only else _HEAD, end="")


class Timeline:
    """Commits, the newest first: a bar by pages, what is checkpointed, and who reads where."""

    def __init__(self, found: Probe, report: WalReport, looks: Looks, arrivals: Arrivals) -> None:
        """`arrivals`: when commits and readers were first seen while the page was open."""
        self._looks = looks
        self.first: int | None = None
        """The commit that another is to be compared with."""
        self.shadows = report.shadows
        self._seen, self._rows = arrivals.times, arrivals.rows
        self._every = report.commits[::-1]
        self._commits = self._every
        """Those that are shown."""
        left = report.journal
        self._journal = left if left is not None and left.would_undo else None
        self.page_size = report.header.page_size if report.header else 0
        self._reachable = frozenset(report.reachable)
        self._done = words.backfilled(report) or 0
        self._most = max((len(one.commit.pages) for one in self._commits), default=1)
        self._readers: dict[int, list[str]] = {}
        for reader in readers(found):
            since = arrivals.seen.get((reader.holder.pid, f"reads {reader.mark}"))
            reads = f"{named(reader.holder)} reads here{f', seen since {since}' if since else ''}"
            self._readers.setdefault(self._at(reader.mark), []).append(reads)

    def _at(self, mark: int) -> int:
        """The newest commit a reader at that mark sees."""
        seen = (one.commit.last_frame for one in self._every)
        return next((frame for frame in seen if frame <= mark), 0)

    def __len__(self) -> int:
        """How many lines."""
        return len(self._commits) + self.begins

    def show_only(self, typed: str) -> None:
        """Leave out the commits that touched nothing with that in its name; empty: none of them."""
        wanted = typed.casefold()
        self._commits = tuple(one for one in self._every if wanted in self._tables(one).casefold())

    def _tables(self, one: Touched) -> str:
        rows = self._rows.get(one.commit.last_frame, {})
        return words.tables(one.touched, self.shadows, rows, is_structure=one.is_structure)

    @property
    def begins(self) -> int:
        """The line of the newest commit: what a journal would undo stands above."""
        return 1 if self._journal is not None else 0

    def is_journal(self, line: int) -> bool:
        """Whether a line is what a journal would undo."""
        return 0 <= line < self.begins

    def commit(self, line: int) -> Touched | None:
        """The commit of a line."""
        place = line - self.begins
        return self._commits[place] if 0 <= place < len(self._commits) else None

    def text(self, line: int) -> Text:
        """One line."""
        if self._journal is not None and self.is_journal(line):
            text = Text(" ! ", style=self._looks("held"), end="")
            text.append(f"{'unfinished':>21}  {self._journal.pages:>5,} ", style="not bold dim")
            text.append(
                f"{'▇' * _BAR}  {plain(words.tables(self._journal.touched, self.shadows))}",
                style="not bold",
            )
            return text
        one = self._commits[line - self.begins]
        commit = one.commit
        is_there = commit.last_frame in self._reachable
        bar = max(1, round(_BAR * len(commit.pages) / self._most))
        frames = f"{commit.first_frame:,}-{commit.last_frame:,}"
        if commit.last_frame == self.first:
            text = Text(" d ", style=self._looks("held"), end="")
        else:
            mark = " ✓ " if commit.last_frame <= self._done else " · "
            text = Text(mark, style="dim", end="")
        text.append(f"{commit.last_frame:>8,}", style="bold" if is_there else "dim")
        text.append(f" {frames:>12}  {len(commit.pages):>5,} ", style="dim")
        text.append("▇" * bar + " " * (_BAR - bar), style=self._looks("bar") if is_there else "dim")
        text.append(f"  {plain(self._tables(one))}", style="" if is_there else "dim")
        if not is_there:
            text.append("  cannot be rebuilt", style="dim italic")
        if when := self._seen.get(commit.last_frame):
            text.append(f"  {when}", style="dim")
        for reads in self._readers.get(commit.last_frame, ()):
            text.append(f"  ◂ {plain(reads)}", style=self._looks("held"))
        return text


def header(found: Probe, report: WalReport, looks: Looks, seen: Seen, width: int) -> Text:
    """What the WAL is, who holds it back, and what to know of it; so many cells wide."""
    name = found.path.rpartition("/")[2]
    text = Text(f"{plain(name)}-wal  ", style="bold", end="")
    whole = words.summary(report)
    has_room = len(name) + len("-wal  ") + len(whole) < width
    text.append(plain(whole if has_room else words.summary(report, is_short=True)), "not bold")
    for note in words.notes(found, report, seen)[:_NOTES]:
        text.append("\n ", style="not bold")
        held = note.startswith("held back")
        text.append(plain(note), style=looks("held") if held else "not bold")
    return text


class RowLines:
    """The rows that differ, a line each below its table."""

    def __init__(self, changes: Changes, looks: Looks, shadows: Mapping[str, str]) -> None:
        """`shadows`: tables that are told as one with the virtual table whose they are. Nobody
        writes to them but that table.
        """
        self._looks = looks
        self._lines: list[tuple[str, Sequence[Change]] | Change | str] = []
        for table, found in changes.items():
            if table not in shadows:
                self._lines += [(table, found), *found]
        for virtual in dict.fromkeys(shadows[table] for table in changes if table in shadows):
            own = {name: rows for name, rows in changes.items() if shadows.get(name) == virtual}
            self._lines.append(virtual)
            for name, rows in own.items():
                self._lines.append(f"  {name} {words.counted(rows)}")
                self._lines += rows if name == f"{virtual}_content" else ()

    def __len__(self) -> int:
        """How many lines."""
        return max(1, len(self._lines))

    def rows(self, line: int | None) -> Changes:
        """The row of a line, or all of the table's that it heads; without a line, all there are."""
        found: dict[str, list[Change]] = {}
        table = ""
        for number, entry in enumerate(self._lines):
            if isinstance(entry, str):
                table = ""
            elif not isinstance(entry, Change):
                table = entry[0]
                if line in {None, number}:
                    found[table] = list(entry[1])
            elif line == number and table:
                found[table] = [entry]
        # A change of structure has no rows that could go back.
        found.pop(STRUCTURE, None)
        return {name: tuple(rows) for name, rows in found.items() if rows}

    def text(self, line: int) -> Text:
        """One line."""
        if not self._lines:
            return Text(
                " no row is different: only an index, free pages or the file's header", style="dim"
            )
        entry = self._lines[line]
        if isinstance(entry, Change):
            text = Text(end="").append(f" {_SIGNS[entry.kind]} ", style=self._looks(entry.kind))
            return text.append(plain(words.told(entry)))
        if isinstance(entry, str):
            is_own = entry.startswith("  ")
            text = Text(f" {plain(entry)}", style="dim" if is_own else "bold", end="")
            return text if is_own else text.append("  kept in tables of its own", "not bold dim")
        table, found = entry
        text = Text(end="").append(f" {plain(table)}", style="bold")
        text.append(f"  {words.counted(found)}")
        if table == STRUCTURE:
            return text
        return text.append(f"   b brings {_all_of(len(found))} back", style="not bold dim")


def _all_of(count: int) -> str:
    return f"all {count:,}" if count > 1 else "it"


class RemainLines:
    """Deleted rows that can still be read, a line each below their table."""

    def __init__(self, found: Remains, looks: Looks) -> None:
        self._looks = looks
        self._lines: list[str | Remain] = []
        for table, rows in found.tables.items():
            self._lines += [table, *rows]
        self._lines.append(f"{words.looked_through(found)}: {words.MAY_BE_INCOMPLETE}")

    def __len__(self) -> int:
        """How many lines."""
        return len(self._lines)

    def text(self, line: int) -> Text:
        """One line."""
        entry = self._lines[line]
        if isinstance(entry, Remain):
            text = Text(" × ", style=self._looks("delete"), end="")
            return text.append(plain(words.remaining(entry)), style="not bold")
        is_last = line == len(self._lines) - 1
        return Text(f" {plain(entry)}", style="dim" if is_last else "bold", end="")


class Sentence:
    """Why there are no rows to show."""

    def __init__(self, said: str) -> None:
        self._said = said

    def __len__(self) -> int:
        """One line."""
        return 1

    def text(self, line: int) -> Text:
        """The sentence."""
        del line
        return Text(f" {plain(self._said)}", end="")
