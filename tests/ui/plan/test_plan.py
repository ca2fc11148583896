"""The plan view, driven by keys, on real databases."""

import asyncio
from pathlib import Path

import pytest
from textual.widgets import Static

from studio.backends.base import Purpose
from studio.backends.plans.outline import Heat
from studio.backends.postgresql.plans.outline_compare import CompareOutline
from studio.config import paths
from studio.ui.keys.here import keys_here
from studio.ui.plan import tab as plan_tab
from studio.ui.plan.findings import PlanFindings
from studio.ui.plan.tab import PlanTab
from studio.ui.widgets.ask import Ask, AskText
from studio.ui.widgets.sql_editor import SqlEditor
from tests.postgres import run_sql
from tests.scenes import answerable, settle
from tests.ui.test_query import count, main, until, write

SAMPLES = Path(__file__).parents[2] / "samples"
JOIN = (
    "SELECT u.name, count(*) FROM users u JOIN messages m ON m.author_id = u.id\n"
    "GROUP BY u.name ORDER BY 2 DESC"
)


def plan(pilot) -> PlanTab:
    shown = main(pilot).tab_stack.current
    assert isinstance(shown, PlanTab)
    return shown


async def explained(pilot, sql: str) -> PlanTab:
    await pilot.press("T")
    await settle(pilot)
    write(pilot, sql)
    await pilot.press("ctrl+e")
    await settle(pilot)
    return plan(pilot)


async def test_a_plan_is_shown_then_measured(open_app, demo):
    async with open_app(demo) as pilot:
        tab = await explained(pilot, JOIN)
        assert tab.shown.actuals is None
        await pilot.press("ctrl+e")
        await settle(pilot)
        assert tab.shown.actuals.rows_returned > 0


@pytest.fixture
def shop(postgres) -> str:
    """A join whose inner side has no index, and an audit trigger to be noticed by."""
    run_sql(
        postgres,
        "CREATE TABLE customers (id int PRIMARY KEY, region int, name text)",
        "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status text, note text)",
        "CREATE TABLE audit (note text)",
        "INSERT INTO customers SELECT i, i % 50, 'c' || i FROM generate_series(1, 2000) i",
        "INSERT INTO orders SELECT i, i % 2000 + 1, 's' || i % 40, repeat('x', 60) "
        "FROM generate_series(1, 60000) i",
        "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN INSERT INTO audit VALUES (NEW.id); RETURN NEW; END'",
        "CREATE TRIGGER told AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION tell()",
        "ANALYZE",
    )
    return postgres


FILTERED = "SELECT * FROM orders WHERE customer_id = 77"
DUMP = (
    "SELECT (SELECT md5(string_agg(o::text, ',' ORDER BY id)) FROM orders o), "
    "(SELECT count(*) FROM audit), (SELECT count(*) FROM pg_class)"
)


def headline(pilot) -> str:
    return str(plan(pilot).query_one("#head", Static).content)


async def measure(pilot) -> None:
    await pilot.press("ctrl+e")
    await settle(pilot)


async def test_a_second_press_while_the_plan_is_on_its_way_is_taken(open_app, demo, monkeypatch):
    opened, waiting = asyncio.Event(), asyncio.Event()
    real = plan_tab.explain

    async def held(session, request):
        waiting.set()
        await opened.wait()
        return await real(session, request)

    monkeypatch.setattr(plan_tab, "explain", held)
    async with open_app(demo) as pilot:
        await pilot.press("T")
        await settle(pilot)
        write(pilot, JOIN)
        await pilot.press("ctrl+e")
        await until(pilot, waiting.is_set)
        await pilot.press("ctrl+e")
        opened.set()
        await until(pilot, lambda: plan(pilot).shown is not None)
        await settle(pilot)
        assert plan(pilot).shown.actuals is not None


async def test_an_index_asked_for_while_the_plan_is_on_its_way_is_tried_then(
    open_app, shop, monkeypatch
):
    opened, waiting = asyncio.Event(), asyncio.Event()
    real = plan_tab.explain

    async def held(session, request):
        waiting.set()
        await opened.wait()
        return await real(session, request)

    monkeypatch.setattr(plan_tab, "explain", held)
    async with open_app(shop) as pilot:
        await pilot.press("T")
        await settle(pilot)
        write(pilot, "SELECT * FROM orders WHERE customer_id = 7")
        await pilot.press("ctrl+e")
        await until(pilot, waiting.is_set)
        await pilot.press("v")
        opened.set()
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        assert not pilot.app._notifications


