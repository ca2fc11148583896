"""Which folder's migrations, in which databases: what the board and its badge are made of.

Blocking, and it loads the migrations room: import and call it in a thread.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from studio.backends.target import Target
from studio.db.url import parse
from studio.migrations import files, reader
from studio.migrations.board import Wishes, load_board
from studio.migrations.history import Reader
from studio.migrations.tree import Stopped, never
from studio.model.errors import StudioError
from studio.model.migration import Board, Entry, MigrationState, MigrationStatus
from studio.ui.board_words import badge_words

_BADGE_S = 20.0
"""A folder that takes longer to look through gets no badge."""
_GIST_BYTES = 4096
_MOST_GISTS = 500
"""Pending migrations whose first statement is read for the board."""
_COMMENTS = ("--", "/*", "*", "#", "//")


@dataclass(frozen=True, slots=True)
class Look:
    """A board, and what the files of its pending migrations begin with."""

    board: Board
    gists: dict[Path, str] = field(default_factory=dict)
    badge: str = ""


class MigrationSource:
    """Looks from `here`; where nothing is found there, from where the connected file lies."""

    def __init__(self, here: Path, target: Target | None) -> None:
        self._here = here
        self._target = replace(target, read_only=True) if target is not None else None
        self._may_write = target is None or not target.read_only

    def look(
        self, stop: Callable[[], bool] = never, *, drift: bool = False, replay: bool = False
    ) -> Look:
        """The board, anew; raises StudioError, and Stopped once `stop` says so.

        `replay` was allowed by the person; a read-only connection does not get it all the same.
        """
        board = self._board(Wishes(drift=drift, replay=replay and self._may_write), stop)
        return Look(board, dict(_gists(board)), badge_words(self._at_home(board)))

    def badge(self, stop: Callable[[], bool] = never) -> str:
        """What waits in the connected database, for the top line; no other one is opened."""
        wishes = Wishes(lint=False)
        for folder in self._folders():
            if found := self._at_home(self._in_connected(folder, wishes, stop)):
                return badge_words(found)
        return ""

    def _board(self, wishes: Wishes, stop: Callable[[], bool]) -> Board:
        boards: list[Board] = []
        for folder in self._folders():
            board = self._of_folder(folder, wishes, stop)
            if self._at_home(board):
                return board
            boards.append(board)
        with_project = (b for b in boards if any(s.project is not None for s in b.projects))
        return next(with_project, boards[0])

    def _folders(self) -> Iterator[Path]:
        """From the closest to what a person is likely to mean.

        Below a home folder lies everything a person has, so it is nobody's project.
        """
        file = _file(self._target.address) if self._target is not None else None
        is_everything = self._here in {Path.home(), Path(self._here.anchor)}
        if file is None or not is_everything:
            yield self._here
        if file is not None:
            folder = file.parent
            if is_everything or (folder != self._here and self._here not in folder.parents):
                yield folder

    def _of_folder(self, folder: Path, wishes: Wishes, stop: Callable[[], bool]) -> Board:
        """Its projects in the connected database, as far as they belong there; else in their own.

        A project that neither names the connected database nor left a history in it would only
        seem to be all pending there.
        """
        board = self._in_connected(folder, wishes, stop)
        strangers = [s for s in board.projects if not self._lives_here(s)]
        if not strangers:
            return board
        own = load_board(folder, self._connect, wishes=wishes, stop=stop)
        known = {_identity(status) for status in strangers}
        return replace(
            board,
            projects=(
                *(s for s in board.projects if self._lives_here(s)),
                *(s for s in own.projects if s.project is not None and _identity(s) in known),
            ),
            unreachable=tuple(dict.fromkeys((*board.unreachable, *own.unreachable))),
        )

    def _in_connected(self, folder: Path, wishes: Wishes, stop: Callable[[], bool]) -> Board:
        """Every project in the connected database; without one, in their own."""
        address = self._target.address if self._target is not None else None
        return load_board(folder, self._connect, database=address, wishes=wishes, stop=stop)

    def _at_home(self, board: Board) -> list[MigrationStatus]:
        return [s for s in board.projects if s.project is not None and self._lives_here(s)]

    def _lives_here(self, status: MigrationStatus) -> bool:
        """Whether the connected database is this project's, or without one: is its only one."""
        if self._target is None or status.project is None:
            return True
        if status.project.url is not None and same_place(status.project.url, self._target.address):
            return True
        is_connected = status.database is not None and same_place(
            status.database, self._target.shown
        )
        return status.history_exists and is_connected

    def _connect(self, address: str) -> AbstractContextManager[Reader]:
        if self._target is not None and address == self._target.address:
            return reader.connect_to(self._target)
        return reader.connect(address)


def badge_of(here: Path, target: Target, stop: Callable[[], bool] = never) -> str:
    """What the top line says of the connected database's migrations; empty when nothing waits."""
    until = monotonic() + _BADGE_S
    try:
        return MigrationSource(here, target).badge(lambda: stop() or monotonic() > until)
    except (StudioError, OSError, Stopped):
        # The badge is a courtesy; the board says what is wrong.
        return ""


def same_place(one: str, other: str) -> bool:
    """Whether two targets name one database, whatever user or driver they name."""
    return _place(one) == _place(other)


def _place(address: str) -> tuple[str, ...]:
    try:
        target = parse(address)
        if (file := _file(target.address)) is not None:
            return (str(file.resolve()),)
        parts = urlsplit(target.address)
        if parts.scheme:
            return (target.backend, parts.hostname or "", str(parts.port or ""), parts.path)
    except (StudioError, ValueError, OSError):
        pass
    return (address,)


def _file(address: str) -> Path | None:
    try:
        path = Path(address)
        return path.absolute() if path.is_file() else None
    except (OSError, ValueError):
        # An address may be longer than any file name.
        return None


def _identity(status: MigrationStatus) -> tuple[str, tuple[Path, ...]]:
    return status.framework, status.project.folders if status.project is not None else ()


def _gists(board: Board) -> Iterator[tuple[Path, str]]:
    waiting = [
        entry
        for status in board.projects
        for entry in status.entries
        if entry.state in {MigrationState.PENDING, MigrationState.OUT_OF_ORDER}
    ]
    for entry in waiting[:_MOST_GISTS]:
        if entry.path is not None and (gist := _gist(entry)):
            yield entry.path, gist


def _gist(entry: Entry) -> str:
    """How its SQL begins; for a program, what it calls itself."""
    title = entry.migration.title if entry.migration is not None else ""
    if entry.path is None or entry.path.suffix.lower() != ".sql":
        return title
    try:
        with entry.path.open("rb") as stream:
            head = stream.read(_GIST_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return title
    lines = (line.strip() for line in head.splitlines())
    words = " ".join(line for line in lines if line and not line.startswith(_COMMENTS))
    return words.split(";", 1)[0]


def source_text(path: Path) -> str:
    """A migration's file as text; raises OSError with the reason as a clause."""
    try:
        return files.contents(path).decode("utf-8", "replace")
    except files.Unreadable as error:
        raise OSError(str(error)) from None
