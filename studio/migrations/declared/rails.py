"""db/schema.rb: the Ruby that Rails itself writes, line by line; nothing is run."""

import re
from dataclasses import replace
from pathlib import Path

from studio.migrations import files
from studio.migrations.declared.schema import NOT_STATED, Declared, column, index, table
from studio.model.catalog import Column, ForeignKey, Index, Table, TableRef

_TABLE = re.compile(r"^\s*create_table\s+\"([^\"]+)\"(.*?)\s*(?:do\s*\|t\|)?\s*$")
_COLUMN = re.compile(r"^\s*t\.(\w+)\s+(\"[^\"]+\"|\[.*?\])(.*)$")
_FOREIGN_KEY = re.compile(r"^\s*add_foreign_key\s+\"([^\"]+)\",\s*\"([^\"]+)\"(.*)$")
_INDEX = re.compile(r"^\s*add_index\s+\"([^\"]+)\",\s*(\"[^\"]+\"|\[.*?\])(.*)$")
_END = re.compile(r"^\s*end\s*$")
_TYPES = {
    "string": "character varying", "bigint": "bigint", "integer": "integer", "text": "text",
    "boolean": "boolean", "float": "double precision", "decimal": "numeric", "date": "date",
    "datetime": "timestamp without time zone", "timestamptz": "timestamp with time zone",
    "time": "time without time zone", "binary": "bytea", "json": "json", "jsonb": "jsonb",
    "uuid": "uuid", "inet": "inet", "citext": "citext", "hstore": "hstore", "cidr": "cidr",
}  # fmt: skip


def read(path: Path) -> Declared | str:
    """The tables schema.rb declares, or why it cannot be read."""
    try:
        source = files.text(path, files.MAX_MIGRATION_BYTES)
    except files.Unreadable as error:
        return f"{path.name} {error}"
    reader = _Reader()
    for line in source.splitlines():
        reader.line(line)
    ignored = frozenset({"schema_migrations", "ar_internal_metadata"})
    return Declared(tuple(reader.tables.values()), path.name, ignored=ignored, has_types=False)


class _Reader:
    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self._name = ""
        self._columns: dict[str, Column] = {}
        self._indexes: list[Index] = []
        self._key: tuple[str, ...] = ()

    def line(self, line: str) -> None:
        """Take one line."""
        if match := _TABLE.match(line):
            self._open(match[1], match[2])
        elif self._name and _END.match(line):
            ref = TableRef(None, self._name)
            found = table(ref, self._columns, self._key, (), tuple(self._indexes))
            self.tables[self._name] = found
            self._name = ""
        elif self._name and (match := _COLUMN.match(line)):
            self._member(match[1], match[2], match[3])
        elif match := _FOREIGN_KEY.match(line):
            self._foreign_key(match[1], match[2], match[3])
        elif (match := _INDEX.match(line)) and match[1] in self.tables:
            owner = self.tables[match[1]]
            extended = (*owner.indexes, _index(match[2], match[3]))
            self.tables[match[1]] = replace(owner, indexes=extended)

    def _open(self, name: str, options: str) -> None:
        self._name, self._columns, self._indexes = name, {}, []
        given = _option(options, "primary_key")
        names = _names(given) if given else ("id",)
        has_id = _option(options, "id") != "false"
        self._key = names if has_id or given else ()
        if has_id and not (given or "").startswith("["):
            kind = (_option(options, "id") or ":bigint").lstrip(":")
            self._columns[names[0]] = column(
                names[0], _TYPES.get(kind, kind), nullable=False, default=NOT_STATED
            )

    def _member(self, kind: str, name: str, options: str) -> None:
        if kind == "index":
            self._indexes.append(_index(name, options))
            return
        if kind in {"check_constraint", "exclusion_constraint", "unique_constraint"}:
            return
        bare = name.strip('"')
        default = _option(options, "default")
        if default is not None and default.startswith("->"):
            inner = re.search(r"[\"'](.*)[\"']", default)
            default = inner[1] if inner else NOT_STATED
        elif default is not None:
            default = "NULL" if default == "nil" else default.replace('"', "'")
        nullable = _option(options, "null") != "false"
        self._columns[bare] = column(
            bare, _TYPES.get(kind, kind), nullable=nullable, default=default
        )

    def _foreign_key(self, owner: str, target: str, options: str) -> None:
        if owner not in self.tables:
            return
        given = (_option(options, "column") or "").strip('":')
        name = given or f"{_singular(target)}_id"
        to = (_option(options, "primary_key") or "id").strip('":')
        action = (_option(options, "on_delete") or "no_action").lstrip(":")
        action = "SET NULL" if action == "nullify" else action.replace("_", " ").upper()
        key = ForeignKey(None, (name,), TableRef(None, target), (to,), action)
        known = self.tables[owner]
        self.tables[owner] = replace(known, foreign_keys=(*known.foreign_keys, key))


def _index(columns: str, options: str) -> Index:
    unique = _option(options, "unique") == "true"
    name = (_option(options, "name") or "").strip('"')
    return index(name, _names(columns), unique=unique)


def _names(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\"([^\"]+)\"", text))


def _option(options: str, name: str) -> str | None:
    match = re.search(
        rf"\b{name}:\s*(->\s*\{{[^}}]*\}}|\[[^\]]*\]|\"(?:[^\"\\]|\\.)*\"|[^,\s]+)", options
    )
    return match[1] if match else None


def _singular(name: str) -> str:
    for plural, single in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("s", "")):
        if name.endswith(plural):
            return name.removesuffix(plural) + single
    return name
