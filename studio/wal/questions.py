"""What can be asked about a WAL beyond a look: each answer is one JSON document."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from studio.wal import changes
from studio.wal.following import follow
from studio.wal.report import packed, report
from studio.wal.saving import save_state
from studio.wal.steady import Seen, answer

_Work = Callable[[Seen], object]


def reply(path: Path, words: list[str]) -> dict[str, Any] | None:
    """The answer to `--report`, `--commit N [TABLE]`, `--between N M [TABLE]` or
    `--as-of N OUTPUT`; None to others.
    """
    work = _work(words)
    return None if work is None else answer(path, work)


def replies(path: Path, words: list[str]) -> Iterator[dict[str, Any]]:
    """The same; and to `--follow` one after another, for ever."""
    if words == ["--follow"]:
        yield from follow(path)
    elif (found := reply(path, words)) is not None:
        yield found


def _work(words: list[str]) -> _Work | None:
    match words:
        case ["--as-of", frame, output] if frame.isdigit():
            return lambda seen: save_state(seen[0], int(frame), Path(output))
        case ["--report"]:
            return lambda seen: packed(report(*seen))
        case ["--commit", frame, *table] if frame.isdigit():
            only = table[0] if table else None
            return lambda seen: changes.packed(changes.rows_of_commit(seen[0], int(frame), only))
        case ["--between", first, second, *table] if first.isdigit() and second.isdigit():
            only = table[0] if table else None
            return lambda seen: changes.packed(
                changes.rows_between(seen[0], int(first), int(second), only)
            )
    return None
