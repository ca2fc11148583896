"""db/schema.rb: the Ruby that Rails itself writes, line by line; nothing is run."""

import re
from dataclasses import replace
from pathlib import Path

from studio.migrations.drift.declared.schema import (
    NOT_STATED,
    DeclaredSchema,
    column,
    generated,
    table,
)
from studio.migrations.reading import files
from studio.model.catalog import Column, ForeignKey, Index, IndexPart, Table, TableRef

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


def read(path: Path) -> DeclaredSchema | str:
    """The tables schema.rb declares, or why it cannot be read."""
    try:
        source = files.text(path, files.MAX_MIGRATION_BYTES)
    except files.UnreadableFile as error:
        return f"{path.name} {error}"
    reader = _Reader()
    for line in source.splitlines():
        reader.line(line)
    ignored = frozenset({"schema_migrations", "ar_internal_metadata"})
    return DeclaredSchema(
        tuple(reader.tables.values()), path.name, ignored=ignored, has_types=False
    )


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
        if kind == "unique_constraint":
            self._indexes.append(replace(_index(name, options), unique=True, constraint=True))
            return
        if kind in {"check_constraint", "exclusion_constraint"}:
            return
        bare = name.strip('"')
        named = {"enum": "enum_type", "virtual": "type"}.get(kind)
        given = (_option(options, named) if named else None) or kind
        array = "[]" if _option(options, "array") == "true" else ""
        found = column(
            bare,
            _type(given.strip('":'), options) + array,
            nullable=_option(options, "null") != "false",
            default=_default(_option(options, "default")),
        )
        if kind == "virtual":
            found = generated(found, _text(_option(options, "as") or ""))
        self._columns[bare] = found

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


def _type(given: str, options: str) -> str:
    """A type as SQL, with the size the options give it."""
    limit, precision, scale = (_option(options, n) for n in ("limit", "precision", "scale"))
    if given == "integer" and limit:
        return {"2": "smallint", "8": "bigint"}.get(limit, "integer")
    if given == "string" and limit:
        return f"character varying({limit})"
    if given == "decimal" and precision:
        return f"numeric({precision}{f',{scale}' if scale else ''})"
    return _TYPES.get(given, given)


def _default(given: str | None) -> str | None:
    """A default as SQL: Ruby's strings, lists and hashes written as literals."""
    if given is None:
        return None
    if given.startswith("->"):
        inner = re.search(r"[\"'](.*)[\"']", given)
        return inner[1] if inner else NOT_STATED
    if given.startswith("["):
        return "'{" + ",".join(re.findall(r"\"(?:[^\"\\]|\\.)*\"|[\w.\-]+", given)) + "}'"
    if given.startswith("{"):
        return "'" + given.replace("=>", ":").replace("'", "''") + "'"
    if given.startswith('"'):
        return "'" + _text(given).replace("'", "''") + "'"
    return "NULL" if given == "nil" else given


def _text(given: str) -> str:
    """A string without its quotes."""
    return re.sub(r"\\(.)", r"\1", given[1:-1]) if given.startswith('"') else given


def _index(columns: str, options: str) -> Index:
    order = _option(options, "order") or ""
    # A list names columns; a string is SQL.
    is_sql = columns.startswith('"') and not re.fullmatch(r'"\w+"', columns)
    parts = tuple(
        IndexPart(None, name) if is_sql else IndexPart(name, None, _goes_down(name, order))
        for name in ((_text(columns),) if is_sql else _names(columns))
    )
    return Index(
        (_option(options, "name") or "").strip('"'),
        parts,
        _option(options, "unique") == "true",
        predicate=_text(_option(options, "where") or "") or None,
        method=(_option(options, "using") or "btree").lstrip(":"),
    )


def _goes_down(name: str, order: str) -> bool:
    one = re.search(rf"\b{re.escape(name)}\"?(?::|\s*=>)\s*[:\"]?desc", order, re.IGNORECASE)
    return bool(one) or order.lstrip(':"').lower().startswith("desc")


def _names(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\"([^\"]+)\"", text))


def _option(options: str, name: str) -> str | None:
    match = re.search(
        rf"\b{name}:\s*(->\s*\{{[^}}]*\}}|\[[^\]]*\]|\{{[^}}]*\}}|\"(?:[^\"\\]|\\.)*\"|[^,\s]+)",
        options,
    )
    return match[1] if match else None


def _singular(name: str) -> str:
    for plural, single in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("s", "")):
        if name.endswith(plural):
            return name.removesuffix(plural) + single
    return name
