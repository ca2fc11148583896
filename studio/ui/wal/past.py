"""The database as of one commit: opened beside now, or saved as a file of its own."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from studio.backends.halves.wal_history import WalHistory
from studio.backends.target import Target
from studio.db.session import Session
from studio.model.words import file_size
from studio.ui.wal.copying import copied
from studio.ui.workspace import Workspace
from studio.wal.frames import Commit


class CommitCopies:
    """What is made of the commits of one file. Raises StudioError; stopped when it is cancelled."""

    def __init__(
        self, history: WalHistory, session: Session, target: Target, say: Callable[[str], None]
    ) -> None:
        """`say` hears how far it is, and an empty text at the end."""
        self._history, self._session, self._target, self._say = history, session, target, say

    async def workspace(self, commit: Commit, page_size: int) -> Workspace:
        """The whole of it, to work in; nothing can be written."""
        frame = commit.last_frame
        opening = await copied(
            f"rebuilding commit {frame:,}",
            commit.db_pages * page_size,
            partial(self._history.visit, self._target, frame),
            self._say,
        )
        return await Workspace.over(Session(self._session.backend, opening))

    def file_name(self, commit: Commit) -> str:
        """A new file that is offered for it."""
        here = Path(self._target.address)
        return str(here.with_name(f"{here.stem}-{commit.last_frame}{here.suffix}"))

    async def save(self, commit: Commit, page_size: int, name: str) -> str:
        """Write it to a new file; what is said then."""
        frame, output = commit.last_frame, Path(name).expanduser()  # noqa: ASYNC240 - reads no disk
        size = await copied(
            f"saving commit {frame:,}",
            commit.db_pages * page_size,
            partial(self._history.save_state, self._target, frame, output),
            self._say,
        )
        return f"{output}: the database as of commit {frame:,}, {file_size(size)}"
