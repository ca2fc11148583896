"""Every fault many times: `python -m tests.bench.faults --runs 500`. One JSON line a fault.

Stops at the first broken promise, with the seed that leads there again.
"""

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.edits import faults, killed_screen
from tests.edits.faults import Place
from tests.postgres import Server


def main() -> None:
    """Run every fault on its engines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only",
        default="",
        help="kill-sqlite, screen-sqlite, no-space, full, kill-postgresql, screen-postgresql, cut,"
        " server",
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        _sqlite(Path(folder), arguments)
        _postgresql(Path(folder), arguments)


def _sqlite(folder: Path, arguments: argparse.Namespace) -> None:
    chance = random.Random(arguments.seed)
    place = Place(str(folder / "f.db"), folder, "sqlite")
    place.build()
    _many("kill-sqlite", arguments, place, lambda run: _kill(place, chance, run))
    _screens(place, arguments, chance)
    with faults.small_disk(folder / "disk", 2_000_000) as mounted:
        if mounted:
            small = Place(str(folder / "disk" / "f.db"), folder, "sqlite")
            small.build()
            _many("no-space", arguments, small, lambda _: faults.fill_disk(small, chance, 160_000))
    _many("full", arguments, place, lambda _: faults.starve(place, chance))


def _kill(place: Place, chance: random.Random, run: int) -> str:
    """One in four anywhere, the others where it matters."""
    screen = run % 2 == 0
    if run % 4 == 0:
        longest_s = 0.3 if place.kind == "sqlite" else 0.6
        return faults.kill_at_random(place, chance, longest_s, screen=screen)
    longest = (0.04, 0.012) if place.kind == "sqlite" else (0.05, 0.004)
    return faults.kill_near_commit(place, chance, longest, screen=screen)


def _postgresql(folder: Path, arguments: argparse.Namespace) -> None:
    chance = random.Random(arguments.seed)
    server = Server()
    try:
        server.create()
        with (server.data / "postgresql.conf").open("a") as file:
            file.write("synchronous_commit = on\n")
        server.stop()
        server.start()
        with server.database() as name:
            place = Place(server.url(name), folder, "postgresql")
            place.build()
            _many("kill-postgresql", arguments, place, lambda run: _kill(place, chance, run))
            _screens(place, arguments, chance)
            _cuts(place, server, arguments, chance)
            _many(
                "server",
                arguments,
                place,
                lambda _: faults.stop_server(
                    place, server.stop, server.start, chance.uniform(0, 0.15)
                ),
            )
    finally:
        server.remove()


def _screens(place: Place, arguments: argparse.Namespace, chance: random.Random) -> None:
    killed_screen.build(place)
    longest_s = 0.05 if place.kind == "sqlite" else 0.08
    _many(
        f"screen-{place.kind}",
        arguments,
        place,
        lambda _: killed_screen.kill_screen(place, chance, longest_s),
    )


def _cuts(
    place: Place, server: Server, arguments: argparse.Namespace, chance: random.Random
) -> None:
    with faults.short_folder(place.folder) as folder:
        proxy = faults.Proxy(folder, server.folder)
        through = place.target.replace(str(server.folder), str(folder))
        named = ("before", "during", "after")

        def one(run: int) -> str:
            where = named[run % 6] if run % 6 < len(named) else chance.randrange(14_000)
            return faults.cut(place, proxy, through, where)

        try:
            _many("cut", arguments, place, one)
        finally:
            proxy.close()


def _many(
    name: str, arguments: argparse.Namespace, place: Place, trial: Callable[[int], str]
) -> None:
    if arguments.only and name not in arguments.only.split(","):
        return
    place.outcomes.clear()
    started = time.perf_counter()
    for run in range(arguments.runs):
        try:
            place.count(trial(run))
        except faults.Broken as broken:
            raise SystemExit(f"{name}, run {run}, seed {arguments.seed}: {broken}") from broken
    seconds = round(time.perf_counter() - started, 1)
    line = {"fault": name, "runs": arguments.runs, "broken": 0, "s": seconds, **place.outcomes}
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
