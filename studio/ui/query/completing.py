"""When the list of candidates shows in a query tab, and which keys are its own.

Nothing is stolen: a letter, an operator or a blank is typed, Enter is a new line unless something
was chosen, and a key the list has no use for closes it and does what it always does.
"""

from typing import Protocol

from textual.events import Key
from textual.geometry import Offset

from studio.completion.complete import Candidate, Completer, Completion
from studio.completion.definition import definition
from studio.model.catalog import TableRef
from studio.sqltext.places.place import WantedHere
from studio.ui.query.candidate_list import MOST, CandidateList
from studio.ui.query.text_edits import edit_lines
from studio.ui.query.vim_keys import VimKeys
from studio.ui.widgets.sql_editor import SqlEditor

_ENOUGH = 2
"""Letters after which the list shows by itself."""
_AT_ONCE = frozenset({WantedHere.RELATION, WantedHere.TARGET, WantedHere.TYPE})
"""Places where the first letter is enough."""
_ERASES = frozenset({"backspace", "delete"})
_MOVES_LINES = {"tab": "indent", "shift+tab": "dedent"}
"""Where more than one line is selected."""
_TAKES = {"tab": "tab", "enter": "enter"}
_PAGE = 8
_HINT = "tab takes · ctrl+n list · esc"
_CHOOSING = "tab, enter take · esc"
LOADING = "catalog loading…"


class CandidateSource(Protocol):
    """Who knows what can be offered."""

    def completer(self) -> Completer:
        """The one for the text of this tab; while nothing is read, one that knows only the text."""

    def read_ahead(self, text: str) -> None:
        """Another text came, not typed key by key."""

    @property
    def is_loading(self) -> bool:
        """Whether more will be known in a moment."""


class CompletingEditor(SqlEditor):
    """An editor that asks the list first what a key means."""

    completing: "EditorCompletion | None" = None
    vim: VimKeys | None = None
    """While vim's keys are on."""

    def on_blur(self) -> None:
        """Another place has the keys."""
        if self.completing is not None:
            self.completing.close()

    def on_mouse_down(self) -> None:
        """The cursor is put elsewhere."""
        if self.completing is not None:
            self.completing.close()

    def on_key(self, event: Key) -> None:
        """A key that the list takes goes no further, nor one of vim's."""
        if self._is_taken(event):
            event.stop()
            event.prevent_default()
        elif event.key in _MOVES_LINES and self.selects_lines and not self.read_only:
            edit_lines(self, _MOVES_LINES[event.key])
            event.stop()
            event.prevent_default()

    def _is_taken(self, event: Key) -> bool:
        vim = self.vim
        if vim is not None and not vim.inserts and vim.takes(event):
            return True
        if self.completing is not None and self.completing.takes(event):
            return True
        return vim is not None and vim.inserts and event.key == "escape" and vim.escape()


