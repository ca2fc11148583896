"""Which folder's migrations, in which databases: what a board beside a connection is made of.

Blocking: call it in a thread.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from studio.backends.target import Target
from studio.migrations import reader
from studio.migrations.board import compared
from studio.migrations.folder import FolderFiles, read_folder
from studio.migrations.history import HistoryReader
from studio.migrations.places import folders_around, same_place
from studio.migrations.reading import files
from studio.migrations.reading.tree import never
from studio.migrations.registry import without_failing
from studio.migrations.states import Connect, FolderScope, ProjectStates, States, read_states
from studio.model.migration import Board, BoardEntry, MigrationState, MigrationStatus
from studio.model.notes import DatabaseUnread, Note, OtherDatabase

_GIST_BYTES = 4096
_MOST_GISTS = 500
"""Pending migrations whose first statement is read for the board."""
_COMMENTS = ("--", "/*", "*", "#", "//")


@dataclass(frozen=True, slots=True)
class BoardSnapshot:
    """A board as it was at one moment."""

    board: Board
    states: States
    """What the board was made of: enough to compare schemas without reading anything twice."""
    gists: dict[Path, str] = field(default_factory=dict)
    """What the files of its pending migrations begin with."""
    at_home: tuple[MigrationStatus, ...] = ()
    """Those of the connected database."""


class MigrationSource:
    """Looks around `here`; where nothing is found there, around the connected file."""

    def __init__(self, here: Path, target: Target | None) -> None:
        self._here = here
        self._target = replace(target, read_only=True) if target is not None else None
        self._may_write = target is None or not target.read_only

    def read(self, stop: Callable[[], bool] = never) -> BoardSnapshot:
        """Files and databases, anew; raises StudioError, and Stopped once `stop` says so."""
        states = without_failing(lambda: self._states(stop))
        board = states.board
        return BoardSnapshot(board, states, dict(_gists(board)), self._at_home(board))

    def compare(
        self, snapshot: BoardSnapshot, stop: Callable[[], bool] = never, *, replay: bool = False
    ) -> BoardSnapshot:
        """The same with the drift of every schema in it; raises Stopped.

        `replay` was allowed by the person; a read-only connection does not get it all the same.
        """
        board = compared(snapshot.states, replay=replay and self._may_write, stop=stop)
        return replace(snapshot, board=board)

    def connected(self, stop: Callable[[], bool] = never) -> tuple[MigrationStatus, ...]:
        """The projects of the connected database, without their lint; no other one is opened."""
        return without_failing(lambda: self._connected(stop))

    def _connected(self, stop: Callable[[], bool]) -> tuple[MigrationStatus, ...]:
        scope = FolderScope(self._address, lints=lambda _status: False)
        with ExitStack() as connections:
            connect = self._connecting(connections)
            for folder in folders_around(self._here, self._target):
                states = read_states(read_folder(folder, stop), connect, scope, stop)
                if found := self._at_home(states.board):
                    return found
        return ()

    def _states(self, stop: Callable[[], bool]) -> States:
        found: list[States] = []
        with ExitStack() as connections:
            connect = self._connecting(connections)
            for folder in folders_around(self._here, self._target):
                states = self._of_folder(read_folder(folder, stop), connect, stop)
                if self._at_home(states.board):
                    return states
                found.append(states)
        with_project = (s for s in found if any(p.status.project is not None for p in s.projects))
        return next(with_project, found[0])

    def _of_folder(self, files: FolderFiles, connect: Connect, stop: Callable[[], bool]) -> States:
        """Its projects in the connected database, as far as they belong there; else in their own.

        A project that neither names the connected database nor left a history in it would only
        seem to be all pending there.
        """
        here = read_states(files, connect, FolderScope(self._address, lints=self._lives_here), stop)
        strangers = {_identity(p.status) for p in here.projects if not self._lives_here(p.status)}
        if not strangers:
            return here
        elsewhere = FolderScope(
            only=lambda each: (each.framework.name, each.project.folders) in strangers
        )
        own = read_states(files, connect, elsewhere, stop)
        # Where they have no database of their own either, that this one is another's says more.
        why = {_identity(p.status): _told_why(p.status) for p in here.projects}
        at_home = [p for p in here.projects if self._lives_here(p.status)]
        others = [p for p in own.projects if _identity(p.status) in strangers]
        return replace(
            here,
            projects=(
                *at_home,
                *(_with_reason(p, why.get(_identity(p.status), ())) for p in others),
            ),
            unreachable=tuple(dict.fromkeys((*here.unreachable, *own.unreachable))),
        )

    @property
    def _address(self) -> str | None:
        return self._target.address if self._target is not None else None

    def _at_home(self, board: Board) -> tuple[MigrationStatus, ...]:
        return tuple(s for s in board.projects if s.project is not None and self._lives_here(s))

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

    def _connecting(self, connections: ExitStack) -> Connect:
        """How databases are opened for one reading: the connected one once, until it ends."""
        opened: dict[str, HistoryReader] = {}

        @contextmanager
        def connect(address: str) -> Iterator[HistoryReader]:
            if address != self._address:
                with self._connect(address) as other:
                    yield other
                return
            if address not in opened:
                opened[address] = connections.enter_context(self._connect(address))
            yield opened[address]

        return connect

    def _connect(self, address: str) -> AbstractContextManager[HistoryReader]:
        if self._target is not None and address == self._target.address:
            return reader.connect_to(self._target)
        return reader.connect(address)


def _told_why(status: MigrationStatus) -> tuple[Note, ...]:
    return tuple(note for note in status.notes if isinstance(note, OtherDatabase))


def _with_reason(project: ProjectStates, why: tuple[Note, ...]) -> ProjectStates:
    """A project no database was read for, with why the connected one was not."""
    status = project.status
    if status.database is not None or not why:
        return project
    kept = (note for note in status.notes if not isinstance(note, DatabaseUnread))
    return replace(project, status=replace(status, notes=(*kept, *why)))


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


def _gist(entry: BoardEntry) -> str:
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
    except files.UnreadableFile as error:
        raise OSError(str(error)) from None
