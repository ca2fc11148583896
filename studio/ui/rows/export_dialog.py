"""Which rows go into which file: the question before an export."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from studio.export.files import format_of
from studio.model.errors import ConfigInvalid
from studio.ui.keys.commands import Command, bindings
from studio.ui.widgets.dialog import Dialog
from studio.ui.widgets.labels import plain_lines

_ENDINGS = ".csv .tsv .json .jsonl .md .sql .xlsx .parquet .sqlite, then .gz .zst"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants written."""

    path: Path
    scope: int
    """Of those that were offered."""


class AskExport(Dialog[Wish | None]):
    """A file's name, and which rows where there is a choice."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("export.next", "Other rows", "down", "choose(1)", "which rows"),
        Command("export.previous", "Other rows", "up", "choose(-1)"),
        Command("export.cancel", "Never mind", "escape", "cancel", "back"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE, priority=True)
    ENTER: ClassVar[str] = "export"
    DEFAULT_CSS = """
    AskExport { align: center middle; }
    AskExport > Vertical {
        width: 78; max-width: 94%; height: auto; background: $surface; border: round $primary;
        border-title-color: $primary; padding: 1 2;
    }
    AskExport Static { width: 100%; height: auto; }
    AskExport Input { margin-top: 1; }
    AskExport #endings, AskExport #note, AskExport #keys { color: $dim; }
    AskExport #note, AskExport #keys { margin-top: 1; }
    AskExport #problem { color: $error; display: none; }
    AskExport #problem.-shown { display: block; }
    """

    def __init__(self, title: str, scopes: Sequence[str], name: str, note: str = "") -> None:
        """`scopes`: which rows, in words, the likeliest first; `name`: of the file."""
        super().__init__()
        self._heading = title
        self._scopes = tuple(scopes)
        self._file = name
        self._note = note
        self._scope = 0

    def compose(self) -> ComposeResult:
        """Which rows, which file, and what stands in the way."""
        with Vertical() as frame:
            frame.border_title = "export"
            yield Static(id="scopes", markup=False)
            yield Input(self._file, placeholder="a file's name")
            yield Static(_ENDINGS, id="endings", markup=False)
            yield Static(id="problem", markup=False)
            if self._note:
                yield Static(plain_lines(self._note), id="note", markup=False)
            which = "   ↑↓ which rows" if len(self._scopes) > 1 else ""
            yield Static(f"enter export{which}   esc back", id="keys", markup=False)

    def on_mount(self) -> None:
        """The cursor before the ending: the name is what one changes."""
        self._show()
        field = self.query_one(Input)
        field.focus()
        field.cursor_position = len(self._file) - len("".join(Path(self._file).suffixes))

    def _show(self) -> None:
        lines = [self._heading]
        for place, words in enumerate(self._scopes):
            mark = "●" if place == self._scope else "○"
            lines.append(f"{mark if len(self._scopes) > 1 else ' '} {words}")
        self.query_one("#scopes", Static).update(Content(plain_lines("\n".join(lines))))

    def action_choose(self, step: int) -> None:
        """Other rows."""
        self._scope = (self._scope + step) % len(self._scopes)
        self._show()

    @on(Input.Changed)
    def _typed(self) -> None:
        self._complain("")

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        name = message.value.strip()
        if not name:
            self._complain("a file needs a name")
            return
        path = Path(name).expanduser()
        try:
            format_of(path)
        except ConfigInvalid as error:
            self._complain(str(error).partition(": add --format")[0])
            return
        self.dismiss(Wish(path, self._scope))

    def _complain(self, problem: str) -> None:
        said = self.query_one("#problem", Static)
        said.update(Content(plain_lines(problem)))
        said.set_class(bool(problem), "-shown")

    def action_cancel(self) -> None:
        """Write nothing."""
        self.dismiss(None)
