"""structure.sql and schema.sql: what pg_dump writes, taken apart statement by statement."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from studio.migrations.drift.declared.schema import NOT_STATED, DeclaredSchema, column, table
from studio.migrations.reading import files
from studio.model.catalog import Column, ForeignKey, Index, IndexPart, Table, TableRef
from studio.sqltext.comma_list import comma_parts
from studio.sqltext.split import split
from studio.sqltext.syntax import POSTGRESQL

_NAME = r"(?:\"(?:[^\"]|\"\")+\"|[\w$]+)"
_REF = rf"({_NAME}(?:\.{_NAME})?)"
_TABLE = re.compile(rf"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?{_REF} \((.*)\)", re.DOTALL)
_CONSTRAINT = re.compile(
    rf"ALTER TABLE (?:ONLY )?{_REF}\s+ADD CONSTRAINT ({_NAME}) (PRIMARY KEY|UNIQUE|FOREIGN KEY)"
    rf"[^(]*\(([^)]*)\)(.*)",
    re.DOTALL,
)
_REFERENCES = re.compile(rf"\s*REFERENCES {_REF}\(([^)]*)\)(.*)", re.DOTALL)
_DEFAULT = re.compile(
    rf"ALTER TABLE (?:ONLY )?{_REF} ALTER COLUMN ({_NAME}) (?:SET DEFAULT|ADD GENERATED)"
)
_INDEX = re.compile(
    rf"CREATE (UNIQUE )?INDEX ({_NAME}) ON (?:ONLY )?{_REF} USING \w+ \((.*)\)(?: INCLUDE \(.*?\))?"
    r"(?: WITH \(.*?\))?(?: WHERE (.*))?$",
    re.DOTALL,
)
_COLUMN = re.compile(rf"^\s*({_NAME})\s+(.*)$", re.DOTALL)
_ACTION = re.compile(r"ON (DELETE|UPDATE) (SET NULL|SET DEFAULT|CASCADE|RESTRICT|NO ACTION)")
_PLACES = ("db/structure.sql", "db/schema.sql", "priv/repo/structure.sql")
_WORDS = re.compile(r"\s(?:DEFAULT|NOT NULL|GENERATED|CONSTRAINT|COLLATE)\b")


def beside(root: Path) -> DeclaredSchema | str | None:
    """The dump that lies where tools put it, or why it cannot be read; None where none lies."""
    written = next((root / name for name in _PLACES if (root / name).exists()), None)
    return read(written) if written is not None else None


def read(path: Path) -> DeclaredSchema | str:
    """The tables the dump makes, or why it cannot be read."""
    try:
        source = files.text(path, files.MAX_MIGRATION_BYTES)
    except files.UnreadableFile as error:
        return f"{path.name} {error}"
    if "PostgreSQL database dump" not in source and "pg_catalog.set_config" not in source:
        return f"{path.name} is not a dump of PostgreSQL"
    tables: dict[TableRef, Table] = {}
    for statement in split(source, POSTGRESQL):
        _take(statement.text, tables)
    return DeclaredSchema(tuple(tables.values()), path.name)


def _take(statement: str, tables: dict[TableRef, Table]) -> None:
    if match := _TABLE.match(statement):
        ref = _ref(match[1])
        columns = {found.name: found for found in _columns(match[2])}
        tables[ref] = table(ref, columns, (), (), ())
    elif match := _CONSTRAINT.match(statement):
        _constrain(match, tables)
    elif match := _INDEX.match(statement):
        ref = _ref(match[3])
        if ref in tables:
            parts = tuple(_part(text) for text in _separated(match[4]))
            index = Index(_bare(match[2]), parts, bool(match[1]), predicate=match[5])
            tables[ref] = replace(tables[ref], indexes=(*tables[ref].indexes, index))
    elif match := _DEFAULT.match(statement):
        ref, name = _ref(match[1]), _bare(match[2])
        if ref in tables:
            numbered = tuple(
                replace(c, default=NOT_STATED) if c.name == name else c for c in tables[ref].columns
            )
            tables[ref] = replace(tables[ref], columns=numbered)


def _constrain(match: re.Match[str], tables: dict[TableRef, Table]) -> None:
    ref = _ref(match[1])
    owner = tables.get(ref)
    if owner is None:
        return
    name, kind = _bare(match[2]), match[3]
    names = tuple(_bare(text) for text in _separated(match[4]))
    if kind == "PRIMARY KEY":
        tables[ref] = replace(owner, primary_key=names)
    elif kind == "UNIQUE":
        parts = tuple(IndexPart(n) for n in names)
        index = Index(name, parts, unique=True, constraint=True)
        tables[ref] = replace(owner, indexes=(*owner.indexes, index))
    elif there := _REFERENCES.match(match[5]):
        actions = dict(_ACTION.findall(there[3]))
        key = ForeignKey(
            name,
            names,
            _ref(there[1]),
            tuple(_bare(text) for text in _separated(there[2])),
            actions.get("DELETE", "NO ACTION"),
            actions.get("UPDATE", "NO ACTION"),
        )
        tables[ref] = replace(owner, foreign_keys=(*owner.foreign_keys, key))


def _columns(body: str) -> Iterator[Column]:
    for text in _separated(body):
        match = _COLUMN.match(text)
        if match is None or match[1] in {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "EXCLUDE"}:
            continue
        rest = f" {match[2].strip()}"
        end = _WORDS.search(rest)
        kind = rest[: end.start()] if end else rest
        default = re.search(r"\sDEFAULT (.*?)(?= NOT NULL$| CONSTRAINT |$)", rest, re.DOTALL)
        given = NOT_STATED if " GENERATED " in rest else default[1].strip() if default else None
        nullable = not re.search(r"\sNOT NULL\b", rest)
        yield column(_bare(match[1]), kind.strip(), nullable=nullable, default=given)


def _separated(text: str) -> list[str]:
    """The parts of a list that say something: `()` has none."""
    return [part for part in comma_parts(text) if part]


def _part(text: str) -> IndexPart:
    bare, _, direction = text.partition(" DESC") if text.endswith(" DESC") else (text, "", None)
    if re.fullmatch(_NAME, bare):
        return IndexPart(_bare(bare), None, direction is not None)
    return IndexPart(None, bare, direction is not None)


def _ref(text: str) -> TableRef:
    names = [_bare(name) for name in re.findall(_NAME, text)]
    return TableRef(names[0] if len(names) > 1 else None, names[-1])


def _bare(name: str) -> str:
    name = name.strip()
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
