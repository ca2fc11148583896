"""Files and rows together: the state of every migration, and the reason in a sentence."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from studio.migrations.rules import Order, Rules
from studio.model.migration import AppliedMigration, BoardEntry, Migration, MigrationState

MAX_DETAIL = 160
_MOST_RECORDED = 3
_TOLD_BY_FILES = frozenset({MigrationState.ORPHAN_FILE, MigrationState.MISSING_FILE})


def compare(
    rules: Rules, migrations: Sequence[Migration], applied: Sequence[AppliedMigration]
) -> tuple[BoardEntry, ...]:
    """One entry per file and per row without a file, in the tool's order."""
    by_key = {row.key: row for row in applied}
    recorded = [rules.order(row.key) for row in applied if not row.rolled_back]
    newest = max(recorded, default=None)
    entries: list[tuple[Order, BoardEntry]] = []
    known: set[str] = set()
    for migration in migrations:
        order = rules.order(migration.key)
        row = by_key.get(migration.key) if migration.listed else None
        known.add(migration.key if migration.listed else "")
        is_older = newest is not None and order < newest
        entries.append((order, entry(rules, migration, row, is_older=is_older)))
    rowless = (row for row in applied if row.key not in known)
    return merged(entries, ((rules.order(row.key), missing(rules, row)) for row in rowless))


def compare_listed(
    rules: Rules,
    migrations: Sequence[Migration],
    applied: Sequence[AppliedMigration],
    *,
    has_order: bool = True,
) -> tuple[BoardEntry, ...]:
    """As `compare`, for tools whose order is the files' own list and not in the keys.

    Without `has_order` nothing counts as out of order: the tool has no such idea.
    """
    by_key = {row.key: row for row in applied}
    last = max((i for i, m in enumerate(migrations) if m.key in by_key), default=-1)
    found = [
        (
            rules.order(migration.key),
            entry(
                rules,
                migration,
                by_key.get(migration.key),
                is_older=has_order and number < last,
            ),
        )
        for number, migration in enumerate(migrations)
    ]
    known = {migration.key for migration in migrations}
    rest = [row for row in applied if row.key not in known]
    return merged(found, ((rules.order(row.key), missing(rules, row)) for row in rest))


def merged(
    files: list[tuple[Order, BoardEntry]], rows: Iterable[tuple[Order, BoardEntry]]
) -> tuple[BoardEntry, ...]:
    """Rows without a file put where the tool's order has them among the files."""
    waiting = sorted(rows, key=lambda pair: pair[0])
    result: list[BoardEntry] = []
    at = 0
    for order, found in files:
        while at < len(waiting) and waiting[at][0] < order:
            result.append(waiting[at][1])
            at += 1
        result.append(found)
    return (*result, *(found for _, found in waiting[at:]))


def entry(
    rules: Rules, migration: Migration, row: AppliedMigration | None, *, is_older: bool
) -> BoardEntry:
    """The entry of a migration the project knows."""
    state, note = _judged(rules, migration, row, is_older=is_older)
    return BoardEntry(
        id=migration.id,
        state=state,
        note=note,
        applied_at=row.at if row and row.succeeded and not row.rolled_back else None,
        path=migration.path,
        migration=migration,
        applied=row,
    )


def missing(rules: Rules, row: AppliedMigration) -> BoardEntry:
    """The entry of a row no file explains."""
    if row.rolled_back or not row.succeeded:
        return recorded(row)
    what = "Recorded in the database, but there is no such file here."
    note = f"{what} {rules.consequences.missing}".rstrip()
    return BoardEntry(row.label or row.key, MigrationState.MISSING_FILE, note, row.at, applied=row)


def recorded(row: AppliedMigration) -> BoardEntry:
    """The entry of a row where no project says what its file should be."""
    if row.rolled_back:
        state, note = MigrationState.ROLLED_BACK, "Recorded as rolled back."
    elif not row.succeeded:
        state, note = MigrationState.FAILED, f"Recorded as failed{_detail(row)}."
    else:
        state = MigrationState.RECORDED
        note = "Recorded in the database; there is no project here that could hold its file."
    return BoardEntry(row.label or row.key, state, note, row.at, applied=row)


def unread(entries: Iterable[BoardEntry]) -> tuple[BoardEntry, ...]:
    """Entries compared with nothing: what files alone say is kept, the rest is not known."""
    return tuple(
        entry
        if entry.state in _TOLD_BY_FILES
        else replace(entry, state=MigrationState.UNKNOWN, note=_trouble(entry))
        for entry in entries
    )


def _trouble(entry: BoardEntry) -> str:
    problem = entry.migration.problem if entry.migration is not None else ""
    return _sentence(problem) if problem else ""


def _judged(
    rules: Rules, migration: Migration, row: AppliedMigration | None, *, is_older: bool
) -> tuple[MigrationState, str]:
    says = rules.consequences
    if not migration.listed:
        why = migration.problem or "the tool's own index does not list it"
        return MigrationState.ORPHAN_FILE, f"Looks like a migration, but {why}; it is never run."
    if row is not None and not row.succeeded and not row.rolled_back:
        return MigrationState.FAILED, f"Started and not finished{_detail(row)}. {says.failed}"
    if migration.problem and migration.checksum is None and migration.path is None:
        return MigrationState.MISSING_FILE, f"{_sentence(migration.problem)} {says.missing}"
    if row is not None and not row.rolled_back:
        return _done(rules, migration, row)
    state, note = MigrationState.PENDING, f"Not applied yet. {says.pending}"
    if row is not None:
        state, note = MigrationState.ROLLED_BACK, f"Recorded as rolled back. {says.rolled_back}"
    elif is_older:
        why = "Not applied, though a newer one is."
        state, note = MigrationState.OUT_OF_ORDER, f"{why} {says.out_of_order}"
    trouble = f" {_sentence(migration.problem)}" if migration.problem else ""
    return state, note + trouble


def _done(rules: Rules, migration: Migration, row: AppliedMigration) -> tuple[MigrationState, str]:
    says = rules.consequences
    if migration.problem:
        return MigrationState.APPLIED, f"Applied. {_sentence(migration.problem)}"
    if row.checksum and migration.checksum is not None:
        accepted = {migration.checksum, *migration.also_accepted}
        if row.checksum not in accepted:
            return MigrationState.CHANGED, f"The file is not what was applied. {says.changed}"
    return MigrationState.APPLIED, ""


def _sentence(clause: str) -> str:
    return f"{clause[:1].upper()}{clause[1:]}."


def _detail(row: AppliedMigration) -> str:
    lines = row.detail.strip().splitlines()
    first = "".join(c for c in lines[0] if c.isprintable())[:MAX_DETAIL] if lines else ""
    return f": {first.rstrip('.')}" if first else ""


def told_as_one(entries: Sequence[BoardEntry]) -> frozenset[str]:
    """The ids of the many that are recorded and say the same: an installed package's."""
    recorded = [entry for entry in entries if entry.state is MigrationState.RECORDED]
    is_one = len(recorded) > _MOST_RECORDED and len({entry.note for entry in recorded}) == 1
    # A history that is all there is, is what somebody came to read.
    is_beside = len(recorded) < len(entries)
    return frozenset(entry.id for entry in recorded) if is_one and is_beside else frozenset()
