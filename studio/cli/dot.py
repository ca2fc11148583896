"""A schema as a graph for Graphviz: `studio schema app.db --format dot | dot -Tsvg`."""

from collections.abc import Iterator, Sequence
from html import escape

from studio.cli.diagram import drawn, is_needed, is_single, name_of
from studio.model.catalog import Column, ForeignKey, Table


def lines(tables: Sequence[Table]) -> Iterator[str]:
    """Tables with a port for each column, an edge for each foreign key; those to tables that are
    not among `tables` are left out. Nodes have names of our own: a table's could end the text it
    stands in.
    """
    tables = drawn(tables)
    places = {table.ref: place for place, table in enumerate(tables)}
    yield "digraph schema {"
    yield "  graph [rankdir=LR];"
    yield '  node [shape=plain, fontname="Helvetica"];'
    yield '  edge [fontname="Helvetica", fontsize=10, dir=both];'
    for place, table in enumerate(tables):
        yield f"  t{place} [label=<{_label(table)}>];"
    for place, table in enumerate(tables):
        for key in table.foreign_keys:
            there = places.get(key.target)
            if there is not None:
                start = f"t{place}{_port(table, key.columns)}"
                end = f"t{there}{_port(tables[there], key.target_columns)}"
                yield f"  {start} -> {end} {_look(table, key)};"
    yield "}"


def _label(table: Table) -> str:
    rows = "".join(
        f'<TR><TD PORT="c{place}" ALIGN="LEFT">{_cell(column, table)}</TD></TR>'
        for place, column in enumerate(table.columns)
    )
    head = f'<TR><TD BGCOLOR="#e8e8e8"><B>{_text(str(table.ref))}</B></TD></TR>'
    return f'<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0">{head}{rows}</TABLE>'


def _cell(column: Column, table: Table) -> str:
    name = _text(column.name)
    name = f"<U>{name}</U>" if column.name in table.primary_key else name
    kind = f" {_text(column.type_name)}" if column.type_name else ""
    return f"{name}{kind}{'' if column.nullable else ' *'}"


def _port(table: Table, columns: Sequence[str]) -> str:
    names = table.column_names
    return f":c{names.index(columns[0])}" if columns and columns[0] in names else ""


def _look(table: Table, key: ForeignKey) -> str:
    tail = "teeodot" if is_single(table, key) else "crowodot"
    head = "teetee" if is_needed(table, key) else "teeodot"
    return f"[arrowtail={tail}, arrowhead={head}]"


def _text(text: str) -> str:
    return escape(name_of(text))
