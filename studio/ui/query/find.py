"""Find and replace in a query tab: a strip below the editor, which shows what is found."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static
from textual.widgets.text_area import Selection

from studio.model.words import plural
from studio.sqltext.finding import MOST, SearchTerms, places, replaced, replacement
from studio.ui.keys.commands import Command, bindings
from studio.ui.widgets.dialog import Dialog
from studio.ui.widgets.labels import plain
from studio.ui.widgets.sql_editor import SqlEditor

_MOST_MARKED = 200


class Finder:
    """What one tab looks for, and where it was found last; the tab holds it."""

    def __init__(self) -> None:
        self.wanted = SearchTerms("")
        self.by = ""
        self.is_shown = False
        """Whether somebody is looking for something now."""
        self._editor: SqlEditor | None = None
        self._text = ""
        self._places: tuple[tuple[int, int], ...] = ()

    def look(self, editor: SqlEditor) -> str:
        """Find it in the text as it is; what is wrong, else empty."""
        self._editor, self._text, self._places = editor, editor.text, ()
        try:
            self._places = places(self._text, self.wanted)
        except ValueError as error:
            return str(error)
        return ""

    def mark(self, around: int) -> None:
        """Mark what is found, the nearest to a place if they are many."""
        if self._editor is None:
            return
        near = self._places
        if len(near) > _MOST_MARKED:
            near = tuple(sorted(near, key=lambda place: abs(place[0] - around))[:_MOST_MARKED])
        self._editor.mark(*near)

    def text_changed(self, editor: SqlEditor) -> None:
        """Mark what is found in a text that is another now; nothing while nobody looks for it."""
        editor.unmark()
        if self.is_shown and not self.look(editor):
            self.mark(editor.selected[0])

    def step(self, editor: SqlEditor, by: int, *, stay: bool = False) -> str:
        """Select the next one (1) or the one before (-1), round the ends of the text; `stay`: one
        at the cursor is the next. Where it is, in words.
        """
        wrong = self.look(editor)
        if wrong or not self._places:
            return wrong or ("not found" if self.wanted.text else "")
        start, end = editor.selected
        if by > 0:
            after = (i for i, p in enumerate(self._places) if p[0] >= (start if stay else end))
            if not stay and start == end:
                after = (i for i, p in enumerate(self._places) if p[0] >= end)
            at = next(after, 0)
        else:
            before = (i for i, p in enumerate(self._places) if p[1] <= start)
            at = max(before, default=len(self._places) - 1)
        first, last = self._places[at]
        editor.selection = Selection(editor.location_of(first), editor.location_of(last))
        self.mark(first)
        many = f"{len(self._places):,}" + " or more" * (len(self._places) == MOST)
        return f"{at + 1:,} of {many}"

    def replace_one(self, editor: SqlEditor) -> str:
        """Replace the one that is selected, and go to the next."""
        place = editor.selected
        try:
            text = replacement(editor.text, self.wanted, self.by, place)
        except ValueError as error:
            return str(error)
        if text is not None:
            start, end = map(editor.location_of, place)
            editor.history.checkpoint()
            editor.replace(text, start, end, maintain_selection_offset=False)
            after = editor.location_of(place[0] + len(text))
            editor.selection = Selection.cursor(after)
        return self.step(editor, 1, stay=True)

    def replace_all(self, editor: SqlEditor) -> str:
        """Replace every one, as one step that can be undone."""
        wrong = self.look(editor)
        if wrong or not self._places:
            return wrong or "not found"
        first = self._places[0][0]
        try:
            text, count = replaced(self._text, self.wanted, self.by, first)
        except ValueError as error:
            return str(error)
        editor.history.checkpoint()
        start = editor.location_of(first)
        editor.replace(text, start, editor.document.end, maintain_selection_offset=False)
        editor.move_cursor(start)
        return f"{plural(count, 'place')} replaced"


class FindText(Dialog[str]):
    """Typing finds; the editor shows it above. Answers with what to say when it is gone."""

    ENTER: ClassVar[str] = "next"
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("find.next", "The next one", "down", "step(1)"),
        Command("find.previous", "The one before", "up", "step(-1)", "before"),
        Command("find.regex", "As a regular expression", "ctrl+r", "other('regex')", "regex"),
        Command("find.case", "Capital and small letters differ", "ctrl+t", "other('case')", "Aa"),
        Command("find.replace-all", "Replace every one", "ctrl+l", "replace_all", "replace all"),
        Command("find.close", "Back to the text", "escape", "close", "back"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE, priority=True)
    DEFAULT_CSS = """
    FindText { align: center bottom; background: transparent; }
    FindText > Vertical {
        width: 100%; height: auto; background: $surface; border-top: solid $primary; padding: 0 1;
        margin-bottom: 1;
    }
    FindText Horizontal { height: 1; }
    FindText .label { width: 9; color: $dim; }
    FindText Input { width: 1fr; }
    FindText #count { width: auto; max-width: 50%; min-width: 10; padding: 0 1; }
    FindText #keys { color: $dim; height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, finder: Finder, editor: SqlEditor, *, replaces: bool) -> None:
        super().__init__()
        self._finder = finder
        self._editor = editor
        self._replaces = replaces
        self._is_regex = finder.wanted.is_regex
        self._matches_case = finder.wanted.matches_case

    def compose(self) -> ComposeResult:
        """What to find, what to put there, and the keys."""
        with Vertical():
            with Horizontal():
                yield Static("find", classes="label", markup=False)
                yield Input(self._finder.wanted.text, id="find", compact=True)
                yield Static("", id="count", markup=False)
            with Horizontal():
                yield Static("replace", classes="label", markup=False)
                yield Input(self._finder.by, id="by", compact=True)
            yield Static("", id="keys", markup=False)

    def on_mount(self) -> None:
        """What is selected in one line is what is looked for."""
        selected = self._editor.selected_text
        field = self.query_one("#find", Input)
        if selected and "\n" not in selected:
            field.value = selected
        field.focus()
        field.action_select_all()
        self._tell_keys()
        self._finder.is_shown = True
        self._look()
        if self._replaces:
            self.query_one("#by", Input).focus()

    def _tell_keys(self) -> None:
        on = {True: "on", False: "off"}
        self.query_one("#keys", Static).update(
            f"regular expression {on[self._is_regex]} · capitals differ {on[self._matches_case]} · "
            "tab, enter: replace one"
        )

    def _say(self, text: str) -> None:
        self.query_one("#count", Static).update(plain(text))

    def _look(self) -> None:
        text = self.query_one("#find", Input).value
        self._finder.wanted = SearchTerms(text, self._is_regex, self._matches_case)
        self._editor.unmark()
        self._say(self._finder.step(self._editor, 1, stay=True))

    @on(Input.Changed, "#find")
    def _typed(self) -> None:
        self._look()

    @on(Input.Changed, "#by")
    def _typed_by(self, message: Input.Changed) -> None:
        self._finder.by = message.value

    @on(Input.Submitted, "#find")
    def _next(self) -> None:
        self.action_step(1)

    @on(Input.Submitted, "#by")
    def _replace_one(self) -> None:
        self._finder.by = self.query_one("#by", Input).value
        self._say(self._finder.replace_one(self._editor))

    def action_step(self, by: int) -> None:
        """To another one."""
        self._say(self._finder.step(self._editor, by))

    def action_other(self, what: str) -> None:
        """Look otherwise."""
        if what == "regex":
            self._is_regex = not self._is_regex
        else:
            self._matches_case = not self._matches_case
        self._tell_keys()
        self._look()

    def action_replace_all(self) -> None:
        """Every one at once."""
        self._finder.by = self.query_one("#by", Input).value
        self._say(self._finder.replace_all(self._editor))

    def on_unmount(self) -> None:
        """However it went."""
        self._finder.is_shown = False

    def action_close(self) -> None:
        """The cursor stays where it was found."""
        self._editor.unmark()
        self.dismiss("")
