"""Changes, their effects and what became of them, in words."""

from collections import Counter
from collections.abc import Mapping, Sequence

from studio.edits.applying.effects import Effects
from studio.edits.applying.lasting import Lasting
from studio.edits.journal.journal import EditJournal
from studio.model.apply_report import ApplyOutcome, ApplyReport, ChangeError
from studio.model.catalog import TableRef
from studio.model.change import Change
from studio.model.words import plural
from studio.ui.widgets.labels import plain

_MOST_TABLES = 3


def lasting_words(found: Sequence[Lasting]) -> list[str]:
    """What undo would leave as it is; worth a line each before anything is sent."""
    return [plain(str(one)) for one in found]


def effect_words(effects: Effects) -> list[tuple[bool, str]]:
    """What follows besides: (whether it stops the set, a line)."""
    lines: list[tuple[bool, str]] = []
    for one in effects.followed:
        rows = plural(one.rows, "row")
        columns = ", ".join(map(plain, one.columns))
        table, source = plain(str(one.table)), plain(str(one.source))
        if one.blocks:
            keep = "keeps" if one.rows == 1 else "keep"
            lines.append(
                (True, f"{rows} of {table} ({columns}) {keep} rows of {source} from going")
            )
        else:
            lose = "loses its" if one.rows == 1 else "lose their"
            verb = {"CASCADE": "deleted with them", "SET NULL": f"{lose} reference"}
            does = verb.get(one.action, one.action.lower())
            lines.append((False, f"cascades: {table} ({columns}) {rows} {does}"))
    for fired in effects.fired:
        names = ", ".join(map(plain, fired.triggers))
        where = plain(str(fired.table))
        lines.append(
            (False, f"triggers: {names} on {fired.event} of {plural(fired.rows, 'row')} of {where}")
        )
    return lines


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
