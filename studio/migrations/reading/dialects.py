"""Which engine's SQL a project's migrations are written in, as its files and folders say."""

import re
from collections.abc import Iterable
from pathlib import Path

from studio.migrations.framework import Reading
from studio.migrations.reading.tree import FolderTree
from studio.model.migration import MigrationProject

_ENGINES = {
    "postgresql": "postgresql postgres postgre pg psql pgsql pglite pgx neon cockroach cockroachdb "
    "crdb cockroachjs node-postgres redshift aws-data-api",
    "sqlite": "sqlite sqlite3 better-sqlite better-sqlite3 libsql turso expo d1 d1-http "
    "durable-sqlite op-sqlite",
    "mysql": "mysql mysql2 mysqlclient mariadb maria planetscale tidb singlestore",
    "mssql": "mssql sqlserver tedious",
    "oracle": "oracle oracledb",
    "h2": "h2",
    "db2": "db2",
    "duckdb": "duckdb",
    "clickhouse": "clickhouse",
}
_KNOWN = {word: engine for engine, words in _ENGINES.items() for word in words.split()}
_SETTINGS = ("dialect", "provider")


def engine_of(word: str) -> str:
    """The engine a tool's or a folder's word for it means; "" for none that is known."""
    return _KNOWN.get(word.strip().lower(), "")


def folders_by_engine(folder: Path, tree: FolderTree) -> tuple[Path, ...]:
    """The folders inside `folder` that are called after engines; the folder itself without any."""
    named = tuple(folder / name for name in tree.subfolders(folder) if engine_of(name))
    return named or (folder,)


def written_for(project: MigrationProject, reading: Reading, top: Path | None) -> str:
    """The one engine the migrations themselves are for, or "" where they do not say.

    The tool's own index counts first, then its configuration, then the names of the folders below
    `top`: folders above it are where somebody keeps the project.
    """
    said = engine_of(reading.dialect)
    for name in _SETTINGS:
        said = said or engine_of(project.setting(name))
    return said or _of_folders(project.folders, top or project.root)


def runs_on(project: MigrationProject) -> str:
    """The engine one environment of the configuration uses; another one may use another."""
    return engine_of(project.setting("client"))


def _of_folders(folders: Iterable[Path], top: Path) -> str:
    found = {_of_folder(folder, top) for folder in folders}
    return found.pop() if len(found) == 1 else ""


def _of_folder(folder: Path, top: Path) -> str:
    """By the innermost folder whose name speaks of one engine."""
    inside = folder.relative_to(top).parts if folder.is_relative_to(top) else (folder.name,)
    for part in reversed(inside):
        said = {engine_of(word) for word in (part, *re.split(r"[\W_]+", part))} - {""}
        if said:
            return said.pop() if len(said) == 1 else ""
    return ""
