"""Changes in words: each on one line, a set in its title, and what became of it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from operator import eq
from typing import NamedTuple

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from studio.edits.journal.journal import EditJournal
from studio.model.apply_report import ApplyOutcome, ApplyReport, ChangeError
from studio.model.catalog import TableRef
from studio.model.change import Assigned, Change, Default, Delete, Insert, Update
from studio.model.page import Shortened
from studio.model.words import plural
from studio.ui.widgets.labels import plain

_MOST_VALUE = 40
_SIZES = (200, 100, 60, 40, 24, 14, 8)
"""Characters of a value, from all that is worth reading to the least that tells something."""
_KEY_SIZES = (20, 12)
_MOST_TABLES = 3
SIGN_STYLES = {"~": "grid-staged", "+": "grid-inserted", "×": "grid-deleted"}
"""The theme's variables for what becomes of a row."""


def value_words(value: Assigned, most: int = _MOST_VALUE, start: int = 0) -> str:
    """A value in a line: NULL, DEFAULT and the empty text look different from any text. `start`:
    the first character that is shown of a text too long to be shown whole.
    """
    match value:
        case None:
            return "∅"
        case Default():
            return "DEFAULT"
        case bytes():
            return plural(len(value), "byte")
        case Shortened():
            return f"{value_words(value.head, most)}…"
        case str():
            return f"'{plain(_part(value, most, start))}'"
        case _:
            return str(value)


def _part(text: str, most: int, start: int) -> str:
    if len(text) <= most:
        return text
    start = min(start, len(text) - most)
    before, after = ("…" if start > 0 else ""), ("…" if start + most < len(text) else "")
    return f"{before}{text[start + len(before) : start + most - len(after)]}{after}"


