"""The migrations board as lines: what is listed, in which order, and what a filter leaves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from studio.migrations.source import BoardSnapshot
from studio.migrations.status import told_as_one
from studio.model.migration import Board, BoardEntry, Drift, MigrationState, MigrationStatus
from studio.ui.migrations import board_words as words
from studio.ui.migrations.note_words import said


class LineKind(StrEnum):
    """What a line of the board is."""

    HEADER = "header"
    ENTRY = "entry"
    DRIFT = "drift"
    LOCK = "lock"
    NOTE = "note"
    FAULT = "fault"
    """What the files alone say is wrong."""
    PROBLEM = "problem"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One line; whatever it holds may be a stranger's text."""

    kind: LineKind
    text: str = ""
    status: MigrationStatus | None = None
    entry: BoardEntry | None = None
    drift: Drift | None = None
    when: str = ""
    aside: str = ""
    """The reason for the state, how the migration begins, or a header's text in short."""
    warning: str = ""

    @property
    def said(self) -> str:
        """Whole, what a line has no room for: the reason, and every hazard with its place."""
        if self.drift is not None:
            return self.aside
        if self.entry is None or self.status is None:
            return self.text
        hazards = (
            f"⚠ {f'line {hazard.line}: ' if hazard.line else ''}{hazard.says}"
            for hazard in self.status.hazards
            if hazard.migration == self.entry.id
        )
        return "\n".join(part for part in (self.aside, *hazards) if part)

    @property
    def is_open(self) -> bool:
        """Whether something is to be done about it."""
        if self.entry is not None:
            return not self.entry.state.is_settled
        return self.kind in {LineKind.DRIFT, LineKind.LOCK, LineKind.FAULT, LineKind.PROBLEM}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What is shown of the board."""

    only: str = ""
    """A state, or NOT_SETTLED; empty: all."""
    needle: str = ""

    def keeps(self, line: BoardLine) -> bool:
        """Whether an entry's or a difference's line is shown."""
        if self.only == NOT_SETTLED and not line.is_open:
            return False
        if self.only not in {"", NOT_SETTLED} and (
            line.entry is None or line.entry.state.value != self.only
        ):
            return False
        state = line.entry.state.value if line.entry is not None else line.kind.value
        text = " ".join((line.text, state, line.when, line.aside, line.warning))
        return self.needle.casefold() in text.casefold()

    def __bool__(self) -> bool:
        """Whether anything is left out."""
        return bool(self.only or self.needle)

    def __str__(self) -> str:
        """What the title says of it."""
        typed = f"/{self.needle}" if self.needle else ""
        return " ".join(part for part in (f"only {self.only}" if self.only else "", typed) if part)


NOT_SETTLED = "what needs a look"
"""Everything to be done about: what waits, what was edited, what failed, what has drifted."""
_EVERYTHING = Narrowing()


def next_only(board: Board, only: str) -> str:
    """The filter after `only`: all, what needs a look, then each state there is."""
    states = {entry.state for status in board.projects for entry in status.entries}
    choices = ["", NOT_SETTLED, *(state.value for state in MigrationState if state in states)]
    place = choices.index(only) if only in choices else 0
    return choices[(place + 1) % len(choices)]


def lines_of(snapshot: BoardSnapshot, narrowing: Narrowing = _EVERYTHING) -> tuple[BoardLine, ...]:
    """The whole board; a single project needs no header line, the title has it."""
    board = snapshot.board
    result: list[BoardLine] = []
    for status in board.projects:
        told = told_as_one(status.entries) if not narrowing else frozenset()
        lines = [*_entries(status, snapshot.gists, told), *_besides(status)]
        kept = [line for line in lines if not narrowing or narrowing.keeps(line)]
        if not kept and narrowing:
            continue
        if len(board.projects) > 1:
            if result:
                result.append(BoardLine(LineKind.BLANK))
            text = words.header(status, board.folder)
            short = words.header(status, board.folder, short=True)
            result.append(BoardLine(LineKind.HEADER, text, status, aside=short))
        result.extend(kept)
    if not narrowing:
        result.extend(_around(board, is_alone=not result))
    return tuple(result)


def _entries(
    status: MigrationStatus, gists: Mapping[Path, str], told_together: frozenset[str]
) -> Iterator[BoardLine]:
    hazards: dict[str, list[str]] = {}
    for hazard in status.hazards:
        hazards.setdefault(hazard.migration, []).append(hazard.says)
    if told_together:
        why = next(entry.note for entry in status.entries if entry.id in told_together)
        said_of_all = f"{why[:1].lower()}{why[1:]}" or MigrationState.RECORDED.value
        yield BoardLine(LineKind.NOTE, f"{len(told_together):,} more: {said_of_all}", status)
    for entry in status.entries:
        if entry.id in told_together:
            continue
        found = hazards.get(entry.id, [])
        more = f" (+{len(found) - 1})" if len(found) > 1 else ""
        gist = gists.get(entry.path, "") if entry.path is not None else ""
        is_plain = entry.state is MigrationState.PENDING and bool(gist)
        yield BoardLine(
            LineKind.ENTRY,
            entry.id,
            status,
            entry,
            when=words.when(entry),
            aside=gist if is_plain else words.reason(entry),
            warning=f"{found[0]}{more}" if found else "",
        )


def _besides(status: MigrationStatus) -> Iterator[BoardLine]:
    for item in status.drift:
        sentence = words.drift_sentence(item)
        yield BoardLine(LineKind.DRIFT, item.object, status, drift=item, aside=sentence)
    for fault in status.faults:
        yield BoardLine(LineKind.FAULT, fault, status)
    for lock in status.locks:
        yield BoardLine(LineKind.LOCK, lock, status)
    for note in status.notes:
        yield BoardLine(LineKind.NOTE, said(note), status)


def _around(board: Board, *, is_alone: bool) -> Iterator[BoardLine]:
    if board.unreachable or board.notes:
        yield BoardLine(LineKind.BLANK)
    if is_alone:
        where = f" in {board.folder} or above it" if board.folder is not None else ""
        yield BoardLine(
            LineKind.NOTE,
            f"no migrations found{where}, and no history table in the connected database",
        )
    for problem in board.unreachable:
        yield BoardLine(LineKind.PROBLEM, problem)
    for note in board.notes:
        yield BoardLine(LineKind.NOTE, said(note))