class EditorCompletion:
    """The list of one editor."""

    def __init__(
        self,
        editor: CompletingEditor,
        found: CandidateList,
        source: CandidateSource,
        when: str,
        accept: str,
    ) -> None:
        """`when` and `accept` as in the settings."""
        self._editor = editor
        self._list = found
        self._source = source
        self._when = when
        self._accept = accept
        self._completion = Completion()
        self._typed = ""
        """The last key that went into the text."""
        self._on_way = 0
        """Keys whose change of the text was not yet told."""
        self._place = ("", -1)
        """The text and the cursor that were completed last."""
        self._is_asked = False
        self._dismissed = -1
        """Where the word begins for which the list was closed."""
        editor.completing = self

    # -- keys ------------------------------------------------------------------------------------

    def takes(self, event: Key) -> bool:
        """Whether a key is the list's; what it is not for closes the list."""
        if self._editor.read_only:
            return False
        if self._list.is_open and self._is_own(event.key):
            return True
        if event.is_printable or event.key in _ERASES:
            self._typed = event.character if event.is_printable and event.character else event.key
            self._on_way += 1
        else:
            self._on_way = 0
            self.close()
        return False

    def _is_own(self, key: str) -> bool:
        chosen = self._list.chosen
        if key in _TAKES:
            return self._taken(key, chosen)
        if key == "escape":
            self._dismissed = self._completion.start
            self.close()
        elif key == "down":
            self._move(1)
        elif key in {"up", "shift+tab"} and chosen is not None:
            self._move(-1)
        elif key in {"pagedown", "pageup"} and chosen is not None:
            self._move(_PAGE if key == "pagedown" else -_PAGE)
        else:
            return False
        return True

    def _taken(self, key: str, chosen: Candidate | None) -> bool:
        accepts = self._accept in {key, "both"}
        if chosen is None and not accepts:
            return False
        self.take(chosen or self._list.first)
        return True

    def _move(self, by: int) -> None:
        self._list.move(by)
        self._list.border_subtitle = _HINT if self._list.chosen is None else _CHOOSING

    def ask(self) -> None:
        """Into the list, or open it wherever the cursor is."""
        if self._list.is_open:
            self._move(1)
            return
        self._dismissed = -1
        self._complete()
        if self._completion.candidates:
            self._show(choose=True)
        self._is_asked = True

    # -- the text changed ------------------------------------------------------------------------

    def changed(self) -> None:
        """Narrow, show or close the list, now that the text is another."""
        if not self._on_way or self._when == "off":
            self.close()
            if self._when != "off":
                self._source.read_ahead(self._editor.text)
            return
        self._on_way -= 1
        typed = self._typed
        was_open = self._list.is_open
        if not was_open and (self._when == "asked" or typed in _ERASES):
            return
        if self._editor.selection.start != self._editor.selection.end:
            self.close()
            return
        self._complete()
        if self._shows(typed, was_open=was_open):
            self._show(choose=False)
        else:
            self.close()

    def _complete(self) -> None:
        self._place = (self._editor.text, self._editor.cursor_index)
        self._completion = self._source.completer().complete(*self._place)

    def know_more(self) -> None:
        """The catalog was read: offer again what was asked for where the cursor still is."""
        if self._place != (self._editor.text, self._editor.cursor_index):
            return
        self._complete()
        if self._is_asked and self._completion.candidates:
            self._show(choose=True)
        elif not self._is_asked and self._typed and self._shows(self._typed, was_open=False):
            self._show(choose=False)

    def _shows(self, typed: str, *, was_open: bool) -> bool:
        """Whether a person would want the list behind what was just typed."""
        found = self._completion
        if not found.candidates or found.looked is None or found.start == self._dismissed:
            return False
        place = found.looked.place
        if self._is_whole(found) or (self._when == "dot" and typed != "." and not was_open):
            return False
        if typed == ".":
            return bool(place.qualifier)
        word = found.looked.around.word
        if word:
            return was_open or len(word) >= (1 if place.wanted in _AT_ONCE else _ENOUGH)
        if was_open and typed in _ERASES:
            return bool(place.qualifier)
        return typed in {" ", "("} and self._is_short_list(found)

    def _is_whole(self, found: Completion) -> bool:
        """Whether the best candidate stands there already."""
        return found.candidates[0].text == found.typed

    def _is_short_list(self, found: Completion) -> bool:
        """Whether the place has a short list of its own: values, conditions, shared columns."""
        place = found.looked.place if found.looked is not None else None
        if place is not None and place.wanted is WantedHere.SHARED:
            return True
        return found.candidates[0].kind in {"value", "condition"}

    def _show(self, *, choose: bool) -> None:
        says = LOADING if self._source.is_loading else _CHOOSING if choose else _HINT
        tab = self._list.parent
        region = getattr(tab, "region", self._editor.region)
        cursor = self._editor.cursor_screen_offset - Offset(region.x, region.y)
        typed = self._completion.typed
        start = Offset(max(0, cursor.x - len(typed) - 1), cursor.y)
        candidates = self._completion.candidates
        kept = candidates if choose else candidates[:MOST]
        self._list.show(kept, start, region.size, choose=choose, says=says)

    def definition(self) -> TableRef | int | None:
        """Where the name at the cursor is defined: a relation, or a place in the text."""
        self.close()
        editor = self._editor
        return definition(self._source.completer(), editor.text, editor.cursor_index)

    def close(self) -> None:
        """No list."""
        self._is_asked = False
        if self._list.is_open:
            self._list.close()

    # -- taking one ------------------------------------------------------------------------------

    def take(self, candidate: Candidate) -> None:
        """Put a candidate in place of the word, as one step that can be undone."""
        editor, found = self._editor, self._completion
        start, end = editor.location_of(found.start), editor.location_of(found.end)
        self.close()
        editor.replace(candidate.text, start, end, maintain_selection_offset=False)
        cursor = found.start + len(candidate.text) - candidate.caret
        editor.move_cursor(editor.location_of(cursor))
