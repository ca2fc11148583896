"""The page of findings: they come, one is read, its fix is opened, looking is stopped."""

import asyncio
import re
import sqlite3
import sys
from contextlib import closing
from datetime import datetime

import psycopg
import pytest
from rich.text import Text

from studio.model.health import HealthFinding, HealthSeverity
from studio.ui.health.tab import HealthTab
from studio.ui.query.tab import QueryTab
from studio.ui.widgets.ask import Ask
from studio.ui.widgets.line_list import LineList
from studio.ui.widgets.sql_editor import SqlEditor
from tests.doctor.sample_databases import make_sqlite
from tests.patience import IN_VAIN_S
from tests.scenes import answerable, settle
from tests.terminal import Terminal


async def health(pilot, *, complete=True):
    """Go there, until every check has answered."""
    await pilot.press("g", "h")
    async with asyncio.timeout(IN_VAIN_S):
        while not isinstance(tab := pilot.app.screen.tab_stack.current, HealthTab):
            await pilot.pause(0.01)
        while not (tab.is_mounted and tab.query(LineList) and (complete or tab._is_looking)):
            await pilot.pause(0.01)
        while complete and not (tab._report and tab._report.complete and not tab._is_looking):
            await pilot.pause(0.01)
    return tab


def shown(pilot):
    """Every line of the list, and the title."""
    lines = pilot.app.screen.query_one("#findings", LineList)
    title = pilot.app.screen.tab_stack.current.query_one("#title").content
    return str(title), [lines.text_of(i).plain for i in range(lines.count)]


def details(pilot):
    return str(pilot.app.screen.tab_stack.current.query_one("#details").content)


async def test_findings_are_read_and_a_fix_is_opened_in_a_query_tab(open_app, tmp_path):
    path = make_sqlite("sq_wizard", tmp_path)
    async with open_app(path, size=(80, 24)) as pilot:
        tab = await health(pilot)
        title, lines = shown(pilot)
        assert title.startswith("Health · 3 errors")
        assert lines[0].startswith(" E  ")
        assert tab.tab_place == f"finding 1 of {len(lines)}"
        assert not tab.has_class("-details")
        at = next(i for i, f in enumerate(tab.findings) if f.check == "duplicate_index")
        await pilot.press(*["down"] * at, "enter")
        await settle(pilot)
        assert tab.has_class("-details")
        assert "DROP INDEX user_sessions_token_idx;" in details(pilot)
        await pilot.press("T")
        await settle(pilot)
        query = pilot.app.screen.tab_stack.current
        assert isinstance(query, QueryTab)
        text = query.query_one(SqlEditor).text
        assert text.startswith("-- duplicate_index: user_sessions_token_idx\n-- ")
        assert text.endswith("DROP INDEX user_sessions_token_idx;")


