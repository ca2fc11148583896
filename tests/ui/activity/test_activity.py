"""The page of a server's sessions, driven by keys, with real sessions in each other's way."""

import asyncio
import json
import sys

import duckdb
import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from studio.activity.ending import log_file
from studio.ui.activity.head_line import HeadLine, packed
from studio.ui.activity.tab import ActivityTab
from studio.ui.wal.tab import WalTab
from studio.ui.widgets.ask import Ask, AskName
from tests.activity.situations import Actor, Stage
from tests.patience import IN_VAIN_S
from tests.postgres import Server, run_sql
from tests.scenes import answerable, settle
from tests.terminal import Terminal

pytestmark = pytest.mark.usefixtures("own_log")


@pytest.fixture
def own_log(tmp_path, monkeypatch):
    monkeypatch.setattr("studio.activity.ending.state_folder", lambda: tmp_path / "state")


@pytest.fixture
def chain(on_stage: Stage) -> tuple[Actor, Actor]:
    """One who holds a row, idle in a transaction, and one who waits for it."""
    a, b = on_stage.actor("worker"), on_stage.actor("web")
    a.ask("BEGIN", "UPDATE locks.account SET v = 1 WHERE id = 1")
    b.ask("BEGIN").wait("UPDATE locks.account SET v = 2 WHERE id = 1")
    on_stage.blocked(b)
    return a, b


async def page(pilot: Pilot[None]) -> ActivityTab:
    await pilot.press("g", "a")
    await settle(pilot)
    tab = pilot.app.query_one(ActivityTab)
    # The test decides when it looks again.
    await pilot.press("space")
    await settle(pilot)
    return tab


async def look(pilot: Pilot[None]) -> None:
    await pilot.press("R")
    await settle(pilot)


def names(tab: ActivityTab) -> list[str]:
    return [line.title or line.name for line in tab.sessions.lines]


def go_to(tab: ActivityTab, actor: Actor) -> None:
    place = next(i for i, each in enumerate(tab.sessions.lines) if each.name == str(actor.pid))
    tab.sessions.cursor = place


async def test_the_forest_stands_first_and_the_cursor_on_who_is_in_the_way(
    open_app, on_stage, chain
):
    a, b = chain
    async with open_app(on_stage.url, size=(80, 24)) as pilot:
        tab = await page(pilot)
        assert names(tab)[:3] == ["waiting - 1 cause", str(a.pid), str(b.pid)]
        assert tab.sessions.current.name == str(a.pid)
        await pilot.press("enter")
        await settle(pilot)
        whole = "\n".join(text.plain for text in tab._whole)
        assert "cancel cannot help" in whole
        assert "UPDATE locks.account SET v = 1 WHERE id = 1" in whole


async def test_a_prepared_transaction_stands_there_though_nobody_waits_for_it(open_app, on_stage):
    on_stage.actor("coordinator").ask(
        "BEGIN", "UPDATE locks.account SET v = 1 WHERE id = 1", "PREPARE TRANSACTION 'alone'"
    )
    async with open_app(on_stage.url) as pilot:
        tab = await page(pilot)
        lines = tab.sessions.lines
        place = next(i for i, line in enumerate(lines) if line.what == "prepared 'alone'")
        assert "prepared" in [line.title for line in lines[:place]]
        assert not lines[place].is_in_the_way
        tab.sessions.cursor = place
        await pilot.press("enter")
        await settle(pilot)
        whole = "\n".join(text.plain for text in tab._whole)
        assert "ROLLBACK PREPARED in its database" in whole
        assert "by postgres in " in whole


async def test_what_stands_still_is_not_drawn_again(open_app, on_stage):
    async with open_app(on_stage.url) as pilot:
        tab = await page(pilot)
        before = tab.sessions.lines
        drawn: list[object] = []
        tab.sessions.refresh = lambda *regions, **_: drawn.append(regions)
        tab.sessions.show(before)
        tab._show_title()
        assert not drawn


async def test_a_role_without_rights_has_its_head_and_its_rows_whole_at_80_columns(
    open_app, on_stage, postgres_server, chain
):
    _, b = chain
    (name,) = run_sql(on_stage.url, "SELECT current_database()")[0]
    role = "watcher_of_80_columns"
    run_sql(on_stage.url, f"DROP ROLE IF EXISTS {role}", f"CREATE ROLE {role} LOGIN")
    try:
        url = postgres_server.url(str(name), role)
        async with open_app(url, size=(80, 24)) as pilot:
            tab = await page(pilot)
            head = tab.query_one(HeadLine)
            said = str(head.content)
            assert f"GRANT pg_read_all_stats TO {role}" in said
            assert "idle in tx ≥" in said
            assert "…" not in said
            lines = said.splitlines()
            assert head.region.height == len(lines) > 1
            assert tab.sessions.region.y == head.region.bottom
            (row,) = [line for line in tab.sessions.lines if line.name == str(b.pid)]
            shown = "".join(text for text, _ in tab.sessions.pieces(row, 80))
            assert "row locks.account (0,1)" in shown
            assert cell_len(shown) <= 80
    finally:
        run_sql(on_stage.url, f"DROP ROLE {role}")