async def test_a_plan_of_postgresql_says_it_was_not_executed_then_measures(open_app, shop):
    async with open_app(shop) as pilot:
        tab = await explained(pilot, FILTERED)
        assert "not executed" in headline(pilot)
        assert tab.tree_view.outline.heat is Heat.COST
        await measure(pilot)
        assert "executed " in headline(pilot)
        assert "seen from here" in headline(pilot)
        assert tab.tree_view.outline.heat is Heat.TIME
        total = sum(
            tab.tree_view.outline.share(line) for line in range(len(tab.tree_view.outline.parents))
        )
        assert total == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE orders SET status = 'gone' WHERE customer_id = 5",
        "WITH gone AS (DELETE FROM orders WHERE id < 50 RETURNING 1) SELECT count(*) FROM gone",
        "INSERT INTO audit SELECT 'x' FROM orders",
        "CREATE TABLE copied AS SELECT * FROM orders",
    ],
)
async def test_measuring_what_writes_asks_and_leaves_no_trace(open_app, shop, sql):
    before = run_sql(shop, DUMP)
    async with open_app(shop) as pilot:
        tab = await explained(pilot, sql)
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        assert "Rolling back does not undo" in pilot.app.screen._question
        await answerable(pilot)
        await pilot.press("n")
        await settle(pilot)
        assert not tab.shown.analysis.plan.analyzed
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        await answerable(pilot)
        await pilot.press("y")
        await settle(pilot)
        assert tab.shown.analysis.plan.analyzed
    assert run_sql(shop, DUMP) == before


async def test_a_measurement_stopped_half_way_leaves_no_trace(open_app, shop):
    before = run_sql(shop, DUMP)
    slow = "UPDATE orders SET status = pg_sleep(0.01)::text"
    async with open_app(shop) as pilot:
        tab = await explained(pilot, slow)
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        await answerable(pilot)
        await pilot.press("y")
        await until(pilot, lambda: tab._is_busy)
        lane = main(pilot).workspace.session.lane(Purpose.QUERY)
        await until(pilot, lambda: lane.running_since is not None)
        await pilot.press("escape")
        await settle(pilot)
        assert not tab.shown.analysis.plan.analyzed
        assert (await lane.fetch("SELECT 1")).rows == (("1",),)
    assert run_sql(shop, DUMP) == before


async def test_parameters_are_asked_for(open_app, shop):
    async with open_app(shop) as pilot:
        tab = await explained(pilot, "SELECT * FROM orders WHERE id = $1 AND status = $2")
        await pilot.press("ctrl+e")
        for value in ("42", "s2"):
            await until(pilot, lambda: isinstance(pilot.app.screen, AskText))
            await pilot.press(*value, "enter")
            await pilot.pause()
        await settle(pilot)
        assert tab.shown.analysis.plan.analyzed
        assert tab.shown.analysis.plan.root.actual.rows == 1


async def test_sqlites_parameters_are_asked_for_by_name_and_bound_as_numbers(open_app, demo):
    async with open_app(demo) as pilot:
        tab = await explained(pilot, "SELECT * FROM users WHERE rowid + 0 <= :last")
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskText))
        await pilot.press("3", "enter")
        await settle(pilot)
        assert tab.shown.actuals.rows_returned == 3
        assert tab.run_shown.request.values == (3,)


async def test_an_index_is_proved_and_gone_again(open_app, shop):
    before = run_sql(shop, DUMP)
    async with open_app(shop) as pilot:
        tab = await explained(pilot, FILTERED)
        await measure(pilot)
        assert tab.shown.hints
        await pilot.press("v")
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        await answerable(pilot)
        await pilot.press("y")
        await settle(pilot)
        assert headline(pilot).startswith("It helps: ")
        marks = {pair.mark for pair in tab.tree_view.outline.pairs}
        assert marks & {"~", "+"}
        await pilot.press("escape")
        await settle(pilot)
        assert "executed " in headline(pilot)
    assert run_sql(shop, DUMP) == before


