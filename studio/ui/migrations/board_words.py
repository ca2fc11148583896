"""What the migrations board says: headers, counts, times and badges, as text."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from studio.migrations.reading.files import shown_path
from studio.model.migration import Board, BoardEntry, Drift, MigrationState, MigrationStatus
from studio.model.relation import TableRef

_MINUTES = len("2026-10-02 11:04")


def counts(entries: Iterable[BoardEntry]) -> str:
    """`14 applied, 1 pending`: every state there is, in the order of the vocabulary."""
    states = [entry.state for entry in entries]
    found = ((state, states.count(state)) for state in MigrationState)
    return ", ".join(f"{count:,} {state.value}" for state, count in found if count)


def header(status: MigrationStatus, base: Path | None, *, short: bool = False) -> str:
    """`Drizzle · drizzle/ → __drizzle_migrations · 14 applied, 1 pending`.

    Short: without the name of the table, which says the least.
    """
    is_told = not short or status.database is None or not status.history_exists
    parts = [
        status.title,
        f"{folder(status, base)}{heads(status)}{f' → {history(status)}' if is_told else ''}",
        counts(status.entries) or "no migrations",
    ]
    if status.drift:
        parts.append(f"drift {len(status.drift):,}")
    if status.locks:
        parts.append("locked")
    return " · ".join(parts)


def folder(status: MigrationStatus, base: Path | None) -> str:
    """Where its migrations are, as seen from the board's folder."""
    if status.project is None:
        return "no project here"
    places = status.project.folders or (status.project.root,)
    more = f" +{len(places) - 1}" if len(places) > 1 else ""
    return f"{shown_path(places[0], base)}/{more}"


def heads(status: MigrationStatus) -> str:
    """How many ends a branched history has; nothing for the usual one."""
    return f" ({len(status.heads)} heads)" if len(status.heads) > 1 else ""


def history(status: MigrationStatus) -> str:
    """The history table, and whether it is there."""
    name = table(status.history)
    if status.database is None:
        return "database not read"
    if status.history_exists:
        return name or "?"
    return f"no history table yet ({name})" if name else "no history table yet"


def table(ref: TableRef | None) -> str:
    """`schema.table`; a schema that goes without saying is not said."""
    if ref is None:
        return ""
    return ref.name if ref.schema in {None, "main"} else str(ref)


def summary(board: Board) -> str:
    """One line for a board of several projects."""
    entries = [entry for status in board.projects for entry in status.entries]
    number = sum(status.project is not None for status in board.projects)
    lone = len(board.projects) - number
    parts = [f"{number:,} projects"] if number != 1 else ["1 project"]
    if lone:
        parts.append(f"{lone:,} {'history' if lone == 1 else 'histories'} without project")
    return " · ".join([*parts, counts(entries) or "no migrations"])


def when(entry: BoardEntry) -> str:
    """When it ran, to the minute, as the tool wrote it down; else when it was generated."""
    generated = entry.applied.generated_at if entry.applied is not None else None
    at, sign = (entry.applied_at, "") if entry.applied_at else (generated or "", "made ")
    return f"{sign}{at[:_MINUTES].replace('T', ' ')}" if at else ""


def reason(entry: BoardEntry) -> str:
    """The note, unless the time beside it says the same."""
    is_said = not entry.applied_at and when(entry) and entry.note.startswith("Generated at ")
    return "" if is_said else entry.note


def drift_sentence(drift: Drift) -> str:
    """One difference, in a clause."""
    if drift.kind.startswith("extra_"):
        return "is in the database only"
    if drift.kind.startswith("missing_") and not drift.database:
        return "is declared, not in the database"
    declared, live = drift.declared or "nothing", drift.database or "nothing"
    return f"{drift.kind.replace('_', ' ')}: declared {declared}, in the database {live}"


def badge_words(statuses: Sequence[MigrationStatus]) -> str:
    """`⚠ 1 pending, 1 changed migrations`; empty when nothing is pending, changed or failed."""
    waiting = sum(s.count(MigrationState.PENDING) for s in statuses)
    waiting += sum(s.count(MigrationState.OUT_OF_ORDER) for s in statuses)
    changed = sum(s.count(MigrationState.CHANGED) for s in statuses)
    failed = sum(s.count(MigrationState.FAILED) for s in statuses)
    found = [
        f"{count:,} {word}"
        for count, word in ((failed, "failed"), (waiting, "pending"), (changed, "changed"))
        if count
    ]
    if not found:
        return ""
    noun = "migration" if waiting + changed + failed == 1 else "migrations"
    return f"⚠ {', '.join(found)} {noun}"
