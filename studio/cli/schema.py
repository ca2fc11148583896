"""`studio schema`: what a database holds, as text, JSON or DDL."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from studio.backends.base import Backend, Opening
from studio.backends.halves import Absent, ask
from studio.backends.halves.script import SCHEMA_SCRIPT
from studio.cli import dbml, dot, mermaid
from studio.db.session import read_once
from studio.db.url import parse
from studio.export.json_text import harmless
from studio.export.printable import printable
from studio.model.catalog import Column, ForeignKey, Index, IndexPart, Table, TableKind, TableRef
from studio.model.errors import ConfigInvalid

if TYPE_CHECKING:
    from sqlalchemy import Connection


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "schema",
        help="print the schema",
        description="Tables, columns, keys, indexes, constraints and triggers of a database.",
        epilog="example:\n  studio schema demo.db --table messages --format ddl",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", metavar="TARGET", help="file, URL, or libpq string")
    parser.add_argument("--table", metavar="T", help="only this table: NAME or SCHEMA.NAME")
    parser.add_argument(
        "--format",
        choices=("text", "json", "ddl", "mermaid", "dbml", "dot"),
        default="text",
        dest="form",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the schema. The exit code."""
    target = parse(arguments.target)
    if arguments.form == "ddl" and arguments.table is None:
        for line in read_once(target, _script):
            print(line)
        return 0
    tables = _wanted(read_once(target, _read), arguments.table)
    if arguments.form == "json":
        found = [as_json(table) for table in tables]
        print(harmless(json.dumps(found, indent=1, ensure_ascii=False)))
        return 0
    for line in _WRITERS[arguments.form](tables):
        print(line)
    return 0


def _read(connection: "Connection", backend: Backend, opening: Opening) -> list[Table]:
    tables = list(backend.catalog(connection, backend.server(connection, opening)).tables())
    unknown = [t.ref for t in tables if t.row_estimate is None and t.kind.is_plain]
    count = backend.row_counter()
    rows = count(connection, unknown) if count is not None else {}
    return [
        replace(table, row_estimate=rows[table.ref].rows) if table.ref in rows else table
        for table in tables
    ]


def _script(connection: "Connection", backend: Backend, opening: Opening) -> list[str]:
    script = ask(backend, SCHEMA_SCRIPT)
    if not isinstance(script, Absent):
        return [_exact(f"{statement};\n") for statement in script(connection)]
    return list(_ddl(_wanted(_read(connection, backend, opening), None)))


def _ddl(tables: Sequence[Table]) -> Iterator[str]:
    for table in _makeable(tables):
        if table.sql:
            yield _exact(f"{table.sql}\n")
        else:
            yield printable(f"-- this engine does not tell how {table.ref} was made") + "\n"


def _exact(sql: str) -> str:
    """A script runs only as it was written; a terminal gets pictures of control characters."""
    return printable(sql, lines=True) if sys.stdout.isatty() else sql


def _makeable(tables: Sequence[Table]) -> list[Table]:
    """What is referenced before what references it, as far as there is such an order; then views:
    the statements can be run as they come.
    """
    by_ref = {table.ref: table for table in tables}
    views = {TableKind.VIEW, TableKind.MATERIALIZED_VIEW}
    placed: dict[TableRef, Table] = {}
    seen: set[TableRef] = set()
    for first in sorted(tables, key=lambda table: table.kind in views):
        stack = [first]
        while stack:
            table = stack[-1]
            targets = {key.target for key in table.foreign_keys} if table.ref not in seen else ()
            seen.add(table.ref)
            before = [by_ref[ref] for ref in targets if ref in by_ref and ref not in seen]
            stack += before
            if not before:
                placed.setdefault(table.ref, stack.pop())
    return list(placed.values())


