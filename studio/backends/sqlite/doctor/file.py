"""The file itself: damage, what a dead program left, its journal, its space."""

from collections.abc import Iterator, Sequence

from sqlalchemy.exc import DBAPIError

from studio.backends.halves.checking import HealthCheck
from studio.backends.sqlite.deciding import OpeningMode
from studio.backends.sqlite.doctor import damage
from studio.backends.sqlite.doctor.look import (
    SMALL_BYTES,
    FileCheck,
    FileCheckup,
    is_damage,
    is_interrupt,
)
from studio.model.health import HealthFinding, HealthSeverity, NotRun

_MB = 1 << 20
_COMPARED_BYTES = 8 * _MB
"""Up to so large a file each index is compared with its table without being asked to: that takes
ten times what looking at the pages does.
"""
_MOST_MESSAGES = 100
_FREE_SHARE = 0.25
_SMALL_PAGE = 4096
_FULL, _INCREMENTAL = 1, 2
"""Of PRAGMA auto_vacuum."""
_ROLLBACK_JOURNAL = 1
"""Bytes 18 and 19 of the header, where a WAL is 2."""


def _finding(
    check: str, severity: HealthSeverity, says: str, evidence: dict[str, object], *advice: str
) -> HealthFinding:
    """Of the whole file; `advice` is fix, cost and doubt."""
    fix, cost, doubt = (*advice, "", "")[:3]
    return HealthFinding(check, "database", severity, says, evidence, fix, cost, doubt)


def integrity(look: FileCheckup) -> Iterator[HealthFinding]:
    """What the header and SQLite's own check of the file say."""
    opening = look.opening
    if (
        opening.way is not OpeningMode.MEMORY
        and opening.probe.db is not None
        and not opening.probe.db.size
    ):
        yield _empty(look)
        return
    seen = list(damage.cut(opening.probe))
    if not look.may_read_all:
        if seen:
            yield damage.damaged(opening, seen)
        why = "needs --full: the file is larger than 64 MB"
        look.not_run.append(NotRun(look.check, why, look.bytes))
        return
    messages = _checked_by_sqlite(look)
    told = [one for one in messages if one != "ok"]
    others = [one for one in told if damage.index_of(one) is None]
    if seen or others:
        yield damage.damaged(opening, [*seen, *others])
    yield from _unlike_their_tables(look, [one for one in told if one not in others])


def _checked_by_sqlite(look: FileCheckup) -> list[str]:
    """What SQLite says of pages and rows and, where that may take its time, of indexes too."""
    if not (look.wishes.full or look.bytes <= _COMPARED_BYTES):
        why = "needs --full to compare indexes with their tables: the file is larger than 8 MB"
        look.not_run.append(NotRun(look.check, why, look.bytes))
        return _messages(look, "quick_check")
    try:
        return _messages(look, "integrity_check")
    except DBAPIError as error:
        if is_interrupt(error):
            raise
        # An index may need a collation or a function that its program alone has.
        found = _messages(look, "quick_check")
        look.cannot_read(error, f"indexes were not compared with their tables: {error.orig}")
        return found


def _messages(look: FileCheckup, pragma: str) -> list[str]:
    try:
        return [str(row[0]) for row in look.rows(f"PRAGMA {pragma}({_MOST_MESSAGES})")]
    except DBAPIError as error:
        if not is_damage(error):
            raise
        return [str(error.orig)]


def _unlike_their_tables(look: FileCheckup, messages: Sequence[str]) -> Iterator[HealthFinding]:
    """Indexes that hold other rows than their tables: queries by them answer wrong."""
    of_index: dict[str, list[str]] = {}
    for message in messages:
        of_index.setdefault(damage.index_of(message) or "", []).append(message)
    on = {one.name: one.table for one in look.stored if one.kind == "index"}
    for name, told in of_index.items():
        more = f" and {len(told) - 1:,} more" if len(told) > 1 else ""
        doubles = any(one.startswith("non-unique") for one in told)
        yield HealthFinding(
            look.check,
            name,
            HealthSeverity.ERROR,
            f"the index does not hold what its table does: {told[0]}{more}",
            {"messages": told},
            f"REINDEX {look.written(name)};",
            "sorts the whole index again under the write lock"
            + ("; it fails while rows have the same key: find them first" if doubles else ""),
            f"SQLite was asked for the first {_MOST_MESSAGES} faults: there may be more"
            if len(messages) >= _MOST_MESSAGES
            else "",
            on.get(name, ""),
        )


def _empty(look: FileCheckup) -> HealthFinding:
    """SQLite takes it for a database without tables, and calls it whole."""
    return _finding(
        look.check,
        HealthSeverity.NOTICE,
        "the file has 0 bytes: a database nobody wrote into yet, or one that was cut to nothing",
        {"bytes": 0},
        "",
        "",
        "a program may just have made it",
    )


def hot_journal(look: FileCheckup) -> Iterator[HealthFinding]:
    """A writer died in the middle of a transaction."""
    found = look.opening.probe
    if found.journal_left and found.journal is not None:
        yield _finding(
            look.check,
            HealthSeverity.ERROR,
            f"a program died while it wrote: {found.journal.size:,} bytes of -journal are still to "
            "be rolled back",
            {"bytes": found.journal.size},
            "",
            "the next program that opens the file to write rolls back; never delete the -journal",
        )


