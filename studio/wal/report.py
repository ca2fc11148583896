"""What a -wal holds: frames, commits, what each touched, and what the -shm says about it."""

from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from studio.wal.frames import Commit, WalHeader
from studio.wal.history import History
from studio.wal.index import WalIndex, first_misplaced
from studio.wal.journal import Undo
from studio.wal.owners import touched
from studio.wal.schema import read_schema
from studio.wal.states import UnreadableDatabase
from studio.wal.virtual import shadows

CUT, CHECKSUM, SALT = "cut", "checksum", "salt"
"""What is wrong with the first frame that does not count."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A commit, and how many pages of each table and index it wrote."""

    commit: Commit
    touched: dict[str, int]
    is_structure: bool
    """It changed what the schema says, and did not just write the file's header on page 1."""


@dataclass(frozen=True, slots=True)
class WalReport:
    """All that `studio wal FILE` tells."""

    wal_size: int
    header: WalHeader | None
    frame_slots: int
    valid_frames: int
    mx_frame: int
    ends_because: str
    commits: tuple[Touched, ...]
    shm: WalIndex | None
    reachable: tuple[int, ...]
    commits_behind: int = 0
    """Frames of this round behind the first bad one that say they commit: no writer leaves them."""
    is_blank_behind: bool = False
    """From the first bad frame on, none carries salts: it was never written."""
    journal: Undo | None = None
    """Of a rollback journal that a dead program left."""

    shm_bytes: int = 0
    """The length of the -shm; 0 for none."""
    shm_misses: int = 0
    """The first committed frame that a -shm that fits does not lead to; 0: none."""
    shadows: dict[str, str] = field(default_factory=dict)
    """Tables in which a virtual table keeps what is its own → that virtual table."""
    is_doubted: bool = False
    """Commits are left out because nobody has the -shm open that says they are there."""

    @property
    def ending(self) -> tuple[int, str]:
        """The first frame that does not count and what is wrong with it; `(0, "")` where the file
        ends with one that does.
        """
        frame, _, what = self.ends_because.removeprefix("frame ").partition(": ")
        return (int(frame), what) if what else (0, "")

    @property
    def damaged_frame(self) -> int | None:
        """The first frame whose bytes do not fit its checksum."""
        frame, what = self.ending
        return frame if what == CHECKSUM else None


def report(history: History, index: WalIndex | None, shm: bytes = b"") -> WalReport:
    """Put together what the files say; `shm` is the whole -shm."""
    frames, header = history.frames, history.header
    fits = index is not None and header is not None and header.ok and index.fits(header)
    labels = touched(history)
    own = frames.frames[: frames.mx_frame]
    behind = history.behind
    return WalReport(
        wal_size=history.wal_bytes,
        header=history.header,
        frame_slots=frames.frame_slots,
        valid_frames=len(frames.frames),
        mx_frame=frames.mx_frame,
        ends_because=frames.ends_because,
        commits=tuple(
            Touched(commit, label, commit.last_frame in history.restructured)
            for commit, label in zip(history.commits, labels, strict=True)
        ),
        shm=index,
        reachable=history.reachable,
        commits_behind=behind.commits,
        is_blank_behind=behind.is_blank,
        shm_bytes=len(shm),
        shadows=_shadows(history),
        is_doubted=bool(history.doubted) and len(history.reachable) < len(history.commits),
        shm_misses=first_misplaced(shm, index, own) if shm and index is not None and fits else 0,
    )


def _shadows(history: History) -> dict[str, str]:
    """Of the first state and the last."""
    found: dict[str, str] = {}
    for frame in (0, history.frames.mx_frame):
        state = history.state(frame)
        with suppress(UnreadableDatabase):
            found |= shadows(read_schema(state, state.header))
    return found


def to_json(found: WalReport) -> dict[str, object]:
    """The document of `studio wal FILE --json`."""
    header, shm, slots = found.header, found.shm, found.frame_slots
    damaged = found.damaged_frame
    return {
        "wal_size": found.wal_size,
        "header_ok": header is not None and header.ok,
        "big_endian_checksums": header.big_endian_checksums if header else False,
        "page_size": header.page_size if header else None,
        "checkpoint_seq": header.checkpoint_seq if header else None,
        "salt": list(header.salt) if header else None,
        "frame_slots": slots,
        "valid_frames": found.valid_frames,
        "mx_frame": found.mx_frame,
        # A piece of a frame at the end is no frame: the file ends there.
        "ends_because": found.ends_because if found.ending[0] <= slots else "end of file",
        "commits": [
            {
                "first_frame": one.commit.first_frame,
                "last_frame": one.commit.last_frame,
                "db_pages": one.commit.db_pages,
                "pages": list(one.commit.pages),
                "touched": one.touched,
            }
            for one in found.commits
        ],
        "shm": shm
        and {
            "mx_frame": shm.mx_frame,
            "n_page": shm.n_page,
            "n_backfill": shm.n_backfill,
            "n_backfill_attempted": shm.n_backfill_attempted,
            "read_marks": list(shm.read_marks),
            "is_init": shm.is_init,
            "stable": shm.stable,
            "cksum_ok": shm.cksum_ok,
            "salt_matches_wal": header is not None and shm.salt == header.salt,
        },
        "reachable_commits": list(found.reachable),
        **({"shm_doubted": True} if found.is_doubted else {}),
        **({} if damaged is None else {"damaged_frame": damaged}),
        **({} if found.journal is None else {"journal": asdict(found.journal)}),
    }


def packed(found: WalReport) -> dict[str, Any]:
    """The report as JSON that `unpacked` reads."""
    return asdict(found)


def unpacked(raw: dict[str, Any]) -> WalReport:
    """What `packed` wrote, after JSON made lists of its tuples."""
    header, shm = raw["header"], raw["shm"]
    return WalReport(
        **raw
        | {
            "header": header and WalHeader(**_tupled(header, "salt", "sums")),
            "shm": shm and WalIndex(**_tupled(shm, "read_marks", "salt")),
            "commits": tuple(
                Touched(**one | {"commit": Commit(**_tupled(one["commit"], "pages"))})
                for one in raw["commits"]
            ),
            "reachable": tuple(raw["reachable"]),
            "journal": raw["journal"] and Undo(**raw["journal"]),
        }
    )


def _tupled(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return fields | {name: tuple(fields[name]) for name in names}
