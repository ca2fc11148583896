"""Every relation of the two databases made to hurt, opened in the app: it pages, sorts, scrolls."""

import psycopg
import pytest
from psycopg import sql
from textual.widgets import Static

from studio.model.catalog import TableKind
from tests import torture_postgres, torture_sqlite
from tests.examples import examples
from tests.scenes import settle
from tests.ui.test_browse import main, press, tab

BROKEN_SQLITE = {"broken_view", "view_of_broken", "lost_module"}
EIGHTHS = pytest.mark.parametrize("eighth", range(max(2, examples(8))))
"""Two in the gate, of what is made to hurt: each opens a tab for every eighth relation there is."""


def problem(pilot) -> str:
    pane = tab(pilot).rows
    if not pane.problem.is_shown:
        return ""
    return str(pane.query_one("#problem", Static).content)


async def look(pilot, ref) -> str:
    """Open one relation, go everywhere in it; what went wrong, if anything did."""
    main(pilot).open_table(ref)
    await settle(pilot)
    if said := problem(pilot):
        return said
    pane = tab(pilot).rows
    assert pane.window is not None, ref
    assert pane.window.is_loaded, ref
    await pilot.press("end", "G")
    await settle(pilot)
    await pilot.press("pageup")
    assert not pane.grid.has_class("-stale"), ref
    return problem(pilot)


async def look_at_all(pilot, refs) -> dict[str, str]:
    """What went wrong, by relation."""
    wrong = {}
    for ref in refs:
        if said := await look(pilot, ref):
            wrong[ref.name] = said
        await pilot.press("x")
    return wrong


@EIGHTHS
async def test_every_relation_of_the_sqlite_torture_opens(open_app, tmp_path, eighth):
    path = tmp_path / "torture.db"
    torture_sqlite.build(path)
    async with open_app(path, table="parent") as pilot:
        await press(pilot, "x")
        summaries = main(pilot).workspace.summaries
        assert len(summaries) > 50
        looked_at = [s.ref for s in summaries][eighth::8]
        wrong = await look_at_all(pilot, looked_at)
    assert set(wrong) == BROKEN_SQLITE & {ref.name for ref in looked_at}, wrong


@EIGHTHS
async def test_every_relation_of_the_postgresql_torture_opens(open_app, postgres, eighth):
    torture_postgres.build(postgres)
    async with open_app(postgres, table="no_key") as pilot:
        await press(pilot, "x")
        summaries = main(pilot).workspace.summaries
        own = [s.ref for s in summaries if s.kind is not TableKind.SYSTEM]
        assert len(own) > 150
        wrong = await look_at_all(pilot, own[eighth::8])
    looked_at = {ref.name for ref in own[eighth::8]}
    assert set(wrong) == torture_postgres.UNREADABLE & looked_at, wrong


def refused_by_the_server(url, refs) -> set[str]:
    """What not even a plain SELECT reads: some views need hardware that is not everywhere."""
    refused = set()
    with psycopg.connect(url, autocommit=True) as connection:
        for ref in refs:
            try:
                connection.execute(sql.SQL("TABLE {}").format(sql.Identifier(ref.schema, ref.name)))
            except psycopg.Error:
                refused.add(ref.name)
    return refused


@pytest.mark.parametrize("schema", ["pg_catalog", "information_schema"])
@pytest.mark.parametrize("eighth", range(examples(8)))
async def test_every_system_relation_of_postgresql_opens(open_app, postgres, schema, eighth):
    async with open_app(postgres) as pilot:
        summaries = main(pilot).workspace.summaries
        system = [s.ref for s in summaries if s.ref.schema == schema]
        assert len(system) > 60
        system = system[eighth::8]
        refused = refused_by_the_server(postgres, system)
        assert len(refused) < 5
        wrong = await look_at_all(pilot, system)
    assert set(wrong) == refused, wrong