def old_to_new(old: Assigned, new: Assigned, most: int = _MOST_VALUE) -> str:
    """`'login' → 'signup'`; of long texts the part where they begin to differ."""
    start = 0
    if isinstance(old, str) and isinstance(new, str):
        same = sum(1 for _ in takewhile(bool, map(eq, old, new)))
        start = max(0, same - most // 3) if same >= most // 2 else 0
    return f"{value_words(old, most, start)} → {value_words(new, most, start)}"


def sign(change: Change) -> str:
    """`~`, `+` or `×`."""
    if isinstance(change, Insert):
        return "+"
    return "×" if isinstance(change, Delete) else "~"


def row_words(change: Change, key: tuple[str, ...] = ()) -> list[str]:
    """Which row it is, by the key that people know it by where that was seen."""
    seen = {**change.before, **change.identity}
    names = key if key and all(name in seen for name in key) else tuple(change.identity)
    return [_condition(name, seen[name]) for name in names or tuple(seen)[:1]]


def _condition(name: str, value: Assigned) -> str:
    return f"{plain(name)} {'is' if value is None else '='} {value_words(value)}"


class ChangeLine(NamedTuple):
    """What a line says of a change, its parts in the order they stand."""

    row: str
    """Which row; nothing for a new one."""
    does: str
    guard: str
    """How much else must be as seen; nothing where there was no room for it."""


def change_line(change: Change, key: tuple[str, ...], room: int) -> ChangeLine:
    """A line of at most `room` cells, if that can be: the guard gives way first, then the row's
    key; what changes is the last that is cut.
    """
    row = "" if isinstance(change, Insert) else ", ".join(row_words(change, key))
    does, guard = _does(change, key), _guard(change)
    line = ChangeLine(row, does(_SIZES[0], 0), guard)
    if _cells(line) <= room:
        return line
    for shown in _narrowing(does, len(change.after)):
        for width in (cell_len(row), *_KEY_SIZES):
            line = ChangeLine(_cut(row, width), shown, "")
            if _cells(line) <= room:
                return line
    return line


def drawn_line(
    change: Change, key: tuple[str, ...], problem: str, width: int, styles: Mapping[str, Style]
) -> Text:
    """The line with its sign and table, as wide as `width` cells; `problem`: what is wrong with it,
    which takes the guard's place. `styles`: those of `SIGN_STYLES`, `dim` and `error`.
    """
    text = Text(no_wrap=True)
    text.append("! " if problem else "  ", styles["error"])
    text.append(f"{sign(change)} {plain(str(change.table))}  ", styles[SIGN_STYLES[sign(change)]])
    row, does, guard = change_line(change, key, width - text.cell_len)
    text.append(f"{row}   " if row else "")
    text.append(does)
    if problem:
        text.append(f"   {problem}", styles["error"])
    elif guard:
        text.append(f"   {guard}", styles["dim"])
    return text


def _cells(line: ChangeLine) -> int:
    return sum(cell_len(part) + 3 for part in line if part) - 3


def _narrowing(does: Callable[[int, int], str], columns: int) -> Iterator[str]:
    """What a change does in fewer and fewer cells: shorter values, then fewer columns."""
    readable = [size for size in _SIZES if size >= _SIZES[-2]]
    yield from (does(size, 0) for size in readable)
    for hidden in range(1, columns):
        yield from (does(size, hidden) for size in readable[-2:])
    yield does(_SIZES[-1], max(0, columns - 1))


def _does(change: Change, key: tuple[str, ...]) -> Callable[[int, int], str]:
    """What a change does, by the characters of each value and the columns that are only counted."""

    def does(most: int, hidden: int) -> str:
        parts = _parts(change, key, most)
        more = [f"{hidden:,} more"] if hidden else []
        return ", ".join([*parts[: len(parts) - hidden], *more])

    return does


def _parts(change: Change, key: tuple[str, ...], most: int) -> Sequence[str]:
    match change:
        case Update():
            return [
                f"{plain(name)}: {old_to_new(change.before[name], value, most)}"
                if name in change.before
                else f"{plain(name)} = {value_words(value, most)}"
                for name, value in change.after.items()
            ]
        case Insert():
            return [
                f"{plain(name)}={value_words(value, most)}"
                for name, value in _key_first(change.after, key).items()
            ] or ["every column its default"]
        case Delete():
            return ["deleted"]


def _key_first(values: Mapping[str, Assigned], key: tuple[str, ...]) -> Mapping[str, Assigned]:
    first = {name: values[name] for name in key if name in values}
    return {**first, **values}


def _guard(change: Change) -> str:
    """What must still hold besides what the line shows."""
    if isinstance(change, Delete) and change.before:
        return f"if {plural(len(change.before), 'value is', 'values are')} as seen"
    others = len(change.before.keys() - change.after.keys())
    return f"{others:,} more as seen" if others else ""


def _cut(text: str, width: int) -> str:
    """Without its middle, where it is too long: both ends of a key tell something."""
    if cell_len(text) <= width:
        return text
    head = width * 2 // 3
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def title(does: str, changes: Sequence[Change], label: str, *, production: bool) -> str:
    """`Apply to events 2, users 1 on prod-db (PRODUCTION): 3 changes in one transaction`."""
    counts = Counter(change.table for change in changes)
    names = [plain(str(table)) for table in counts]
    if len(counts) > 1:
        names = [f"{plain(str(table))} {count:,}" for table, count in counts.items()]
    more = len(names) - _MOST_TABLES
    tables = ", ".join(names[:_MOST_TABLES])
    tables += f" and {plural(more, 'more table', 'more tables')}" if more > 0 else ""
    mark = " (PRODUCTION)" if production else ""
    many = plural(len(changes), "change")
    return f"{does} {tables} on {plain(label)}{mark}: {many} in one transaction"


def rows_words(rows: Mapping[TableRef, int]) -> str:
    """`events 3, receipts 1`."""
    return ", ".join(f"{plain(str(ref))} {count:,}" for ref, count in rows.items())


def trial_words(report: ApplyReport, statements: int) -> str:
    """What a trial came to."""
    total = sum(report.rows.values())
    tables = f" ({rows_words(report.rows)})" if report.rows else ""
    held = f" · held {', '.join(map(plain, report.locks))}" if report.locks else ""
    return (
        f"dry run: rolled back, {plural(statements, 'statement')}, "
        f"{plural(total, 'row')} would change{tables}, {report.elapsed_ms:.0f} ms{held}"
    )


def waiting_words(
    doing: str, count: int, elapsed: str, journal: EditJournal | None, holders: Sequence[str] = ()
) -> str:
    """What is being done, what would become of it if it were stopped now, and whom it waits for."""
    if journal is not None and journal.doubted:
        return (
            f"not known, checking… · {elapsed} · the connection was lost at COMMIT; "
            "everything staged is kept"
        )
    held = "".join(f"\nthe lock is held by {plain(holder)}" for holder in holders[:3])
    return (
        f"{doing} {plural(count, 'change')} · {elapsed} · esc stops it; "
        f"nothing holds before COMMIT{held}"
    )


def outcome_words(report: ApplyReport) -> str:
    """Which of nothing, all, or not known holds."""
    match report.outcome:
        case ApplyOutcome.APPLIED:
            total = rows_words(report.rows)
            undo = "; undo last apply (ctrl+p) takes it back" if report.journal_id else ""
            return f"applied: {total or 'no row was changed'} · {report.elapsed_ms:.0f} ms{undo}"
        case ApplyOutcome.UNKNOWN:
            return (
                "not known: the connection was lost at COMMIT, and the database cannot be asked "
                "yet. Everything staged is kept; r looks again"
            )
        case _ if report.had_nothing_to_do:
            return "nothing to do: every row holds already what was staged"
        case _:
            conflicts, errors = len(report.conflicts), len(report.errors)
            why = []
            if conflicts:
                seen = "it" if conflicts == 1 else "them"
                why.append(f"{plural(conflicts, 'row')} changed since you saw {seen}")
            if errors:
                why.append(f"{errors} refused")
            return "nothing was changed" + (f": {', '.join(why)}" if why else "")


def problems(report: ApplyReport) -> dict[int, str]:
    """By change: why it stops the set."""
    found = {
        error.change: error_words(error) for error in report.errors if error.change is not None
    }
    found.update((conflict.index, plain(str(conflict))) for conflict in report.conflicts)
    return found


def error_words(error: ChangeError) -> str:
    """Why one change was refused."""
    where = f"{', '.join(map(plain, error.columns))}: " if error.columns else ""
    said = plain(error.message)
    return said if not where or all(plain(c) in said for c in error.columns) else f"{where}{said}"
