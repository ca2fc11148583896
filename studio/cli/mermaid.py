"""A schema as a Mermaid entity-relationship diagram, for a README or a wiki."""

import re
from collections.abc import Iterator, Sequence

from studio.cli.diagram import drawn, is_needed, is_single, name_of
from studio.model.catalog import Column, ForeignKey, Table, TableRef

_NOT_IN_WORDS = re.compile(r"[^\w\-\[\]()]+")


def lines(tables: Sequence[Table]) -> Iterator[str]:
    """The diagram, line by line; relations to tables that are not among `tables` are left out."""
    tables = drawn(tables)
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
    return f'"{name_of(str(ref))}"'


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
    parent = "||" if is_needed(table, key) else "|o"
    child = "o|" if is_single(table, key) else "o{"
    label = name_of(", ".join(key.columns))
    return f'{_entity(key.target)} {parent}--{child} {_entity(table.ref)} : "{label}"'