async def test_an_index_is_proved_on_sqlite_in_a_copy(open_app, demo):
    content = demo.read_bytes()
    async with open_app(demo) as pilot:
        await explained(pilot, "SELECT * FROM messages WHERE author_id = 'nobody'")
        await measure(pilot)
        await pilot.press("v")
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        await answerable(pilot)
        await pilot.press("y")
        await settle(pilot)
        assert headline(pilot).startswith("It ")
    assert demo.read_bytes() == content


async def test_a_run_before_the_index_is_compared_with_the_one_after(open_app, shop):
    async with open_app(shop) as pilot:
        tab = await explained(pilot, FILTERED)
        await measure(pilot)
        run_sql(shop, "CREATE INDEX by_customer ON orders (customer_id)", "ANALYZE orders")
        await measure(pilot)
        await pilot.press("C")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        outline = tab.tree_view.outline
        assert isinstance(outline, CompareOutline)
        assert not outline.comparison.same_shape
        assert outline.comparison.speedup > 1
        await pilot.press("C")
        await settle(pilot)
        assert "3 runs" in headline(pilot)


async def test_runs_are_kept_for_the_next_session(open_app, demo):
    sql = "SELECT count(*) FROM messages WHERE author_id = '{}'"
    for value in ("one", "two"):
        async with open_app(demo) as pilot:
            tab = await explained(pilot, sql.format(value))
            await measure(pilot)
            runs = len(tab._runs)
    assert runs == 4
    kept = list(paths.state_folder().glob("plans/*/*"))
    assert len(kept) == 1
    assert kept[0].stat().st_mode & 0o077 == 0


async def test_findings_go_to_their_nodes_and_fixes_are_copied(open_app, shop):
    async with open_app(shop) as pilot:
        tab = await explained(pilot, FILTERED)
        await measure(pilot)
        finding = tab.findings[0]
        await pilot.press("end", "f")
        await settle(pilot)
        current = tab.query_one(PlanFindings).current
        assert (
            current.path is None or tab.tree_view.outline.path(tab.tree_view.line) == current.path
        )
        await answerable(pilot)
        await pilot.press("y")
        assert pilot.app.clipboard == tab.query_one(PlanFindings).current.fix
        assert finding.saves_ms >= max(f.saves_ms for f in tab.findings)


async def test_heats_change_the_bars_or_say_why_not(open_app, shop):
    async with open_app(shop) as pilot:
        tab = await explained(pilot, FILTERED)
        await pilot.press("t")
        assert tab.tree_view.outline.heat is Heat.COST
        await measure(pilot)
        for key, heat in (
            ("b", "buffers"),
            ("dollar_sign", "cost"),
            ("e", "estimate"),
            ("r", "rows"),
            ("t", "time"),
        ):
            await pilot.press(key)
            assert tab.tree_view.outline.heat == heat


async def test_values_for_parameters_plan_the_statement_anew(open_app, shop):
    async with open_app(shop) as pilot:
        tab = await explained(pilot, "SELECT * FROM orders WHERE id < $1")
        generic = tab.shown.analysis.plan.root.estimate.rows
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskText))
        await pilot.press("5", "enter")
        await settle(pilot)
        assert tab.run_shown.request.values == ("5",)
        assert tab.shown.analysis.plan.root.estimate.rows < generic


async def test_the_servers_words_the_statement_and_the_bytecode(open_app, demo, shop):
    async with open_app(shop) as pilot:
        tab = await explained(pilot, FILTERED)
        await pilot.press("w")
        await settle(pilot)
        words = str(tab.query_one("#words", Static).content)
        assert words.startswith("Seq Scan on public.orders  (cost=")
        assert "\n  Filter: " in words
        await pilot.press("w", "Y")
        await settle(pilot)
        assert '"Node Type": "Seq Scan"' in pilot.app.clipboard
        await pilot.press("s")
        await settle(pilot)
        editor = tab.query_one("#statement", SqlEditor)
        (mark,) = editor._marks
        assert editor.text[mark.start : mark.end] == "orders"
        await pilot.press("escape")
        assert tab.tree_view.has_focus
    async with open_app(demo) as pilot:
        tab = await explained(pilot, "SELECT * FROM users")
        await pilot.press("B")
        await settle(pilot)
        assert "OpenRead" in str(tab.query_one("#words", Static).content)