async def test_an_ignored_finding_leaves_a_line_with_its_reason_and_news_stay_on_the_page(
    open_app, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = make_sqlite("sq_wizard", tmp_path)
    async with open_app(path, size=(120, 36)) as pilot:
        tab = await health(pilot)
        assert "new" not in shown(pilot)[0]
        finding = tab.current
        await pilot.press("x")
        await answerable(pilot)
        await pilot.press(*"meant", "enter")
        await settle(pilot)
        config = (tmp_path / "config" / "studio" / "config.toml").read_text()
        assert config.startswith(f'[doctor."{path.resolve()}"]\n')
        assert f'"{finding.check}:{finding.object} -- meant"' in config
        assert finding not in tab.findings
        assert "1 ignored" in shown(pilot)[0]
        await pilot.press("b")
        await settle(pilot)
        assert f"ignored: {finding.check} {finding.object}" in details(pilot)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE fresh (v TEXT)")
            connection.execute("DROP INDEX user_sessions_token_idx")
        for _ in range(2):
            before = tab._report
            await pilot.press("R")
            async with asyncio.timeout(IN_VAIN_S):
                while tab._report is before or tab._is_looking:
                    await pilot.pause(0.01)
            assert "1 new, 1 gone (b) · 1 ignored" in shown(pilot)[0]
        at = next(i for i, f in enumerate(tab.findings) if f.object == "fresh")
        assert " new  " in shown(pilot)[1][at]


async def test_what_was_not_looked_at_is_said_and_full_is_asked_for(
    open_app, tmp_path, monkeypatch
):
    monkeypatch.setattr("studio.backends.sqlite.doctor.look.SMALL_BYTES", 0)
    path = make_sqlite("sq_tasks", tmp_path)
    async with open_app(path) as pilot:
        tab = await health(pilot)
        assert "3 need a full read (F)" in shown(pilot)[0]
        assert "foreign_key_violation" not in {f.check for f in tab.findings}
        await pilot.press("b")
        await settle(pilot)
        assert "foreign_key_violation: needs --full" in details(pilot)
        await pilot.press("F")
        await answerable(pilot)
        await pilot.press("y")
        async with asyncio.timeout(IN_VAIN_S):
            while "foreign_key_violation" not in {f.check for f in tab.findings}:
                await pilot.pause(0.01)


async def test_esc_stops_and_r_looks_again(open_app, postgres, monkeypatch):
    monkeypatch.setattr(
        "studio.backends.postgresql.doctor.checking.text", lambda _name: "SELECT pg_sleep(60)"
    )
    async with open_app(postgres) as pilot:
        tab = await health(pilot, complete=False)
        assert tab._is_looking
        await pilot.press("escape")
        async with asyncio.timeout(IN_VAIN_S):
            while tab._is_looking:
                await pilot.pause(0.01)
        assert "stopped" in shown(pilot)[0]
        with psycopg.connect(postgres, autocommit=True) as connection:
            left = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%'"
                " AND state = 'active' AND datname = current_database()"
            ).fetchone()
        assert left == (0,)
        monkeypatch.undo()
        await pilot.press("R")
        async with asyncio.timeout(IN_VAIN_S):
            while not (tab._report and tab._report.complete):
                await pilot.pause(0.01)


@pytest.mark.parametrize("with_rights", [True, False])
async def test_an_empty_database_and_one_without_rights(
    open_app, postgres_server, postgres, with_rights
):
    with psycopg.connect(postgres, autocommit=True) as connection:
        database = connection.info.dbname
        if not with_rights:
            connection.execute("CREATE ROLE health_nobody LOGIN; CREATE TABLE a (id bigserial)")
    url = postgres if with_rights else postgres_server.url(database, "health_nobody")
    try:
        async with open_app(url) as pilot:
            tab = await health(pilot)
            title, _ = shown(pilot)
            of_database = [f for f in tab.findings if f.scope == "database"]
            assert ("could not look (b)" in title) is not with_rights
            assert [f.check for f in of_database] == ([] if with_rights else ["no_primary_key"])
    finally:
        if not with_rights:
            with psycopg.connect(postgres, autocommit=True) as connection:
                connection.execute("DROP ROLE health_nobody")


async def test_the_cursor_stays_on_its_finding_while_graver_ones_come(open_app, tmp_path):
    async with open_app(make_sqlite("sq_wizard", tmp_path)) as pilot:
        tab = await health(pilot)
        await pilot.press("down", "down", "down", "down")
        here = tab.current
        grown = tab._report
        graver = HealthFinding("integrity", "database", HealthSeverity.ERROR, "damaged")
        grown.findings = [graver, *grown.findings]
        tab._show(grown)
        await settle(pilot)
        assert tab.current == here
        assert tab.tab_place == f"finding 6 of {len(grown.findings)}"
        assert tab.tab_place in pilot.app.screen.status.place


async def test_a_cursor_that_was_never_moved_is_at_the_first_finding(open_app, tmp_path):
    async with open_app(make_sqlite("sq_wizard", tmp_path)) as pilot:
        tab = await health(pilot)
        assert tab.current == tab.findings[0]
        assert tab.tab_place.startswith("finding 1 of ")


async def test_where_looking_again_fails_the_page_says_when_it_looked(open_app, tmp_path):
    path = make_sqlite("sq_wizard", tmp_path)
    async with open_app(path, size=(160, 40)) as pilot:
        tab = await health(pilot)
        known = pilot.app.screen.workspace.health
        found = tab.findings
        path.rename(tmp_path / "elsewhere.db")
        await pilot.press("R")
        await settle(pilot)
        title, _ = shown(pilot)
        assert title.startswith(f"Health · as of {known.said_at(datetime.now().astimezone())} · ")
        assert "3 errors" in title or "…" in title
        assert tab.findings == found
        assert pilot.app.screen.workspace.health.at == known.at