def wal_not_checkpointed(look: FileCheckup) -> Iterator[HealthFinding]:
    """A WAL that has outgrown its database."""
    found = look.opening.probe
    size = found.db.size if found.db else 0
    if found.wal_bytes <= max(SMALL_BYTES, size):
        return
    index = found.index
    waiting = None if index is None else index.mx_frame - index.n_backfill
    is_done = waiting == 0
    yield _finding(
        look.check,
        HealthSeverity.NOTICE if is_done else HealthSeverity.WARNING,
        f"the -wal has {found.wal_bytes / _MB:,.0f} MB, the database {size / _MB:,.0f} MB"
        + (": all of it is checkpointed, but the file never shrinks by itself" if is_done else ""),
        {"wal_bytes": found.wal_bytes, "bytes": size, "frames_waiting": waiting},
        "PRAGMA wal_checkpoint(TRUNCATE);",
        "waits for every reader; a reader that never ends keeps it from working",
        "a large transaction may just have been written",
    )


def journal_not_wal(look: FileCheckup) -> Iterator[HealthFinding]:
    """Readers and the writer wait for each other."""
    found = look.opening.probe
    if found.write_version == _ROLLBACK_JOURNAL and look.tables:
        if look.one("PRAGMA application_id"):
            return  # A document, whose format has rules of its own.
        yield _finding(
            look.check,
            HealthSeverity.NOTICE,
            "a rollback journal: readers and a writer wait for each other",
            {"write_version": found.write_version, "bytes": look.bytes},
            "PRAGMA journal_mode = wal;",
            "stays so; not on network file systems; three files from then on",
            "one program alone has little of it",
        )


def freelist_large(look: FileCheckup) -> Iterator[HealthFinding]:
    """Space that nothing uses."""
    free = int(look.one("PRAGMA freelist_count"))
    pages = int(look.one("PRAGMA page_count"))
    unused = free * look.page_bytes
    if unused <= _MB or not _FREE_SHARE * pages < free < pages:
        return
    mode = look.one("PRAGMA auto_vacuum")
    yield _finding(
        look.check,
        HealthSeverity.NOTICE,
        f"{unused / _MB:,.1f} MB of {look.bytes / _MB:,.1f} MB are free pages",
        {"free_pages": free, "pages": pages, "free_bytes": unused, "auto_vacuum": mode},
        "PRAGMA incremental_vacuum;" if mode == _INCREMENTAL else "VACUUM;",
        "needs twice the space and nobody else in the file; rowids of tables without a key change",
        "the next rows use it anyway",
    )


def auto_vacuum_full(look: FileCheckup) -> Iterator[HealthFinding]:
    """Each commit moves pages."""
    if look.one("PRAGMA auto_vacuum") == _FULL and look.bytes > 10 * _MB:
        yield _finding(
            look.check,
            HealthSeverity.NOTICE,
            "auto_vacuum = FULL moves pages at each commit and scatters tables",
            {"bytes": look.bytes},
            "PRAGMA auto_vacuum = INCREMENTAL;",
            "then `PRAGMA incremental_vacuum` when there is time",
            "the file stays as small as can be",
        )


def page_size_small(look: FileCheckup) -> Iterator[HealthFinding]:
    """Pages smaller than any disk's."""
    if look.page_bytes < _SMALL_PAGE and look.bytes > 100 * _MB:
        yield _finding(
            look.check,
            HealthSeverity.NOTICE,
            f"pages of {look.page_bytes:,} bytes in a file of {look.bytes / _MB:,.0f} MB",
            {"page_size": look.page_bytes, "bytes": look.bytes},
            "PRAGMA journal_mode = delete;\nPRAGMA page_size = 4096;\nVACUUM;",
            "needs twice the space and nobody else in the file; WAL again afterwards",
        )


DAMAGE = (
    FileCheck(
        HealthCheck(
            "integrity", "damaged file", (HealthSeverity.ERROR, HealthSeverity.NOTICE), whole=True
        ),
        integrity,
    ),
    FileCheck(
        HealthCheck("hot_journal", "transaction left half-way", (HealthSeverity.ERROR,)),
        hot_journal,
    ),
)
CHECKS = (
    FileCheck(
        HealthCheck(
            "wal_not_checkpointed",
            "WAL not checkpointed",
            (HealthSeverity.WARNING, HealthSeverity.NOTICE),
        ),
        wal_not_checkpointed,
    ),
    FileCheck(
        HealthCheck("journal_not_wal", "journal is no WAL", (HealthSeverity.NOTICE,)),
        journal_not_wal,
    ),
    FileCheck(
        HealthCheck("freelist_large", "free pages", (HealthSeverity.NOTICE,)), freelist_large
    ),
    FileCheck(
        HealthCheck("auto_vacuum_full", "auto_vacuum is full", (HealthSeverity.NOTICE,)),
        auto_vacuum_full,
    ),
    FileCheck(
        HealthCheck("page_size_small", "small pages", (HealthSeverity.NOTICE,)), page_size_small
    ),
)
