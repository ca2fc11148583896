"""What the WAL of a live database costs: to read, to travel in, to follow; and its writer.

    python -m tests.bench.wal [--megabytes 100] [--wal 20] [--rounds 20] [--seconds 3]

One JSON line a measure (issue: 1000 megabytes, a WAL of 80). Times are the best of some rounds;
`ratio` is over the reference named beside it, in the same run.
"""

import argparse
import json
import os
import random
import select
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Thread

from studio.backends.base import Purpose
from studio.backends.registry import backend
from studio.backends.sqlite.housekeeping import SQLiteHousekeeping
from studio.backends.sqlite.wal_history import SQLiteWalHistory
from studio.backends.target import Target
from studio.db.url import parse
from studio.model.errors import StudioError

ROUNDS = 5
QUIET_S = 2.0
WINDOW_S = 1.0
"""Of one way, before the next has its turn: a busy moment hits all alike."""
PAGE = "SELECT id, name, body FROM big ORDER BY id LIMIT 200"
_BUILD = """
import json, os, random, sqlite3, sys, time
path, megabytes, wal = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
c = sqlite3.connect(path, isolation_level=None)
c.execute("PRAGMA journal_mode=wal")
c.execute("PRAGMA synchronous=OFF")
c.execute("CREATE TABLE big (id INTEGER PRIMARY KEY, name TEXT, body BLOB)")
c.execute("CREATE INDEX by_name ON big (name)")
c.execute(
    "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < ?) "
    "INSERT INTO big SELECT i, 'name ' || (i * 7919 % 1000003), randomblob(400) FROM r",
    (megabytes * 2000,),
)
c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
c.execute("PRAGMA wal_autocheckpoint=0")
rng = random.Random(1)
while os.path.getsize(path + "-wal") < wal * 1000000:
    c.execute("BEGIN")
    for _ in range(6):
        row = rng.randrange(megabytes * 2000)
        c.execute("UPDATE big SET name = name || '!' WHERE id = ?", (row,))
    c.execute("COMMIT")
print("ready", flush=True)
for line in sys.stdin:
    seconds, pause, checkpoint = json.loads(line)
    times, end = [], time.perf_counter() + seconds
    c.execute("PRAGMA wal_autocheckpoint=" + str(checkpoint))
    c.execute("PRAGMA synchronous=FULL")
    while time.perf_counter() < end:
        started = time.perf_counter()
        c.execute("UPDATE big SET name = 'x' WHERE id = ?", (rng.randrange(1, 2000),))
        times.append(time.perf_counter() - started)
        if pause:
            time.sleep(pause)
    print(times, flush=True)
"""


def tell(measure: str, **found: object) -> None:
    """One line."""
    print(json.dumps({"measure": measure, **found}), flush=True)