async def test_what_was_found_stands_beside_its_object_with_its_age(open_app, tmp_path):
    path = make_sqlite("sq_wizard", tmp_path)
    async with open_app(path, size=(160, 40)) as pilot:
        screen = pilot.app.screen
        assert screen.top_line.ills == ""
        tab = await health(pilot)
        await settle(pilot)
        errors = sum(f.severity == "error" for f in tab.findings)
        at = screen.workspace.health.said_at(datetime.now().astimezone())
        assert screen.top_line.ills == f"{errors} errors (g h) {at}"
        wrong = next(f for f in tab.findings if f.severity == "error" and f.table)
        lines = screen.tree_pane._lines
        (line,) = [one for one in map(lines.__getitem__, range(len(lines)))
                   if one.ref and str(one.ref) == wrong.table]  # fmt: skip
        assert line.right.endswith(" E")
        await go_to(pilot, tab, wrong.check)
        await pilot.press("o")
        await settle(pilot)
        table = screen.tab_stack.current
        page = table.query_one("#structure #page").content
        said = "".join(part.plain for part in page.renderables if isinstance(part, Text))
        assert f"Health, as of {at} (g h)" in said
        assert wrong.check in said
        table.post_message(table.Explain(f"SELECT * FROM {wrong.table}"))
        await settle(pilot)
        assert wrong.object in str(screen.query_one("#details").content)


async def go_to(pilot, tab, check):
    """The cursor to the first finding of a check."""
    tab._list.go_to(next(i for i, f in enumerate(tab.findings) if f.check == check))
    await settle(pilot)


async def test_rows_at_fault_open_as_a_grid_and_what_mends_them_is_staged(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE m (id INTEGER PRIMARY KEY, created_at INTEGER)",
        "INSERT INTO m VALUES (1, 1700000000000), (2, 1700000000001), (3, '2024-05-06 07:08:09')",
    )
    async with open_app(path, size=(120, 36)) as pilot:
        tab = await health(pilot)
        await go_to(pilot, tab, "mixed_timestamp_format")
        await pilot.press("r")
        await settle(pilot)
        rows = pilot.app.screen.tab_stack.current
        assert rows.relation.name == "m"
        assert "typeof(created_at) = 'text'" in rows.query_one("#filter").value
        await pilot.press("g", "h")
        await settle(pilot)
        await pilot.press("m")
        workspace = pilot.app.screen.workspace
        async with asyncio.timeout(IN_VAIN_S):
            while not workspace.staging.changes:
                await pilot.pause(0.01)
        (change,) = workspace.staging.changes
        assert change.after == {"created_at": 1714979289000}
        await settle(pilot)
        assert pilot.app.screen.tab_stack.current is rows
        workspace.staging.drop(change)


async def test_the_index_of_a_fix_is_tried_on_the_statement_it_is_for(open_app, postgres):
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE users (id int PRIMARY KEY);"
            "CREATE TABLE notes (id int PRIMARY KEY, owner int REFERENCES users, t text);"
            "INSERT INTO users SELECT g FROM generate_series(1, 2000) AS g;"
            "INSERT INTO notes SELECT g, 1 + g % 2000, repeat('x', 90) "
            "FROM generate_series(1, 20000) AS g; ANALYZE"
        )
    async with open_app(postgres, size=(120, 36)) as pilot:
        tab = await health(pilot)
        await go_to(pilot, tab, "foreign_key_without_index")
        await pilot.press("v")
        async with asyncio.timeout(IN_VAIN_S):
            while not isinstance(pilot.app.screen, Ask):
                await pilot.pause(0.01)
        await answerable(pilot)
        await pilot.press("y")
        plan = pilot.app.screen.tab_stack.current
        async with asyncio.timeout(IN_VAIN_S):
            while "It helps" not in str(plan.query_one("#head").content):
                await pilot.pause(0.01)
        with psycopg.connect(postgres, autocommit=True) as connection:
            left = connection.execute(
                "SELECT count(*) FROM pg_index WHERE indrelid = 'notes'::regclass"
            ).fetchone()
        assert left == (1,)


