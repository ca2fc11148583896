"""A connection lost at COMMIT: what the review says until it is known what became of the set."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from studio.edits.applying import application
from studio.edits.applying.recovery import recovered
from tests.edits import faults
from tests.postgres import Server, run_sql
from tests.scenes import answerable, settle
from tests.ui.editing.driving import signs, staging
from tests.ui.editing.test_review import said
from tests.ui.test_browse import press

USERS = (
    "CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL)",
    "INSERT INTO users (name) VALUES ('Ada'), ('Bob')",
)


@pytest.fixture
def proxy(postgres: str, postgres_server: Server, tmp_path: Path) -> Iterator[faults.Proxy]:
    """Before the server; once it has cut a connection nobody gets through, until it lets them."""
    run_sql(postgres, *USERS)
    with faults.short_folder(tmp_path) as folder:
        made = faults.Proxy(folder, postgres_server.folder)
        made.gone_after_cut = True
        yield made
        made.close()


@pytest.fixture
def through(postgres: str, postgres_server: Server, proxy: faults.Proxy) -> str:
    """The database's address, by way of the proxy."""
    return postgres.replace(str(postgres_server.folder), str(proxy.folder))


def names(postgres: str) -> list[str]:
    return [row[0] for row in run_sql(postgres, "SELECT name FROM users ORDER BY id")]


async def until(pilot, words: str) -> None:
    """Wait until the review says so."""
    async with asyncio.timeout(10):
        while words not in said(pilot):
            await pilot.pause(0.01)


async def stage(pilot) -> None:
    """A changed cell and a new row, in the review."""
    await press(pilot, "right", "e", "text:!", "enter", "i", "right", "e", "text:New", "enter", "w")


@pytest.mark.parametrize("where", ["during", "before"])
async def test_a_lost_commit_is_checked_and_settled_by_looking(
    open_app, postgres, proxy, through, monkeypatch, where
):
    monkeypatch.setattr(application, "recovered", partial(recovered, patience_s=1.0))
    async with open_app(through, table="users") as pilot:
        await stage(pilot)
        proxy.cut = where
        await answerable(pilot)
        await pilot.press("enter")
        await until(pilot, "not known, checking…")
        await until(pilot, "not known: the connection was lost at COMMIT")
        assert "r looks again" in said(pilot)
        assert len(staging(pilot).changes) == 2
        await press(pilot, "r")
        assert "still not known" in said(pilot)
        assert len(staging(pilot).changes) == 2
        proxy.gone = False
        happened = where == "during"
        assert names(postgres) == (["Ada!", "Bob", "New"] if happened else ["Ada", "Bob"])
        await press(pilot, "r")
        if not happened:
            assert "nothing happened; enter applies again" in said(pilot)
            assert len(staging(pilot).changes) == 2
            await press(pilot, "enter")
        assert not len(staging(pilot).changes)
        assert signs(pilot) == "..."
        assert names(postgres) == ["Ada!", "Bob", "New"]


async def test_a_lost_commit_that_can_be_looked_at_is_told_as_it_is(
    open_app, postgres, proxy, through
):
    proxy.gone_after_cut = False
    async with open_app(through, table="users") as pilot:
        await stage(pilot)
        proxy.cut = "before"
        await press(pilot, "enter")
        assert "nothing was changed" in said(pilot)
        assert len(staging(pilot).changes) == 2
        proxy.cut = "during"
        await press(pilot, "enter")
        await settle(pilot)
        assert not len(staging(pilot).changes)
        assert names(postgres) == ["Ada!", "Bob", "New"]
