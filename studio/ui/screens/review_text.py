"""Changes, their effects and what became of them, in words."""

from collections.abc import Mapping, Sequence

from studio.edits.effects import Effects
from studio.edits.journal import Journal
from studio.model.catalog import TableRef
from studio.model.change import (
    ApplyReport,
    Assigned,
    Change,
    ChangeError,
    Default,
    Delete,
    Insert,
    Outcome,
    Update,
)
from studio.model.page import Shortened
from studio.ui.labels import plain

_MOST_VALUE = 40
_MOST_COLUMNS = 6


def value_words(value: Assigned, most: int = _MOST_VALUE) -> str:
    """A value in a line: NULL, DEFAULT and the empty text look different from any text."""
    match value:
        case None:
            return "∅"
        case Default():
            return "DEFAULT"
        case bytes():
            return f"{len(value):,} bytes"
        case Shortened():
            return f"{value_words(value.head, most)}…"
        case str():
            cut = value if len(value) <= most else f"{value[: most - 1]}…"
            return f"'{plain(cut)}'"
        case _:
            return str(value)


def sign(change: Change) -> str:
    """`~`, `+` or `×`."""
    if isinstance(change, Insert):
        return "+"
    return "×" if isinstance(change, Delete) else "~"


def row_words(change: Change, key: tuple[str, ...] = ()) -> list[str]:
    """Which row it is, by the key that people know it by where that was seen."""
    seen = {**change.before, **change.identity}
    names = key if key and all(name in seen for name in key) else tuple(change.identity)
    return [_condition(name, seen[name]) for name in names]


def change_words(change: Change, key: tuple[str, ...] = ()) -> str:
    """What a change does: `kind: 'login' → 'signup'`."""
    match change:
        case Update():
            parts = [
                f"{plain(name)}: {value_words(change.before.get(name))} → {value_words(value)}"
                if name in change.before
                else f"{plain(name)} = {value_words(value)}"
                for name, value in change.after.items()
            ]
        case Insert():
            parts = [f"{plain(n)}={value_words(v)}" for n, v in change.after.items()]
            parts = parts or ["every column its default"]
        case Delete():
            parts = row_words(change, key)
    more = f", {len(parts) - _MOST_COLUMNS} more" if len(parts) > _MOST_COLUMNS else ""
    return ", ".join(parts[:_MOST_COLUMNS]) + more


def guard_words(change: Change, key: tuple[str, ...] = ()) -> str:
    """What must still hold: `where id = 7 and kind is 'login'`."""
    if isinstance(change, Insert):
        return ""
    if isinstance(change, Delete):
        return f"if all {len(change.before)} values are as seen" if change.before else ""
    named = row_words(change, key)
    changed = [
        f"{plain(name)} is {value_words(change.before[name])}"
        for name in change.after
        if name in change.before
    ]
    others = len(change.before) - len(changed)
    rest = [f"{others} more as seen"] if others > 0 else []
    return "where " + " and ".join([*named[:3], *changed[:3], *rest])


def _condition(name: str, value: Assigned) -> str:
    return f"{plain(name)} {'is' if value is None else '='} {value_words(value)}"


def effect_words(effects: Effects) -> list[tuple[bool, str]]:
    """What follows besides: (whether it stops the set, a line)."""
    lines: list[tuple[bool, str]] = []
    for one in effects.followed:
        rows = _rows(one.rows)
        columns = ", ".join(map(plain, one.columns))
        table, source = plain(str(one.table)), plain(str(one.source))
        if one.blocks:
            lines.append((True, f"{rows} of {table} ({columns}) keep rows of {source} from going"))
        else:
            verb = {"CASCADE": "deleted with them", "SET NULL": "lose their reference"}
            does = verb.get(one.action, one.action.lower())
            lines.append((False, f"cascades: {table} ({columns}) {rows} {does}"))
    for fired in effects.fired:
        names = ", ".join(map(plain, fired.triggers))
        where = plain(str(fired.table))
        lines.append(
            (False, f"triggers: {names} on {fired.event} of {_rows(fired.rows)} of {where}")
        )
    return lines


def title(count: int, tables: Sequence[TableRef], label: str, *, production: bool) -> str:
    """`Apply to events on prod-db (PRODUCTION): 3 changes in one transaction`."""
    names = ", ".join(plain(str(table)) for table in tables[:3])
    more = f" and {len(tables) - 3} more tables" if len(tables) > 3 else ""  # noqa: PLR2004 as above
    mark = " (PRODUCTION)" if production else ""
    changes = f"{count:,} change{'' if count == 1 else 's'}"
    return f"Apply to {names}{more} on {plain(label)}{mark}: {changes} in one transaction"


def rows_words(rows: Mapping[TableRef, int]) -> str:
    """`events 3, receipts 1`."""
    return ", ".join(f"{plain(str(ref))} {count:,}" for ref, count in rows.items())


def trial_words(report: ApplyReport, statements: int) -> str:
    """What a trial came to."""
    total = sum(report.rows.values())
    tables = f" ({rows_words(report.rows)})" if report.rows else ""
    held = f" · held {', '.join(map(plain, report.locks))}" if report.locks else ""
    return (
        f"dry run: rolled back, {statements:,} statement{'' if statements == 1 else 's'}, "
        f"{_rows(total)} would change{tables}, {report.elapsed_ms:.0f} ms{held}"
    )


def waiting_words(doing: str, count: int, elapsed: str, journal: Journal | None) -> str:
    """What is being done, and what would become of it if it were stopped now."""
    if journal is not None and journal.doubted:
        return (
            f"not known, checking… · {elapsed} · the connection was lost at COMMIT; "
            "everything staged is kept"
        )
    return f"{doing} {count:,} changes · {elapsed} · esc stops it; nothing holds before COMMIT"


def outcome_words(report: ApplyReport) -> str:
    """Which of nothing, all, or not known holds."""
    match report.outcome:
        case Outcome.APPLIED:
            total = rows_words(report.rows)
            undo = "; undo last apply (ctrl+p) takes it back" if report.journal_id else ""
            return f"applied: {total or 'nothing to do'} · {report.elapsed_ms:.0f} ms{undo}"
        case Outcome.UNKNOWN:
            return (
                "not known: the connection was lost at COMMIT, and the database cannot be asked "
                "yet. Everything staged is kept; r looks again"
            )
        case _:
            conflicts, errors = len(report.conflicts), len(report.errors)
            why = []
            if conflicts:
                why.append(
                    f"{_rows(conflicts)} changed since you saw {'it' if conflicts == 1 else 'them'}"
                )
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


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
