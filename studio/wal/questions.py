"""What can be asked about a WAL beyond a look: each answer is one JSON document."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from studio.wal import changes, journal, remains, sizes
from studio.wal.following import follow
from studio.wal.history import History
from studio.wal.places import places
from studio.wal.probe import probe, users
from studio.wal.report import packed, report
from studio.wal.saving import Told, place, save_state
from studio.wal.states import State
from studio.wal.steady import FilesKept, Seen, answer, documented
from studio.wal.wanted import Saving

_Work = Callable[[Seen], object]
Tell = Callable[[dict[str, Any]], None]
_TOLD_S = 0.1
FLEETING = "--fleeting"
"""A state that need not outlive a crash of the machine."""
NOW = "now"
ROUND = "--round"
_ROUND_WORDS = 2


def reply(
    path: Path, words: list[str], tell: Tell, kept: FilesKept | None = None
) -> dict[str, Any] | None:
    """The answer to `--report`, `--commit N [TABLE]`, `--between N M [TABLE]`, `--counts N…`,
    `--places N`,
    `--journal`, `--undone [TABLE]`, `--deleted`, `--sizes`, `--users` or `--probe NAME` (a look at
    the file that name leads to now); to `--as-of N|now OUTPUT [--fleeting]`, `--salvage OUTPUT` and
    `--place OUTPUT`, which tell meanwhile how far they are (`copied`, `of`: bytes); None to others.
    Behind `--round SALT` it is of that round of the WAL, or refused.
    """
    told, salt = _now_and_then(tell), ""
    if words[0] == ROUND and len(words) > _ROUND_WORDS:
        _, salt, *words = words
    match words:
        case ["--as-of", frame, output, *how] if _is_when(frame) and how in ([], [FLEETING]):
            when = None if frame == NOW else int(frame)
            manner = Saving(is_fleeting=bool(how), salt=salt)
            save = partial(save_state, path, when, Path(output), told, manner, kept=kept)
            return documented(path, save)
        case ["--salvage", output]:
            from studio.wal.salvaged import salvage  # noqa: PLC0415 - rarely needed

            return documented(path, partial(salvage, path, Path(output), told))
        case ["--place", output]:
            return documented(path, partial(place, path, Path(output), told))
        case ["--users"]:
            return documented(path, partial(users, path))
        case ["--probe", name]:
            return documented(path, lambda: asdict(probe(Path(name))))
    work = _work(path, words)
    return None if work is None else answer(path, work, kept, salt)


def _is_when(text: str) -> bool:
    return text == NOW or text.isdigit()


def replies(path: Path, words: list[str], tell: Tell) -> Iterator[dict[str, Any]]:
    """The same; and to `--follow` one after another, for ever. To `--serve` an answer for each
    question that comes as a line of JSON, until the end of the input.
    """
    if words == ["--follow"]:
        yield from follow(path)
    elif words == ["--serve"]:
        yield from _served(path, tell)
    elif (found := reply(path, words, tell)) is not None:
        yield found


def _served(path: Path, tell: Tell) -> Iterator[dict[str, Any]]:
    kept = FilesKept()
    for line in sys.stdin:
        yield reply(path, json.loads(line), tell, kept) or {"error": "not understood"}
    kept.close()
    # Nobody asks any more, and there was no question at all: that is an answer too.
    yield {}


def _now_and_then(tell: Tell) -> Told:
    last = 0.0

    def told(done: int, total: int) -> None:
        nonlocal last
        if (now := time.monotonic()) - last > _TOLD_S:
            last = now
            tell({"copied": done, "of": total})

    return told


def _shm(path: Path) -> bytes:
    try:
        return Path(f"{path}-shm").read_bytes()
    except OSError:
        return b""


def _newest(history: History) -> State:
    """The state that whoever opens the database now sees."""
    return history.state(history.frames.mx_frame)


def _work(path: Path, words: list[str]) -> _Work | None:
    match words:
        case [name] if name in _WHOLE:
            return partial(_WHOLE[name], path)
        case ["--undone", *table]:
            return lambda seen: changes.packed(journal.undone_rows(path, seen[0], _first(table)))
        case ["--commit", frame, *table] if frame.isdigit():
            return lambda seen: changes.packed(
                changes.rows_of_commit(seen[0], int(frame), _first(table))
            )
        case ["--between", first, second, *table] if first.isdigit() and second.isdigit():
            return lambda seen: changes.packed(
                changes.rows_between(seen[0], int(first), int(second), _first(table))
            )
    return _read_on(path, words)


def _read_on(path: Path, words: list[str]) -> _Work | None:
    """What a page asks of commits that it has listed."""
    match words:
        case ["--places", frame] if frame.isdigit():
            return lambda seen: places(path, seen, int(frame))
        case ["--counts", *frames] if frames and all(map(str.isdigit, frames)):
            return lambda seen: {one: changes.row_counts(seen[0], int(one)) for one in frames}
    return None


def _first(words: list[str]) -> str | None:
    return words[0] if words else None


_WHOLE: dict[str, Callable[[Path, Seen], object]] = {
    "--report": lambda path, seen: packed(report(*seen, _shm(path))),
    "--deleted": lambda _path, seen: remains.packed(remains.remains(_newest(seen[0]))),
    "--sizes": lambda _path, seen: sizes.packed(sizes.sizes(seen[0])),
    "--journal": lambda path, seen: asdict(journal.undo(path, seen[0])),
}
"""Questions of one word."""
