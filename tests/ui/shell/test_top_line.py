"""The line above: whole facts, the most important to the last."""

import re

import pytest
from textual.app import App, ComposeResult

from studio.ui.shell.tab import TabStanding
from studio.ui.shell.top_line import TopLine

FACTS = "PostgreSQL 18.4 · editable · through a pooler"
HELD = "own session, work_mem, 2 temporary tables"
LONG = "studio on reporting.cluster-c1x2y3z4.eu-central-1.rds.amazonaws.com"


class LineApp(App[None]):
    def __init__(self, label: str, facts: str, held: str) -> None:
        super().__init__()
        self.line = TopLine()
        self.line.label, self.line.facts = label, facts
        self.line.standing = TabStanding(session=held, transaction="tx auto" if held else "")
        self.line.awaited = ""

    def compose(self) -> ComposeResult:
        yield self.line


@pytest.mark.parametrize(
    ("label", "facts", "held", "width", "left"),
    [
        ("app", FACTS, "", 80, f"app  {FACTS}"),
        ("app", FACTS, HELD, 130, f"app  {FACTS} · {HELD}"),
        ("app", FACTS, HELD, 100, f"app  PostgreSQL 18.4 · editable · {HELD}"),
        ("app", FACTS, HELD, 80, f"app  editable · {HELD}"),
        ("app", FACTS, HELD, 70, "app  editable · own session, work_mem, …"),
        ("app", FACTS, HELD, 54, "app  editable · own session, …"),
        ("app", FACTS, HELD, 40, "app  editable"),
        ("app", f"PRODUCTION · {FACTS}", HELD, 64, "app  PRODUCTION · editable · own session, …"),
        ("a.db", "SQLite 3.40.1 · read-only (the file's permissions) · read in place", "", 60,
         "a.db  read-only (the file's permissions)"),
        (LONG, FACTS, "", 80, f"{LONG[:59]}…  editable"),
    ],
)  # fmt: skip
async def test_no_fact_is_cut_in_half(label, facts, held, width, left):
    app = LineApp(label, facts, held)
    async with app.run_test(size=(width, 5)):
        line = app.line.render().plain
        assert re.split(r" {2,}(?=tx|ctrl)", line)[0] == left
        assert len(line) == width - 2
        assert line.endswith("ctrl+p")
