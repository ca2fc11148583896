"""The app: themes, keymap, the main screen. Imports no driver: the first paint comes before any."""

import asyncio
import contextlib
import os
import signal
import sys
import termios
import threading
from typing import ClassVar

from textual import events, on, work
from textual.actions import parse
from textual.app import App
from textual.binding import BindingType
from textual.driver import Driver
from textual.widget import Widget

from studio.config.settings import Settings, place_of, remember
from studio.config.themes import DEFAULT, load_theme, theme_files, wanted_theme
from studio.model.errors import ConfigInvalid, StudioError
from studio.rows.first_look import Looking
from studio.ui.ascii import plain_output
from studio.ui.chords import places as places_of
from studio.ui.commands import Command, Moving, bindings, commands_of
from studio.ui.first_frame import FirstFrame, taking_over
from studio.ui.key_order import KeyOrder
from studio.ui.keymap import keymap_of, mistakes, places
from studio.ui.labels import plain_lines
from studio.ui.request import OpenRequest
from studio.ui.screens.main import MainScreen
from studio.ui.theme import textual_theme
from studio.ui.widgets.glyphs import glyphs_for

_PATIENCE_S = 3.0
"""For closing connections when a signal ends the app."""
_ENDING = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGINT") if hasattr(signal, name)
)
_SETTLED_S = 1.5
"""By then the first rows are read."""
_SIGNALLED = 128
"""A shell's exit code for "ended by signal n" is this much more than n."""


