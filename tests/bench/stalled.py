"""What a terminal that does not read costs, also while there is always something new to draw.

    python -m tests.bench.stalled [--seconds N]

In a query tab; for the first half the terminal is resized all the time, for the second it is left
alone. The same with the terminal read, to compare.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from tests.terminal import Terminal
from tests.ui.terminal.states import COLUMNS, ROWS, STATES, sqlite_place


def measured(seconds: float, *, is_read: bool) -> dict[str, float]:
    """Memory gained and share of one core, by half; how long the signal took that ended it."""
    with tempfile.TemporaryDirectory() as folder:
        place = sqlite_place(Path(folder))
        command = place.command
        with Terminal(command, columns=COLUMNS, rows=ROWS, env=place.environment) as terminal:
            STATES["query tab"].reach(terminal)
            terminal.settle(2.0)
            found: dict[str, float] = {}
            for half in ("resized", "alone"):
                rss, cpu = terminal.rss_bytes(), terminal.cpu_ms()
                end = time.monotonic() + seconds / 2
                while time.monotonic() < end:
                    if half == "resized":
                        terminal.resize(90 + int(time.monotonic() * 10) % 10, ROWS)
                    if is_read:
                        terminal.settle(0.05, timeout_s=0.05)
                    else:
                        time.sleep(0.05)
                found[f"{half} MB"] = round((terminal.rss_bytes() - rss) / 1e6, 2)
                found[f"{half} cpu %"] = round((terminal.cpu_ms() - cpu) / seconds / 5, 2)
            start = time.perf_counter()
            terminal.hang_up()
            terminal.wait_exit()
            found["ends ms"] = round((time.perf_counter() - start) * 1000)
            return found


def main() -> None:
    """Print one JSON line a measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    for is_read in (True, False):
        found = measured(seconds, is_read=is_read)
        print(json.dumps({"bench": "stalled", "read": is_read, "seconds": seconds, **found}))


if __name__ == "__main__":
    main()
