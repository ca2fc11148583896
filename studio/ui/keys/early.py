"""Keys for the rows of the first tab, typed while it is on its way: each waits, in its turn."""

from textual import events
from textual.screen import Screen

from studio.ui.shell.tab_opener import TabOpener
from studio.ui.shell.tab_stack import TabStack

_WAYS_OUT = frozenset({"escape", "ctrl+q", "ctrl+c", "ctrl+z"})
LOOKS = frozenset({"enter", "c", "colon"})
"""Bound by every grid, for what stands over the tab around it."""


class EarlyKeys:
    """Moves in a preview are done at once, and again in the tab. All else waits for the tab, and so
    does what is typed behind it: it may be the text of a filter.
    """

    def __init__(self, screen: Screen[None], opener: TabOpener) -> None:
        """`screen` is asked which keys mean something already, `opener` whether a tab will come."""
        self._screen = screen
        self._opener = opener

    def take(self, event: events.Key, tabs: TabStack) -> None:
        """Keep a key that nothing here answers, or say why nothing ever will."""
        if event.key in _WAYS_OUT or not (tabs.keeps_keys or self._is_for_rows(event.key)):
            return
        event.stop()
        event.prevent_default()
        if not self._opener.say_stopped():
            tabs.type_later(event.key, event.character)

    def keep_both(self, first: str, event: events.Key, tabs: TabStack) -> bool:
        """Keep a command of two keys that nothing here answers, if a tab comes that may."""
        is_coming = tabs.current is None and (tabs.has_preview or self._opener.awaits_catalog)
        if not is_coming or self._opener.is_stopped:
            return False
        tabs.type_later(first, first)
        tabs.type_later(event.key, event.character)
        return True

    def _is_for_rows(self, key: str) -> bool:
        bound = self._screen.active_bindings.get(key)
        return key in LOOKS or bound is None or not bound.enabled