class StudioApp(App[None]):
    """One window on one database."""

    TITLE = "studio"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("app.palette", "Every command, table and theme", "ctrl+p", "palette"),
        Command("app.quit", "Quit", "q,ctrl+q", "leave"),
        Command("app.suspend", "To the shell; fg comes back", "ctrl+z", "suspend_process"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)

    def __init__(self, request: OpenRequest) -> None:
        self.request = request
        super().__init__()
        self._key_order = KeyOrder(self, self._deliver, self._is_arriving, self._move_by)
        self.settings = request.settings
        self.failed: StudioError | None = None
        """Why there was never a connection: for stderr, once the screen is gone."""
        self.animation_level = "none"
        self._ending: asyncio.Task[None] | None = None
        self._install_theme(wanted_theme(request.theme, request.settings))
        self.moved_keys = keymap_of(request.settings.keys)
        self.set_keymap(self.moved_keys)

    def get_driver_class(self) -> type[Driver]:
        """The platform's; where the terminal is no Unicode terminal, one that writes ASCII."""
        kind = super().get_driver_class()
        if self.request.frame is not None:
            kind = taking_over(kind, self.request.frame)
        return plain_output(kind) if glyphs_for(os.environ).ascii_only else kind

    def _install_theme(self, name: str) -> None:
        try:
            spec = load_theme(name)
        except ConfigInvalid:
            if name == DEFAULT:
                raise
            spec = load_theme(DEFAULT)
        self.register_theme(textual_theme(spec))
        self.theme = spec.name

    def choose_theme(self, name: str) -> None:
        """Switch to a theme now, and start with it next time."""
        try:
            spec = load_theme(name)
        except ConfigInvalid as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self.register_theme(textual_theme(spec))
        self.theme = spec.name
        remember("theme", name)

    @property
    def theme_names(self) -> tuple[str, ...]:
        """Every theme there is."""
        return tuple(sorted(theme_files()))

    async def on_event(self, event: events.Event) -> None:
        """Let keys in one after the other."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            await self._key_order.arrive(event)
        else:
            await super().on_event(event)

    def _is_arriving(self) -> bool:
        """Whether what a key asked for is on its way: a two-key command, or a tab."""
        screen = self.screen
        if not (isinstance(screen, MainScreen) and screen.is_mounted):
            return False
        tab = screen.deck.current
        return screen.is_command_due or (tab is not None and tab.is_arriving)

    async def _move_by(self, key: str, times: int) -> int:
        """Move as far as `times` presses of `key` would, or fewer; how many. A key that passes
        through every widget around the one it is for takes three times as long.
        """
        screen, widget = self.screen, self.focused
        if not isinstance(widget, Moving) or not (self.moved_keys or _binds(widget, key)):
            return 0
        if isinstance(screen, MainScreen) and screen.wants_next_key():
            return 0
        bound = screen.active_bindings.get(key)
        if bound is None or bound.node is not widget or not bound.enabled:
            return 0
        _, name, steps = parse(bound.binding.action)
        if name in widget.STEPS:
            steps = tuple(step * times for step in steps if isinstance(step, int))
        elif name in widget.LEAPS:
            times = 1
        else:
            return 0
        return times if await self.run_action(("", name, steps), widget) else 0

    async def _deliver(self, event: events.Key) -> None:
        """Give the main screen a look at a key before the focus gets it."""
        if not (isinstance(self.screen, MainScreen) and self.screen.take_key(event)):
            await super().on_event(event)

    def get_default_screen(self) -> MainScreen:
        """The main screen, with no empty one below; it connects once it has been painted."""
        return MainScreen(self.request)

    def on_mount(self) -> None:
        """Listen to what may end the app."""
        self._heed_signals()
        if self.settings.keys:
            self.set_timer(_SETTLED_S, self._check_keys)

    @work(thread=True)
    def _check_keys(self) -> None:
        """Say what is wrong with `[keys]`, once the first rows are there: it loads every tab."""
        for name, sentence in mistakes(self.settings.keys, places()):
            self.call_from_thread(
                self.notify, f"{place_of(name)}: {sentence}", severity="warning", markup=False
            )

    def _heed_signals(self) -> None:
        """Told to end, leave the terminal and the database as after `q`, and say who asked."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in _ENDING:
            # Where loops take no signals (Windows), the terminal's end is the program's.
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, self._end, number)

    def _end(self, number: signal.Signals) -> None:
        """The terminal is gone, or the machine goes down: leave nothing open, lose nothing."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._close_and_exit(number))

    async def _close_and_exit(self, number: signal.Signals) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen) and screen.workspace is not None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(screen.workspace.close(), _PATIENCE_S)
        if number == signal.SIGHUP and not _has_terminal():
            # Leaving the terminal's modes in order would wait for a terminal that is gone.
            os._exit(_SIGNALLED + number)
        self.exit(return_code=_SIGNALLED + number)

    @on(MainScreen.NeverConnected)
    def _never_connected(self, message: MainScreen.NeverConnected) -> None:
        self.failed = message.error
        self.exit(return_code=message.error.exit_code if message.error is not None else 0)

    def action_theme(self, name: str) -> None:
        """Switch to a theme."""
        self.choose_theme(name)

    async def action_palette(self) -> None:
        """Offer everything that can be done here."""
        screen = self.screen
        if not isinstance(screen, MainScreen):
            return
        from studio.ui.screens.palette import (  # noqa: PLC0415 not before the first paint
            Entry,
            Palette,
            command_entries,
            table_entries,
            theme_entries,
        )

        places = [(node, commands_of(node)) for node in places_of(screen)]
        summaries = screen.workspace.summaries if screen.workspace is not None else ()
        entries = [
            *command_entries(places),
            *table_entries(summaries, screen),
            *theme_entries(self.theme_names, self),
        ]

        async def chosen(entry: Entry | None) -> None:
            if entry is not None:
                await self.run_action(entry.action, entry.node)

        self.push_screen(Palette(entries), chosen)

    async def action_quit(self) -> None:
        """Textual's own way out, which would not ask."""
        self.action_leave()

    def action_help_quit(self) -> None:
        """Somebody pressed ctrl+c: say what they may have wanted."""
        self.notify("esc stops what runs; q quits", markup=False)

    def action_leave(self) -> None:
        """Quit; the main screen asks first when something would be lost."""
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen):
                screen.leave()
                return
        self.exit()


def _binds(widget: Widget, key: str) -> bool:
    """Whether `widget` itself has anything bound to `key`, as it was declared: asking for every
    active binding takes a millisecond.
    """
    return key in widget._bindings.key_to_bindings  # noqa: SLF001 no public way


def _has_terminal() -> bool:
    try:
        termios.tcgetattr(sys.__stdin__ if sys.__stdin__ is not None else 0)
    except (OSError, ValueError, termios.error):
        return False
    return True


def run(request: OpenRequest) -> int:
    """Run the UI to its end; the exit code."""
    app = StudioApp(request)
    app.run()
    if app.failed is not None:
        print(f"studio: {plain_lines(str(app.failed))}", file=sys.stderr)  # noqa: T201 the screen is gone
    return app.return_code or 0


def request_from(
    arguments: object,
    settings: Settings,
    looking: Looking | None = None,
    frame: FirstFrame | None = None,
) -> OpenRequest:
    """The request that parsed command line arguments make."""
    return OpenRequest(
        target=getattr(arguments, "target", None),
        table=getattr(arguments, "table", None),
        where=getattr(arguments, "where", None),
        order=getattr(arguments, "order", None),
        query=getattr(arguments, "query", None),
        read_only=bool(getattr(arguments, "read_only", False)),
        theme=getattr(arguments, "theme", None),
        settings=settings,
        looking=looking,
        frame=frame,
    )
