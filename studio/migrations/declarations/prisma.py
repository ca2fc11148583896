"""schema.prisma: models, their fields, and indexes with a name of their own."""

import re
from collections.abc import Iterator
from pathlib import Path

from studio.migrations.declarations.places import Declaration, DeclaredTable, line_at

_MODEL = re.compile(r"^[ \t]*model\s+(\w+)\s*\{(.*?)^[ \t]*\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^[ \t]*((\w+)[ \t]+\w+.*?)[ \t]*$", re.MULTILINE)
_INDEX = re.compile(r"^[ \t]*(@@(?:index|unique)\(.*?map:\s*\"([^\"]+)\".*?)[ \t]*$", re.MULTILINE)
_COMMENT = re.compile(r"//.*$", re.MULTILINE)
_MAP = re.compile(r"(?<!@)@map\(\s*(?:name:\s*)?\"([^\"]+)\"")
_TABLE = re.compile(r"@@map\(\s*(?:name:\s*)?\"([^\"]+)\"")
_SCHEMA = re.compile(r"@@schema\(\"([^\"]+)\"\)")


def tables(path: Path, source: str) -> Iterator[DeclaredTable]:
    """The models of one file."""
    # As long as it was: what stands behind keeps its place.
    source = _COMMENT.sub(lambda found: " " * len(found[0]), source)

    def declared(text: str, offset: int, key: str) -> Declaration:
        return Declaration(path, line_at(source, offset), text, key, "prisma")

    for model in _MODEL.finditer(source):
        name, body = model[1], model[2]
        mapped, schema = _TABLE.search(body), _SCHEMA.search(body)
        begin = model.start(1)
        table = DeclaredTable(
            mapped[1] if mapped else name,
            schema[1] if schema else None,
            declared(f"model {name}", begin, name),
        )
        for found in _FIELD.finditer(body):
            renamed = _MAP.search(found[1])
            place = declared(found[1], model.start(2) + found.start(1), found[2])
            table.columns[renamed[1] if renamed else found[2]] = place
        for found in _INDEX.finditer(body):
            place = declared(found[1], model.start(2) + found.start(1), found[2])
            table.indexes[found[2]] = place
        yield table
