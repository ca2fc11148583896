"""One opening of a folder of many projects reads the folder once, and each database once."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from studio.backends.sqlite.engine import SQLite
from studio.backends.target import Target
from studio.db.url import parse
from studio.migrations import project, reader, scripts
from studio.migrations.board import BoardOptions, load_board
from studio.migrations.folder import read_folder
from studio.migrations.history import HistoryReader, LiveTable
from studio.migrations.reading import files
from studio.migrations.registry import frameworks
from studio.migrations.source import MigrationSource
from studio.model.catalog import TableRef
from studio.sqltext.split import Statement, split
from studio.sqltext.syntax import Syntax
from tests.bench.migrations import many
from tests.migrations.projects import write

DATABASES = 3


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What was done, counted at the doors everything goes through."""
    found: Counter[str] = Counter()
    really, look, read = reader.connect_to, project.discover, SQLite.catalog

    @contextmanager
    def connect_to(where: Target) -> Iterator[HistoryReader]:
        found["connections"] += 1
        with really(where) as opened:
            yield opened

    def discover(*arguments: object) -> object:
        found["discoveries"] += 1
        return look(*arguments)  # type: ignore[arg-type]

    def catalog(self: SQLite, connection: object, server: object) -> object:
        file = connection.exec_driver_sql("PRAGMA database_list").all()[0][2]  # type: ignore[attr-defined]
        # A replay reads the catalog of its scratch in memory, which is no database of anybody.
        found["catalogs"] += bool(file)
        return read(self, connection, server)  # type: ignore[arg-type]

    monkeypatch.setattr(reader, "connect_to", connect_to)
    monkeypatch.setattr("studio.migrations.folder.discover", discover)
    monkeypatch.setattr(SQLite, "catalog", catalog)
    return found


def test_the_command_reads_everything_once(tmp_path: Path, counts: Counter[str]) -> None:
    many(tmp_path, tables=4)
    board = load_board(tmp_path, reader.connect, wishes=BoardOptions(drift=True))
    assert sum(status.project is not None for status in board.projects) == 12
    assert counts == {"discoveries": 1, "connections": DATABASES, "catalogs": DATABASES}


def test_the_screen_reads_everything_once(tmp_path: Path, counts: Counter[str]) -> None:
    many(tmp_path, tables=4)
    source = MigrationSource(tmp_path, parse(str(tmp_path / "a.db")))
    compared = source.compare(source.read())
    assert sum(status.project is not None for status in compared.board.projects) == 12
    assert any(status.drift for status in compared.board.projects)
    assert counts == {"discoveries": 1, "connections": DATABASES, "catalogs": DATABASES}


def test_a_source_is_read_once_for_all_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = '{"dependencies": {"typeorm": "0.3", "kysely": "0.28", "knex": "3", "umzug": "3"}}'
    sources = {f"packages/{p}/src/{n}.ts": "export const x = 1;\n" for p in "ab" for n in "xyz"}
    packages = dict.fromkeys(("package.json", "packages/a/package.json"), package)
    write(tmp_path, {**packages, **sources})
    read: Counter[str] = Counter()
    really = files.contents

    def contents(path: Path, limit: int = files.MAX_MIGRATION_BYTES) -> bytes:
        read[path.relative_to(tmp_path).as_posix()] += 1
        return really(path, limit)

    monkeypatch.setattr(files, "contents", contents)
    read_folder(tmp_path)
    assert {name: number for name, number in read.items() if name in sources} == dict.fromkeys(
        sources, 1
    )


def test_a_waiting_script_is_split_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = {f"m/{n}_a.sql": f"-- +goose Up\nCREATE TABLE t{n} (id integer);\n" for n in (1, 2)}
    write(tmp_path, {".env": "GOOSE_DRIVER=sqlite3\nGOOSE_DBSTRING=a.db\nGOOSE_MIGRATION_DIR=m\n"})
    write(tmp_path, steps)
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection, connection:
        connection.execute("CREATE TABLE t1 (id integer)")
    done: Counter[str] = Counter()

    def counted(text: str, syntax: Syntax) -> tuple[Statement, ...]:
        done[text] += 1
        return split(text, syntax)

    monkeypatch.setattr(scripts, "split", counted)
    (project,) = load_board(tmp_path, reader.connect).projects
    assert [entry.standing for entry in project.entries] == [("t1",), ()]
    assert list(done.values()) == [1, 1]


def test_only_a_tool_with_a_rule_of_its_own_is_asked_about_every_table() -> None:
    tools = {tool.name: tool for tool in frameworks()}
    people = LiveTable(TableRef(None, "people"), (("id", "integer"), ("name", "text")))
    versions = LiveTable(TableRef(None, "anything"), (("VERSION", "varchar(128)"),))
    asked = [
        [n for n in ("goose", "dbmate") if tools[n].may_recognise(t)] for t in (people, versions)
    ]
    assert asked == [["dbmate"], ["dbmate"]]
    goose = LiveTable(TableRef(None, "x"), tuple((n, "") for n in tools["goose"].history.required))
    assert tools["goose"].may_recognise(goose)


def test_a_data_source_is_its_own_packages(tmp_path: Path) -> None:
    package = '{"dependencies": {"typeorm": "0.3"}}'
    source = "new DataSource({ type: 'sqlite', database: 'a.db', migrations: ['src/m/*.ts'] });"
    migration = "export class A1700000000000 implements MigrationInterface { async up(q) {} }"
    inner = {"package.json": package, "src/data-source.ts": source, "src/m/1-A.ts": migration}
    write(tmp_path, {"package.json": package, **{f"packages/a/{n}": t for n, t in inner.items()}})
    (found,) = read_folder(tmp_path).projects
    assert found.project.root == tmp_path / "packages" / "a"
