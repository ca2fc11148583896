"""The scenes of the documentation, which are also the snapshot tests.

    python -m tests.scenes screenshots/ [NAME…]

Every scene starts from the demo database, from its fixed seed, and plays keys.
"""

import asyncio
import contextlib
import os
import re
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Self
from unittest.mock import patch

from textual.pilot import Pilot

from studio.db.url import parse
from studio.demo.build import build
from studio.ui.app import StudioApp
from studio.ui.plan.tab import PlanTab
from studio.ui.request import OpenRequest
from studio.ui.shell.main import MainScreen
from studio.ui.widgets.dialog import Confirming
from tests.busy_server import always_the_same, busy
from tests.postgres import Server
from tests.terminal import ARRIVES_S

ROWS = 20_000
WIDE = (120, 36)
NARROW = (80, 24)
BROAD = (160, 42)
RUN = ("ctrl+r",)
SLOW_JOIN = """\
-- Who writes the most?
SELECT u.name, u.role, count(*) AS messages, max(m.created_at) AS latest
FROM users u
JOIN messages m ON m.author_id = u.id
WHERE u.role <> 'guest'
GROUP BY u.id
ORDER BY messages DESC;
"""
SAMPLES = Path(__file__).parent / "samples"
PLANS = SAMPLES / "plans"
"""One join on PostgreSQL 18, before and after the index that the view advises."""


BY_ROLE = "SELECT role, count(*) AS users FROM users GROUP BY role ORDER BY role"
BY_DAY = "SELECT date(created_at / 1000, 'unixepoch') AS day, count(*) AS messages\n\
FROM messages GROUP BY day"
SCRIPT = f"{BY_ROLE};\nSELECT nme FROM users;\nSELECT 42 AS answer;"


@dataclass(frozen=True)
class Scene:
    """What is shown: a request on the demo, keys, a size."""

    keys: tuple[str, ...] = ()
    """Textual's key names; `text:…` types a text, `sql:…` is what somebody else does meanwhile."""
    table: str | None = None
    where: str | None = None
    order: str | None = None
    query: str | None = None
    plan: str | None = None
    """A saved plan of `tests/samples/plans` to open."""
    earlier: str | None = None
    """Another one, to compare it with."""
    theme: str = "dark"
    size: tuple[int, int] = WIDE
    everything_is_wrong: bool = False
    """In the project, not in the demo."""
    sample: str | None = None
    """A case of `tests/samples` to open in place of the demo."""
    is_busy: bool = False
    """A server where everybody waits (`tests/busy_server.py`), in place of the demo."""
    is_start: bool = False
    """Nothing is named to be opened: what is found in the demo's folder is offered."""


