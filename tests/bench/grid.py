"""What keys cost in the grid over ten million rows, against DataTable over the first thousand.

    python -m tests.bench.grid [--size 120x36] [--times 15]

Both run in a terminal of the same size and hold the same rows. One JSON line a key: medians, each
with its ratio to DataTable's, and whether the aims hold.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from studio.model.catalog import ColumnKind
from studio.model.page import Value
from tests.terminal import KeyCost, Terminal

ROWS = 10_000_000
TABLE_ROWS = 1_000
MOST_CURSOR_BYTES = 400
MOST_KEY_MS = 16.0
MOST_PAGE_CPU_RATIO = 1 / 8
NAMES = ("id", "user_id", "kind", "amount", "note", "payload", "created_at")
KEYS = ("down", "pagedown", "ctrl+end", "ctrl+home")
ANSWER_S = 5.0
ROOT = Path(__file__).resolve().parents[2]


def row_at(index: int) -> tuple[Value, ...]:
    """A row of an imaginary table of events, made from its place."""
    return (
        index + 1,
        index * 7919 % 100_000,
        ("login", "signup", "logout", "purchase")[index % 4],
        None if index % 5 == 0 else index % 1000 + 0.25,
        f"note number {index} about nothing much",
        f'{{"k":{index}}}',
        f"2024-12-{index % 28 + 1:02d} 10:{index % 60:02d}:00",
    )


class Events:
    """All rows, none of them held."""

    height = ROWS

    def row(self, index: int) -> Sequence[Value]:
        return row_at(index)

    def number(self, index: int) -> str:
        return f"{index + 1:,}"

    def sign(self, index: int) -> str:
        return ""

    def cell_sign(self, index: int, column: int) -> str:
        return ""

    def placeholder(self, index: int, column: int) -> str:
        return ""


def run_grid() -> None:
    from textual.app import App, ComposeResult

    from studio.ui.widgets.grid import Grid
    from studio.ui.widgets.grid_column import GridColumn

    kinds = (ColumnKind.INTEGER, ColumnKind.INTEGER, ColumnKind.TEXT, ColumnKind.REAL)

    class GridApp(App[None]):
        def compose(self) -> ComposeResult:
            yield Grid()

        def on_mount(self) -> None:
            grid = self.query_one(Grid)
            grid.set_columns(
                [
                    GridColumn(name, kind, is_key=name == "id", is_reference=name == "user_id")
                    for name, kind in zip(
                        NAMES, kinds + (ColumnKind.TEXT,) * len(NAMES), strict=False
                    )
                ]
            )
            grid.show(Events())
            grid.focus()

    GridApp().run()


def run_table() -> None:
    from textual.app import App, ComposeResult
    from textual.widgets import DataTable

    class TableApp(App[None]):
        def compose(self) -> ComposeResult:
            yield DataTable()

        def on_mount(self) -> None:
            table = self.query_one(DataTable)
            table.add_columns(*NAMES)
            for index in range(TABLE_ROWS):
                table.add_row(*("∅" if value is None else str(value) for value in row_at(index)))
            table.focus()

    TableApp().run()


def started(app: str, size: tuple[int, int]) -> Terminal:
    command = [sys.executable, "-m", "tests.bench.grid", "--app", app]
    return Terminal(command, columns=size[0], rows=size[1], cwd=ROOT)


def measure(size: tuple[int, int], times: int) -> dict[str, tuple[list[KeyCost], list[KeyCost]]]:
    """The grid's costs and the table's, key by key in turn: a busy machine is busy for both."""
    costs: dict[str, tuple[list[KeyCost], list[KeyCost]]] = {key: ([], []) for key in KEYS}
    with started("grid", size) as grid, started("table", size) as table:
        for terminal in (grid, table):
            terminal.wait_for("note number 9", timeout_s=60)
            terminal.settle(0.5)
        for keys in (KEYS[:1], KEYS[1:2], KEYS[2:]):
            for turn in range(times + 1):
                for key in keys:
                    pair = [t.press(key, answer_s=ANSWER_S) for t in (grid, table)]
                    if turn:  # the first warms up
                        for spent, cost in zip(costs[key], pair, strict=True):
                            spent.append(cost)
    return costs


def medians(costs: list[KeyCost]) -> dict[str, float]:
    return {
        "ms": round(statistics.median(cost.settled_ms for cost in costs), 1),
        "bytes": statistics.median(cost.bytes for cost in costs),
        "cpu_ms": round(statistics.median(cost.cpu_ms for cost in costs), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--app", choices=("grid", "table"))
    parser.add_argument("--size", default="120x36")
    parser.add_argument("--times", type=int, default=15)
    arguments = parser.parse_args()
    if arguments.app:
        (run_grid if arguments.app == "grid" else run_table)()
        return
    columns, rows = map(int, arguments.size.split("x"))
    for key, costs in measure((columns, rows), arguments.times).items():
        ours, theirs = map(medians, costs)
        ratios = {name: round(ours[name] / max(theirs[name], 0.01), 3) for name in ours}
        aims = {"ms": ours["ms"] <= MOST_KEY_MS}
        if key == "down":
            aims["bytes"] = ours["bytes"] <= MOST_CURSOR_BYTES
        if key == "pagedown":
            aims["cpu"] = ratios["cpu_ms"] <= MOST_PAGE_CPU_RATIO
        print(
            json.dumps(
                {
                    "measure": f"grid {key}",
                    "size": arguments.size,
                    "rows": ROWS,
                    **ours,
                    "datatable": theirs,
                    "ratio": ratios,
                    "held": aims,
                }
            )
        )


if __name__ == "__main__":
    main()
