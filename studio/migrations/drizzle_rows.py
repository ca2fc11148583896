"""Which row of Drizzle's history tells of which migration, and which migrations it passed by."""

from collections.abc import Mapping, Sequence

from studio.model.migration import AppliedMigration, Migration


def last_matched(
    migrations: Sequence[Migration], matched: Mapping[int, AppliedMigration]
) -> tuple[int, str] | None:
    """The newest migration that a row tells of: its time and its name."""
    return max(((int(m.key), m.id) for n, m in enumerate(migrations) if n in matched), default=None)


def is_older(migration: Migration, newest: int | None, last: tuple[int, str] | None) -> bool:
    """Whether something newer is recorded; folders of one second compare by their names."""
    if newest is None or int(migration.key) > newest:
        return False
    if last is None or last[0] != int(migration.key) or newest > last[0]:
        return True
    return migration.id < last[1]


def matched_rows(
    migrations: Sequence[Migration], applied: Sequence[AppliedMigration], *, by_folder: bool
) -> dict[int, AppliedMigration]:
    """Rows by the number of the migration, as a journal may name a file twice.

    Each row explains one migration at most.
    """
    matched: dict[int, AppliedMigration] = {}
    left = dict(enumerate(applied))
    index: dict[tuple[str, str], list[int]] = {}
    for number, row in left.items():
        for key in _row_keys(row, by_folder=by_folder):
            index.setdefault(key, []).append(number)
    for step in range(4):
        for place, migration in enumerate(migrations):
            key = _file_keys(migration, by_folder=by_folder)[step]
            if place in matched or not key[1]:
                continue
            free = [n for n in index.get(key, ()) if n in left]
            if free:
                matched[place] = left.pop(free[0])
    return matched


def _row_keys(row: AppliedMigration, *, by_folder: bool) -> list[tuple[str, str]]:
    time = _time_key(row.key, by_folder=by_folder)
    checksum = row.checksum or ""
    named = ("name", row.name) if by_folder else ("name", "")
    keys = [named, ("both", f"{time} {checksum}")]
    # A 1.x table that holds names matches by nothing else.
    if not (by_folder and row.name):
        keys += [("time", time), ("hash", checksum)]
    return keys


def _file_keys(migration: Migration, *, by_folder: bool) -> list[tuple[str, str]]:
    time = _time_key(migration.key, by_folder=by_folder) if migration.key != "0" else ""
    checksum = migration.checksum or ""
    both = f"{time} {checksum}" if time else ""
    return [("name", migration.id), ("both", both), ("time", time), ("hash", checksum)]


def _time_key(key: str, *, by_folder: bool) -> str:
    # drizzle-kit up names folders from `when` in whole seconds.
    return str(int(key) // 1000) if by_folder else key
