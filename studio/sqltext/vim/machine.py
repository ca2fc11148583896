"""Vim's modes and keys: what one key does to a text, a cursor and what was yanked."""

from dataclasses import dataclass
from enum import StrEnum

from studio.sqltext.vim.motions import (
    ONCE,
    REPEATED,
    Reach,
    ends_word,
    first_word,
    last_of_line,
    line_end,
    line_number,
    line_start,
    lines_down,
)


class Mode(StrEnum):
    """What keys mean; in INSERT none is taken but escape."""

    NORMAL = "normal"
    INSERT = "insert"
    VISUAL = "visual"
    LINES = "visual line"


@dataclass(frozen=True, slots=True)
class Act:
    """What a key did."""

    cursor: int
    edit: tuple[int, int, str] | None = None
    """What is replaced, and by what; `cursor` is a place in the text afterwards."""
    selected: tuple[int, int] | None = None
    """What is selected, its start first."""
    order: str = ""
    """`undo`, `redo`, `find`, `next`, `previous`: what the editor does itself."""
    times: int = 1


_ENTERS = {"i", "a", "I", "A", "o", "O"}
_ORDERS = {"u": "undo", "U": "redo", "/": "find", "n": "next", "N": "previous"}
_SHORT = {"x": ("d", "l"), "X": ("d", "h"), "D": ("d", "$"), "C": ("c", "$"), "s": ("c", "l")}
_OPERATORS = frozenset("dcy")
_MOST = 99_999


