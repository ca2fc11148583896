"""A schema as a Mermaid entity-relationship diagram, for a README or a wiki."""

import re
from collections.abc import Iterator, Sequence

from studio.export.printable import STEERING
from studio.model.catalog import Column, ForeignKey, Index, Table, TableKind, TableRef

_NOT_IN_WORDS = re.compile(r"[^\w\-\[\]()]+")
_NOT_IN_NAMES = re.compile(rf'["\x00-\x1f{STEERING}]')


def lines(tables: Sequence[Table]) -> Iterator[str]:
    """The diagram, line by line; relations to tables that are not among `tables` are left out."""
    # Views have neither keys nor references.
    tables = [table for table in tables if table.kind is not TableKind.VIEW]
    shown = {table.ref for table in tables}
    yield "erDiagram"
    for table in tables:
        yield f"    {_entity(table.ref)} {{"
        for column in table.columns:
            yield f"        {_attribute(column, table)}"
        yield "    }"
    for table in tables:
        for key in table.foreign_keys:
            if key.target in shown:
                yield f"    {_relation(table, key)}"


def _entity(ref: TableRef) -> str:
    return f'"{_NOT_IN_NAMES.sub("_", str(ref)) or "_"}"'


def _word(text: str, otherwise: str) -> str:
    """`text` as one of Mermaid's words, which begin with a letter."""
    word = _NOT_IN_WORDS.sub("_", text).strip("_") or otherwise
    return word if word[0].isalpha() or word[0] == "_" else f"_{word}"


def _attribute(column: Column, table: Table) -> str:
    linked = any(column.name in key.columns for key in table.foreign_keys)
    keys = ["PK"] if column.name in table.primary_key else []
    keys += ["FK"] if linked else []
    words = [_word(column.type_name, "any"), _word(column.name, "column"), ", ".join(keys)]
    return " ".join(word for word in words if word)


def _relation(table: Table, key: ForeignKey) -> str:
    needed = all(not table.column(name).nullable for name in key.columns)
    unique = [set(table.primary_key), *(set(i.columns) for i in table.indexes if _is_whole(i))]
    single = any(columns and columns <= set(key.columns) for columns in unique)
    parent, child = "||" if needed else "|o", "o|" if single else "o{"
    label = _NOT_IN_NAMES.sub("_", ", ".join(key.columns))
    return f'{_entity(key.target)} {parent}--{child} {_entity(table.ref)} : "{label}"'


def _is_whole(index: Index) -> bool:
    return index.unique and index.predicate is None and len(index.columns) == len(index.parts)