_EDITED = ("right", "right", "e", "text:-Berg", "enter")
_SIX = (*_EDITED, "down", "d", "down", "d", "down", "e", "text:!", "enter")
_MEANWHILE = "UPDATE users SET name = 'Sören Chén', role = 'member' WHERE rowid = 1"
HALF_WRITTEN = """\
-- Who writes the most?
select u.name, count(*) as messages
from users u
join messages m on """
SCENES: dict[str, Scene] = {
    "browse": Scene(("down", "down", "right", "right"), table="messages"),
    "browse-80x24": Scene(("down",), table="messages", size=NARROW),
    "filter": Scene(("down",), table="users", where="role = admin and name ~ an", order="-name"),
    "filter-80x24": Scene(("slash", "text:role = admin and "), table="users", size=NARROW),
    "record": Scene(("space", "down"), table="users"),
    "value": Scene(("right", "right", "right", "right", "enter"), table="users"),
    "structure": Scene(("g", "s"), table="messages"),
    "relations": Scene(("r",), table="users"),
    "go-to": Scene(("t", "text:con"), table="users"),
    "query": Scene((*RUN, "tab", "down", "down"), table="users", query=SLOW_JOIN),
    "query-80x24": Scene(RUN, table="users", query=SLOW_JOIN, size=NARROW),
    "plan-sqlite": Scene(("ctrl+e",), table="users", query=SLOW_JOIN),
    "plan-before": Scene(plan="before.json", size=BROAD),
    "plan-before-80x24": Scene(plan="before.json", size=NARROW),
    "plan-after": Scene(plan="after.json", size=BROAD),
    "plan-after-80x24": Scene(plan="after.json", size=NARROW),
    "plan-compared": Scene(plan="after.json", earlier="before.json", size=BROAD),
    "palette": Scene(("ctrl+p", "text:sort"), table="users"),
    "palette-80x24": Scene(("ctrl+p", "text:sort"), table="users", size=NARROW),
    "help": Scene(("question_mark",), table="users"),
    "help-80x24": Scene(("question_mark",), table="users", size=NARROW),
    "start-80x24": Scene(is_start=True, size=NARROW),
    "edit": Scene(
        (*_EDITED, "down", "right", "e", "text:own", "enter", "i", "down", "d", "down", "e"),
        table="users",
    ),
    "review": Scene(
        (*_EDITED, "down", "d", "down", "right", "e", "text:own", "enter", "w", "t"),
        table="users",
    ),
    "review-80x24": Scene((*_EDITED, "w"), table="users", size=NARROW),
    "undo-80x24": Scene(
        (*_SIX, "w", "enter", "ctrl+p", "text:undo last apply", "enter"), table="users", size=NARROW
    ),
    "conflict": Scene(
        (*_EDITED, "right", "e", "text:guest", "enter", f"sql:{_MEANWHILE}", "w", "enter"),
        table="users",
    ),
    "migrations": Scene(("g", "m"), table="users"),
    "migrations-sql": Scene(("g", "m", "n", "enter"), table="users"),
    "migrations-80x24": Scene(("g", "m"), table="users", size=NARROW),
    "migrations-wrong": Scene(("g", "m"), everything_is_wrong=True),
    "drift": Scene(("g", "m", "D"), everything_is_wrong=True),
    "health": Scene(("g", "h", "down"), sample="doctor/sq_tasks"),
    "health-80x24": Scene(("g", "h"), sample="doctor/sq_tasks", size=NARROW),
    "activity": Scene(("g", "a", "down"), is_busy=True),
    "activity-80x24": Scene(("g", "a"), is_busy=True, size=NARROW),
    "wal": Scene(("g", "w", "enter"), sample="wal/live-triple"),
    "wal-80x24": Scene(("g", "w"), sample="wal/live-triple", size=NARROW),
    "past": Scene(("g", "w", "down", "v"), sample="wal/live-triple"),
    "light": Scene(("down",), table="messages", theme="light"),
    "nord": Scene(("down",), table="conversations", theme="nord"),
    "complete": Scene(("ctrl+n",), table="users", query=HALF_WRITTEN),
    "complete-80x24": Scene(("ctrl+n",), table="users", query=HALF_WRITTEN, size=NARROW),
    "find-80x24": Scene(("ctrl+f", "text:mess"), table="users", query=SLOW_JOIN, size=NARROW),
    "parameters-80x24": Scene(
        RUN,
        table="users",
        query="select name, role from users where role = :role and created_at > :since",
        size=NARROW,
    ),
    "query-script": Scene(("tab", "A"), table="users", query=SCRIPT, size=NARROW),
    "query-chart": Scene((*RUN, "tab", "right", "v", "b"), table="users", query=BY_ROLE),
    "query-chart-80x24": Scene((*RUN, "tab", "v"), table="users", query=BY_DAY, size=NARROW),
    "query-pinned": Scene(
        (*RUN, "tab", "P", "escape", *RUN, "tab", "right", "s"), table="users", query=BY_ROLE
    ),
    "format": Scene(("f7",), table="users", query=" ".join(SLOW_JOIN.split("\n")[1:])),
}


@cache
def demo_folder() -> Path:
    """One demo for the whole run; scenes open copies of it."""
    folder = Path(tempfile.mkdtemp(prefix="studio-scenes-"))
    build(folder, ROWS, lambda _table, _share: None)
    return folder


