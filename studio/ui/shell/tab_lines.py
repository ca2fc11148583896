"""What the line above and the last line say of the tab on the screen."""

from typing import Protocol

from textual.css.query import NoMatches
from textual.screen import Screen

from studio.ui.keys.here import is_typed, keys_here
from studio.ui.shell.open_transactions import elsewhere, open_in
from studio.ui.shell.status_line import StatusLine
from studio.ui.shell.tab import Tab, TabStanding
from studio.ui.shell.tab_stack import TabStack
from studio.ui.shell.top_line import TopLine


class HasLines(Protocol):
    """A frame around tabs with a line above and one below."""

    @property
    def top_line(self) -> TopLine:
        """The line above."""

    @property
    def status(self) -> StatusLine:
        """The last line."""

    @property
    def tab_stack(self) -> TabStack:
        """Every open tab, of which one is on the screen."""


class TabLines:
    """Keeps both lines true of the tab on the screen, of its work and of its keys."""

    def __init__(self, screen: Screen[None], frame: HasLines) -> None:
        """`screen` is asked for the keys that work, unless another stands over it."""
        self._screen = screen
        self._frame = frame
        self._at_work: Tab | None = None
        """The tab whose work the last line tells of."""

    def show(self) -> None:
        """Tell of the tab on the screen, and of transactions that are open in others."""
        stack = self._frame.tab_stack
        self.show_tab()
        self._frame.top_line.elsewhere = elsewhere(open_in(stack.tabs, but=stack.current))
        self.name_keys()

    def show_tab(self) -> None:
        """Tell of the tab on the screen alone."""
        tab = self._frame.tab_stack.current
        self._frame.status.place = tab.tab_place if tab is not None else ""
        self._frame.top_line.standing = tab.standing if tab is not None else TabStanding()

    def switched(self) -> None:
        """Another tab is on the screen, or one was closed."""
        if self._at_work is not None and self._at_work not in self._frame.tab_stack.tabs:
            # It is closed, and what it ran is stopped: nobody else will say so.
            self._at_work = None
            self._frame.status.done()
        self.show()

    def working(self, message: Tab.Working) -> None:
        """A tab works, or does no longer."""
        if not message.task:
            self._frame.status.done()
            self._frame.top_line.awaited = ""
            self.show()
        elif message.tab is None or message.tab in self._frame.tab_stack.tabs:
            self._at_work = message.tab
            self._frame.status.working(message.task)

    def name_keys(self) -> None:
        """Name the keys that work now: under a dialog they are the dialog's."""
        top = self._screen.app.screen
        keys = keys_here(top)
        if top is self._screen and not is_typed(self._screen, "g"):
            keys = (*keys, ("g", "go"))
        self._frame.status.show_keys(keys, is_covered=top is not self._screen)

    def name_keys_if_there(self) -> None:
        """The same, where there may be no last line yet."""
        try:
            self.name_keys()
        except NoMatches:
            # Before it is composed.
            return