class Vim:
    """One editor's state."""

    def __init__(self) -> None:
        self.mode = Mode.NORMAL
        self.anchor = 0
        """Where what is selected began."""
        self._count = ""
        self._operator = ""
        self._before = 1
        """The count in front of an operator."""
        self._is_g = False
        self._column: int | None = None
        """Where `j` and `k` would go on longer lines."""
        self._yanked = ""
        self._of_lines = False

    @property
    def pending(self) -> str:
        """What was typed of a command that is not whole."""
        return f"{self._operator}{self._count}{'g' * self._is_g}"

    @property
    def is_visual(self) -> bool:
        """Whether something is selected."""
        return self.mode in {Mode.VISUAL, Mode.LINES}

    def escape(self, text: str, at: int) -> Act | None:
        """Back to normal; None where nothing was to be left."""
        was, pending = self.mode, self.pending
        self._forget()
        self.mode = Mode.NORMAL
        if was is Mode.INSERT:
            return Act(max(line_start(text, at), at - 1))
        return Act(self._on(text, at)) if pending or was is not Mode.NORMAL else None

    def key(self, key: str, text: str, at: int) -> Act | None:
        """A letter or a sign, in any mode but INSERT; None: it means nothing."""
        if self._is_g:
            self._is_g = False
            return self._moved("gg", text, at) if key == "g" else self._nothing(text, at)
        if self._is_prefix(key):
            return self._stay(text, at)
        if self.is_visual:
            return self._visual(key, text, at)
        if self._operator:
            if key == self._operator:
                more = self._times * self._before - 1
                return self._operate_lines(text, at, at, more)
            return self._moved(key, text, at)
        return self._plain(key, text, at)

    def _is_prefix(self, key: str) -> bool:
        """Whether it is a part of a command only: a count, `g`, an operator."""
        if key.isdigit() and key.isascii() and (key != "0" or self._count):
            self._count += key
        elif key == "g":
            self._is_g = True
        elif key in _OPERATORS and not self._operator and not self.is_visual:
            self._operator, self._before, self._count = key, self._times, ""
        else:
            return False
        return True

    # -- states ----------------------------------------------------------------------------------

    @property
    def _times(self) -> int:
        return min(int(self._count or 1), _MOST)

    def _forget(self) -> None:
        self._count = self._operator = ""
        self._before, self._is_g, self._column = 1, False, None

    def _stay(self, text: str, at: int) -> Act:
        return self._act(text, at)

    def _nothing(self, text: str, at: int) -> Act:
        self._forget()
        return self._act(text, at)

    def _on(self, text: str, at: int) -> int:
        """On a character: behind the last one nothing can be done."""
        return min(at, last_of_line(text, at))

    def _act(self, text: str, at: int) -> Act:
        return Act(at, selected=self._selected(text, at) if self.is_visual else None)

    def _selected(self, text: str, at: int) -> tuple[int, int]:
        first, last = sorted((self.anchor, at))
        if self.mode is Mode.LINES:
            return line_start(text, first), line_end(text, last)
        return first, min(len(text), last + 1)

    # -- motions ---------------------------------------------------------------------------------

    def _target(self, key: str, text: str, at: int, times: int, *, given: bool) -> int | None:
        """Where a motion leads; None for what is none."""
        if key in REPEATED:
            for _ in range(times):
                there = REPEATED[key][0](text, at)
                if there == at:
                    break
                at = there
            return at
        if key in ONCE:
            return ONCE[key][0](text, at)
        if key in {"j", "k"}:
            if self._column is None:
                self._column = at - line_start(text, at)
            return lines_down(text, at, times if key == "j" else -times, self._column)
        if key not in {"gg", "G"}:
            return None
        return line_number(text, times if given or key == "gg" else text.count("\n") + 1)

    def _moved(self, key: str, text: str, at: int) -> Act:
        """A motion, alone or behind an operator."""
        times, given = self._times * self._before, bool(self._count) or self._before > 1
        operator = self._operator
        if operator == "c" and key == "w" and text[at : at + 1].strip():
            # As vim has it: what parts the words stays.
            key = "l" if times == 1 and ends_word(text, at) else "e"
        column = self._column
        there = self._target(key, text, at, times, given=given)
        if there is None:
            return self._nothing(text, at)
        if not operator:
            kept = (self._column if column is None else column) if key in {"j", "k"} else None
            self._forget()
            self._column = kept
            return self._act(text, there if self.is_visual else self._on(text, there))
        if key in {"j", "k", "gg", "G"}:
            first, last = sorted((at, there))
            if key in {"j", "k"} and line_start(text, first) == line_start(text, last):
                return self._nothing(text, at)
            return self._operate_lines(text, first, last, 0)
        return self._operate_part(key, text, at, there)

    def _operate_part(self, key: str, text: str, at: int, there: int) -> Act:
        reach = (REPEATED.get(key) or ONCE[key])[1]
        first, last = sorted((at, there))
        if reach is Reach.INCLUSIVE and line_end(text, last) > last:
            last += 1
        if key == "w":
            over = text[first:last].rstrip()
            if "\n" in text[first + len(over) : last]:
                last = first + len(over) if over else line_end(text, first)
        return self._operate(text, first, last)

    # -- operators -------------------------------------------------------------------------------

    def _operate(self, text: str, first: int, last: int) -> Act:
        operator = self._operator
        self._forget()
        self.mode = Mode.INSERT if operator == "c" else Mode.NORMAL
        self._yanked, self._of_lines = text[first:last], False
        if operator == "y":
            return Act(self._on(text, first))
        after = text[:first] + text[last:]
        cursor = first if operator == "c" else self._on(after, first)
        return Act(cursor, (first, last, ""))

    def _operate_lines(self, text: str, first: int, last: int, more: int) -> Act:
        """Whole lines, and so many `more`."""
        operator = self._operator
        self._forget()
        start = line_start(text, first)
        end = line_end(text, lines_down(text, last, more, 0))
        self._yanked, self._of_lines = text[start:end], True
        if operator == "y":
            self.mode = Mode.NORMAL
            return Act(self._on(text, first))
        if operator == "c":
            self.mode = Mode.INSERT
            return Act(start, (start, end, ""))
        self.mode = Mode.NORMAL
        behind = text.find("\n", end) + 1
        if behind:
            end = behind
        elif start:
            # The last line goes with what parts it from the one before.
            start = line_end(text, start - 1)
        after = text[:start] + text[end:]
        return Act(
            first_word(after, min(start if behind else line_start(after, start), len(after))),
            (start, end, ""),
        )

    def _put(self, text: str, at: int, *, behind: bool) -> Act:
        put = self._yanked
        times = self._times
        self._forget()
        if not put:
            return Act(at)
        if self._of_lines:
            lines = "\n".join([put] * times)
            if behind:
                place = line_end(text, at)
                after = f"{text[:place]}\n{lines}{text[place:]}"
                return Act(first_word(after, place + 1), (place, place, f"\n{lines}"))
            place = line_start(text, at)
            after = f"{text[:place]}{lines}\n{text[place:]}"
            return Act(first_word(after, place), (place, place, f"{lines}\n"))
        place = min(at + behind, line_end(text, at))
        put *= times
        return Act(place + len(put) - 1, (place, place, put))

    # -- one key ---------------------------------------------------------------------------------

    def _plain(self, key: str, text: str, at: int) -> Act | None:
        if key in _ENTERS:
            return self._entered(key, text, at)
        if key in _SHORT:
            self._before, self._count = self._times, ""
            self._operator, motion = _SHORT[key]
            return self._moved(motion, text, at)
        if key in {"p", "P"}:
            return self._put(text, at, behind=key == "p")
        if key in {"v", "V"}:
            self._forget()
            self.mode, self.anchor = (Mode.VISUAL if key == "v" else Mode.LINES), at
            return self._act(text, at)
        if key in _ORDERS:
            times = self._times
            self._forget()
            return Act(at, order=_ORDERS[key], times=times)
        return self._moved(key, text, at)

    def _entered(self, key: str, text: str, at: int) -> Act:
        self._forget()
        self.mode = Mode.INSERT
        start, end = line_start(text, at), line_end(text, at)
        if key in {"o", "O"}:
            indent = text[start : min(first_word(text, at), end)]
            if key == "o":
                return Act(end + 1 + len(indent), (end, end, f"\n{indent}"))
            return Act(start + len(indent), (start, start, f"{indent}\n"))
        places = {"i": at, "a": min(at + 1, end), "I": first_word(text, at), "A": end}
        return Act(places[key])

    def _visual(self, key: str, text: str, at: int) -> Act | None:
        operator = {"x": "d", "s": "c"}.get(key, key)
        first, last = self._selected(text, at)
        if operator in _OPERATORS:
            of_lines = self.mode is Mode.LINES
            self._operator = operator
            if of_lines:
                return self._operate_lines(text, first, max(first, last), 0)
            return self._operate(text, first, last)
        if key in {"v", "V"}:
            wanted = Mode.VISUAL if key == "v" else Mode.LINES
            self.mode = Mode.NORMAL if self.mode is wanted else wanted
            return self._act(text, at) if self.is_visual else Act(self._on(text, at))
        if key == "o":
            self.anchor, at = at, self.anchor
            return self._act(text, at)
        if key in {"p", "P"} and not self._of_lines:
            put = self._yanked
            self._operator = "d"
            done = self._operate(text, first, last)
            self._yanked = text[first:last]
            return Act(max(first, first + len(put) - 1), (first, last, put)) if put else done
        return self._moved(key, text, at)
