"""The whole look at a folder: its files, then its states, then how its schemas drifted.

Each step is a value that the next takes, so that who wants to show the states first, or the drift
later, reads nothing twice. Nothing is opened here: the caller gives `connect`.
States, kinds of drift and notes: README.md beside this file.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from studio.migrations.drift.drift import drift_of
from studio.migrations.folder import read_folder
from studio.migrations.reading.tree import Stopped, never
from studio.migrations.registry import without_failing
from studio.migrations.states import Connect, FolderScope, ProjectStates, States, read_states
from studio.model.migration import Board


@dataclass(frozen=True, slots=True)
class BoardOptions:
    """What to look at besides the states."""

    drift: bool = False
    replay: bool = False
    """For drift: allow SQL migrations to be replayed in a scratch of the server itself."""


def load_board(
    folder: Path | None,
    connect: Connect,
    *,
    database: str | None = None,
    wishes: BoardOptions | None = None,
    stop: Callable[[], bool] = never,
) -> Board:
    """Every migration of `folder` in the databases its projects name, or in `database` instead.

    Without a folder only the histories of `database` are shown. Databases that cannot be opened are
    listed in the board, never raised. Blocking: call it in a thread, and let `stop` say when nobody
    wants the board any more; then it raises Stopped.
    """
    wishes = wishes or BoardOptions()
    states = without_failing(
        lambda: read_states(read_folder(folder, stop), connect, FolderScope(database), stop)
    )
    return compared(states, replay=wishes.replay, stop=stop) if wishes.drift else states.board


def compared(states: States, *, replay: bool = False, stop: Callable[[], bool] = never) -> Board:
    """The board with the drift of every project; raises Stopped once `stop` says so. Blocking.

    `replay`: a person allowed a scratch in the databases themselves.
    """
    done: list[ProjectStates] = []
    for each in states.projects:
        if stop():
            raise Stopped
        if each.live is not None:
            drift, notes = drift_of(each.status, each.live, replays=replay)
            status = replace(each.status, drift=drift, notes=(*each.status.notes, *notes))
            each = replace(each, status=status)  # noqa: PLW2901 - the same project, further on
        done.append(each)
    return replace(states, projects=tuple(done)).board