def everything_wrong(folder: Path) -> Path:
    """A Prisma project with most that can go wrong, in `folder`; its database."""
    shutil.copytree(SAMPLES / "migrations" / "prisma-failed", folder, dirs_exist_ok=True)
    (folder / "expected.json").unlink()
    migrations = folder / "prisma" / "migrations"
    path = folder / "prisma" / "shop.db"
    edited = migrations / "20260101090000_init" / "migration.sql"
    edited.write_text(edited.read_text() + "-- and one more thing\n")
    late = migrations / "20260110090000_merged_late"
    late.mkdir()
    (late / "migration.sql").write_text(
        'ALTER TABLE "Product" ADD COLUMN "weight" REAL NOT NULL;\n'
    )
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, "
            "started_at, applied_steps_count) VALUES ('gone', 'c0ffee', 1767690000000, "
            "'20260107090000_deleted_since', 1767690000000, 1)"
        )
        connection.execute('CREATE TABLE "tmp_import" (line TEXT)')
        connection.commit()
    return path


def sample(name: str, folder: Path) -> Path:
    """A copy of a case, in `folder`; its database."""
    case, path = SAMPLES / name, folder / "app.db"
    folder.mkdir(parents=True, exist_ok=True)
    if (load := case / "load.sql").exists():
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.executescript(load.read_text(encoding="utf-8"))
    for part in case.glob("app.db*"):
        shutil.copy(part, folder)
    return path


class _Morning(datetime):
    """It is always the same moment."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls(2026, 11, 2, 9, 41, tzinfo=tz)


@contextlib.contextmanager
def frozen() -> Iterator[None]:
    """Times that are never the same are shown as nothing."""
    with (
        patch("studio.rows.pages.perf_counter", return_value=0.0),
        patch("studio.queries.runner.perf_counter", return_value=0.0),
        patch("studio.queries.script.perf_counter", return_value=0.0),
        patch("studio.ui.query.answer_view.perf_counter", return_value=0.0),
        patch("studio.ui.query.telling.ScriptRun.elapsed_s", 0.0),
        patch("studio.ui.query.answer.datetime", _Morning),
        patch("studio.ui.shell.status_line._QUIET_S", 3600.0),
        patch("studio.config.themes.remembered", return_value={}),
        patch("studio.edits.applying.apply.perf_counter", return_value=0.0),
        patch("studio.doctor.run.perf_counter", return_value=0.0),
        patch("studio.doctor.known.KnownHealth.said_at", return_value="09:41"),
        patch("studio.ui.shell.facts._BADGE_AFTER_S", 3600.0),
        patch("studio.ui.shell.facts._AGE_S", 3600.0),
    ):
        yield


def app_of(scene: Scene, folder: Path, url: str = "") -> StudioApp:
    """The app as the scene opens it, on a copy of the demo in `folder`; `url`: on a server."""
    copy = folder / "demo.db"
    if scene.everything_is_wrong:
        copy = everything_wrong(folder)
    elif scene.sample is not None:
        copy = sample(scene.sample, folder)
    elif not (scene.is_busy or copy.exists()):
        shutil.copytree(demo_folder(), folder, dirs_exist_ok=True)
    if scene.is_start:
        (folder / ".env").write_text("DATABASE_URL=postgresql://app:hidden@db/shop\n")
    return StudioApp(
        OpenRequest(
            target=None if scene.is_start else parse(url or str(copy)),
            table=scene.table,
            where=scene.where,
            order=scene.order,
            query=scene.query,
            theme=scene.theme,
            folder=folder,
        )
    )


async def settle(pilot: Pilot[None]) -> None:
    """Wait until nothing runs and everything is painted."""
    deadline = monotonic() + ARRIVES_S
    while monotonic() < deadline:
        await pilot.pause()
        busy = [w for w in pilot.app.workers if not w.is_finished]
        if not busy and _is_ready(pilot):
            await pilot.pause()
            return
        await asyncio.sleep(0.02)
    raise TimeoutError(f"still running: {[w.name for w in pilot.app.workers]}")


async def answerable(pilot: Pilot[None]) -> None:
    """Wait until the question on the screen, if there is one, would take an answer."""
    app = pilot.app
    if not (isinstance(app, StudioApp) and isinstance(app.screen, Confirming)):
        return
    deadline = monotonic() + ARRIVES_S
    while monotonic() < deadline:
        if app.key_order.takes_answers():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError(f"{app.screen!r} takes no answers")


def _is_ready(pilot: Pilot[None]) -> bool:
    if isinstance(pilot.app, StudioApp) and not pilot.app.key_order.is_idle:
        return False
    screens = [s for s in pilot.app.screen_stack if isinstance(s, MainScreen)]
    return bool(screens) and (screens[0].workspace is not None or len(pilot.app.screen_stack) > 1)


async def play(pilot: Pilot[None], scene: Scene) -> None:
    """Open, then press the keys one after the other."""
    await settle(pilot)
    if scene.plan is not None:
        await _open_plan(pilot, scene)
    for key in scene.keys:
        await answerable(pilot)
        if key.startswith("text:"):
            await pilot.press(*key.removeprefix("text:"))
        elif key.startswith("sql:"):
            _write(pilot, key.removeprefix("sql:"))
        else:
            await pilot.press(key)
        await settle(pilot)


async def _open_plan(pilot: Pilot[None], scene: Scene) -> None:
    main_screen = next(s for s in pilot.app.screen_stack if isinstance(s, MainScreen))
    main_screen.pages.open_saved_plan(PLANS / str(scene.plan))
    await settle(pilot)
    tab = main_screen.tab_stack.current
    if scene.earlier is not None and isinstance(tab, PlanTab):
        tab.compare_with_file(PLANS / scene.earlier)
        await settle(pilot)


def _write(pilot: Pilot[None], statement: str) -> None:
    """Somebody else's change, on a connection of their own."""
    app = pilot.app
    if not isinstance(app, StudioApp) or app.request.target is None:
        raise TypeError("only a file can be written to by somebody else")
    connection = sqlite3.connect(app.request.target.address)
    with connection:
        connection.execute(statement)
    connection.close()