async def test_the_statement_that_found_it_is_a_query_that_finds_it_again(open_app, postgres):
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute('CREATE TABLE "odd\n%s;t" (at timestamp)')
    async with open_app(postgres, size=(120, 36)) as pilot:
        tab = await health(pilot)
        await go_to(pilot, tab, "timestamp_without_time_zone")
        await pilot.press("t")
        await settle(pilot)
        query = pilot.app.screen.tab_stack.current
        text = query.query_one(SqlEditor).text
        assert text.startswith("-- what found timestamp_without_time_zone: public.odd")
        with psycopg.connect(postgres, autocommit=True) as connection:
            rows = connection.execute(text.encode()).fetchall()
        assert [row[0] for row in rows] == ["public.odd\n%s;t.at"]


async def test_orphans_of_a_key_that_was_never_checked_open_as_a_grid(open_app, postgres):
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(
            'CREATE TABLE parent (id int PRIMARY KEY, "a%s" int); INSERT INTO parent VALUES (1, 1);'
            "INSERT INTO parent VALUES (2, 7), (3, NULL);"
            'ALTER TABLE parent ADD FOREIGN KEY ("a%s") REFERENCES parent NOT VALID'
        )
    async with open_app(postgres, size=(120, 36)) as pilot:
        tab = await health(pilot)
        await go_to(pilot, tab, "unvalidated_constraint")
        await pilot.press("r")
        async with asyncio.timeout(IN_VAIN_S):
            while pilot.app.screen.tab_stack.current is tab:
                await pilot.pause(0.01)
        await settle(pilot)
        rows = pilot.app.screen.tab_stack.current
        assert "EXCEPT" in rows.query_one("#filter").value
        async with asyncio.timeout(IN_VAIN_S):
            while not rows.tab_place.startswith("row 1 of 1 "):
                await pilot.pause(0.01)


async def test_many_of_one_check_are_folded_until_all_are_wanted(open_app, sqlite_file):
    path = sqlite_file(*(f"CREATE TABLE t{n:02} (v)" for n in range(30)))
    async with open_app(path, size=(120, 36)) as pilot:
        tab = await health(pilot)
        lines = shown(pilot)[1]
        at = next(i for i, line in enumerate(lines) if "+ 25 more: no primary key" in line)
        assert [line for line in lines if "t05" in line] == []
        tab._list.go_to(at)
        await settle(pilot)
        assert (tab.current, tab.tab_place) == (None, "a shows all")
        tab._list.go_to(at - 1)
        await settle(pilot)
        assert tab.tab_place == f"finding {at} of {len(tab._report.findings)}"
        here = tab.current
        await pilot.press("a")
        await settle(pilot)
        assert len(shown(pilot)[1]) == len(tab._report.findings)
        assert tab.current == here
        await pilot.press("a")
        await settle(pilot)
        assert shown(pilot)[1] == lines


def test_a_terminal_that_knows_ascii_only_is_shown_no_escapes(tmp_path):
    path = make_sqlite("sq_wizard", tmp_path)
    homes = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("STATE", "CONFIG")}
    with Terminal(
        [sys.executable, "-m", "studio", str(path)],
        columns=100,
        rows=30,
        env={**homes, "HOME": str(tmp_path), "TERM": "linux"},
    ) as terminal:
        terminal.wait_for("row 1 of")
        terminal.press("g")
        terminal.press("h")
        terminal.wait_for("health !")
        terminal.wait_for(re.compile(r"Health - .* checks, "))
        assert "\\" not in terminal.text()


async def test_what_was_not_measured_is_said_so(open_app, postgres):
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (v json); INSERT INTO t VALUES ('{}')")
    async with open_app(postgres, size=(120, 40)) as pilot:
        tab = await health(pilot)
        await go_to(pilot, tab, "json_not_jsonb")
        await pilot.press("enter")
        await pilot.pause()
        assert "estimated_rows not known" in details(pilot)
