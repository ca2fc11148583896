"""Connect: what there is to open from here, or anything typed."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from studio.config.discovery import Found
from studio.ui.aside import aside
from studio.ui.labels import plain, plain_lines
from studio.ui.screens.pick import Pick


class Connect(Pick[str]):
    """What was found, closest first; a path or a URL typed here connects as well."""

    PLACEHOLDER = "file, URL or libpq string; or choose below"
    DEFAULT_CSS = """
    Connect { align: center top; }
    Connect > Vertical {
        width: 90; max-width: 96%; height: auto; max-height: 90%; margin-top: 2;
        background: $surface; border: round $primary;
    }
    Connect #error { color: $error; padding: 0 1; height: auto; max-height: 6; }
    Connect #none { color: $dim; padding: 0 1; }
    """

    def __init__(self, error: str = "", folder: Path | None = None) -> None:
        super().__init__()
        self._folder = folder or Path.cwd()
        self._error = error
        self._found: tuple[Found, ...] = ()
        self._shown: list[Found] = []

    def compose(self) -> ComposeResult:
        """Why the last attempt failed, if one did; the line; what was found."""
        with Vertical():
            if self._error:
                yield Static(plain_lines(self._error), id="error", markup=False)
            yield Input(placeholder=self.PLACEHOLDER)
            lines = OptionList(markup=False)
            lines.can_focus = False
            yield lines
            yield Static("looking around…", id="none", markup=False)

    def on_mount(self) -> None:
        """Look around in a thread: folders can be large."""
        self._look()

    @work(group="discover", exclusive=True)
    async def _look(self) -> None:
        def found(stop: Callable[[], bool]) -> tuple[Found, ...]:
            # Reading project configurations loads the migrations room: where nobody waits for it.
            nearby = import_module("studio.ui.nearby")
            return cast("tuple[Found, ...]", nearby.nearby(self._folder, stop))

        self._show_found(await aside(found))

    def _show_found(self, found: tuple[Found, ...]) -> None:
        self._found = found
        note = "" if found else "nothing found here: type a path or a URL, or try `studio demo`"
        self.query_one("#none", Static).update(note)
        self._narrow(self.query_one(Input).value)

    def offer(self, typed: str) -> list[Option]:
        """What was found and holds the typed text."""
        needle = typed.casefold()
        self._shown = [f for f in self._found if needle in f"{f.label} {f.source}".casefold()]
        return [
            Option(Text.assemble(plain(f.label), (f"   {plain(f.source)}", "dim"), no_wrap=True))
            for f in self._shown
        ]

    def value(self, index: int) -> str:
        """The target on line `index`."""
        return self._shown[index].target

    def typed(self, text: str) -> str | None:
        """A URL, a libpq string, a path that exists, or text that matches nothing: as it is."""
        text = text.strip()
        if text and ("://" in text or "=" in text or not self._shown or Path(text).is_file()):
            return text
        return None
