"""Which projects are found, what they name, and who else may bring a framework."""

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from studio.migrations import frameworks, registry
from studio.migrations.board import load_board
from studio.migrations.frameworks.dbmate import Dbmate
from studio.migrations.guarded import GuardedFramework
from studio.migrations.project import discover, named_databases
from studio.migrations.reader import connect
from tests.migrations.projects import write


class Guest(Dbmate):
    """A third party's tool."""

    name = "guest"


@pytest.fixture
def fresh() -> Iterator[None]:
    def forget() -> None:
        registry._loaded.cache_clear()
        registry._left_out.clear()
        registry._guests.cache_clear()

    forget()
    yield
    forget()


@pytest.mark.usefixtures("fresh")
def test_guests_are_loaded_and_broken_ones_are_a_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    points = [
        EntryPoint("a", "tests.migrations.test_discovery:Guest", registry.ENTRY_POINTS),
        EntryPoint("b", "no.such.module:Thing", registry.ENTRY_POINTS),
        EntryPoint("c", "builtins:int", registry.ENTRY_POINTS),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    assert registry.framework("guest").name == "guest"
    notes = load_board(tmp_path, connect).notes
    assert any("b cannot be loaded" in note for note in notes)
    assert any("builtins:int" in note for note in notes)


def test_every_file_of_the_room_is_one_framework_with_a_place_of_its_own() -> None:
    """Studio's own tools are found by their files: nothing else has to name them."""
    names = [p.stem for p in Path(frameworks.__file__).parent.glob("*.py") if p.stem != "__init__"]
    own = [f.inner for f in registry.frameworks() if isinstance(f, GuardedFramework)]
    assert sorted(type(f).__module__.rpartition(".")[2] for f in own) == sorted(names)
    assert len({f.name for f in own}) == len({f.precedence for f in own}) == len(own) >= 26
    assert [f.precedence for f in own] == sorted(f.precedence for f in own)
    assert all(f.title for f in own)


def test_workspaces_are_found_and_packages_of_others_are_not(tmp_path: Path) -> None:
    config = "module.exports = { client: 'sqlite3', connection: 'k.db' }"
    places = ("apps/one", "packages/deep/two", "node_modules/three", ".hidden/four", "venv/five")
    write(tmp_path, {f"{place}/knexfile.js": config for place in places})
    found = discover(tmp_path, registry.frameworks()).projects
    roots = [project.root.relative_to(tmp_path).as_posix() for _, project in found]
    assert roots == ["apps/one", "packages/deep/two"]
    urls = [project.url for project in named_databases(tmp_path, registry.frameworks())]
    assert urls == [str(tmp_path / "apps/one/k.db"), str(tmp_path / "packages/deep/two/k.db")]


def test_parents_count_up_to_the_repository_only(tmp_path: Path) -> None:
    write(tmp_path, {"knexfile.js": "module.exports = {}", "repo/yoyo.ini": "", "repo/a/b/x": ""})
    (tmp_path / "repo" / ".git").mkdir()
    found = discover(tmp_path / "repo" / "a" / "b", registry.frameworks()).projects
    assert [framework.name for framework, _ in found] == ["yoyo"]


def test_a_password_is_not_in_a_repr(tmp_path: Path) -> None:
    write(tmp_path, {"knexfile.js": "module.exports = { connection: 'postgres://u:hunter2@h/d' }"})
    ((_, project),) = discover(tmp_path, registry.frameworks()).projects
    assert "hunter2" in str(project.url)
    assert "hunter2" not in repr(project)


def test_a_project_is_listed_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            ".git/HEAD": "",
            "a/.config/kysely.config.ts": "export default { migrations: {} }",
            "a/migrations/1_a.ts": "export async function up() {}",
            "c/atlas.hcl": 'env "x" { url = "sqlite://a.db" }',
            "c/migrations/atlas.sum": "h1:x\n",
            "b/package.json": '{"prisma": {"schema": "db/schema"}}',
            "b/db/schema/a.prisma": 'datasource db { provider = "sqlite" }',
            "b/db/schema/migrations/migration_lock.toml": 'provider = "sqlite"',
            "b/db/schema/migrations/1_a/migration.sql": "",
        },
    )
    found = discover(tmp_path, registry.frameworks()).projects
    assert [(f.name, p.folders[0].relative_to(tmp_path).as_posix()) for f, p in found] == [
        ("kysely", "a/migrations"),
        ("prisma", "b/db/schema/migrations"),
        ("atlas", "c/migrations"),
    ]
