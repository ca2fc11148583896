"""Resident memory after scrolling a million rows, against after the first page (aim: +15 MiB).

python -m tests.bench.scrolling [--rows N]
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.startup import build
from tests.terminal import KEYS, Terminal

HEIGHT = 250
AT_ONCE = 20
MIB = 1024 * 1024


def main() -> None:
    """Page through the rows on a tall screen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.db"
        build(path, rows + 1000)
        studio = [sys.executable, "-m", "studio", str(path)]
        with Terminal(studio, columns=120, rows=HEIGHT) as terminal:
            terminal.wait_for("row 1 of", timeout_s=60)
            # What is imported after the first rows is not memory that scrolling took.
            terminal.settle(quiet_s=3.0, timeout_s=20)
            before = terminal.rss_bytes()
            started = time.perf_counter()
            pages = rows // (HEIGHT - 5)
            for _ in range(pages // AT_ONCE):
                terminal.send(KEYS["pagedown"].encode() * AT_ONCE)
                terminal.settle(timeout_s=60)
            seconds = time.perf_counter() - started
            after = terminal.rss_bytes()
            place = terminal.lines()[-1].split("·")[0].strip()
    print(
        json.dumps(
            {
                "measure": "memory: after scrolling against after the first page",
                "rows": rows,
                "reached": place,
                "seconds": round(seconds, 1),
                "before_mib": round(before / MIB, 1),
                "more_mib": round((after - before) / MIB, 1),
                "ratio": round(after / before, 2),
                "aim_more_mib": 15,
            }
        )
    )


if __name__ == "__main__":
    main()
