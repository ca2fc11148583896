"""The app on real databases, driven by keys."""

import contextlib
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from studio.db.url import parse
from studio.ui.app import StudioApp
from studio.ui.request import OpenRequest
from studio.ui.widgets.labels import plain
from tests.scenes import demo_folder, frozen, settle

_TOLD_S = 300.0
Open = Callable[..., AbstractAsyncContextManager[Pilot[None]]]


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    """Nothing remembered, and nothing kept in the person's own folders."""
    monkeypatch.setattr("studio.config.settings.state_folder", lambda: tmp_path / "state")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("studio.ui.terminal.clipboard.state_folder", lambda: tmp_path / "state")


@pytest.fixture(autouse=True, scope="session")
def signs_of_this_terminal():
    """Looked up once by a process: before any test says that it is another terminal."""
    plain("·")


@pytest.fixture(autouse=True)
def told_long_enough(monkeypatch):
    """A busy machine may need longer than a toast stays, to look at it."""
    monkeypatch.setattr(StudioApp, "NOTIFICATION_TIMEOUT", _TOLD_S)


@pytest.fixture
def demo(tmp_path) -> Path:
    """A copy of the demo database, with its project."""
    return Path(shutil.copytree(demo_folder(), tmp_path / "demo")) / "demo.db"


@pytest.fixture
def open_app(tmp_path) -> Open:
    """`async with open_app(target, table=…) as pilot`: the app, settled."""

    @contextlib.asynccontextmanager
    async def opened(
        target: str | Path | None, size: tuple[int, int] = (120, 36), **request: object
    ) -> AsyncIterator[Pilot[None]]:
        request.setdefault("folder", tmp_path if target is None else Path(str(target)).parent)
        is_read_only = bool(request.get("read_only"))
        where = None if target is None else parse(str(target), read_only=is_read_only)
        app = StudioApp(OpenRequest(target=where, theme="dark", **request))
        with frozen():
            async with app.run_test(size=size) as pilot:
                await settle(pilot)
                yield pilot

    return opened
