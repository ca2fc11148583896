"""What a key asked for and has not come yet: keys typed behind it wait, for they are meant for it.

A tab takes a moment to be made, an editor may read a whole value first. Letters typed meanwhile
would be commands to the rows that are still on the screen.
"""

from collections.abc import Iterator

from textual.app import App
from textual.worker import Worker

from studio.ui.shell.main import MainScreen

_GROUPS = frozenset({"edit", "value", "relations", "explain", "filter-cell", "sets"})
"""Workers that a key starts and that end in a screen, a tab, other rows, or staged changes."""


def is_arriving(app: App[None]) -> bool:
    """Whether anything is on its way to the main screen: a two-key command, a tab, an answer."""
    screen = app.screen
    if not (isinstance(screen, MainScreen) and screen.is_mounted):
        return False
    tab = screen.tab_stack.current
    return (
        screen.two_keys.is_due
        or screen.opener.is_awaited
        or screen.tab_stack.is_covered
        or (tab is not None and tab.is_arriving)
        or any(_on_way(app))
    )


def give_up(app: App[None]) -> None:
    """Wait for none of it any more, and stop what works on it."""
    for worker in _on_way(app):
        worker.cancel()
    screen = app.screen
    if isinstance(screen, MainScreen) and screen.is_mounted:
        screen.opener.forget()
        if (tab := screen.tab_stack.current) is not None:
            tab.is_arriving = False


def _on_way(app: App[None]) -> Iterator[Worker[object]]:
    return (one for one in app.workers if one.group in _GROUPS and not one.is_finished)
