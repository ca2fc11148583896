"""schema.prisma: models, their fields, indexes and relations."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from studio.migrations.drift.declared.schema import NOT_STATED, DeclaredSchema, column, index, table
from studio.model.catalog import Column, ForeignKey, Index, IndexPart, Table, TableRef

_BLOCK = re.compile(r"^\s*(model|enum|type|view)\s+(\w+)\s*\{(.*?)^\s*\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^\s*(\w+)\s+(Unsupported\(\"[^\"]*\"\)|[A-Za-z]\w*)(\[\])?(\?)?(.*)$")
_SCHEMA = re.compile(r"@@schema\(\"([^\"]+)\"\)")
_COMMENT = re.compile(r"^\s*//.*$|\s//.*$", re.MULTILINE)
_POSTGRESQL = {
    "String": "text", "Boolean": "boolean", "Int": "integer", "BigInt": "bigint",
    "Float": "double precision", "Decimal": "numeric(65,30)", "Json": "jsonb", "Bytes": "bytea",
    "DateTime": "timestamp(3) without time zone",
}  # fmt: skip
_SQLITE = {
    "String": "text", "Boolean": "boolean", "Int": "integer", "BigInt": "bigint", "Float": "real",
    "Decimal": "decimal", "Json": "jsonb", "Bytes": "blob", "DateTime": "datetime",
}  # fmt: skip
_BY_PROVIDER = {"postgresql": _POSTGRESQL, "postgres": _POSTGRESQL, "sqlite": _SQLITE}
_NATIVE = {
    "VarChar": "character varying", "Char": "character", "Uuid": "uuid", "Text": "text",
    "Timestamptz": "timestamp{} with time zone", "Timestamp": "timestamp{} without time zone",
    "Timetz": "time{} with time zone", "Time": "time{} without time zone", "Date": "date",
    "SmallInt": "smallint", "Integer": "integer", "BigInt": "bigint", "Real": "real", "Oid": "oid",
    "DoublePrecision": "double precision", "Decimal": "numeric", "Money": "money", "Inet": "inet",
    "Json": "json", "JsonB": "jsonb", "Xml": "xml", "ByteA": "bytea", "Boolean": "boolean",
    "Bit": "bit", "VarBit": "bit varying", "Citext": "citext",
}  # fmt: skip


def read(source: str, name: str, provider: str) -> DeclaredSchema | str:
    """The tables the models of a schema declare, or why they cannot be read; `name`: its file's."""
    types = _BY_PROVIDER.get(provider)
    if types is None:
        return f"the types of provider {provider or 'unknown'} are not known here"
    blocks = [(m[1], m[2], m[3]) for m in _BLOCK.finditer(_COMMENT.sub("", source))]
    models = {name: body for kind, name, body in blocks if kind == "model"}
    enums = {name: _enum(name, body) for kind, name, body in blocks if kind == "enum"}
    reader = _Models(models, enums, types, is_sqlite=types is _SQLITE)
    tables = tuple(reader.table(name) for name in models)
    if re.search(r"\brelationMode\s*=\s*\"prisma\"", source):
        tables = tuple(replace(found, foreign_keys=()) for found in tables)
    ignored = frozenset({"_prisma_migrations", *_between(models)})
    return DeclaredSchema(tables, name, ignored=ignored)


def _enum(name: str, body: str) -> str:
    """The enum's type as SQL."""
    schema = _SCHEMA.search(body)
    place = f'"{schema[1]}".' if schema and schema[1] != "public" else ""
    return f'{place}"{_mapped(body) or name}"'


def _between(models: Mapping[str, str]) -> Iterable[str]:
    """Names of the tables Prisma makes where both sides of a relation are lists."""
    for model, body in models.items():
        for _, kind, is_list, _, rest in _fields(body):
            if not is_list or kind not in models:
                continue
            given = re.search(r"@relation\(\s*(?:name:\s*)?\"([^\"]+)\"", rest)
            yield f"_{given[1]}" if given else "_" + "To".join(sorted((model, kind)))


