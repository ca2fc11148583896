"""Where the frames of a WAL end that count: whether that is normal, and what is lost if not.

Normal are frames of older rounds behind a reset, also cut by journal_size_limit, room that was
never written, and what a transaction left that never committed: half a frame, or one it rewrote
(its checksums are put right by the commit alone). The -shm tells these from a lost commit.
"""

from collections.abc import Iterator

from studio.wal.frames import HEADER_BYTES
from studio.wal.report import CHECKSUM, CUT, SALT, WalReport

_SPARED = "the -shm counts no commit there, so none is lost"


def notes(report: WalReport) -> Iterator[str]:
    """How it ends, as there is something to say."""
    frame, what = report.ending
    if what == CUT:
        yield f"it {_cut(report)}: {_SPARED if _is_spared(report) else _GONE}"
    elif what == CHECKSUM:
        unread = "SQLite reads nothing from there on"
        yield f"{_misfit(frame)}: {_SPARED if _is_spared(report) else unread}"
    elif what == SALT and report.commits_behind:
        yield _strange(report)
    elif what == SALT:
        yield _older(report)


def faults(report: WalReport) -> Iterator[str]:
    """What of it is not normal."""
    frame, what = report.ending
    if what == SALT and report.commits_behind:
        yield _strange(report)
    if _is_spared(report):
        return
    if what == CUT:
        yield f"the -wal {_cut(report)}: {_GONE}"
    elif what == CHECKSUM:
        behind = f", and {_unread(report)}" if report.commits_behind else ""
        yield f"{_misfit(frame)}{behind}"


_GONE = "what was written from there on is gone"


def _is_spared(report: WalReport) -> bool:
    """Whether every commit is before the end, by what SQLite noted in the -shm. A -shm made anew
    over a damaged WAL says the same, so commits that still stand behind count for more.
    """
    shm, header = report.shm, report.header
    if shm is None or header is None or not shm.fits(header) or report.commits_behind:
        return False
    return shm.mx_frame <= report.mx_frame


def _rest(report: WalReport) -> int:
    """The bytes behind the last whole frame."""
    size = report.header.frame_bytes if report.header else 1
    return (report.wal_size - HEADER_BYTES) % size


def _cut(report: WalReport) -> str:
    whole = report.header.frame_bytes if report.header else 0
    frame, _ = report.ending
    return f"ends in the middle of frame {frame:,} ({_rest(report):,} of its {whole:,} bytes)"


def _misfit(frame: int) -> str:
    return f"frame {frame:,} does not fit its checksum"


def _strange(report: WalReport) -> str:
    return f"frame {report.ending[0]:,} has other salts, and {_unread(report)}"


def _unread(report: WalReport) -> str:
    count = report.commits_behind
    if count == 1:
        return "a commit behind it is not read"
    return f"{count:,} commits behind it are not read"


def _older(report: WalReport) -> str:
    stale = report.frame_slots - report.valid_frames
    if not stale:
        what, several = f"the last {_rest(report):,} bytes", True
    else:
        what, several = f"{stale:,} frame{'s' * (stale != 1)} behind", stale != 1
    if report.is_blank_behind:
        return f"{what} {'were' if several else 'was'} never written"
    older = "are of older rounds" if stale != 1 and stale else "are of an older round"
    older = older if several else "is of an older round"
    return f"{what} {older}, checkpointed already"