def best_ms(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """How long it takes, the best of some rounds."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return round(min(times) * 1000, 1)


class Writer:
    """The program whose database it is."""

    def __init__(self, path: Path, megabytes: int, wal: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BUILD, str(path), str(megabytes), str(wal)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._line()

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()

    def begin(self, seconds: float, pause_s: float = 0.0, checkpoint: int = 1000) -> None:
        """Commit for so long."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps([seconds, pause_s, checkpoint]) + "\n")
        self._process.stdin.flush()

    def times(self) -> list[float]:
        """How long each commit took, in seconds."""
        found: list[float] = json.loads(self._line())
        return found

    def close(self) -> None:
        """Exit."""
        self._process.communicate()


@contextmanager
def database(megabytes: int, wal: int) -> Iterator[tuple[Path, Writer]]:
    """A live database with that WAL."""
    with tempfile.TemporaryDirectory(prefix="studio-bench-") as folder:
        path = Path(folder) / "app.db"
        writer = Writer(path, megabytes, wal)
        try:
            yield path, writer
        finally:
            writer.close()


def reading(path: Path) -> None:
    """The page, the rows of a commit, and the past."""
    target, history = parse(str(path)), SQLiteWalHistory()
    tell("report", ms=best_ms(lambda: history.report(target), 3))
    _, report = history.report(target)
    commit = report.commits[len(report.commits) // 2].commit
    tell("commits", count=len(report.commits), frames=report.mx_frame)
    tell("rows of a commit", ms=best_ms(lambda: history.rows_of_commit(target, commit.last_frame)))
    stays = history.staying()

    def rows_of(frame: int) -> Callable[[], object]:
        return lambda: stays.rows_of_commit(target, frame)

    tell("report, first, of one that stays", ms=best_ms(lambda: stays.report(target), 1))
    tell("report again", ms=best_ms(lambda: stays.report(target), 2))
    tell(
        "rows of a commit, first",
        ms=best_ms(rows_of(commit.last_frame), 1),
    )
    frames = [one.commit.last_frame for one in report.commits[-40:]]
    tell("rows of any commit, median", ms=statistics.median(
        best_ms(rows_of(frame), 1) for frame in frames
    ))  # fmt: skip
    visit_ms = best_ms(lambda: stays.visit(target, commit.last_frame).end(), 3)
    size = commit.db_pages * 4096
    copied = Path(f"{path}-copied")
    copy_ms = best_ms(lambda: copied.write_bytes(path.read_bytes()), 3)
    copied.unlink()
    tell("open as of a commit", ms=visit_ms, bytes=size, ratio=round(visit_ms / copy_ms, 2),
         over="reading and writing the file")  # fmt: skip
    opening = stays.visit(target, commit.last_frame)

    def native() -> object:
        with closing(sqlite3.connect(opening.uri, uri=True)) as connection:  # type: ignore[attr-defined]
            return connection.execute(PAGE).fetchall()

    past = best_ms(native, 20)
    now = best_ms(lambda: _now(path), 20)
    tell("first 200 rows of the past", ms=past, ratio=round(past / now, 2), over="the live file",
         in_place=opening.past is not None)  # fmt: skip  # type: ignore[attr-defined]
    if opening.past is not None:  # type: ignore[attr-defined]
        tell("until the copy is whole", ms=best_ms(opening.past.wait, 1))  # type: ignore[attr-defined]
    opening.end()
    stays.close()


def _now(path: Path) -> object:
    with closing(sqlite3.connect(f"file:{path}?mode=ro&readonly_shm=1", uri=True)) as connection:
        return connection.execute(PAGE).fetchall()


def p99_ms(times: list[float]) -> float:
    """In milliseconds."""
    return round(statistics.quantiles(times, n=100)[98] * 1000, 3)


def beside_a_writer(path: Path, writer: Writer, rounds: int) -> None:
    """Its commits with nobody, with a follower, with pages read, and with travel: short windows of
    all ways, one after the other, again and again. Each window is compared with the one with nobody
    of its own round, and the median is told; `nobody again` says how much of it is noise, and the
    same work `elsewhere`, on a copy that nobody writes, how much is the processor's.
    """
    target, history = parse(str(path)), SQLiteWalHistory()
    copy = path.with_name("elsewhere.db")
    copy.unlink(missing_ok=True)
    SQLiteHousekeeping().copy(target, copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=wal")
        other.execute("UPDATE big SET name = 'x' WHERE id = 1")
        _beside(path, writer, rounds, history, (target, parse(str(copy))))


def _beside(
    path: Path,
    writer: Writer,
    rounds: int,
    history: SQLiteWalHistory,
    targets: tuple[Target, Target],
) -> None:
    target, other = targets
    command = [sys.executable, "-m", "studio", "wal", str(path), "--follow"]

    def nobody() -> list[float]:
        writer.begin(WINDOW_S, pause_s=0.001)
        return writer.times()

    def beside(work: Callable[[], None], pause_s: float) -> list[float]:
        writer.begin(WINDOW_S, pause_s=0.001)
        end = time.perf_counter() + WINDOW_S
        while time.perf_counter() < end:
            work()
            time.sleep(pause_s)
        return writer.times()

    engine = backend(target.backend)
    engines = {t: engine.sync_engine(engine.open(t), Purpose.BROWSE) for t in (target, other)}

    pages = {one: history.staying() for one in targets}

    def page(target: Target) -> None:
        with engines[target].connect() as connection:
            connection.exec_driver_sql(PAGE).fetchall()

    def travel(target: Target) -> None:
        # The WAL may have begun anew in between.
        with suppress(StudioError):
            _, report = pages[target].report(target)
            pages[target].visit(target, report.reachable[-1]).end()

    def followed() -> list[float]:
        with subprocess.Popen(command, stdout=subprocess.PIPE) as studio:
            assert studio.stdout
            studio.stdout.readline()
            drain = Thread(target=studio.stdout.read, daemon=True)
            drain.start()
            times = nobody()
            studio.kill()
            drain.join()
        return times

    works: dict[str, Callable[[], list[float]]] = {
        "nobody": nobody,
        "nobody again": nobody,
        "following": followed,
        "paging": lambda: beside(partial(page, target), 0.05),
        "paging elsewhere": lambda: beside(partial(page, other), 0.05),
        "travelling": lambda: beside(partial(travel, target), 0.2),
        "travelling elsewhere": lambda: beside(partial(travel, other), 0.2),
    }
    page(target)
    found: dict[str, list[list[float]]] = {name: [] for name in works}
    for one in targets:
        # As the page has, before anybody travels.
        pages[one].report(one)
    for number in range(rounds):
        # Another begins each round: nobody is always after the same.
        names = [*works][number % len(works) :] + [*works][: number % len(works)]
        for name in names:
            found[name].append(works[name]())
    for one in pages.values():
        one.close()
    for name, windows in found.items():
        p99s = [p99_ms(times) for times in windows]
        medians = [statistics.median(times) * 1000 for times in windows]
        alone = [p99_ms(times) for times in found["nobody"]]
        tell(
            f"commits of the writer, {name}",
            windows=rounds,
            commits=sum(map(len, windows)),
            median_ms=round(statistics.median(medians), 3),
            p99_ms=round(statistics.median(p99s), 3),
            ratio=round(statistics.median(a / b for a, b in zip(p99s, alone, strict=True)), 2),
            over="p99 with nobody, of the same round; the median of the rounds",
            wal_bytes=Path(f"{path}-wal").stat().st_size,
        )


def following(path: Path, writer: Writer, seconds: float) -> None:
    """Commits told of a thousand a second, or said to be missing."""
    command = [sys.executable, "-m", "studio", "wal", str(path), "--follow"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as studio:
        assert studio.stdout
        studio.stdout.readline()
        writer.begin(seconds, pause_s=0.0008)
        made = len(writer.times())
        last = ended = time.perf_counter()
        told = b""
        while select.select([studio.stdout], [], [], QUIET_S)[0]:
            told += os.read(studio.stdout.fileno(), 1 << 20)
            last = time.perf_counter()
        studio.kill()
    events = [json.loads(line) for line in told.splitlines()]
    tell(
        "follow",
        made=made,
        a_second=round(made / seconds),
        told=sum("commit" in one for one in events),
        said_missing=sum("restarted" in one for one in events),
        behind_ms=round(max(0.0, last - ended) * 1000),
    )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--wal", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--only-writer", action="store_true", help="nothing but its commits")
    parser.add_argument("--seconds", type=float, default=3.0)
    wanted = parser.parse_args()
    with database(wanted.megabytes, wanted.wal) as (path, writer):
        if not wanted.only_writer:
            reading(path)
        beside_a_writer(path, writer, wanted.rounds)
        if not wanted.only_writer:
            following(path, writer, wanted.seconds)


if __name__ == "__main__":
    random.seed(1)
    main()