class _Models:
    def __init__(
        self,
        models: dict[str, str],
        enums: dict[str, str],
        types: dict[str, str],
        *,
        is_sqlite: bool,
    ) -> None:
        self._models = models
        self._enums = enums
        self._types = types
        self._is_sqlite = is_sqlite

    def table(self, model: str) -> Table:
        """One model as a table."""
        body = self._models[model]
        names = self._column_names(model)
        columns: dict[str, Column] = {}
        indexes: list[Index] = []
        key: tuple[str, ...] = ()
        for field, kind, is_list, optional, rest in _fields(body):
            if field not in names:
                continue
            name = names[field]
            columns[name] = self._column(name, kind, rest, is_list=is_list, optional=optional)
            if re.search(r"@id\b", rest):
                key = (name,)
            if re.search(r"@unique\b", rest):
                indexes.append(index(_argument(rest, "unique", "map"), (name,), unique=True))
        for attribute, arguments in re.findall(r"@@(\w+)\(((?:[^()]|\([^()]*\))*)\)", body):
            parts = tuple(
                IndexPart(names[field], None, is_descending)
                for field, is_descending in _keys(arguments)
                if field in names
            )
            if attribute == "id":
                key = tuple(part.column or "" for part in parts)
            elif attribute in {"unique", "index"} and parts:
                given = _named(arguments, "map")
                indexes.append(Index(given, parts, unique=attribute == "unique"))
        return table(self._ref(model), columns, key, self._foreign_keys(model), tuple(indexes))

    def _ref(self, model: str) -> TableRef:
        body = self._models[model]
        schema = _SCHEMA.search(body)
        return TableRef(schema[1] if schema else None, _mapped(body) or model)

    def _column_names(self, model: str) -> dict[str, str]:
        names: dict[str, str] = {}
        for field, kind, _, _, rest in _fields(self._models[model]):
            if kind not in self._models:
                mapped = re.search(r"(?<!@)@map\(\s*(?:name:\s*)?\"([^\"]+)\"", rest)
                names[field] = mapped[1] if mapped else field
        return names

    def _column(self, name: str, kind: str, rest: str, *, is_list: bool, optional: bool) -> Column:
        native = re.search(r"@db\.(\w+)(?:\(([^)]*)\))?", rest)
        if native and native[1] in _NATIVE:
            size = f"({native[2]})" if native[2] else ""
            pattern = _NATIVE[native[1]]
            written = pattern.format(size) if "{}" in pattern else pattern + size
        elif kind in self._enums:
            written = "text" if self._is_sqlite else self._enums[kind]
        elif kind.startswith("Unsupported"):
            written = kind.partition('"')[2].rpartition('"')[0]
        else:
            written = self._types.get(kind, kind)
        return column(
            name,
            written + ("[]" if is_list else ""),
            nullable=optional or is_list,
            default=_default(rest, is_enum=kind in self._enums),
        )

    def _foreign_keys(self, model: str) -> tuple[ForeignKey, ...]:
        own = self._column_names(model)
        found = []
        for _, kind, _, optional, rest in _fields(self._models[model]):
            relation = re.search(r"@relation\(((?:[^()]|\([^()]*\))*)\)", rest)
            if kind not in self._models or relation is None or "fields:" not in relation[1]:
                continue
            there = self._column_names(kind)
            columns = tuple(own.get(f, f) for f in _listed(relation[1], "fields"))
            targets = tuple(there.get(f, f) for f in _listed(relation[1], "references"))
            usual = "SetNull" if optional else "Restrict"
            found.append(
                ForeignKey(
                    _named(relation[1], "map") or None,
                    columns,
                    self._ref(kind),
                    targets,
                    _action(_word(relation[1], "onDelete") or usual),
                    _action(_word(relation[1], "onUpdate") or "Cascade"),
                )
            )
        return tuple(found)


def _fields(body: str) -> list[tuple[str, str, bool, bool, str]]:
    found = []
    for line in body.splitlines():
        match = _FIELD.match(line)
        if match and not line.lstrip().startswith("@@"):
            found.append((match[1], match[2], bool(match[3]), bool(match[4]), match[5]))
    return found


def _mapped(body: str) -> str:
    match = re.search(r"@@map\(\s*(?:name:\s*)?\"([^\"]+)\"", body)
    return match[1] if match else ""


def _argument(rest: str, attribute: str, name: str) -> str:
    match = re.search(rf"@{attribute}\(([^)]*)\)", rest)
    return _named(match[1], name) if match else ""


def _named(arguments: str, name: str) -> str:
    match = re.search(rf"\b{name}:\s*\"([^\"]+)\"", arguments)
    return match[1] if match else ""


def _word(arguments: str, name: str) -> str:
    match = re.search(rf"\b{name}:\s*(\w+)", arguments)
    return match[1] if match else ""


def _keys(arguments: str) -> list[tuple[str, bool]]:
    """The fields of an index with whether each goes down; composite types' own fields left out."""
    match = re.search(r"\[((?:[^\[\]])*)\]", arguments)
    fields = re.findall(r"(\w+)\s*(?:\(([^)]*)\))?", match[1] if match else "")
    return [(name, "desc" in options.lower()) for name, options in fields]


def _listed(arguments: str, name: str = "") -> list[str]:
    match = re.search(rf"{name}:\s*\[(.*?)\]" if name else r"\[(.*?)\]", arguments)
    inner = re.sub(r"\([^)]*\)", "", match[1]) if match else ""
    return re.findall(r"\w+", inner)


def _action(word: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", word).upper()


def _default(rest: str, *, is_enum: bool) -> str | None:
    match = re.search(r"@default\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)", rest)
    if match is None:
        return NOT_STATED if "@updatedAt" in rest else None
    given = match[1].strip()
    if given == "now()":
        return "CURRENT_TIMESTAMP"
    if inner := re.fullmatch(r"dbgenerated\(\"(.*)\"\)", given):
        return inner[1].replace('\\"', '"')
    if given in {"autoincrement()", "dbgenerated()"} or given.startswith(("[", "sequence(")):
        return NOT_STATED
    if given.startswith('"'):
        written = re.sub(r"\\(.)", r"\1", given[1:-1])
        return "'" + written.replace("'", "''") + "'"
    # cuid(), uuid(), …: the client makes them, the column has no default.
    plain = None if given.endswith(")") else given
    return f"'{given}'" if is_enum else plain
