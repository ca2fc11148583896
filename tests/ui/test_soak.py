"""Random keys on every screen, over slow queries: studio stays alive, and no work outlives what it
was for. `STUDIO_SOAK_KEYS=20000` presses that many, `STUDIO_SOAK_SEED` other ones.
"""

import asyncio
import os
import random
from time import monotonic

import pytest
from textual.dom import DOMNode
from textual.pilot import Pilot
from textual.worker import Worker

from studio.ui.app import StudioApp
from studio.ui.shell.main import MainScreen
from tests.patience import IN_VAIN_S
from tests.postgres import run_sql
from tests.scenes import settle

KEYS = int(os.environ.get("STUDIO_SOAK_KEYS", "0"))
SEED = int(os.environ.get("STUDIO_SOAK_SEED", "1"))
GATE_S = 15.0
"""So long a soak lasts when nobody says how many keys it takes."""
BREATHS = (0.0, 0.0, 0.0, 0.0, 0.005, 0.02, 0.1)
"""Seconds between two keys: most come in one go, some while something is half done."""
MOVES = ("up", "down", "left", "right", "pageup", "pagedown", "home", "end", "G", "tab")
OPENS = (
    ("r",), ("t",), ("ctrl+p",), ("question_mark",), ("enter",), ("space",), ("e",), ("y",),
    ("T",), ("w",), ("colon",), ("slash",), ("g", "s"), ("g", "d"), ("g", "m"), ("g", "c"),
    ("ctrl+e",), ("ctrl+r",), ("i",), ("d",), ("u",), ("f",), ("F",), ("s",), ("S",), ("C",),
    ("R",), ("x",), ("backspace",), ("1",), ("2",), ("backslash",), ("m",), ("c",), ("a",),
)  # fmt: skip
LEAVES = ("escape", "escape", "escape", "enter", "n")
TYPED = ("slow", "parent", "1", "=2", "50%", "kind = a", "select * from slow", "x")
SLOW_SQLITE = "length(hex(zeroblob(200000))) * 0"
"""About half a millisecond each time it is worked out."""


@pytest.fixture
def slow_sqlite(sqlite_file):
    """Children, none of which finds its parent quickly, and a view that takes long for each row."""
    numbers = "WITH RECURSIVE i(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM i WHERE n < {}) "
    return sqlite_file(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, kind TEXT, note TEXT, up INTEGER "
        "REFERENCES parent)",
        f"INSERT INTO parent {numbers.format(400)} SELECT n, 'a', hex(zeroblob(n)), 1 FROM i",
        *(
            f"CREATE TABLE child_{n:02} (id INTEGER PRIMARY KEY, kind TEXT, "
            f"parent INTEGER AS ({SLOW_SQLITE} + id) REFERENCES parent)"
            for n in range(30)
        ),
        *(
            f"INSERT INTO child_{n:02} (id) {numbers.format(300)} SELECT n FROM i"
            for n in range(30)
        ),
        f"CREATE VIEW slow AS SELECT id, {SLOW_SQLITE} AS worked_out FROM parent",
    )


@pytest.fixture
def slow_postgres(postgres):
    """The same, asleep instead of at work."""
    run_sql(
        postgres,
        "CREATE TABLE parent (id int PRIMARY KEY, kind text, note text, up int REFERENCES parent)",
        "INSERT INTO parent SELECT n, 'a', repeat('x', n), 1 FROM generate_series(1, 400) n",
        *(
            f"CREATE TABLE child_{n} (id int PRIMARY KEY, kind text, parent int REFERENCES parent)"
            for n in range(12)
        ),
        *(
            f"INSERT INTO child_{n} SELECT i, 'b', i % 400 + 1 FROM generate_series(1, 5000) i"
            for n in range(12)
        ),
        "CREATE VIEW slow AS SELECT id, pg_sleep(0.002)::text AS worked_out FROM parent",
    )
    return postgres


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    """Some keys write files."""
    monkeypatch.chdir(tmp_path)


async def test_random_keys_over_a_slow_sqlite(open_app, slow_sqlite):
    async with open_app(slow_sqlite, table="parent") as pilot:
        await soak(pilot, SEED)


async def test_random_keys_over_a_slow_postgresql(open_app, slow_postgres, tmp_path):
    async with open_app(slow_postgres, table="parent", folder=tmp_path) as pilot:
        await soak(pilot, SEED)


async def soak(pilot: Pilot[None], seed: int) -> None:
    """Press keys for a while, or as many as were asked for, and look after what works."""
    chance, app = random.Random(seed), pilot.app
    assert isinstance(app, StudioApp)
    watch = Watch(app)
    end = monotonic() + GATE_S
    while len(watch.pressed) < KEYS if KEYS else monotonic() < end:
        for key in some_keys(chance):
            watch.pressed.append(key)
            app.simulate_key(key)
            await asyncio.sleep(chance.choice(BREATHS))
            watch.look()
    await come_to_rest(app)
    await settle(pilot)
    watch.look()


class Watch:
    """Looks whether studio lives, its screen is one of its own, and who works for what is gone."""

    def __init__(self, app: StudioApp) -> None:
        self.pressed: list[str] = []
        self._app = app
        self._orphans: dict[Worker[object], float] = {}

    def look(self) -> None:
        """Fail with the last keys when something is wrong."""
        app, now = self._app, monotonic()
        last = f"seed {SEED}, {len(self.pressed)} keys, the last: {' '.join(self.pressed[-60:])}"
        assert app.crashed is None, f"{app.crashed!r}: {last}"
        assert app.is_running, f"ended: {last}"
        assert any(isinstance(screen, MainScreen) for screen in app.screen_stack), last
        orphans = [one for one in app.workers if not one.is_finished and is_gone(one.node)]
        self._orphans = {one: self._orphans.get(one, now) for one in orphans}
        for one, since in self._orphans.items():
            # A statement is stopped inside the database first.
            assert now - since < IN_VAIN_S, f"{one} outlives its screen: {last}"


def is_gone(node: DOMNode) -> bool:
    """Whether nothing of it is on the screen any more."""
    return not (node.is_attached and node.is_running)


def some_keys(chance: random.Random) -> list[str]:
    """A few keys such as a person presses, or a cat."""
    kind = chance.random()
    if kind < 0.3:
        return [chance.choice(MOVES)] * chance.choice((1, 1, 2, 9))
    if kind < 0.65:
        return list(chance.choice(OPENS))
    if kind < 0.9:
        return [chance.choice(LEAVES)]
    return [KEY_NAMES.get(letter, letter) for letter in chance.choice(TYPED)]


KEY_NAMES = {" ": "space", "=": "equals_sign", "%": "percent_sign", "*": "asterisk"}


async def come_to_rest(app: StudioApp) -> None:
    """What is over the main screen is left, and what works for it ends."""
    for _ in range(200):
        stuck = [one for one in app.workers if not one.is_finished and is_gone(one.node)]
        if len(app.screen_stack) == 1 and not stuck and app.key_order.is_idle:
            return
        # Keys in front of it are answered first: on a busy machine they would only become more.
        if app.key_order.is_idle:
            app.simulate_key("escape")
        await asyncio.sleep(0.05)
    raise AssertionError(f"left over: {app.screen_stack}, {list(app.workers)}")
