"""Opening query and plan tabs. Imports the database layer: not before paint."""

import asyncio
from pathlib import Path

from studio.backends.halves import offers, required
from studio.backends.halves.activity import ACTIVITY
from studio.backends.halves.explaining import BoundValues
from studio.backends.halves.wal_history import WAL_HISTORY
from studio.config.settings import Settings
from studio.config.statements import QueryTexts
from studio.explain.saved import read_file
from studio.model.errors import ConfigInvalid
from studio.model.finding import IndexHint
from studio.queries.text import SqlFile
from studio.ui.activity.statements_tab import open_statements as open_statements
from studio.ui.activity.tab import open_activity
from studio.ui.plan.tab import PlanTab
from studio.ui.query.tab import QueryTab
from studio.ui.shell.tab_stack import TabStack
from studio.ui.wal.tab import open_wal
from studio.ui.workspace import Workspace


def open_query(
    tab_stack: TabStack, workspace: Workspace, settings: Settings, given: str | None = None
) -> QueryTab:
    """A query tab of its own: empty, or with `given` SQL or `@file`.

    Raises ConfigInvalid when the file cannot be read.
    """
    file, text = None, given
    if given and given.startswith("@"):
        file, text = _read(Path(given[1:]).expanduser())
    # Never a text that was left, or that another window has: those are one key away.
    number = QueryTexts(workspace.target).claim()
    while tab_stack.find(f"query:{number}") is not None:
        number += 1
    tab = tab_stack.open(
        f"query:{number}", lambda: QueryTab(workspace, number, text or "", file, settings)
    )
    tab.focus_content()
    if not isinstance(tab, QueryTab):
        raise TypeError(tab)
    return tab


def _read(path: Path) -> tuple[SqlFile, str]:
    try:
        return SqlFile.read(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"cannot be read: {error}", path) from error


def open_plan(
    tab_stack: TabStack,
    workspace: Workspace,
    sql: str,
    hints: tuple[IndexHint, ...] = (),
    values: BoundValues = (),
) -> PlanTab:
    """The plan of a statement with `values` for its parameters, or whether `hints` help it; else a
    plan that is open already is measured.
    """
    key = f"plan:{sql.strip()}"
    known = tab_stack.find(key)
    tab = tab_stack.open(key, lambda: PlanTab(workspace, sql.strip(), hints=hints, values=values))
    tab.focus_content()
    if not isinstance(tab, PlanTab):
        raise TypeError(tab)
    if known is not None and hints:
        tab.action_prove()
    elif known is not None:
        tab.take_values(values)
        tab.action_measure()
    return tab


async def open_saved_plan(tab_stack: TabStack, path: Path) -> PlanTab:
    """A plan from a file, of any server. Raises StudioError."""
    shown = await asyncio.to_thread(read_file, path)
    tab = tab_stack.open(f"plan:{path}", lambda: PlanTab(None, "", shown, path.name))
    tab.focus_content()
    if not isinstance(tab, PlanTab):
        raise TypeError(tab)
    return tab


def open_wal_page(tab_stack: TabStack, workspace: Workspace) -> None:
    """The commits in the WAL beside the file. Raises Unsupported where an engine has none."""
    history = required(workspace.session.backend, WAL_HISTORY)
    open_wal(tab_stack, history, workspace)


def open_sessions(tab_stack: TabStack, workspace: Workspace) -> None:
    """Who is at work in the database; who holds a file stands on the page of its WAL. Raises
    Unsupported where an engine tells of neither.
    """
    backend = workspace.session.backend
    if offers(backend, WAL_HISTORY) and not offers(backend, ACTIVITY):
        open_wal_page(tab_stack, workspace)
    else:
        open_activity(tab_stack, workspace)
