"""Conditions take the rows of the screen that are free, and are cut only where none is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from studio.backends.plans.outline import OutlinePiece
from studio.ui.plan.findings import PlanFindings
from studio.ui.plan.tab import PlanTab
from studio.ui.plan.wrapping import LEAST_ROOM, in_rows, rows_of, wrapped
from studio.ui.widgets.hanging import Hanging
from tests.postgres import run_sql
from tests.scenes import settle
from tests.ui.plan.test_plan import explained

WORDS = st.text(alphabet="ab( )'=字", min_size=0, max_size=60)
PIECES = st.lists(
    st.builds(OutlinePiece, WORDS, st.sampled_from(("name", "condition"))), max_size=4
)


@given(PIECES, st.integers(LEAST_ROOM, 60))
def test_no_letter_is_lost_and_no_row_is_too_long(pieces, room):
    rows = wrapped(pieces, room)
    told = "".join(piece.text for row in rows for piece in row)
    assert told.replace(" ", "") == "".join(piece.text for piece in pieces).replace(" ", "")
    for row in rows:
        assert sum(cell_len(piece.text.rstrip()) for piece in row[-1:]) <= room
        assert cell_len("".join(piece.text for piece in row).rstrip()) <= room


def cut(text):
    return lambda room: [
        OutlinePiece(text if len(text) <= room else f"{text[: room - 1]}…", "condition")
    ]


@given(st.text("ab ", min_size=1, max_size=400), st.integers(LEAST_ROOM, 80), st.integers(1, 6))
def test_a_line_takes_no_more_rows_than_it_is_given(text, room, most):
    assert len(in_rows(cut(text), room, most)) <= most


@given(st.lists(st.integers(1, 300), min_size=1, max_size=12), st.integers(0, 40))
def test_every_line_has_a_row_and_no_row_is_given_twice(lengths, spare):
    lines = [(cut("a" * length), 30) for length in lengths]
    rows = rows_of(lines, range(len(lines)), spare)
    assert rows.count <= len(lines) + spare
    assert [rows.at(rows.top(place)) for place in range(len(lines))] == [
        (place, 0) for place in range(len(lines))
    ]
    assert rows.at(rows.count) is None


SQL = (
    "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status IN "
    "('s1', 's2', 's3', 's4') AND o.note NOT LIKE '%a rather long pattern%' "
    "AND c.name <> 'nobody at all' AND c.name <> 'nobody else'"
)


@pytest.fixture
def shop(postgres):
    run_sql(
        postgres,
        "CREATE TABLE customers (id int PRIMARY KEY, name text)",
        "CREATE TABLE orders (id int, customer_id int, status text, note text)",
        "INSERT INTO customers SELECT i, 'c' || i FROM generate_series(1, 2000) i",
        "INSERT INTO orders SELECT i, i % 2000 + 1, 's' || i % 40, 'x' "
        "FROM generate_series(1, 20000) i",
        "ANALYZE",
    )
    return postgres


def told(tab: PlanTab) -> str:
    tree = tab.tree_view
    return " ".join(tree.render_line(y).text for y in range(tree.size.height))


def letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum() or char in "'%<>")


@pytest.mark.parametrize("size", [(120, 36), (160, 45)])
async def test_conditions_are_whole_with_the_catalog_open(open_app, shop, size):
    async with open_app(shop, size=size) as pilot:
        tab = await explained(pilot, SQL)
        shown = told(tab)
        assert "…" not in shown
        for account in tab.shown.analysis.accounts:
            condition = account.node.conditions.get("Filter", "")
            assert letters(condition) in letters(shown)


async def test_where_no_row_is_free_a_condition_is_cut_and_the_keys_still_go_line_by_line(
    open_app, shop
):
    async with open_app(shop, size=(80, 14)) as pilot:
        tab = await explained(pilot, SQL)
        tree = tab.tree_view
        assert "…" in told(tab)
        await pilot.press("g", "g")
        for line in range(len(tree.visible_lines)):
            assert tree.line == line
            await pilot.press("j")
        await pilot.resize_terminal(120, 40)
        await settle(pilot)
        assert "…" not in told(tab)


async def test_a_click_on_a_further_row_is_a_click_on_its_line(open_app, shop):
    async with open_app(shop, size=(120, 36)) as pilot:
        tree = (await explained(pilot, SQL)).tree_view
        rows = [tree.render_line(y).text for y in range(tree.size.height)]
        further = next(
            y for y, row in enumerate(rows) if y and row.strip() and not row[:20].strip()
        )
        await pilot.press("g", "g")
        await pilot.click(tree, offset=(70, further))
        await pilot.pause()
        first = max(y for y in range(1, further) if rows[y][:20].strip())
        nodes = [y for y in range(1, first + 1) if rows[y][:20].strip()]
        assert tree.line == len(nodes) - 1


def rows_of_findings(tab):
    findings = tab.query_one(PlanFindings)
    width, lines = findings.scrollable_content_region.width, len(findings._lines)
    rows = [findings._get_option_render(o, findings.visual_style) for o in findings.options]
    texts = [strip.text for strips in rows for strip in strips]
    assert len(texts) == lines
    assert all(cell_len(text) == width for text in texts)
    return texts


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_further_rows_of_findings_and_details_hang(open_app, shop, size):
    async with open_app(shop, size=size) as pilot:
        tab = await explained(pilot, SQL)
        for row in rows_of_findings(tab):
            assert re.match(r"\d+ [·⚠✗] | {4}\S| {6}\S| {9}\S", row)
        await pilot.press("enter")
        await settle(pilot)
        shown = tab.query_one("#details")
        rows = [shown.render_line(y).text for y in range(shown.size.height)]
        further = [row for row in rows if row.startswith(" ")]
        assert further
        assert all(re.match(r" {15}\S", row) for row in further)


@given(st.lists(st.text(alphabet="ab 字", max_size=80), min_size=1), st.integers(14, 60))
def test_hanging_paragraphs_lose_no_letter(texts, width):
    console = Console(width=width)
    paragraphs = Hanging([(Text("  → "), Text(text)) for text in texts])
    rows = [row.plain for row in paragraphs.__rich_console__(console, console.options)]
    assert all(cell_len(row) <= width for row in rows)
    assert all(row.startswith(("  → ", "    ")) for row in rows)
    assert "".join("".join(rows).replace("→", "").split()) == "".join("".join(texts).split())
