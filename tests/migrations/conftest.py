"""Sample projects as copies, and their databases."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.migrations import registry
from tests.postgres import Server

SAMPLES = Path(__file__).parents[1] / "samples" / "migrations"
VARIABLES = ("DATABASE_URL", "NODE_ENV", "RAILS_ENV", "DB_CONNECTION", "POSTGRES_URL")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine has set must not decide what a project means."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_framework_fails() -> Iterator[None]:
    """What would be a line for a person is a failed test here, for studio's own tools."""
    yield
    failed = dict(registry._left_out)
    registry._left_out.clear()
    assert not failed


@pytest.fixture
def sample(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of one sample project."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(SAMPLES / name, tmp_path / name))

    return copy


@pytest.fixture
def loaded(postgres_server: Server, postgres: str) -> Callable[[Path], str]:
    """A database filled from a dump; its URL."""

    def load(dump: Path) -> str:
        psql = [str(postgres_server.bin / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", postgres]
        subprocess.run([*psql, "-f", str(dump)], check=True, capture_output=True)
        return postgres

    return load
