"""The app: themes, keymap, the main screen. Imports no driver: the first paint comes before any."""

import asyncio
import contextvars
import os
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.console import RenderableType
from textual import events, on, work
from textual.actions import parse
from textual.binding import BindingType
from textual.driver import Driver
from textual.notifications import Notify
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import WorkerFailed

from studio.backends.target import Target
from studio.config.settings import Settings, place_of, remember
from studio.config.themes import DEFAULT, load_theme, theme_files, wanted_theme
from studio.model.errors import ConfigInvalid, StudioError
from studio.process.signals import SIGNALLED, Ending
from studio.rows.first_rows.process import FirstRowsProcess
from studio.ui.keys.arrivals import give_up, is_arriving
from studio.ui.keys.chords import places as places_of
from studio.ui.keys.commands import Command, Moving, bindings, commands_of
from studio.ui.keys.order import KeyOrder
from studio.ui.keys.pasting import fitting
from studio.ui.request import OpenRequest
from studio.ui.shell.main import MainScreen
from studio.ui.startup.first_frame import FirstFrame, taking_over
from studio.ui.terminal.ascii import plain_output
from studio.ui.terminal.colours import colourless_output, is_colourless
from studio.ui.terminal.driver import CameTogether, PasteNotTaken, StudioDriver
from studio.ui.terminal.frames import Frame
from studio.ui.terminal.last_resort import TerminalBefore
from studio.ui.terminal.theme import textual_theme
from studio.ui.toasts import Toasts
from studio.ui.widgets.glyphs import glyphs_for
from studio.ui.widgets.labels import plain_lines
from studio.ui.work_ends import WorkEnds, sought_the_gone

if TYPE_CHECKING:
    import subprocess

_COLOURLESS_CSS = "colourless.tcss"
_SETTLED_S = 1.5
"""By then the first rows are read."""


