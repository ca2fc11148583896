"""Threads nobody waits for, and an app that ends while one hangs."""

import asyncio
import threading

import pytest

from studio.migrations.board import load_board
from studio.migrations.candidates import nearby
from studio.migrations.project import discover, named_databases
from studio.migrations.reader import connect
from studio.migrations.reading.tree import Stopped
from studio.migrations.registry import frameworks
from studio.ui.terminal.detached import detached


async def test_what_it_returns_and_raises():
    assert await detached(lambda stop: (stop(), threading.current_thread().daemon)) == (False, True)
    with pytest.raises(KeyError):
        await detached(lambda _stop: {}["x"])


async def test_a_cancelled_wait_ends_at_once_and_says_so_inside():
    stopped = threading.Event()
    hangs = threading.Event()

    def work(stop):
        hangs.set()
        while not stop():
            stopped.wait(0.005)
        stopped.set()

    waiting = asyncio.ensure_future(detached(work))
    await asyncio.to_thread(hangs.wait, 5)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await asyncio.to_thread(stopped.wait, 5)


def test_a_walk_stops_when_it_is_told_to(tmp_path):
    for name in range(20):
        (tmp_path / f"f{name}").mkdir()
    asked = iter(range(1000))
    with pytest.raises(Stopped):
        discover(tmp_path, frameworks(), lambda: next(asked) > 5)
    assert next(asked) == 7
    with pytest.raises(Stopped):
        named_databases(tmp_path, frameworks(), lambda: True)
    with pytest.raises(Stopped):
        load_board(tmp_path, connect, stop=lambda: True)


def test_files_are_offered_even_when_projects_take_too_long(tmp_path):
    (tmp_path / "app.db").write_bytes(b"")
    assert [found.label for found in nearby(tmp_path, lambda: True)] == ["app.db"]
