"""A schema in DBML, for dbdiagram.io and what reads its language (dbml.dbdiagram.io/docs)."""

from collections.abc import Iterator, Sequence

from studio.cli.diagram import drawn, is_single, name_of
from studio.export.printable import printable
from studio.model.catalog import Column, ColumnKind, ForeignKey, Index, Table, TableRef

_NO_ACTION = "NO ACTION"


def lines(tables: Sequence[Table]) -> Iterator[str]:
    """Enums, tables, references; those to tables that are not among `tables` are left out."""
    tables = drawn(tables)
    shown = {table.ref for table in tables}
    for name, labels in _enums(tables).items():
        yield f"Enum {_name(name)} {{"
        yield from (f"  {_name(label)}" for label in labels)
        yield from ("}", "")
    for table in tables:
        yield from _table(table)
    for table in tables:
        for key in table.foreign_keys:
            if key.target in shown and key.target_columns:
                yield _reference(table, key)


def _enums(tables: Sequence[Table]) -> dict[str, tuple[str, ...]]:
    columns = (column for table in tables for column in table.columns)
    return {c.type_name: c.choices for c in columns if c.kind is ColumnKind.ENUM and c.choices}


def _table(table: Table) -> Iterator[str]:
    if not table.columns:
        # The language has no such table: it would refuse the whole text.
        yield from (f"// {_one_line(_ref(table.ref))} has no columns", "")
        return
    yield f"Table {_ref(table.ref)} {{"
    for column in table.columns:
        yield f"  {_column(column, table)}"
    # Without a line the block would be an error.
    if found := list(_indexes(table)):
        yield from ("", "  indexes {", *(f"    {line}" for line in found), "  }")
    if table.comment:
        yield f"  Note: {_text(table.comment)}"
    yield from ("}", "")


def _indexes(table: Table) -> Iterator[str]:
    if len(table.primary_key) > 1:
        yield f"{_names(table.primary_key)} [pk]"
    for index in table.indexes:
        if index.parts and not (index.constraint and index.columns == table.primary_key):
            yield _index(index)


def _column(column: Column, table: Table) -> str:
    facts = ["pk"] if table.primary_key == (column.name,) else []
    facts += [] if column.nullable else ["not null"]
    facts += ["increment"] if column.identity else []
    facts += [] if column.default is None else [f"default: {_expression(column.default)}"]
    facts += [f"note: {_text(column.comment)}"] if column.comment else []
    said = f" [{', '.join(facts)}]" if facts else ""
    return f"{_name(column.name)} {_name(column.type_name or 'any')}{said}"


def _index(index: Index) -> str:
    parts = [
        _expression(part.expression or "") if part.column is None else _name(part.column)
        for part in index.parts
    ]
    facts = ["unique"] if index.unique and index.predicate is None else []
    facts += [f"name: {_name(index.name)}"]
    facts += [f"note: {_text(f'where {index.predicate}')}"] if index.predicate else []
    return f"({', '.join(parts)}) [{', '.join(facts)}]"


def _reference(table: Table, key: ForeignKey) -> str:
    sign = "-" if is_single(table, key) else ">"
    here, there = _names(key.columns), _names(key.target_columns)
    facts = [
        f"{word}: {action.lower()}"
        for word, action in (("delete", key.on_delete), ("update", key.on_update))
        if action != _NO_ACTION
    ]
    said = f" [{', '.join(facts)}]" if facts else ""
    return f"Ref: {_ref(table.ref)}.{here} {sign} {_ref(key.target)}.{there}{said}"


def _names(columns: Sequence[str]) -> str:
    return f"({', '.join(map(_name, columns))})"


def _ref(ref: TableRef) -> str:
    return ".".join(_name(part) for part in (ref.schema, ref.name) if part is not None)


def _name(text: str) -> str:
    # A backslash would escape the quote behind it.
    return f'"{name_of(text).replace(chr(92), "_")}"'


def _expression(sql: str) -> str:
    return f"`{_one_line(sql).replace('`', chr(39))}`"


def _text(text: str) -> str:
    escaped = _one_line(text).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))