def _wanted(tables: list[Table], name: str | None) -> list[Table]:
    if name is None:
        return [table for table in tables if not table.kind.is_internal]
    found = [table for table in tables if name in {table.ref.name, str(table.ref)}]
    if not found:
        raise ConfigInvalid(f"there is no table called {name!r}")
    return found


def as_json(table: Table) -> dict[str, object]:
    """One table in the shape of README.md beside this file."""
    return {
        "name": table.ref.name,
        "schema": table.ref.schema,
        "kind": table.kind.value,
        "columns": [_column(column) for column in table.columns],
        "primary_key": list(table.primary_key),
        "foreign_keys": [_foreign_key(key) for key in table.foreign_keys],
        "indexes": [_index(index) for index in table.indexes],
        "checks": [{"name": c.name, "expression": c.expression} for c in table.checks],
        "triggers": [
            {"name": t.name, "timing": t.timing, "events": list(t.events), "sql": t.sql}
            for t in table.triggers
        ],
        "row_estimate": table.row_estimate,
        "bytes": table.bytes,
        "comment": table.comment,
        "sql": table.sql,
    }


def _column(column: Column) -> dict[str, object]:
    return {
        "name": column.name,
        "type": column.type_name,
        "nullable": column.nullable,
        "default": column.default,
        "generated": column.generated,
        "comment": column.comment,
    }


def _foreign_key(key: ForeignKey) -> dict[str, object]:
    return {
        "name": key.name,
        "columns": list(key.columns),
        "target": {"schema": key.target.schema, "name": key.target.name},
        "target_columns": list(key.target_columns),
        "on_delete": key.on_delete,
        "on_update": key.on_update,
    }


def _index(index: Index) -> dict[str, object]:
    return {
        "name": index.name,
        "columns": [_part(part) for part in index.parts],
        "unique": index.unique,
        "where": index.predicate,
        "method": index.method,
        "include": list(index.included),
        "sql": index.sql,
    }


def _part(part: IndexPart) -> str:
    name = part.column if part.column is not None else part.expression or ""
    return f"{name} DESC" if part.descending else name


def _text(tables: Sequence[Table]) -> Iterator[str]:
    for table in tables:
        rows = "" if table.row_estimate is None else f", ~{table.row_estimate:,} rows"
        yield printable(f"{table.ref}  ({table.kind.value}{rows})")
        width = max((len(column.name) for column in table.columns), default=0)
        for column in table.columns:
            yield printable(f"  {column.name:<{width}}  {_words(column, table)}".rstrip())
        for key in table.foreign_keys:
            target = f"{key.target} ({', '.join(key.target_columns)})"
            yield printable(f"  → ({', '.join(key.columns)}) references {target}")
        for index in table.indexes:
            if not (index.constraint and index.columns == table.primary_key):
                yield printable(f"  {_index_words(index)}")
        for check in table.checks:
            yield printable(f"  check {check.expression}")
        for trigger in table.triggers:
            events = " or ".join(trigger.events)
            yield printable(f"  trigger {trigger.name}: {trigger.timing} {events}".lower())
        yield ""


def _index_words(index: Index) -> str:
    unique = "unique" if index.unique else ""
    named = "" if index.constraint else f"index {index.name}"
    where = f"where {index.predicate}" if index.predicate else ""
    parts = f"({', '.join(map(_part, index.parts))})"
    return " ".join(word for word in (unique, named, parts, where) if word)


def _words(column: Column, table: Table) -> str:
    words = [column.type_name or "(no type)"]
    if column.name in table.primary_key:
        words.append("primary key")
    if not column.nullable:
        words.append("not null")
    if column.default is not None:
        words.append(f"default {column.default}")
    if column.generated is not None:
        words.append(f"generated as ({column.generated})")
    return " ".join(words)


_WRITERS: dict[str, Callable[[Sequence[Table]], Iterator[str]]] = {
    "dbml": dbml.lines,
    "ddl": _ddl,
    "dot": dot.lines,
    "mermaid": mermaid.lines,
    "text": _text,
}