def test_a_figure_is_cut_only_where_it_is_longer_than_a_line():
    parts = ["12 hidden: GRANT x TO y", "clients ~7/117", "日本語アプリ", "waiting 2"]
    assert list(packed(parts, 200)) == [" · ".join(parts)]
    assert list(packed(parts, 24)) == [parts[0], "clients ~7/117", "日本語アプリ · waiting 2"]
    assert list(packed(parts, 8)) == ["12 hidd…", "clients…", "日本語…", "waiting…"]
    assert list(packed([], 8)) == []


async def test_the_cursor_stays_on_its_session(open_app, on_stage, chain):
    _, b = chain
    async with open_app(on_stage.url) as pilot:
        tab = await page(pilot)
        go_to(tab, b)
        c = on_stage.actor("third")
        c.wait("UPDATE locks.account SET v = 3 WHERE id = 1")
        on_stage.blocked(c)
        idle = on_stage.actor("idle")
        idle.ask("BEGIN", "SELECT 1")
        await look(pilot)
        assert str(c.pid) in names(tab)
        assert tab.sessions.current.name == str(b.pid)


async def test_a_filter_leaves_what_holds_it_and_esc_shows_everything(open_app, on_stage, chain):
    a, b = chain
    running = on_stage.actor("report")
    running.wait("SELECT pg_sleep(600)")
    on_stage.working(running)
    async with open_app(on_stage.url) as pilot:
        tab = await page(pilot)
        assert str(running.pid) in names(tab)
        await pilot.press("f", *"WEB", "enter")
        await settle(pilot)
        assert names(tab) == ["waiting - 1 cause", str(a.pid), str(b.pid)]
        await pilot.press("escape")
        await settle(pilot)
        assert str(running.pid) in names(tab)
        await pilot.press("slash", *"nobody", "enter")
        await settle(pilot)
        assert names(tab) == []
        assert "/nobody: no session has it" in str(tab.query_one("#title").content)


async def test_cancel_is_asked_for_sent_and_written_down(open_app, on_stage, chain):
    _, b = chain
    async with open_app(on_stage.url) as pilot:
        tab = await page(pilot)
        go_to(tab, b)
        await pilot.press("c")
        await settle(pilot)
        assert isinstance(pilot.app.screen, Ask)
        await answerable(pilot)
        await pilot.press("y")
        await settle(pilot)
        on_stage.until("state = 'idle in transaction (aborted)'", b.pid)
        assert "waiting - 1 cause" not in names(tab)
    (entry,) = map(json.loads, log_file().read_text().splitlines())
    assert (entry["did"], entry["pid"]) == ("cancel", b.pid)
    assert entry["query"] == "UPDATE locks.account SET v = 2 WHERE id = 1"


async def test_cancel_says_when_it_would_do_nothing(open_app, on_stage, chain):
    a, _ = chain
    async with open_app(on_stage.url) as pilot:
        tab = await page(pilot)
        go_to(tab, a)
        await pilot.press("c")
        await settle(pilot)
        assert not isinstance(pilot.app.screen, Ask)
        (said,) = [n.message for n in pilot.app._notifications if "runs nothing" in n.message]
        assert "terminating does (K)" in said


async def test_ending_one_who_has_written_takes_its_pid(open_app, on_stage, chain):
    a, b = chain
    async with open_app(on_stage.url) as pilot:
        tab = await page(pilot)
        go_to(tab, a)
        await pilot.press("K")
        await settle(pilot)
        assert isinstance(pilot.app.screen, AskName)
        assert "not committed is lost" in pilot.app.screen._question
        assert "1 session wait" in pilot.app.screen._question
        await pilot.press(*str(a.pid)[:-1])
        await answerable(pilot)
        await pilot.press("enter")
        await settle(pilot)
        on_stage.blocked(b)

        await pilot.press("K")
        await settle(pilot)
        await pilot.press(*str(a.pid))
        await answerable(pilot)
        await pilot.press("enter")
        await settle(pilot)
        on_stage.until("state = 'idle in transaction'", b.pid)
        assert str(a.pid) not in names(tab)


