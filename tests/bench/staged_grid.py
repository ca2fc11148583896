"""What keys cost in the grid with 10,000 staged edits, against the same keys with none.

    python -m tests.bench.staged_grid [--edits 10000] [--times 15]

The edits are taken up from the journal, as after a crash. One JSON line a measure: medians, and
whether a key stays under 16 ms.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from studio.db.session import Session
from studio.db.url import parse
from studio.edits.applying.undo import journal_of
from studio.edits.staging.rowchange import SeenRow, updated
from studio.model.change_set import ChangeSet
from studio.model.relation import TableRef
from tests.terminal import KeyCost, Terminal

ROWS = 50_000
MOST_KEY_MS = 16.0
MOVES = ("down", "pagedown", "up", "pageup")
STEPS = ("d", "u")


def make(path: Path) -> None:
    """A table of events."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(
            "CREATE TABLE events (id INTEGER PRIMARY KEY, kind TEXT, amount REAL, note TEXT)"
        )
        connection.executemany(
            "INSERT INTO events VALUES (?, ?, ?, ?)",
            ((i, "login", i / 4, f"note number {i}") for i in range(1, ROWS + 1)),
        )
    connection.close()


async def stage(path: Path, edits: int) -> None:
    """Leave `edits` staged edits in the journal: every row from the first on."""
    session = await Session.open(parse(str(path)))
    try:
        table = await session.table(TableRef(None, "events"))
        journal = await journal_of(session)
    finally:
        await session.close()
    log = journal.keep_staged()
    log.record(
        ChangeSet(
            updated(
                table,
                SeenRow((i,), {"id": i, "kind": "login", "amount": i / 4, "note": f"note {i}"}),
                {"kind": "signup"},
            )
            for i in range(1, edits + 1)
        )
    )
    log.close()


def report(name: str, costs: Sequence[KeyCost]) -> None:
    """One measure as a line of JSON."""
    cpu = statistics.median(cost.cpu_ms for cost in costs)
    settled = statistics.median(cost.settled_ms for cost in costs)
    sent = statistics.median(cost.bytes for cost in costs)
    line = {"measure": name, "cpu_ms": round(cpu, 2), "settled_ms": round(settled, 2)}
    print(json.dumps({**line, "bytes": int(sent), "holds": cpu <= MOST_KEY_MS}))


def measure(path: Path, edits: int, times: int) -> None:
    """Press every key `times` times."""
    command = [sys.executable, "-m", "studio", str(path), "--table", "events"]
    with Terminal(command) as terminal:
        if edits:
            terminal.wait_for(f"{edits:,} staged edits")
            terminal.press("t")
            taken = terminal.wait_for(f"staged {edits:,}")
            print(json.dumps({"measure": f"taking up {edits:,}", "ms": round(taken, 1)}))
        terminal.wait_for("row 1 of")
        terminal.settle(2.5)
        for key in (*MOVES, *(STEPS if edits else ())):
            report(f"{key} with {edits:,}", [terminal.press(key) for _ in range(times)])
        if edits:
            terminal.press("w", settle_s=0.0)
            opened = terminal.wait_for("BEGIN IMMEDIATE")
            print(json.dumps({"measure": f"review of {edits:,}", "ms": round(opened, 1)}))
            terminal.settle(0.5)
            report("down in the review", [terminal.press("down") for _ in range(times)])


def main() -> None:
    """Measure with no edits, then with many."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=15)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        path = Path(folder) / "events.db"
        make(path)
        measure(path, 0, arguments.times)
        asyncio.run(stage(path, arguments.edits))
        measure(path, arguments.edits, arguments.times)


if __name__ == "__main__":
    main()
