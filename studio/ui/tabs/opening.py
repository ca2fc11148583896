"""Opening query and plan tabs in the deck. Imports the database layer: not before paint."""

import asyncio
from pathlib import Path

from studio.config.settings import Settings
from studio.config.statements import QueryTexts
from studio.explain.saved import read_file
from studio.model.errors import ConfigInvalid
from studio.ui.sql_text import SqlFile
from studio.ui.tabs.deck import TabDeck
from studio.ui.tabs.plan import PlanTab
from studio.ui.tabs.query import QueryTab
from studio.ui.workspace import Workspace


def open_query(
    deck: TabDeck, workspace: Workspace, settings: Settings, given: str | None = None
) -> QueryTab:
    """A query tab: with `given` SQL or `@file`, else with the text that was left in its place.

    Raises ConfigInvalid when the file cannot be read.
    """
    file, text = None, given
    if given and given.startswith("@"):
        file, text = _read(Path(given[1:]).expanduser())
    texts = QueryTexts(workspace.target)
    number = 1
    # A text from outside must not write over one that was left.
    while deck.find(f"query:{number}") is not None or (text is not None and texts.load(number)):
        number += 1
    tab = deck.open(f"query:{number}", lambda: QueryTab(workspace, number, text, file, settings))
    tab.focus_content()
    if not isinstance(tab, QueryTab):
        raise TypeError(tab)
    return tab


def _read(path: Path) -> tuple[SqlFile, str]:
    try:
        return SqlFile.read(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"cannot be read: {error}", path) from error


def open_plan(deck: TabDeck, workspace: Workspace, sql: str) -> PlanTab:
    """The plan of a statement; a plan that is open already is measured instead."""
    key = f"plan:{sql.strip()}"
    known = deck.find(key)
    tab = deck.open(key, lambda: PlanTab(workspace, sql.strip()))
    tab.focus_content()
    if not isinstance(tab, PlanTab):
        raise TypeError(tab)
    if known is not None:
        tab.action_measure()
    return tab


async def open_saved_plan(deck: TabDeck, path: Path) -> PlanTab:
    """A plan from a file, of any server. Raises StudioError."""
    shown = await asyncio.to_thread(read_file, path)
    tab = deck.open(f"plan:{path}", lambda: PlanTab(None, "", shown, path.name))
    tab.focus_content()
    if not isinstance(tab, PlanTab):
        raise TypeError(tab)
    return tab