async def test_a_prepared_transaction_gives_statements_to_copy(open_app, on_stage):
    a, b = on_stage.actor("a"), on_stage.actor("b")
    a.ask("BEGIN", "UPDATE locks.account SET v = 2 WHERE id = 1", "PREPARE TRANSACTION 'it''s'")
    b.wait("UPDATE locks.account SET v = 3 WHERE id = 1")
    on_stage.blocked(b)
    async with open_app(on_stage.url) as pilot:
        tab = await page(pilot)
        assert tab.sessions.current.what == "prepared 'it's'"
        await pilot.press("K")
        await settle(pilot)
        assert any("no session holds it" in n.message for n in pilot.app._notifications)
        await pilot.press("y")
        await settle(pilot)
        assert pilot.app.clipboard == "COMMIT PREPARED 'it''s';\nROLLBACK PREPARED 'it''s';"


async def test_read_only_stops_nobody(open_app, on_stage, chain):
    _, b = chain
    async with open_app(on_stage.url, read_only=True) as pilot:
        tab = await page(pilot)
        go_to(tab, b)
        await pilot.press("c")
        await settle(pilot)
        assert any("--read-only" in n.message for n in pilot.app._notifications)
        on_stage.blocked(b)


async def test_who_holds_a_file_stands_on_the_page_of_its_wal(open_app, sqlite_file):
    async with open_app(sqlite_file("CREATE TABLE t (a)")) as pilot:
        await pilot.press("g", "a")
        await settle(pilot)
        assert not pilot.app.screen.query(ActivityTab)
        assert pilot.app.screen.query(WalTab)


async def test_an_engine_without_sessions_says_so(open_app, tmp_path):
    path = tmp_path / "a.duckdb"
    duckdb.connect(str(path)).close()
    async with open_app(f"duckdb:///{path}") as pilot:
        await pilot.press("g", "a")
        await settle(pilot)
        assert not pilot.app.screen.query(ActivityTab)
        assert any("sessions" in n.message for n in pilot.app._notifications)


async def test_closing_the_page_gives_its_connection_back(open_app, on_stage):
    async with open_app(on_stage.url) as pilot:
        await page(pilot)
        await pilot.press("x")
        await settle(pilot)
        assert not pilot.app.query(ActivityTab)
        on_stage.none("application_name = 'studio activity'")


async def test_the_server_stands_below_its_sessions_when_asked(open_app, on_stage, chain):
    async with open_app(on_stage.url, size=(120, 36)) as pilot:
        tab = await page(pilot)
        await pilot.press("o")
        await settle(pilot)
        below = {text.plain[:14].strip(): text.plain[14:] for text in tab._whole}
        assert {"WAL", "checkpoints", "autovacuum", "postgres"} <= below.keys()
        assert below["postgres"].split()[1] in {"kB", "MB"}
        assert below["postgres"].split()[4] == "?"
        await look(pilot)
        below = {text.plain[:14].strip(): text.plain[14:] for text in tab._whole}
        assert below["WAL"].endswith("/s")
        assert below["databases"].split()[-1] == "commits/s"
        assert below["postgres"].split()[4].replace(".", "").isdecimal()
        await pilot.press("enter")
        await settle(pilot)
        assert "UPDATE locks.account" in "\n".join(text.plain for text in tab._whole)
        await pilot.press("o", "o")
        await settle(pilot)
        assert not tab.has_class("-whole")


async def test_the_last_session_may_go(open_app, on_stage):
    worker = on_stage.actor("worker")
    worker.ask("BEGIN", "SELECT 1")
    async with open_app(on_stage.url) as pilot:
        tab = await page(pilot)
        assert str(worker.pid) in names(tab)
        worker.ask("ROLLBACK")
        await look(pilot)
        assert names(tab) == []
        assert tab.sessions.current is None
        await pilot.press("down", "K", "c", "y", "e", "enter")
        await settle(pilot)


async def test_a_server_that_went_away_leaves_what_was_seen_with_its_time(open_app):
    server = Server()
    try:
        server.create()
        async with open_app(server.url()) as pilot:
            tab = await page(pilot)
            seen = tab._at.moment.at[11:19]
            server.stop()
            async with asyncio.timeout(IN_VAIN_S):
                while not tab._problem:
                    await tab.look_once()
            assert str(tab.query_one("#title").content).startswith(f"as of {seen} UTC: ")
            server.start()
            async with asyncio.timeout(IN_VAIN_S):
                while tab._problem:
                    await tab.look_once()
            assert str(tab.query_one("#title").content).startswith("clients ")
    finally:
        server.remove()


def test_a_terminal_that_knows_ascii_only_is_shown_whole_pids(on_stage, chain, tmp_path):
    holder, waiter = chain
    homes = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("STATE", "CONFIG")}
    with Terminal(
        [sys.executable, "-m", "studio", on_stage.url],
        columns=100,
        rows=30,
        env={**homes, "HOME": str(tmp_path), "TERM": "linux"},
    ) as terminal:
        terminal.wait_for("row 1 of")
        terminal.press("g")
        terminal.press("a")
        terminal.wait_for(f"+ {waiter.pid} ")
        assert f" {holder.pid} " in terminal.text()
        assert "\\" not in terminal.text()
