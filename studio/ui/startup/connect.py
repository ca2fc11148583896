"""Connect: what there is to open from here, or anything typed."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import cast

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from studio.config.discovery import FoundTarget
from studio.ui.terminal.detached import detached
from studio.ui.widgets.labels import plain, plain_lines
from studio.ui.widgets.pick import Pick, in_columns

_LEAVES = "nothing is open: esc again leaves studio"


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

    def __init__(
        self, error: str = "", folder: Path | None = None, *, is_last: bool = False
    ) -> None:
        """`is_last`: nothing is open behind it, so that stepping back leaves studio."""
        super().__init__()
        self._is_last = is_last
        self._is_warned = False
        self._folder = folder or Path.cwd()
        self._error = error
        self._found: tuple[FoundTarget, ...] = ()
        self._shown: list[FoundTarget] = []
        self.is_filling = True

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
        self._discover()

    @work(group="discover", exclusive=True)
    async def _discover(self) -> None:
        def found(stop: Callable[[], bool]) -> tuple[FoundTarget, ...]:
            # Reading project configurations loads the migrations room: where nobody waits for it.
            nearby = import_module("studio.migrations.candidates")
            return cast("tuple[FoundTarget, ...]", nearby.nearby(self._folder, stop))

        self._show_found(await detached(found))

    def _show_found(self, found: tuple[FoundTarget, ...]) -> None:
        self._found, self.is_filling = found, False
        note = "" if found else "nothing found here: type a path or a URL, or try `studio demo`"
        self.query_one("#none", Static).update(_LEAVES if self._is_warned else note)
        self.refill()

    def offer(self, typed: str) -> list[Option]:
        """What was found and holds the typed text."""
        needle = typed.casefold()
        self._shown = [f for f in self._found if needle in f"{f.label} {f.source}".casefold()]
        lines = in_columns([(plain(f.label), plain(f.source)) for f in self._shown])
        return [Option(line) for line in lines]

    def mark(self, index: int) -> str:
        """The same target."""
        return self._shown[index].target

    def value(self, index: int) -> str:
        """The target on line `index`."""
        return self._shown[index].target

    def typed(self, text: str) -> str | None:
        """A URL, a libpq string, a path that exists, or text that matches nothing: as it is."""
        text = text.strip()
        is_address = "://" in text or "=" in text or Path(text).is_file()
        return text if text and (is_address or not (self._shown or self.is_filling)) else None

    @property
    def hint_words(self) -> Mapping[str, str]:
        """What taking a line, and stepping back, come to here."""
        return {"take": "connect", **({"back": "quit"} if self._is_last else {})}

    def action_cancel(self) -> None:
        """Close; where that ends studio, only who presses it twice means it."""
        if self._is_last and not self._is_warned:
            self._is_warned = True
            self.query_one("#none", Static).update(_LEAVES)
        else:
            super().action_cancel()

    def _narrow(self, text: str) -> None:
        self._is_warned = False
        super()._narrow(text)
