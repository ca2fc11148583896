"""The profile of a column, over its rows: from statistics at once, exact when asked for."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from functools import partial
from time import perf_counter
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from studio.backends.base import Purpose
from studio.db.lane import Lane
from studio.model.errors import StudioError
from studio.model.page import Condition
from studio.model.profile import Profile
from studio.rows.profile import ProfiledColumn, look, measure
from studio.ui.keys.commands import Command, bindings
from studio.ui.rows.profile_lines import (
    ProfileLine,
    ProfileLines,
    ProfileStyle,
    is_exact,
    source_words,
)
from studio.ui.widgets.dialog import Dialog
from studio.ui.widgets.glyphs import glyphs_for
from studio.ui.widgets.labels import plain, plain_lines
from studio.ui.widgets.line_list import LineList
from studio.ui.widgets.theme_styles import styles
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace

_TICK_S = 0.15
"""Nothing is said of what takes less."""
_AROUND = 4
"""Cells of the border and the padding."""
_BESIDE = 7
"""Lines of the border, of what is said, and of what stays in sight of the screen."""


class ProfileScreen(Dialog[tuple[Condition, ...] | None]):
    """Answers with conditions that keep the rows of one line; None: none was chosen."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("profile.keep", "Only the rows of this line", "enter", "keep", "only these"),
        Command("profile.exact", "Read every row for exact numbers", "x", "measure", "exact"),
        Command("profile.close", "Stop reading, else close", "escape,q", "leave", "back"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    ProfileScreen { align: center top; }
    ProfileScreen > Vertical {
        width: 96; max-width: 96%; height: auto; max-height: 100%; margin-top: 1;
        background: $surface; border: round $primary; padding: 0 1;
    }
    ProfileScreen #title { height: 1; text-style: bold; }
    ProfileScreen #said { height: auto; max-height: 2; color: $dim; }
    ProfileScreen LineList { height: 1; }
    """

    def __init__(self, workspace: Workspace, subject: ProfiledColumn) -> None:
        super().__init__()
        self._workspace = workspace
        self._subject = subject
        self._lines: list[ProfileLine] = []
        self._is_reading = False
        self._step = ""
        self.profile: Profile | None = None
        """What is shown; None: nothing is known yet."""

    def compose(self) -> ComposeResult:
        """Which column, what the numbers are made of, the numbers."""
        column = self._subject.column
        name = f"{self._subject.table.ref.name}.{column.name}"
        with Vertical():
            yield Static(f"{plain(name)}  {plain(column.type_name)}", id="title", markup=False)
            yield Static("", id="said", markup=False)
            yield LineList()

    def on_mount(self) -> None:
        """Look at what the database knows."""
        self.query_one(LineList).focus()
        self._begin(lambda: look(self._lane(), self._subject), "reading")

    def on_resize(self) -> None:
        """Draw for the room there is now."""
        if self.profile is not None:
            self._show(self.profile)

    @property
    def is_reading(self) -> bool:
        """Whether an answer is on its way."""
        return self._is_reading

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Every row is read once."""
        del parameters
        is_done = self.profile is not None and is_exact(self.profile)
        return not (action == "measure" and is_done)

    # -- reading ---------------------------------------------------------------------------------

    def action_measure(self) -> None:
        """Read every row; esc stops it inside the database."""
        if not self._is_reading:
            self._begin(lambda: measure(self._lane(), self._subject, self._tell), "every row")

    def _lane(self) -> Lane:
        return self._workspace.session.lane(Purpose.WATCH)

    def _tell(self, step: str) -> None:
        self._step = f"every row: {step}"

    def _begin(self, read: Callable[[], Coroutine[None, None, Profile]], step: str) -> None:
        self._step = step
        begin_work(self, partial(self._read, read), "profile")

    async def _read(self, read: Callable[[], Coroutine[None, None, Profile]]) -> None:
        since = perf_counter()

        def tick() -> None:
            self._say(f"{self._step} · {perf_counter() - since:.1f} s · esc stops")

        ticking = self.set_interval(_TICK_S, tick)
        self._is_reading = True
        try:
            found = await read()
        except StudioError as error:
            self._say(plain_lines(str(error)))
        except asyncio.CancelledError:
            if self.is_mounted:
                self._say(f"stopped · {self._source}" if self._source else "stopped")
            raise
        else:
            self._show(found)
        finally:
            ticking.stop()
            self._is_reading = False

    # -- showing ---------------------------------------------------------------------------------

    def _show(self, profile: Profile) -> None:
        self.profile = profile
        width = self.query_one(Vertical).size.width or self.size.width - _AROUND
        backend, found = self._workspace.session.backend, styles(self.app, "dim", "accent")
        looks = ProfileStyle(width, glyphs_for(os.environ), found["dim"], found["accent"])
        self._lines = ProfileLines(profile, self._subject.column, backend, looks).lines()
        lines = self.query_one(LineList)
        lines.show(len(self._lines), lambda line: self._lines[line].text)
        lines.styles.height = max(1, min(len(self._lines), self.size.height - _BESIDE))
        self._say(self._source)
        self.refresh_bindings()
        self._name_keys()

    @property
    def _source(self) -> str:
        if self.profile is None:
            return ""
        said = source_words(self.profile)
        kept = " that the filter keeps" if self._subject.filters else ""
        more = "" if is_exact(self.profile) else " · x reads every row"
        return f"{said}{kept}{more}"

    def _say(self, said: str) -> None:
        self.query_one("#said", Static).update(said)

    # -- answering -------------------------------------------------------------------------------

    def action_keep(self) -> None:
        """Close with what keeps the rows of the line."""
        place = self.query_one(LineList).line
        if place >= len(self._lines):
            return
        line = self._lines[place]
        if line.keeps:
            self.dismiss(line.keeps)
        else:
            self.notify(line.why_not or "this line tells of no rows of its own", markup=False)

    def action_leave(self) -> None:
        """Stop what runs; where nothing does, close."""
        if self._is_reading and self.profile is not None:
            self.workers.cancel_group(self, "profile")
        else:
            self.dismiss(None)