def _nothing_around(folder: str) -> dict[str, str]:
    """An environment that offers nothing to connect to, with studio's own files in `folder`."""
    names = ("DATABASE_URL", "POSTGRES_URL", "PG_URL", "DB_URL", "SQLITE_URL")
    own = dict.fromkeys(("XDG_STATE_HOME", "XDG_DATA_HOME"), folder)
    return {**dict.fromkeys(names, ""), "PGSERVICEFILE": f"{folder}/none", **own}


async def shoot(scene: Scene, server: Server | None = None) -> str:
    """The scene's picture as SVG; `server`: for one that is busy."""
    if server is not None:
        with busy(server) as url, always_the_same():
            picture = await _shoot(scene, url)
        return re.sub(r"(PostgreSQL(?:&#160;| )\d+\.)\d", r"\g<1>1", picture)
    return await _shoot(scene)


async def _shoot(scene: Scene, url: str = "") -> str:
    with tempfile.TemporaryDirectory() as name, patch.dict(os.environ, _nothing_around(name)):
        app = app_of(scene, Path(name) / "demo", url)
        async with app.run_test(size=scene.size) as pilot:
            await play(pilot, scene)
            return app.export_screenshot()


@contextlib.contextmanager
def _server() -> Iterator[Server]:
    server = Server()
    try:
        server.create()
        yield server
    finally:
        server.remove()


def main() -> None:
    """Write all pictures, or those named."""
    target = Path(sys.argv[1])
    target.mkdir(exist_ok=True)
    with frozen():
        for name in sys.argv[2:] or SCENES:
            path = target / f"{name}.svg"
            scene = SCENES[name]
            with _server() if scene.is_busy else contextlib.nullcontext() as server:
                picture = asyncio.run(shoot(scene, server))
            path.write_text(picture, encoding="utf-8")
            print(path)


if __name__ == "__main__":
    main()
