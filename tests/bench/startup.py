"""exec → first paint and exec → first rows, as ratios to an empty Textual app in the same run.

    python -m tests.bench.startup [--rows N] [--times N]

The first paint is the frame, which is there before Textual is imported; rows need all of it.
Compile bytecode first (`python -m compileall -q studio`): without it, imports take three times
as long.
"""

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
from pathlib import Path

from tests.terminal import Terminal

_EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("painted")
Empty().run()
"""


def build(path: Path, rows: int) -> None:
    """A table of `rows` rows in a WAL-mode file."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(
        "CREATE TABLE events (id INTEGER PRIMARY KEY, kind TEXT, amount REAL, note TEXT, at TEXT)"
    )
    connection.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO events SELECT i, 'kind ' || i % 7, i * 0.5, 'note number ' || i, "
        "datetime(1700000000 + i, 'unixepoch') FROM n",
        (rows,),
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


def until(command: list[str], shown: str) -> float:
    """Milliseconds from exec until the terminal has `shown`."""
    with Terminal(command, columns=120, rows=36) as terminal:
        return terminal.arrives(shown, timeout_s=60)


def main() -> None:
    """Measure in turn, so that noise falls on all alike; print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--times", type=int, default=8)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.db"
        build(path, arguments.rows)
        studio = [sys.executable, "-m", "studio", str(path)]
        runs = {
            "empty app": ([sys.executable, "-c", _EMPTY], "painted"),
            "first paint": (studio, "ctrl+p"),
            "first rows": (studio, "note number 1"),
        }
        taken: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(arguments.times):
            for name, (command, shown) in runs.items():
                taken[name].append(until(command, shown))
    reference = statistics.median(taken["empty app"])
    aims = {"first paint": 1.15, "first rows": 1.7}
    for name, times in taken.items():
        median = statistics.median(times)
        line = {"measure": f"startup: exec to {name}", "ms": round(median, 1)}
        if name in aims:
            line |= {"ratio": round(median / reference, 2), "aim": aims[name]}
        print(json.dumps(line))


if __name__ == "__main__":
    main()
