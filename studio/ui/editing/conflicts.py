"""Rows that somebody else changed meanwhile: was, yours, now; take one, per row."""

from collections.abc import Mapping
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from studio.edits.applying.conflicts import Difference, differences, edited, kept_mine, took_theirs
from studio.model.apply_report import RowConflict
from studio.model.catalog import TableRef
from studio.model.change import Assigned, Change, Delete
from studio.ui.editing.change_words import row_words, sign, value_words
from studio.ui.keys.commands import Command, bindings, commands_of, key_label
from studio.ui.widgets.dialog import Confirming
from studio.ui.widgets.key_line import key_line
from studio.ui.widgets.labels import fit, plain
from studio.ui.widgets.line_list import LineList
from studio.ui.widgets.theme_styles import styles
from studio.ui.workspace import Workspace

_MOST_NAME = 24
_HEADINGS = ("was", "yours", "now")
_NOTHING_WRITTEN = "Nothing is written from here: what you stage, the review applies."


class Conflicts(Confirming[tuple[Change, str] | None]):
    """One conflict after the other; each answer is a staged step, nothing is written here.

    Answers with a change and a column when it is to be edited again.
    """

    CONFIRMS: ClassVar[frozenset[str]] = frozenset({"mine", "theirs", "edit", "all", "done"})
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("conflict.done", "Stage what ▸ marks", "enter", "done", "stage what ▸ marks"),
        Command("conflict.close", "Settle the rest later", "escape,q", "close", "later"),
        Command("conflict.mine", "Yours, over what is there now", "m", "mine", "take yours"),
        Command("conflict.theirs", "What is there now", "t,minus", "theirs", "take theirs"),
        Command("conflict.column", "Yours or theirs, here", "space", "column", "switch column"),
        Command("conflict.edit", "Yours, then edit it again", "e", "edit", "edit again"),
        Command("conflict.next", "Next conflict", "n,tab", "go(1)", "next"),
        Command("conflict.previous", "Previous conflict", "p,shift+tab", "go(-1)"),
        Command("conflict.all-mine", "Yours, for every row", "M", "all('mine')"),
        Command("conflict.all-theirs", "Theirs, for every row", "T", "all('theirs')"),
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    Conflicts { align: center middle; }
    Conflicts > Vertical {
        width: 100%; height: 100%; background: $background;
    }
    Conflicts #title { height: 1; padding: 0 1; background: $panel; text-style: bold; }
    Conflicts #said { height: auto; padding: 0 1; color: $warning; }
    Conflicts #heading { height: 1; padding: 0; color: $dim; text-style: bold; }
    Conflicts #columns { height: 1fr; }
    Conflicts #keys { height: 1; padding: 0 1; background: $panel; }
    """

    def __init__(
        self,
        workspace: Workspace,
        conflicts: tuple[RowConflict, ...],
        row_keys: Mapping[TableRef, tuple[str, ...]],
    ) -> None:
        super().__init__()
        self._row_keys = row_keys
        self.workspace = workspace
        self._left = list(conflicts)
        self._at = 0
        self._total = len(conflicts)
        self._theirs: dict[int, set[str]] = {}
        """By change: the columns for which theirs was chosen."""
        self._rows: tuple[Difference, ...] = ()

    def compose(self) -> ComposeResult:
        """Which row, what moved, the three columns."""
        with Vertical():
            yield Static(id="title", markup=False)
            yield Static(id="said", markup=False)
            yield Static(id="heading", markup=False)
            yield LineList(id="columns")
            yield Static(id="keys", markup=False)

    def on_mount(self) -> None:
        """Show the first."""
        self._styles = styles(self.app, "grid-staged", "grid-inserted", "dim", "accent")
        self.query_one(LineList).focus()
        self._show()

    def on_resize(self, event: events.Resize) -> None:
        """Offer the keys there is room for."""
        del event
        keys = [(key_label(c.keys), c.hint) for c in commands_of(self) if c.hint]
        line = key_line(keys, self.size.width - 2, (self._styles["accent"], self._styles["dim"]))
        self.query_one("#keys", Static).update(line)

    @property
    def _conflict(self) -> RowConflict:
        return self._left[self._at]

    def _show(self) -> None:
        conflict = self._conflict
        change = conflict.change
        # What moved first, then what is wanted, then the rest.
        self._rows = tuple(
            sorted(
                differences(conflict),
                key=lambda d: (-(d.moved + (d.column in change.after)), not d.moved),
            )
        )  # fmt: skip
        named = ", ".join(row_words(change, self._row_keys.get(change.table, ())))
        number = self._total - len(self._left) + self._at + 1
        self.query_one("#title", Static).update(
            f"Conflict {number} of {self._total}: {sign(change)} {plain(str(change.table))} {named}"
        )
        self.query_one("#said", Static).update(self._said(conflict))
        self.query_one("#heading", Static).update("  " + self._row("", *_HEADINGS).plain)
        self.query_one(LineList).show(len(self._rows), self._line)

    @staticmethod
    def _said(conflict: RowConflict) -> str:
        text = plain(str(conflict))
        if conflict.current is None:
            again = "is staged no more" if isinstance(conflict.change, Delete) else "is a new row"
            said = f"yours {again}, theirs drops your change"
        elif isinstance(conflict.change, Delete):
            said = "yours deletes it all the same, theirs keeps it"
        else:
            said = "yours writes the columns you touched, and no others"
        return f"{text}: {said}. {_NOTHING_WRITTEN}"

    def _line(self, index: int) -> Text:
        one, change = self._rows[index], self._conflict.change
        look = self._styles
        mark = Text("! " if one.moved else "  ", look["grid-staged"])
        if one.column not in change.after:
            yours = value_words(one.was) if isinstance(change, Delete) else ""
            text = self._row(one.column, value_words(one.was), yours, value_words(one.now))
            text.stylize(look["grid-staged"] if one.moved else look["dim"])
            return Text.assemble(mark, text)
        is_theirs = one.column in self._theirs.get(self._conflict.index, set())
        yours, now = value_words(one.yours), value_words(one.now)
        text = self._row(one.column, value_words(one.was), yours, now, taken=2 + is_theirs)
        return Text.assemble(mark, text)

    def _row(self, name: str, was: str, yours: str, now: str, *, taken: int = 0) -> Text:
        """The columns side by side; number `taken` (from 1) is the one that will be there."""
        room = max(10, (self.app.size.width - _MOST_NAME - 10) // 3)
        line = Text(f"{fit(name, _MOST_NAME)} ", no_wrap=True)
        for place, cell in enumerate((was, yours, now), start=1):
            style = self._styles["grid-inserted"] if place == taken else Style()
            line.append("▸ " if place == taken else "  ", style)
            line.append(fit(cell, room), style)
        return line

    @on(LineList.Moved)
    def _moved(self, message: LineList.Moved) -> None:
        message.stop()

    # -- choosing --------------------------------------------------------------------------------

    def action_go(self, by: int) -> None:
        """Look at another conflict."""
        self._at = (self._at + by) % len(self._left)
        self._show()

    def action_column(self) -> None:
        """Take the column under the cursor from the other side."""
        line = self.query_one(LineList).line
        if line >= len(self._rows):
            return
        name = self._rows[line].column
        if name in self._conflict.change.after:
            chosen = self._theirs.setdefault(self._conflict.index, set())
            chosen.symmetric_difference_update({name})
            self.query_one(LineList).refresh()

    def action_mine(self) -> None:
        """Yours, over what is there now."""
        self._theirs.pop(self._conflict.index, None)
        self.action_done()

    def action_theirs(self) -> None:
        """Keep what others wrote to this row: the staged change of it is dropped."""
        staging = self.workspace.staging
        staging.become(took_theirs(staging.changes, self._conflict))
        self._settled()

    def action_done(self) -> None:
        """What is chosen, column by column."""
        staging, conflict = self.workspace.staging, self._conflict
        theirs = self._theirs.get(conflict.index, set())
        if theirs and conflict.current is not None:
            after: dict[str, Assigned] = {
                name: value for name, value in conflict.change.after.items() if name not in theirs
            }
            staging.become(edited(staging.changes, conflict, after))
        else:
            staging.become(kept_mine(staging.changes, conflict))
        self._settled()

    def action_edit(self) -> None:
        """Yours over what is there now, and back to the cell."""
        staging, conflict = self.workspace.staging, self._conflict
        staging.become(kept_mine(staging.changes, conflict))
        line = self.query_one(LineList).line
        column = self._rows[line].column if line < len(self._rows) else ""
        self.dismiss((conflict.change, column))

    def action_all(self, whose: str) -> None:
        """The same for every row that is left."""
        staging = self.workspace.staging
        changes = staging.changes
        take = kept_mine if whose == "mine" else took_theirs
        for conflict in self._left:
            changes = take(changes, conflict)
        staging.become(changes)
        self.dismiss(None)

    def _settled(self) -> None:
        del self._left[self._at]
        if not self._left:
            self.dismiss(None)
            return
        self._at = min(self._at, len(self._left) - 1)
        self._show()

    def action_close(self) -> None:
        """Leave the rest as it is staged."""
        self.dismiss(None)