class StudioApp(WorkEnds):
    """One window on one database."""

    TITLE = "studio"
    CSS_PATH: ClassVar[str] = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("app.palette", "Every command, table and theme", "ctrl+p", "palette"),
        Command("app.quit", "Quit", "q,ctrl+q", "leave"),
        Command("app.suspend", "To the shell; fg comes back", "ctrl+z", "suspend_process"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)

    def __init__(self, request: OpenRequest) -> None:
        self.request = request
        no_colours = is_colourless(os.environ)
        # Whoever shows by colour alone what is chosen reverses it then.
        more = [_COLOURLESS_CSS] if no_colours else []
        super().__init__(css_path=[self.CSS_PATH, *more])
        self.no_color = self.no_color or no_colours
        self.key_order = KeyOrder(
            self, self._deliver, partial(is_arriving, self), partial(give_up, self), self._move_by
        )
        self.toasts = Toasts(self)
        """What is said in passing."""
        self.settings = request.settings
        self.failed: StudioError | None = None
        """Why there was never a connection: for stderr, once the screen is gone."""
        self.crashed: BaseException | None = None
        """What ended the app and should not have."""
        self.animation_level = "none"
        self.lent_to: subprocess.Popen[bytes] | None = None
        """The program that has the terminal meanwhile."""
        self._ending: asyncio.Task[None] | None = None
        self._install_theme(wanted_theme(request.theme, request.settings))
        self.moved_keys: dict[str, str] = {}
        if request.settings.keys:
            from studio.ui.keys.keymap import keymap_of  # noqa: PLC0415 most move no key

            self.moved_keys = keymap_of(request.settings.keys)
            self.set_keymap(self.moved_keys)

    def _handle_exception(self, error: Exception) -> None:
        """Remember what ends the app, for the report; of several, the first."""
        if sought_the_gone(error):
            return
        if self.crashed is None:
            self.crashed = error.error if isinstance(error, WorkerFailed) else error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """End without Textual's traceback: it shows what every variable held."""
        self._close_messages_no_wait()

    def get_driver_class(self) -> type[Driver]:
        """Studio's own; where the terminal is no Unicode terminal, one that writes ASCII."""
        kind: type[Driver] = StudioDriver
        if self.request.frame is not None:
            kind = taking_over(kind, self.request.frame)
        if is_colourless(os.environ):
            kind = colourless_output(kind)
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

    def refresh_css(self, animate: bool = True) -> None:
        """Read the style sheets anew. The first screen, which brings more of them, has all read by
        itself: before it, Textual would read its own twice.
        """
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

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
        """Let keys and pastes in one after the other."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self.key_order.arrive(event)
        else:
            await super().on_event(event)

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

    async def _deliver(self, event: events.Key | events.Paste) -> None:
        """Give the main screen a look at a key before the focus gets it."""
        if isinstance(event, events.Paste):
            try:
                event = fitting(event, self.focused)
            except ValueError as error:
                self.notify(str(error), severity="warning", markup=False)
                return
            await super().on_event(event)
        elif not (isinstance(self.screen, MainScreen) and self.screen.two_keys.take(event)):
            await super().on_event(event)

    @on(CameTogether)
    def _came_together(self, message: CameTogether) -> None:
        self.key_order.expect(message.typed)

    @on(PasteNotTaken)
    def _paste_not_taken(self, message: PasteNotTaken) -> None:
        why = "its end never came" if message.is_endless else "that is too much at once"
        said = f"a paste of {message.byte_count:,} bytes was not taken: {why}"
        self.notify(said, severity="warning", markup=False)

    def _on_notify(self, event: Notify) -> None:
        """Before Textual's own."""
        self.toasts.take(event)

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
        from studio.ui.keys.keymap import mistakes, places  # noqa: PLC0415 most move no key

        for name, sentence in mistakes(self.settings.keys, places()):
            self.call_from_thread(
                self.notify, f"{place_of(name)}: {sentence}", severity="warning", markup=False
            )

    def _heed_signals(self) -> None:
        """Told to end, leave the terminal and the database as after `q`, and say who asked."""
        ending = self.request.ending
        if ending is None:
            return
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()
        driver = self._driver

        def tell(number: signal.Signals) -> None:
            if isinstance(driver, StudioDriver):
                driver.end(is_hung_up=ending.is_hung_up())
            if self.lent_to is not None:
                self.lent_to.send_signal(number)
            loop.call_soon_threadsafe(self._end, number, context=context)

        # In an editor that has the terminal, ctrl+c is the editor's.
        ending.hand_to(tell, lambda number: number != signal.SIGINT or self.lent_to is None)
        if isinstance(driver, StudioDriver):
            driver.is_told_to_end = lambda: ending.is_told
            ending.at_last = driver.give_back

    def _end(self, number: signal.Signals) -> None:
        """The terminal is gone, or the machine goes down: leave nothing open, lose nothing."""
        self._ending = asyncio.create_task(self._close_and_exit(number))

    async def _close_and_exit(self, number: signal.Signals) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen) and screen.workspace is not None:
                await screen.workspace.close()
        self.exit(return_code=SIGNALLED + number)

    @on(StudioDriver.DrawAnew)
    @on(StudioDriver.SignalResume)
    def _draw_anew(self) -> None:
        """Somebody else drew on the terminal, or it missed what we drew."""
        if isinstance(self._driver, StudioDriver):
            self._driver.catch_up()
        self.refresh(layout=True)

    def on_resize(self, event: events.Resize) -> None:
        """Draw everything, whatever the size: a terminal that became smaller and large again has
        lost what was cut off, and one that is shown elsewhere now may tell so by this alone.
        """
        if isinstance(self._driver, StudioDriver):
            self._driver.frames.forget()
            if event.size == self._size:
                self.refresh(layout=True)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Send what changes on the terminal, and not all that was drawn anew."""
        driver = self._driver
        if not (isinstance(renderable, Frame) and isinstance(driver, StudioDriver)):
            super()._display(screen, renderable)
            return
        if self._running and not (self._closed or self._batch_count):
            cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
            sequence = driver.frames.sequence(
                renderable,
                self.console,
                self.size.width,
                cursor if hasattr(type(self.focused), "cursor_screen_offset") else None,
                is_synchronised=self._sync_available,
            )
            if sequence:
                driver.write(sequence)
        self.post_display_hook()

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
        from studio.ui.keys.palette import (  # noqa: PLC0415 not before the first paint
            Palette,
            PaletteEntry,
            command_entries,
            theme_entries,
        )

        places = [(node, commands_of(node)) for node in places_of(screen)]
        palette = Palette(
            command_entries(places),
            theme_entries(self.theme_names, self),
            screen.tree_pane.summaries,
            screen,
            is_filling=screen.opener.awaits_catalog,
        )

        async def chosen(entry: PaletteEntry | None) -> None:
            if entry is not None:
                await self.run_action(entry.action, entry.node)

        self.push_screen(palette, chosen)

    async def action_quit(self) -> None:
        """Textual's own way out, which would not ask."""
        self.action_leave()

    def action_help_quit(self) -> None:
        """Somebody pressed ctrl+c: say what they may have wanted."""
        self.notify("esc stops what runs; ctrl+q quits", markup=False)

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


def run(request: OpenRequest) -> int:
    """Run the UI to its end; the exit code."""
    before = TerminalBefore(request.frame)
    app = StudioApp(request)
    try:
        app.run()
    except BaseException:
        before.put_back(screen=True)
        raise
    if app.crashed is not None:
        before.put_back(screen=False)
        raise app.crashed
    if app.failed is not None:
        print(f"studio: {plain_lines(str(app.failed))}", file=sys.stderr)  # noqa: T201 the screen is gone
    return app.return_code or 0


def request_from(
    arguments: object,
    target: Target | None,
    settings: Settings,
    first_rows: FirstRowsProcess | None = None,
    frame: FirstFrame | None = None,
    ending: Ending | None = None,
) -> OpenRequest:
    """The request that parsed command line arguments make."""
    return OpenRequest(
        target=target,
        table=getattr(arguments, "table", None),
        where=getattr(arguments, "where", None),
        order=getattr(arguments, "order", None),
        query=getattr(arguments, "query", None),
        read_only=bool(getattr(arguments, "read_only", False)),
        theme=getattr(arguments, "theme", None),
        settings=settings,
        first_rows=first_rows,
        frame=frame,
        ending=ending,
    )
