"""Conditions that connect sources: foreign keys whole, then equal names where one is a key."""

from collections.abc import Iterator

from studio.completion.known import CompletionCatalog
from studio.completion.scope import Col, SourceColumns
from studio.model.catalog import ForeignKey, Table

MOST = 6
Pair = tuple[str, str]


def conditions(
    known: CompletionCatalog, new: SourceColumns, earlier: list[SourceColumns]
) -> Iterator[tuple[str, str]]:
    """Conditions of `new` with each earlier source, the earlier one left, and what each is."""
    found: dict[str, str] = {}
    for item in earlier:
        for pairs, what in by_key(known, item, new):
            found.setdefault(_written(known, item, new, pairs), what)
    if not found:
        for item in earlier:
            for pair in by_name(known, item, new):
                found.setdefault(_written(known, item, new, (pair,)), "≈ same name")
    yield from list(found.items())[:MOST]


def by_key(
    known: CompletionCatalog, left: SourceColumns, right: SourceColumns
) -> Iterator[tuple[tuple[Pair, ...], str]]:
    """The pairs of each foreign key between two sources, either way; queries carry the keys of the
    columns they pass on.
    """
    for one, own in _passed_on(left):
        for other, theirs in _passed_on(right):
            for forward, key in known.keys_between(one, other):
                pairs = _pairs(one, other, key, forward=forward)
                if pairs and all(a in own and b in theirs for a, b in pairs):
                    yield (
                        tuple((own[a], theirs[b]) for a, b in pairs),
                        key.name or "foreign key",
                    )


def _passed_on(item: SourceColumns) -> list[tuple[Table, dict[str, str]]]:
    """The relations whose columns a source has, and the names it gives them."""
    found: dict[int, tuple[Table, dict[str, str]]] = {}
    for col in item.columns:
        if col.table is not None and col.column is not None:
            _, names = found.setdefault(id(col.table), (col.table, {}))
            names.setdefault(col.column.name, col.name)
    return list(found.values())


def _pairs(left: Table, right: Table, key: ForeignKey, *, forward: bool) -> tuple[Pair, ...]:
    target = right if forward else left
    ends = key.target_columns or target.primary_key
    if len(ends) != len(key.columns):
        return ()
    own = zip(key.columns, ends, strict=True)
    return tuple(own) if forward else tuple((end, column) for column, end in own)


def by_name(known: CompletionCatalog, left: SourceColumns, right: SourceColumns) -> Iterator[Pair]:
    """Columns of equal name and type, one of them a key; then `id` and one named for the table."""
    others = {known.key(col.name): col for col in right.columns}
    for col in left.columns:
        other = others.get(known.key(col.name))
        if other is not None and _alike(col, other) and (_is_key(col) or _is_key(other)):
            yield col.name, other.name
    yield from _by_table(left, right)
    yield from ((one, other) for other, one in _by_table(right, left))


def _by_table(left: SourceColumns, right: SourceColumns) -> Iterator[Pair]:
    """`left.id = right.left_id`."""
    if left.table is None or len(left.table.primary_key) != 1:
        return
    (key,) = left.table.primary_key
    name = left.table.ref.name
    wanted = {f"{stem}_{key}".lower() for stem in (name, name.removesuffix("s"))}
    for col in right.columns:
        if col.name.lower() in wanted:
            yield key, col.name


def _alike(one: Col, other: Col) -> bool:
    if one.column is None or other.column is None:
        return True
    return one.column.kind is other.column.kind


def _is_key(col: Col) -> bool:
    """Whether a column is a key's, of its own table or one that it names rows of."""
    table = col.table
    if table is None or col.column is None:
        return False
    name = col.column.name
    if name in table.primary_key or any(name in key.columns for key in table.foreign_keys):
        return True
    return any(index.unique and index.columns == (name,) for index in table.indexes)


def _written(
    known: CompletionCatalog, left: SourceColumns, right: SourceColumns, pairs: tuple[Pair, ...]
) -> str:
    one, other = left.source.written, right.source.written
    return " and ".join(f"{one}.{known.spelled(a)} = {other}.{known.spelled(b)}" for a, b in pairs)


def other_ends(known: CompletionCatalog, col: Col, item: SourceColumns) -> Iterator[str]:
    """The columns of `item` that a foreign key connects with `col`, as it names them."""
    if col.table is None or col.column is None:
        return
    for table, names in _passed_on(item):
        for forward, key in known.keys_between(col.table, table):
            for one, other in _pairs(col.table, table, key, forward=forward):
                if one == col.column.name and other in names:
                    yield names[other]
