"""Before anything goes: open transactions are settled, and what would be lost is said."""

from collections.abc import Callable
from typing import Protocol

from textual.screen import Screen

from studio.ui.editing.change_sets import ChangeSets
from studio.ui.shell.tab_stack import TabStack


class HoldsWork(Protocol):
    """Where something may be open or staged."""

    @property
    def tab_stack(self) -> TabStack:
        """Every open tab, of which one is on the screen."""

    @property
    def change_sets(self) -> ChangeSets:
        """Where edits are kept."""


class Leaving:
    """Asks before anything is lost."""

    def __init__(self, screen: Screen[None], place: HoldsWork) -> None:
        """`screen` asks."""
        self._screen = screen
        self._place = place

    def settles_first(self, go_on: Callable[[], None]) -> bool:
        """Ask what becomes of the first open transaction, if there is one; `go_on` comes when that
        is done.
        """
        return any(tab.settles_first(go_on) for tab in self._place.tab_stack.tabs)

    def leave(self) -> None:
        """Quit; asks first when something is staged or open."""
        if self.settles_first(self.leave):
            return
        reasons = [
            self._place.change_sets.keeps_open_because,
            *(tab.keeps_open_because() for tab in self._place.tab_stack.tabs),
        ]
        reasons = [reason for reason in reasons if reason]
        if not reasons:
            self._screen.app.exit()
            return

        from studio.ui.widgets.ask import Ask  # noqa: PLC0415 not before the first rows

        def answered(answer: bool | None) -> None:
            if answer:
                self._screen.app.exit()

        question = "\n".join([*reasons, "", "Quit all the same?"])
        self._screen.app.push_screen(Ask(question, yes="quit"), answered)
