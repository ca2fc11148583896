"""What a WAL's state means, in plain words."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from studio.model.words import file_size
from studio.wal import ending
from studio.wal.changes import Change
from studio.wal.frames import WalHeader
from studio.wal.index import BLOCK_BYTES
from studio.wal.owners import SCHEMA, UNKNOWN
from studio.wal.probe import Probe
from studio.wal.records import Stored
from studio.wal.remains import Remain, Remains
from studio.wal.report import WalReport
from studio.wal.sizes import PageSizes
from studio.wal.who import NOBODY_SEEN, Seen, who

_WIDEST = 60
_UNCOUNTED: Mapping[str, Mapping[str, int]] = {}


def backfilled(report: WalReport) -> int | None:
    """How many frames are in the main file already, as far as the -shm can be believed."""
    if report.shm is None or report.header is None or not report.shm.fits(report.header):
        return None
    return report.shm.n_backfill


def summary(report: WalReport, *, is_short: bool = False) -> str:
    """The WAL in one line; a short one leaves out what never changes of a WAL, and its salts."""
    if report.header is None:
        if report.journal is not None and report.journal.would_undo:
            return "no WAL: a rollback journal, and a transaction that nobody finished"
        return _headless(report) or _emptied(report) or "no WAL: every commit is in the main file"
    if not report.header.ok:
        return f"{file_size(report.wal_size)}, and its header {bad_header(report.header)}"
    frames = f"{report.valid_frames:,} frame{'s' * (report.valid_frames != 1)}"
    commits = f"{len(report.commits):,} commit{'s' * (len(report.commits) != 1)}"
    of_them = "" if report.valid_frames == report.mx_frame else f", {report.mx_frame:,} committed"
    parts = [
        file_size(report.wal_size),
        *(() if is_short else (f"page {report.header.page_size}",)),
        f"{frames}{of_them} in {commits}",
        *_checkpointed(report),
    ]
    if not is_short:
        parts.append(f"salts {report.header.salt[0]} {report.header.salt[1]}")
    return " · ".join(parts)


def _checkpointed(report: WalReport) -> Iterator[str]:
    """How far it is in the main file. What nobody has open may count too little: it is no more
    than a least.
    """
    done = backfilled(report)
    if done is None or report.shm is None:
        return
    if report.shm.is_attached:
        yield f"checkpointed to {done:,}" if done else "nothing checkpointed"
    elif done:
        yield f"checkpointed to {done:,} or further"


def verdict(report: WalReport, found: Collection[str]) -> str:
    """The WAL in one line, after whether its faults leave it sound. What is wrong with a header is
    among the faults.
    """
    is_headed = report.header is not None and report.header.ok
    what = summary(report) if is_headed or not found else file_size(report.wal_size)
    return f"{'damaged' if found else 'sound'} · {what}"


def notes(found: Probe, report: WalReport, seen: Seen = NOBODY_SEEN) -> tuple[str, ...]:
    """What else there is to say: what a journal would undo, who holds the WAL back (and since when
    that was seen), what of it does not count, where history begins.
    """
    said = ending.notes(report)
    return (*_left(report), *who(found, report, seen), *_frames(report, said), *_history(report))


def notes_beside_faults(found: Probe, report: WalReport) -> tuple[str, ...]:
    """The same without what is told as a fault."""
    said = () if any(ending.faults(report)) else ending.notes(report)
    return (*_left(report), *who(found, report), *_frames(report, said), *_history(report))


def faults(report: WalReport) -> tuple[str, ...]:
    """What is wrong with the files, as far as they tell."""
    return (*_wal_faults(report), *_shm_faults(report), *_page_faults(report))


def _wal_faults(report: WalReport) -> Iterator[str]:
    if short := _headless(report):
        yield f"the -wal is {short}"
    if gone := _emptied(report):
        yield gone
    if report.header is not None and not report.header.ok:
        yield f"the -wal's header {bad_header(report.header)}"
    yield from ending.faults(report)


def _shm_faults(report: WalReport) -> Iterator[str]:
    if 0 < report.shm_bytes < BLOCK_BYTES:
        yield f"the -shm is cut: {file_size(report.shm_bytes)}, too short for its first block"
        return
    if report.shm_misses:
        yield (
            f"the -shm does not lead to frame {report.shm_misses:,}: a program that reads by it "
            "finds older or wrong pages"
        )
    if report.shm is not None and report.header is not None and report.header.ok:
        if not report.shm.fits(report.header):
            yield "the -shm does not belong to this -wal, or is damaged"
        elif report.shm.mx_frame > report.mx_frame:
            yield (
                f"the -shm counts {report.shm.mx_frame:,} committed frames, the -wal has "
                f"{report.mx_frame:,}"
            )


def _page_faults(report: WalReport) -> Iterator[str]:
    if report.commits and report.commits[-1].commit.last_frame not in report.reachable:
        yield "the newest commit cannot be rebuilt: pages are missing from the main file"
    strange = sum(one.touched.get(UNKNOWN, 0) for one in report.commits)
    if strange:
        yield f"{strange:,} pages in the WAL belong to no table and no index"


def bad_header(header: WalHeader) -> str:
    """What is wrong with one that is not ok, and what comes of it."""
    if header.other_version:
        return f"asks for version {header.other_version}: SQLite refuses it, and opens no database"
    return "is damaged: SQLite sees an empty WAL"


def _headless(report: WalReport) -> str:
    """What a -wal is that ends within its header; empty for none and for one of no bytes, which
    a checkpoint leaves.
    """
    if report.header is not None or not report.wal_size:
        return ""
    return f"{file_size(report.wal_size)}, too short for its header: what was in it is gone"


def _emptied(report: WalReport) -> str:
    """What a -shm says of frames whose -wal has none; empty where all of them were checkpointed."""
    shm = report.shm
    if report.wal_size or shm is None or not (shm.stable and shm.cksum_ok and shm.is_init):
        return ""
    if shm.mx_frame <= shm.n_backfill:
        return ""
    return (
        f"the -shm counts {shm.mx_frame:,} committed frames, the -wal has none: it was emptied or "
        f"taken away, and what was not checkpointed ({shm.n_backfill:,} frames were) is gone"
    )


def _frames(report: WalReport, ends: Iterable[str]) -> list[str]:
    said = []
    spilled = report.valid_frames - report.mx_frame
    if spilled > 0:
        frames = f"{spilled:,} valid frame{'s' * (spilled != 1)} after the last commit"
        said.append(f"{frames} belong{'s' * (spilled == 1)} to no commit")
    return [*said, *ends]


def _left(report: WalReport) -> list[str]:
    undo = report.journal
    if undo is None:
        return []
    if undo.fault:
        return [f"a -journal is left: {undo.fault}"]
    if undo.super_journal:
        return [
            f"a -journal is left of a transaction over several databases ({undo.super_journal} is "
            "gone, so it was committed): nothing would be undone"
        ]
    if not undo.would_undo:
        return ["a -journal is left in which nothing stands that would be undone"]
    pages = f"{undo.pages:,} page{'s' * (undo.pages != 1)}"
    reached = f"{undo.written:,} of them reached the file"
    return [
        f"a program died while it wrote: its -journal would undo {pages} ({reached}). Who opens "
        "the file to write undoes it; looking never does",
        f"what it would undo: {counted_pages(undo.touched)}",
    ]


def counted_pages(touched: dict[str, int]) -> str:
    """Pages by what they belong to, tables first."""
    names = _ordered(touched)
    return ", ".join(f"{name.partition(':')[2] or name} {touched[name]:,}" for name in names)


def _history(report: WalReport) -> list[str]:
    lost = len(report.commits) - len(report.reachable)
    if lost <= 0:
        return []
    if report.is_doubted:
        begins = (
            f"history starts at commit {report.reachable[0]:,}"
            if report.reachable
            else "no commit in this WAL can be rebuilt for certain"
        )
        return [
            f"{begins}: the main file looks checkpointed, and no program has the -shm open, which "
            "says it is not (it may be older: power was lost, or it was copied)"
        ]
    if not report.reachable:
        return ["no commit in this WAL can be rebuilt: a checkpoint has overwritten what they need"]
    return [
        f"history starts at commit {report.reachable[0]}: a checkpoint has overwritten what the "
        f"{lost:,} before it need"
    ]


def tables(
    touched: dict[str, int],
    shadows: Mapping[str, str],
    rows: Mapping[str, Mapping[str, int]] = _UNCOUNTED,
    *,
    is_structure: bool = True,
) -> str:
    """What a commit touched, in one line: names, tables first, and a virtual table instead of those
    it keeps its own in. `rows`: how many of each kind, by table, where they were counted.

    Page 1 is the schema's, but a commit that merely grew the file writes its header there.
    """
    named = [name for name in _ordered(touched) if is_structure or name != SCHEMA]
    names = [name.removeprefix("table:").removeprefix("index:") for name in named]
    names = [shadows.get(name) or _with_rows(name, rows.get(name)) for name in names]
    return ", ".join(dict.fromkeys(names)) or "the file's header"


def _with_rows(name: str, kinds: Mapping[str, int] | None) -> str:
    return f"{name} {signed(kinds)}" if kinds else name


def _ordered(touched: dict[str, int]) -> list[str]:
    kinds = ("table:", "index:", "schema", "")
    return sorted(
        touched, key=lambda name: next(n for n, kind in enumerate(kinds) if name.startswith(kind))
    )


def counted(changes: Iterable[Change]) -> str:
    """How many rows of each kind: +2 ~1 ×3."""
    return signed(Counter(change.kind for change in changes))


def signed(kinds: Mapping[str, int]) -> str:
    """The same of what was counted."""
    signs = {"insert": "+", "update": "~", "delete": "×"}
    return " ".join(f"{sign}{kinds[kind]:,}" for kind, sign in signs.items() if kinds.get(kind))


def told(change: Change) -> str:
    """One row in one line: its key, and what it holds or what became what."""
    key = ", ".join(value(part) for part in change.key)
    before, after = change.before or {}, change.after or {}
    if change.kind == "update":
        both = {name: (before.get(name), after.get(name)) for name in {**before, **after}}
        parts = [
            f"{name}: {value(old)} → {value(new)}"
            for name, (old, new) in both.items()
            if (type(old), old) != (type(new), new)
        ]
    else:
        parts = [f"{name}: {value(one)}" for name, one in (after or before).items()]
    return f"{key}  {'  '.join(parts)}"


MAY_BE_INCOMPLETE = "may be incomplete, of an older version, or of another table of the same form"


def looked_through(found: Remains) -> str:
    """Of what the remains are."""
    count = sum(map(len, found.tables.values()))
    pages = f"{found.pages:,} page{'s' * (found.pages != 1)}"
    all_of = "" if found.is_whole else "the first "
    rows = f"{count:,} deleted row{'s' * (count != 1)}" if count else "no deleted row"
    return f"{rows} can still be read in {all_of}{pages}"


def sized(found: PageSizes) -> Iterator[str]:
    """A database by what takes its pages: the whole, then a line each, the largest first."""
    whole = found.db_pages * found.page_size
    yield f"{file_size(whole)} in {found.db_pages:,} pages of {found.page_size:,} bytes"
    for part in found.parts:
        about = "~" if part.is_estimate else ""
        share = 100 * part.pages / max(1, found.db_pages)
        name = {"free": "free pages", "other": "the file's own pages"}.get(part.kind, part.name)
        of = f"  (index of {part.table})" if part.kind == "index" else ""
        kept = part.kind == "table" and part.table != part.name
        of = f"  (of {part.table})" if kept else of
        harm = "  part of it cannot be read" if part.is_damaged else ""
        bytes_ = f"{about}{file_size(part.pages * found.page_size)}"
        yield f"{bytes_:>10}  {share:>3.0f}%  {name}{of}{harm}"


def faults_found(damage: Collection[str], foreign_keys: int) -> str:
    """How much is wrong."""
    parts = []
    if damage:
        parts.append(f"damaged: {len(damage):,} fault{'s' * (len(damage) != 1)}")
    if foreign_keys:
        rows = f"{foreign_keys:,} row{'s' * (foreign_keys != 1)}"
        parts.append(f"{rows} refer{'s' * (foreign_keys == 1)} to nothing")
    return ", ".join(parts)


NEVER_CHECKPOINTS = (
    "studio never checkpoints a database",
    "it may be another program's, which does it when that suits it",
    "a checkpoint takes away the past that is shown here",
    "before SQLite 3.51.3, two that write and checkpoint at once can damage the file",
    "where a WAL only grows, a reader holds it back: it is named above; end that, and the",
    "program's next commit checkpoints",
)


def remaining(one: Remain) -> str:
    """One of them in one line."""
    rowid = "?" if one.rowid is None else one.rowid
    where = f"{'free ' * one.is_free_page}page {one.page}"
    older = ", an older version" if one.is_older else ""
    parts = "  ".join(f"{name}: {value(part)}" for name, part in one.row.items())
    return f"{rowid}  {parts}  ({where}{older})"


def value(stored: Stored) -> str:
    """A value, cut where it is long."""
    if stored is None:
        return "∅"
    if isinstance(stored, bytes):
        return f"a BLOB of {file_size(len(stored))}"
    text = repr(stored)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
