"""Vim's keys in the editor of a query tab: what they mean is `studio.sqltext.vim`."""

from collections.abc import Callable

from textual.events import Key
from textual.widgets.text_area import Selection

from studio.sqltext.vim.machine import Act, Mode, Vim
from studio.ui.widgets.sql_editor import SqlEditor

_AS_LETTERS = {
    "left": "h", "down": "j", "up": "k", "right": "l", "home": "0", "end": "$", "backspace": "h",
    "space": "l", "enter": "j", "delete": "x",
}  # fmt: skip
"""Keys that move in normal mode as a letter does."""


class VimKeys:
    """The keys of one editor; it holds this while vim is on."""

    def __init__(
        self, editor: SqlEditor, find: Callable[[int], None], moved: Callable[[], None]
    ) -> None:
        """`find` asks what to look for (0), or goes to the next place (1) or the one before (-1);
        `moved` hears of another mode or place.
        """
        self._editor = editor
        self._find = find
        self._moved = moved
        self._vim = Vim()
        self._head = 0
        self._shown: Selection | None = None
        """What is selected on the screen since the last key."""

    @property
    def inserts(self) -> bool:
        """Whether letters are typed: then no key but escape is taken."""
        return self._vim.mode is Mode.INSERT

    @property
    def words(self) -> str:
        """The mode, and what is typed of a command, for the last line."""
        return " ".join(filter(None, (self._vim.mode.value, self._vim.pending)))

    def escape(self) -> bool:
        """Back to normal; False: there was nothing to leave, the key is somebody else's."""
        act = self._vim.escape(self._editor.text, self._at())
        if act is None:
            return False
        self._do(act)
        return True

    def takes(self, event: Key) -> bool:
        """Whether a key is vim's, in any mode but INSERT: letters are never typed there."""
        if event.key == "escape":
            return self.escape()
        letter = _AS_LETTERS.get(event.key)
        if letter is None and (not event.is_printable or not event.character):
            return False
        act = self._vim.key(letter or event.character or "", self._editor.text, self._at())
        if act is not None:
            self._do(act)
        return True

    def _at(self) -> int:
        editor, vim = self._editor, self._vim
        if vim.is_visual:
            if editor.selection == self._shown:
                return self._head
            # Somebody selected otherwise meanwhile, or nothing.
            vim.mode = Mode.NORMAL
        first, last = editor.selected
        return editor.index_of(editor.selection.end) if first == last or self.inserts else first

    def _do(self, act: Act) -> None:
        editor = self._editor
        if act.edit is not None:
            first, last, text = act.edit
            editor.history.checkpoint()
            places = editor.location_of(first), editor.location_of(last)
            editor.replace(text, *places, maintain_selection_offset=False)
            editor.history.checkpoint()
        if act.order in {"undo", "redo"}:
            for _ in range(act.times):
                editor.undo() if act.order == "undo" else editor.redo()
        elif act.order:
            self._look(act)
        else:
            self._show(act)
        self._moved()

    def _look(self, act: Act) -> None:
        if act.order == "find":
            self._find(0)
            return
        editor = self._editor
        for _ in range(act.times):
            if act.order == "next":
                # What is found at the cursor is not the next one.
                editor.move_cursor(editor.location_of(self._at() + 1))
            self._find(1 if act.order == "next" else -1)
            editor.move_cursor(editor.location_of(editor.selected[0]))

    def _show(self, act: Act) -> None:
        editor, self._head = self._editor, act.cursor
        if act.selected is None:
            editor.move_cursor(editor.location_of(act.cursor))
            return
        first, last = map(editor.location_of, act.selected)
        is_back = self._head < self._vim.anchor
        editor.selection = Selection(last, first) if is_back else Selection(first, last)
        self._shown = editor.selection