@pytest.mark.parametrize("size", [(80, 24), (160, 40), (40, 10)])
async def test_bars_and_names_survive_any_width(open_app, shop, size):
    async with open_app(shop, size=size) as pilot:
        tab = await explained(pilot, JOINED)
        await measure(pilot)
        tree = tab.tree_view
        line = "".join(s.text for s in tree.render_line(1))
        assert tree.size.width < 50 or tree.outline.analysis.accounts[0].node.title in line
        keys = [column.key for column in tree.fitting(tree.size.width)]
        assert keys[:3] == ["value", "share", "bar"]


JOINED = (
    "SELECT c.name, count(*) FROM customers c JOIN orders o ON o.customer_id = c.id "
    "WHERE o.status = 's7' GROUP BY c.name ORDER BY 2 DESC LIMIT 10"
)


async def test_a_statement_without_a_plan_says_so_and_offers_nothing_of_one(open_app, small):
    async with open_app(small) as pilot:
        await explained(pilot, "PRAGMA user_version")
        assert plan(pilot).query_one("#head", Static).has_class("-error")
        offered = {word for _, word in keys_here(pilot.app.screen)}
        assert not offered & {"prove it", "copy fix", "details", "compare", "finding"}
        assert "measure" in offered


@pytest.fixture
def small(sqlite_file):
    return sqlite_file("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")


async def test_measuring_a_write_on_sqlite_asks_and_leaves_no_trace(open_app, sqlite_file):
    path = sqlite_file("CREATE TABLE t (v)", "INSERT INTO t VALUES (1), (2)", name="w.db")
    async with open_app(path) as pilot:
        await explained(pilot, "DELETE FROM t")
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        await answerable(pilot)
        await pilot.press("y")
        await settle(pilot)
        assert "2 rows changed, and rolled back" in headline(pilot)
    assert count(path) == 2


async def test_the_grids_own_query_is_explained(open_app, shop):
    async with open_app(
        shop, table="orders", where="status ~ 's7' and note != 'a%b'", order="-id"
    ) as pilot:
        await pilot.press("ctrl+e")
        await settle(pilot)
        tab = plan(pilot)
        nodes = [a.node for a in tab.shown.analysis.accounts]
        assert any(node.relation == "orders" for node in nodes)
        assert "'a%b'" in tab.sql
        await measure(pilot)
        assert tab.shown.analysis.plan.analyzed


async def test_the_grids_own_query_is_explained_on_sqlite(open_app, demo):
    async with open_app(demo, table="users", where="role = admin and name ~ an") as pilot:
        await pilot.press("ctrl+e")
        await settle(pilot)
        assert any(step.is_loop for step in plan(pilot).shown.steps)


@pytest.mark.parametrize("name", ["hash_join_spill", "never_executed_branch", "no_analyze_plain"])
async def test_a_saved_plan_is_opened_from_the_palette(open_app, demo, name):
    folder = SAMPLES / "explain" / name
    file = sorted(folder.glob("plan.*"))[-1]
    async with open_app(demo) as pilot:
        await pilot.press("ctrl+p")
        await settle(pilot)
        await pilot.press(*"saved", "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, AskText)
        await pilot.press(*str(file), "enter")
        await settle(pilot)
        tab = plan(pilot)
        assert len(tab.shown.analysis.accounts) > 1
        await pilot.press("ctrl+e", "v")
        await settle(pilot)
        assert plan(pilot).shown is tab.shown


async def test_at_80_columns_the_details_stand_below_a_tree_that_keeps_its_names(open_app, shop):
    joined = (
        "SELECT a.status FROM orders a JOIN orders b USING (customer_id) JOIN orders c "
        "ON c.id = b.id JOIN orders d ON d.id = c.id JOIN orders e ON e.id = d.id WHERE a.id < 9"
    )
    async with open_app(shop, size=(80, 24)) as pilot:
        tab = await explained(pilot, joined)
        tree = tab.tree_view
        lines = [tree.render_line(y).text for y in range(1, tree.size.height)]
        nodes = [a.node for a in tab.shown.analysis.accounts]
        for line, node in zip(lines, nodes, strict=False):
            assert f"on {node.relation}" in line or not node.relation
        await pilot.press("enter")
        await settle(pilot)
        details = tab.query_one("#details-pane")
        assert details.region.y >= tree.region.bottom
        assert details.region.width == tree.region.width
