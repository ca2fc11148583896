"""The open tabs: which there are, which one is on the screen, and the way one came."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import ContentSwitcher

from studio.ui.keys.commands import Command, bindings
from studio.ui.shell.tab import Tab
from studio.ui.shell.tab_bar import TabBar


class Previewing(Vertical):
    """What is shown before the first tab; moves in it are made again in the tab."""

    title: str = ""
    """Empty until there is something to show."""
    typed: Sequence[str] = ()
    """The keys of these moves, in order."""
    is_followed: bool = False
    """Whether keys wait that were typed after them: none of what comes then is a move."""


class TabStack(Vertical):
    """A bar of titles over the tab that is shown; a tab is opened once, by its key."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("tabs.close", "Close the tab", "x", "close"),
        Command("tabs.back", "Back along the way you came", "backspace", "back"),
        *(
            Command(f"tabs.pick-{n}", f"Go to tab {n}", str(n), f"pick({n - 1})")
            for n in range(1, 10)
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    TabStack ContentSwitcher#tabs { height: 1fr; }
    """

    class Switched(Message):
        """Another tab is on the screen, or what it shows of itself changed."""

    class Emptied(Message):
        """The last tab was closed."""

    def __init__(self, preview: Previewing | None = None) -> None:
        """`preview` is shown until the first tab has something to show."""
        super().__init__()
        self._tabs: dict[str, Tab] = {}
        self._trail: list[tuple[str, Callable[[], None]]] = []
        self._preview = preview
        self._coming = ""
        self._later: list[tuple[str, str | None]] = []
        """Keys that wait for the first tab's rows."""

    def compose(self) -> ComposeResult:
        """The bar and the tabs."""
        yield TabBar()
        if self._preview is None:
            yield ContentSwitcher(id="tabs")
        else:
            yield ContentSwitcher(self._preview, id="tabs", initial=self._preview.id)

    @property
    def _switcher(self) -> ContentSwitcher:
        return self.query_one("#tabs", ContentSwitcher)

    @property
    def tabs(self) -> tuple[Tab, ...]:
        """Every open tab, in order."""
        return tuple(self._tabs.values())

    @property
    def current_key(self) -> str | None:
        """The key of the tab on the screen."""
        shown = self._switcher.current
        return next((key for key, tab in self._tabs.items() if tab.id == shown), None)

    @property
    def current(self) -> Tab | None:
        """The tab on the screen."""
        key = self.current_key
        return self._tabs.get(key) if key is not None else None

    def find(self, key: str) -> Tab | None:
        """The tab called `key`, if it is open."""
        return self._tabs.get(key)

    # -- before anything is open -----------------------------------------------------------------

    def drop_preview(self) -> None:
        """Take the preview away where there is nothing to open in its place."""
        preview, self._preview = self._preview, None
        if preview is not None:
            self._switcher.current = None
            self.show_titles()
            self.call_after_refresh(preview.remove)

    def _end_preview(self, key: str) -> None:
        preview, self._preview = self._preview, None
        had_focus = preview is not None and preview.has_focus_within
        self._go(key)
        if had_focus:
            self._tabs[key].focus_content()
        if preview is not None:
            # Not before it is off the screen: its grid could be asked to draw while it goes.
            self.call_after_refresh(preview.remove)
            # Keys for the first table's rows mean nothing in another tab.
            if key == next(iter(self._tabs)):
                self._later[:0] = [(move, None) for move in preview.typed]
            else:
                self.forget_keys()

    def type_later(self, key: str, character: str | None) -> None:
        """Type a key once the first tab has its rows."""
        self._later.append((key, character))
        if self._preview is not None:
            self._preview.is_followed = True

    @property
    def keeps_keys(self) -> bool:
        """Whether any waits."""
        return bool(self._later)

    def forget_keys(self) -> None:
        """Type none of them: what they were for will not come."""
        self._later.clear()
        if self._preview is not None:
            self._preview.is_followed = False

    def _type_again(self, keys: Sequence[tuple[str, str | None]]) -> None:
        for key, character in keys:
            # By the app: an event that the tab stack itself sent would not bubble beyond it.
            self.app.call_later(self._press, key, character)

    def _press(self, key: str, character: str | None) -> None:
        self.app.post_message(events.Key(key, character))

    @property
    def has_preview(self) -> bool:
        """Whether what is shown is not a tab yet."""
        return self._preview is not None

    @property
    def shows_rows(self) -> bool:
        """Whether the preview holds any, or is known to hold none."""
        return self._preview is not None and bool(self._preview.title)

    @property
    def is_covered(self) -> bool:
        """Whether a tab was opened beside the first, and the preview is still over it."""
        return self._preview is not None and len(self._tabs) > 1

    def announce(self, title: str) -> None:
        """Name a tab that was asked for and takes a moment to be made; empty: none."""
        if title != self._coming:
            self._coming = title
            self.show_titles()

    # -- going -----------------------------------------------------------------------------------

    def open(self, key: str, make: Callable[[], Tab]) -> Tab:
        """Go to the tab called `key`, made first when it is not open; the way back is kept."""
        self._remember_way()
        if key not in self._tabs:
            tab = make()
            tab.id = f"tab-{id(tab)}"
            # Several may be opened while the preview is up: only the last one will be shown.
            tab.display = False
            self._tabs[key] = tab
            self._switcher.mount(tab)
        if self._preview is None:
            self._go(key)
        return self._tabs[key]

    def _go(self, key: str) -> None:
        self._switcher.current = self._tabs[key].id
        self.show_titles()

    def _remember_way(self) -> None:
        key, tab = self.current_key, self.current
        if key is not None and tab is not None:
            self._trail.append((key, tab.way_back()))

    def show_titles(self) -> None:
        """Draw the bar anew."""
        keys = list(self._tabs)
        current = self.current_key
        index = keys.index(current) if current in keys else 0
        titles = [tab.tab_title for tab in self._tabs.values()]
        if not titles and self._preview is not None:
            titles = [self._preview.title]
        if self._coming:
            index, titles = len(titles), [*titles, self._coming]
        self.query_one(TabBar).show(titles, index)
        self.post_message(self.Switched())

    def action_pick(self, index: int) -> None:
        """Go to the tab with this number, from 0."""
        keys = list(self._tabs)
        if index < len(keys) and keys[index] != self.current_key:
            self._remember_way()
            self._go(keys[index])
            self._tabs[keys[index]].focus_content()

    def action_back(self) -> None:
        """Go back to where one came from."""
        while self._trail:
            key, again = self._trail.pop()
            if key in self._tabs:
                self._go(key)
                again()
                return
        self.notify("nothing to go back to", markup=False)

    @on(TabBar.Picked)
    def _picked(self, message: TabBar.Picked) -> None:
        self.action_pick(message.index)

    @on(Tab.Changed)
    def _changed(self) -> None:
        if self._preview is not None and self._tabs:
            self._end_preview(next(reversed(self._tabs)))
        else:
            self.show_titles()
        if self._later and self._tabs:
            keys, self._later = tuple(self._later), []
            self.call_after_refresh(self._type_again, keys)

    # -- closing ---------------------------------------------------------------------------------

    async def action_close(self) -> None:
        """Close the tab, unless something would be lost."""
        key, tab = self.current_key, self.current
        if key is None or tab is None:
            return
        if reason := tab.keeps_open_because():
            self.notify(reason, severity="warning", markup=False)
            return

        def close() -> None:
            self.call_later(self._close, key)

        if tab.settles_first(close):
            return
        await self._close(key)

    async def _close(self, key: str) -> None:
        tab = self._tabs.pop(key, None)
        if tab is None:
            return
        self._trail = [step for step in self._trail if step[0] != key]
        await tab.remove()
        if not self._tabs:
            self._switcher.current = None
            self.show_titles()
            self.post_message(self.Emptied())
            return
        last = list(self._tabs)[-1]
        self._go(last)
        self._tabs[last].focus_content()

    async def close_all(self) -> None:
        """Close every tab, whatever they hold: the connection they belong to is going."""
        self._preview = None
        await self._switcher.remove_children()
        self._switcher.current = None
        self._tabs.clear()
        self._trail.clear()
        self.show_titles()
