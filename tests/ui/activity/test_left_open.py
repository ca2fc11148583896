"""A page of sessions that is left open: no snapshot, hardly any CPU, nothing sent for nothing.

The gate looks at a few rounds. What the promise says is `STUDIO_ACTIVITY_S=600`: a page in a real
terminal on a busy server, its process there and what it sends measured.
"""

import os
import sys
import threading
from pathlib import Path
from time import monotonic

import psycopg
import pytest

from studio.ui.activity.session_list import SessionList
from tests.scenes import settle
from tests.terminal import Terminal
from tests.ui.activity.test_activity import look, page

LEFT_S = float(os.environ.get("STUDIO_ACTIVITY_S", "0"))
_MOST_OF_A_CORE = 0.01
_SAMPLED_EVERY_S, _FRAME_S = 5.0, 0.5
_OURS = (
    "SELECT pid, state, backend_xmin::text, backend_xid::text, xact_start FROM pg_stat_activity "
    "WHERE application_name = 'studio activity' AND datname = current_database()"
)


def ours(url):
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(_OURS).fetchall()


async def test_between_two_looks_it_holds_nothing(open_app, on_stage):
    async with open_app(on_stage.url) as pilot:
        await page(pilot)
        for _ in range(3):
            await look(pilot)
            ((_, state, *holds),) = ours(on_stage.url)
            assert (state, holds) == ("idle", [None, None, None])


async def test_what_did_not_change_is_not_drawn_again(open_app, postgres, monkeypatch):
    async with open_app(postgres) as pilot:
        tab = await page(pilot)
        drawn: list[str] = []
        monkeypatch.setattr(SessionList, "refresh", lambda *_a, **_k: drawn.append("lines"))
        title = tab.query_one("#title")
        monkeypatch.setattr(title, "update", lambda *_a, **_k: drawn.append("title"))
        before = tab._at
        await look(pilot)
        assert tab._at is not before
        assert tab.sessions.lines == ()
        assert drawn == []


async def test_a_page_that_is_not_seen_looks_at_nothing(open_app, postgres):
    async with open_app(postgres) as pilot:
        tab = await page(pilot)
        await pilot.press("space", "T")
        await settle(pilot)
        assert not tab.display
        before = tab._at
        tab._due()
        await settle(pilot)
        assert tab._at is before


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _shown(terminal: Terminal) -> tuple[object, ...]:
    """Every cell with its colours, and where the cursor is."""
    cells = (terminal.style_at(x, y) for y in range(36) for x in range(120))
    return (*cells, terminal.cursor, terminal.title)


@pytest.mark.timeout(LEFT_S + 180)
@pytest.mark.skipif(not LEFT_S, reason="takes as long as it says: STUDIO_ACTIVITY_S=600")
def test_left_open_on_a_busy_server(postgres, tmp_path):
    """Two clients write all the time; nobody else comes or goes, so only their lines change.

    What it costs there is the CPU of its own process on the server, however long a look takes on a
    busy machine. A snapshot is held while a statement reads, and never from one to the next.
    """
    over = threading.Event()

    def work(name: str) -> None:
        with psycopg.connect(postgres, autocommit=True, application_name=name) as connection:
            connection.execute(f"CREATE TABLE {name} (id int PRIMARY KEY, v int)")
            connection.execute(f"INSERT INTO {name} SELECT g, 0 FROM generate_series(1, 100) AS g")
            while not over.is_set():
                connection.execute(f"UPDATE {name} SET v = v + 1 WHERE id = 1")

    workers = [threading.Thread(target=work, args=(name,)) for name in ("busy_a", "busy_b")]
    for worker in workers:
        worker.start()
    homes = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("STATE", "CONFIG")}
    try:
        with Terminal(
            [sys.executable, "-m", "studio", postgres], env={**homes, "HOME": str(tmp_path)}
        ) as terminal:
            terminal.wait_for("row 1 of 100 ")
            terminal.settle(2.0)
            terminal.press("g")
            terminal.press("a")
            terminal.wait_for("clients")
            terminal.settle(4.0, timeout_s=6.0)
            used: dict[int, list[float]] = {}
            transactions, held, for_nothing = set(), [], []
            began, sent = monotonic(), len(terminal.received)
            while monotonic() < began + LEFT_S:
                for pid, state, xmin, xid, since in ours(postgres):
                    # A connection that was lost has another process: both count.
                    used.setdefault(pid, []).append(_cpu_s(pid))
                    if (state == "idle" and (xmin or xid)) or since in transactions:
                        held.append((state, xmin, xid, since))
                    transactions |= {since} - {None}
                until = monotonic() + _SAMPLED_EVERY_S
                while monotonic() < until:
                    before, shown = len(terminal.received), _shown(terminal)
                    terminal.settle(_FRAME_S, timeout_s=_FRAME_S)
                    if len(terminal.received) > before and _shown(terminal) == shown:
                        for_nothing.append(bytes(terminal.received[before:]))
            took, sent = monotonic() - began, len(terminal.received) - sent
            share = sum(each[-1] - each[0] for each in used.values()) / took
    finally:
        over.set()
        for worker in workers:
            worker.join()
    print(f"{took:.0f} s: {share:.2%} of a core, {sent / took:.0f} bytes a second")
    assert share <= _MOST_OF_A_CORE
    assert held == [], "it held a snapshot from one look to the next"
    assert for_nothing == [], "it sent what the screen shows already"
