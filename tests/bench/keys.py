"""What a key costs in a script of a thousand lines, and in the grid: time, bytes and CPU.

    python -m tests.bench.keys [--size 160x45] [--times 9] [--harlequin PATH]

Beside harlequin in the same run where it is installed. One JSON line a key: medians, each with its
ratio to harlequin's, and whether the aims hold.
"""

import argparse
import json
import shutil
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.terminal import KeyCost, Terminal

ROWS, LINES = 5_000, 1_000
ANSWER_S = 5.0
SETTLE_S = 0.25
AIMS = {
    "typed": {"ms": 16.0, "bytes": 600},
    "line down": {"ms": 16.0, "bytes": 600},
    "cursor down": {"ms": 16.0, "bytes": 160},
    "page down": {"bytes": 8_000},
}
IN_SCRIPT = {"typed": "x", "line down": "down"}
IN_GRID = {"cursor down": "down", "page down": "pagedown"}
FIRST_CELL = "note number 0"
Costs = dict[str, list[KeyCost]]


def build(path: Path) -> str:
    """A table of events in a new file; the script about it."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, kind, amount, note, at)")
        connection.executemany(
            "INSERT INTO events (kind, amount, note, at) VALUES (?, ?, ?, ?)",
            (
                (
                    ("login", "signup", "purchase")[index % 3],
                    index % 1000 + 0.25,
                    f"note number {index} about nothing much",
                    f"2024-12-{index % 28 + 1:02d} 10:{index % 60:02d}:00",
                )
                for index in range(ROWS)
            ),
        )
    lines = (f"SELECT id, note FROM events WHERE id = {n}; -- line {n + 1}" for n in range(LINES))
    return "\n".join(lines)


@contextmanager
def studio_grid(path: Path, size: tuple[int, int]) -> Iterator[Terminal]:
    command = [sys.executable, "-m", "studio", str(path), "--table", "events"]
    with opened(command, path, size) as terminal:
        terminal.wait_for(FIRST_CELL)
        yield terminal


@contextmanager
def harlequin_grid(path: Path, size: tuple[int, int], harlequin: str) -> Iterator[Terminal]:
    with opened([harlequin, "-a", "sqlite", str(path)], path, size) as terminal:
        ready(terminal)
        terminal.send(b"SELECT * FROM events")
        terminal.press("ctrl+j")
        terminal.wait_for(FIRST_CELL)
        terminal.press("f5")
        yield terminal


@contextmanager
def studio_script(path: Path, size: tuple[int, int], script: str) -> Iterator[Terminal]:
    with studio_grid(path, size) as terminal:
        terminal.settle(1.0)
        terminal.press("T")
        terminal.wait_for("ctrl+r")
        paste(terminal, script)
        yield terminal


@contextmanager
def harlequin_script(
    path: Path, size: tuple[int, int], script: str, harlequin: str
) -> Iterator[Terminal]:
    with opened([harlequin, "-a", "sqlite", str(path)], path, size) as terminal:
        ready(terminal)
        paste(terminal, script)
        yield terminal


def opened(command: list[str], path: Path, size: tuple[int, int]) -> Terminal:
    homes = {f"XDG_{kind}_HOME": str(path.parent / kind) for kind in ("STATE", "CONFIG", "DATA")}
    env = {"HOME": str(path.parent), **homes}
    return Terminal(command, columns=size[0], rows=size[1], env=env)


def ready(terminal: Terminal) -> None:
    terminal.wait_for("Query Editor")
    terminal.settle(3.0)


def paste(terminal: Terminal, script: str) -> None:
    terminal.send(f"\x1b[200~{script}\x1b[201~".encode())
    terminal.wait_for(f"line {LINES}")
    terminal.settle(1.0)
    for _ in range(60):
        terminal.press("up", settle_s=0.0)


def measure(terminals: list[Terminal], keys: dict[str, str], times: int) -> list[Costs]:
    """Key by key in turn: a busy machine is busy for all of them."""
    found: list[Costs] = [{name: [] for name in keys} for _ in terminals]
    for terminal in terminals:
        terminal.settle(1.0)
    for name, key in keys.items():
        for turn in range(times + 1):
            for terminal, costs in zip(terminals, found, strict=True):
                cost = terminal.press(key, settle_s=SETTLE_S, answer_s=ANSWER_S)
                if turn:  # the first warms up
                    costs[name].append(cost)
    return found


def medians(costs: list[KeyCost]) -> dict[str, float]:
    return {
        "ms": round(statistics.median(cost.first_ms or ANSWER_S * 1000 for cost in costs), 1),
        "bytes": statistics.median(cost.bytes for cost in costs),
        "cpu_ms": round(statistics.median(cost.cpu_ms for cost in costs), 2),
    }


def tell(found: list[Costs], size: str) -> None:
    for name in found[0]:
        ours, *others = (medians(costs[name]) for costs in found)
        line: dict[str, object] = {"measure": f"key: {name}", "size": size, **ours}
        for theirs in others:
            ratios = {what: round(ours[what] / max(theirs[what], 0.01), 3) for what in ours}
            line |= {"harlequin": theirs, "ratio": ratios}
        line["held"] = {what: ours[what] <= most for what, most in AIMS[name].items()}
        print(json.dumps(line), flush=True)


def main() -> None:
    """Print one JSON line a key."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", default="160x45")
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument("--harlequin", default=shutil.which("harlequin"))
    arguments = parser.parse_args()
    columns, rows = map(int, arguments.size.split("x"))
    size, harlequin = (columns, rows), arguments.harlequin
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.db"
        script = build(path)
        with studio_script(path, size, script) as ours:
            if harlequin:
                with harlequin_script(path, size, script, harlequin) as theirs:
                    found = measure([ours, theirs], IN_SCRIPT, arguments.times)
            else:
                found = measure([ours], IN_SCRIPT, arguments.times)
        tell(found, arguments.size)
        with studio_grid(path, size) as ours:
            if harlequin:
                with harlequin_grid(path, size, harlequin) as theirs:
                    found = measure([ours, theirs], IN_GRID, arguments.times)
            else:
                found = measure([ours], IN_GRID, arguments.times)
        tell(found, arguments.size)


if __name__ == "__main__":
    main()
