"""The frame of the main screen: one line above, the catalog beside the tabs, one line below."""

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.screen import Screen

from studio.ui.catalog_pane import CatalogPane
from studio.ui.chords import Choices, chord_menu, chords_here
from studio.ui.commands import Command, key_label
from studio.ui.edit_desk import EditDesk
from studio.ui.screens.help import Help
from studio.ui.tabs.deck import Previewing, TabDeck
from studio.ui.tabs.tab import Tab
from studio.ui.widgets.catalog_tree import CatalogTree
from studio.ui.widgets.status_line import StatusLine
from studio.ui.widgets.top_line import TopLine

_CHORD_KEYS = frozenset({"g"})


class Frame(Screen[None]):
    """What is always there, and what it says of the tab on the screen; knows no database."""

    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    Frame #body { height: 1fr; }
    Frame.-no-catalog CatalogPane { display: none; }
    """

    def __init__(self, preview: Previewing | None = None) -> None:
        """`preview` is shown until the first tab is there."""
        super().__init__()
        self._preview = preview
        self._chord: Choices | None = None
        self.is_command_due = False
        """Whether a two-key command was typed, and has not run yet."""

    def compose(self) -> ComposeResult:
        """Top line, catalog and tabs, last line."""
        yield TopLine()
        with Horizontal(id="body"):
            yield CatalogPane()
            yield TabDeck(self._preview)
        yield StatusLine()
        yield EditDesk()

    @property
    def top_line(self) -> TopLine:
        """The line above."""
        return self.query_one(TopLine)

    @property
    def status(self) -> StatusLine:
        """The last line."""
        return self.query_one(StatusLine)

    @property
    def catalog_pane(self) -> CatalogPane:
        """The catalog, and the line that filters it."""
        return self.query_one(CatalogPane)

    @property
    def tree_pane(self) -> CatalogTree:
        """The catalog's tree."""
        return self.catalog_pane.tree_view

    @property
    def deck(self) -> TabDeck:
        """The tabs."""
        return self.query_one(TabDeck)

    @property
    def desk(self) -> EditDesk:
        """Where edits are reviewed and taken back."""
        return self.query_one(EditDesk)

    def _show_place(self) -> None:
        tab = self.deck.current
        self.status.place = tab.tab_place if tab is not None else ""
        self._show_keys()

    def _show_keys(self) -> None:
        words: dict[str, str] = {}
        for active in self.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled:
                words.setdefault(binding.description, key_label(binding.key))
        self.status.show_keys([*((key, word) for word, key in words.items()), ("g", "go")])

    @on(TabDeck.Switched)
    def _tab_switched(self) -> None:
        self._show_place()

    @on(TabDeck.Emptied)
    def _tabs_emptied(self) -> None:
        self.tree_pane.focus()

    @on(Tab.Moved)
    def _tab_moved(self, message: Tab.Moved) -> None:
        message.stop()
        if (tab := self.deck.current) is not None:
            self.status.place = tab.tab_place

    @on(Tab.Working)
    def _tab_working(self, message: Tab.Working) -> None:
        if message.task:
            self.status.working(message.task)
        else:
            self.status.done()
            self._show_place()

    def take_key(self, event: events.Key) -> bool:
        """Take a key that belongs to a two-key command, before the focus sees it.

        The app asks for every key as it arrives: two keys typed in one go are still in order here,
        while a widget would get the second before it has answered the first.
        """
        choices, self._chord = self._chord, None
        if choices is None:
            consumed = self.focused is not None and self.focused.check_consume_key(
                event.key, event.character
            )
            if event.key not in _CHORD_KEYS or consumed:
                return False
            self.action_chord(event.key)
            return True
        self.status.question = None
        key = event.character if event.is_printable and event.character else event.key
        if key in choices:
            self.is_command_due = True
            self.call_later(self._run_command, *choices[key])
        return True

    async def _run_command(self, command: Command, node: DOMNode) -> None:
        try:
            await self.app.run_action(command.action, node)
        finally:
            self.is_command_due = False

    def wants_next_key(self) -> bool:
        """Whether the next key is not simply for the widget that has the focus: it ends a two-key
        command, or is typed over a preview and will be typed again.
        """
        return self._chord is not None or self.deck.current is None

    def action_chord(self, first: str) -> None:
        """Wait for the second key of a two-key command."""
        self._chord = chords_here(self, first)
        self.status.question = chord_menu(first, self._chord)

    def action_help(self) -> None:
        """Show every key that works here."""
        self.app.push_screen(Help(self))

    def action_toggle_catalog(self) -> None:
        """Show or hide the catalog pane."""
        self.toggle_class("-no-catalog")
        if not self.has_class("-no-catalog"):
            self.tree_pane.focus()
        elif (tab := self.deck.current) is not None:
            tab.focus_content()

    def say(self, message: str, *, severity: str = "information") -> None:
        """Tell the person something; `severity` is information, warning or error."""
        self.notify(message, severity=severity, markup=False)  # type: ignore[arg-type]

    def clear_notifications(self) -> None:
        """Take the messages away."""
        self.app.clear_notifications()

    def watch_focused(self) -> None:
        """Other places have other keys."""
        try:
            self._show_keys()
        except NoMatches:
            return
