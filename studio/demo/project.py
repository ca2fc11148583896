"""The Drizzle project folder beside the demo database."""

import hashlib
import json
import sqlite3
from pathlib import Path

from studio.demo.migrations import MIGRATIONS, DemoMigration

_NOBODY = "00000000-0000-0000-0000-000000000000"
_CONFIG = """\
import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: './src/schema.ts',
  out: './drizzle',
  dbCredentials: { url: './demo.db' },
});
"""
_PACKAGE = {
    "name": "studio-demo",
    "private": True,
    "dependencies": {"drizzle-orm": "^0.45.0"},
    "devDependencies": {"drizzle-kit": "^0.31.0"},
}


def write_project(folder: Path) -> None:
    """Write the config, the migrations and their journal and snapshots into `folder`."""
    out = folder / "drizzle"
    meta = out / "meta"
    meta.mkdir(parents=True, exist_ok=True)
    (folder / "drizzle.config.ts").write_text(_CONFIG, encoding="utf-8")
    (folder / "package.json").write_text(json.dumps(_PACKAGE, indent=2) + "\n", encoding="utf-8")
    entries = []
    before = _NOBODY
    scratch = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for index, migration in enumerate(MIGRATIONS):
            (out / f"{migration.tag}.sql").write_text(
                migration.sql + migration.edited, encoding="utf-8"
            )
            for statement in migration.statements:
                scratch.execute(_allowed_on_empty(statement))
            snapshot = _snapshot(scratch, migration, before)
            before = str(snapshot["id"])
            _write_json(meta / f"{index:04}_snapshot.json", snapshot)
            entries.append(
                {
                    "idx": index,
                    "version": "6",
                    "when": migration.when_ms,
                    "tag": migration.tag,
                    "breakpoints": True,
                }
            )
    finally:
        scratch.close()
    journal = {"version": "7", "dialect": "sqlite", "entries": entries}
    _write_json(meta / "_journal.json", journal)


def _allowed_on_empty(statement: str) -> str:
    """SQLite refuses ADD … NOT NULL without a default even on an empty table."""
    return statement.replace("text NOT NULL", "text") if "ALTER TABLE" in statement else statement


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def record_applied(connection: sqlite3.Connection) -> None:
    """Write the history rows that drizzle-kit would have left."""
    connection.execute(
        "CREATE TABLE __drizzle_migrations "
        "(id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)"
    )
    connection.executemany(
        "INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)",
        [
            (hashlib.sha256(migration.sql.encode()).hexdigest(), migration.when_ms)
            for migration in MIGRATIONS
            if migration.is_applied
        ],
    )


def _snapshot(
    connection: sqlite3.Connection, migration: DemoMigration, before: str
) -> dict[str, object]:
    """Drizzle's picture of the tables after one migration (snapshot version 6)."""
    names = [
        name
        for (name,) in connection.execute(
            "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main' "
            "AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
    ]
    digest = hashlib.sha256(migration.tag.encode()).hexdigest()
    parts = (digest[:8], digest[8:12], f"4{digest[13:16]}", f"8{digest[17:20]}", digest[20:32])
    return {
        "version": "6",
        "dialect": "sqlite",
        "id": "-".join(parts),
        "prevId": before,
        "tables": {name: _table(connection, name, migration) for name in names},
        "views": {},
        "enums": {},
        "_meta": {"schemas": {}, "tables": {}, "columns": {}},
        "internal": {"indexes": {}},
    }


def _table(
    connection: sqlite3.Connection, name: str, migration: DemoMigration
) -> dict[str, object]:
    rows = connection.execute(
        'SELECT name, lower(type), "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)',
        (name,),
    ).fetchall()
    keys = [row[0] for row in sorted(rows, key=lambda row: row[4]) if row[4]]
    (sql,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (name,)).fetchone()
    required = "ADD `status` text NOT NULL" in migration.sql and name == "artifacts"
    columns: dict[str, dict[str, object]] = {}
    for column, type_name, not_null, default, primary, hidden in rows:
        described: dict[str, object] = {
            "name": column,
            "type": type_name,
            "primaryKey": bool(primary) and len(keys) == 1,
            "notNull": bool(not_null) or (required and column == "status"),
            "autoincrement": "AUTOINCREMENT" in sql and bool(primary),
        }
        if default is not None:
            described["default"] = default
        if hidden:
            described["generated"] = {"as": "(length(coalesce(`content`, '')))", "type": "virtual"}
        columns[column] = described
    composite = {f"{name}_{'_'.join(keys)}_pk": {"columns": keys}} if len(keys) > 1 else {}
    return {
        "name": name,
        "columns": columns,
        "indexes": _indexes(connection, name),
        "foreignKeys": _foreign_keys(connection, name),
        "compositePrimaryKeys": composite,
        "uniqueConstraints": {},
        "checkConstraints": {},
    }


def _indexes(connection: sqlite3.Connection, table: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, unique in connection.execute(
        "SELECT name, \"unique\" FROM pragma_index_list(?) WHERE origin = 'c' ORDER BY name",
        (table,),
    ).fetchall():
        columns = [
            column if column is not None else "lower(`name`)"
            for (column,) in connection.execute("SELECT name FROM pragma_index_info(?)", (name,))
        ]
        found[name] = {"name": name, "columns": columns, "isUnique": bool(unique)}
    return found


def _foreign_keys(connection: sqlite3.Connection, table: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for target, source, to, on_update, on_delete in connection.execute(
        'SELECT "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list(?)',
        (table,),
    ).fetchall():
        name = f"{table}_{source}_{target}_{to}_fk"
        found[name] = {
            "name": name,
            "tableFrom": table,
            "tableTo": target,
            "columnsFrom": [source],
            "columnsTo": [to],
            "onDelete": on_delete.lower(),
            "onUpdate": on_update.lower(),
        }
    return dict(sorted(found.items()))
