"""The order in which changes can be made: parents first, what is let go before what takes it."""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby

from studio.edits.sql.layout import ChangeColumns, Group, part_of
from studio.model.catalog import Catalog, Table, TableRef
from studio.model.change import Change, Default, Delete, Insert, RowKey, Update
from studio.model.page import Value

_Key = tuple[TableRef, tuple[str, ...], tuple[str, ...]]
"""Values in columns of a table, as texts: '1' in a foreign key means 1 in its target."""

_PHASE = {Delete: 0, Insert: 1, Update: 2}


@dataclass(frozen=True, slots=True)
class Order:
    """Changes in the order they will run, neighbours of one layout together."""

    runs: tuple[Group, ...]
    cycle: tuple[int, ...] = ()
    """Changes that wait for each other: only deferred constraints let them pass."""


def ordered(
    changes: Sequence[Change],
    groups: Sequence[Group],
    tables: Mapping[TableRef, Table],
    catalog: Catalog | None = None,
) -> Order:
    """Sort `changes`, which `groups` holds, so that each finds what it needs; equal ones stay
    together. `catalog` knows the tables between those that change.
    """
    rank = _ranks(tables, catalog)
    parts = [part for group in groups for part in _numbered_apart(changes, group, tables)]
    sorted_groups = sorted(parts, key=lambda group: _group_key(group, rank, tables))
    one_row = _has_one_row_twice(groups)
    if not one_row and _is_free(groups, tables):
        return Order(tuple(sorted_groups))
    edges = _edges(changes, tables)
    if one_row:
        edges = chain(edges, _edges_of_one_row(changes))
    level, cycle = _levels(len(changes), edges)
    if not any(level):
        return Order(tuple(sorted_groups), cycle)
    by_place = {place: at for at, group in enumerate(sorted_groups) for place in group.places}
    places = sorted(range(len(changes)), key=lambda place: (level[place], by_place[place], place))
    runs = (
        part_of(changes, sorted_groups[at].layout, tuple(run))
        for at, run in groupby(places, key=by_place.__getitem__)
    )
    return Order(tuple(runs), cycle)


def _group_key(
    group: Group, rank: Mapping[TableRef, int], tables: Mapping[TableRef, Table]
) -> tuple[object, ...]:
    op, table, *names = group.layout
    depth = -rank[table] if op is Delete else rank[table]
    return (_PHASE[op], depth, table, _is_numbered(group, tables[table]), *names)


def _is_numbered(group: Group, table: Table) -> bool:
    """Whether these are new rows that leave their key to the database.

    A number it gives (SQLite: the greatest there is and one) may be one that another new row
    names, so those that name theirs come first.
    """
    if group.layout.op is not Insert or not table.primary_key:
        return False
    given = dict(zip(group.layout.after, group.columns["after"], strict=True))
    return any(name not in given or Default in given[name].types for name in table.primary_key)


def _numbered_apart(
    changes: Sequence[Change], group: Group, tables: Mapping[TableRef, Table]
) -> Iterator[Group]:
    """`group`, cut where some of its new rows name their whole key and others do not."""
    names = tables[group.layout.table].primary_key
    if not _is_numbered(group, tables[group.layout.table]) or not set(names) <= set(
        group.layout.after
    ):
        yield group
        return
    leaves = [any(isinstance(one.after[n], Default) for n in names) for one in group.changes]
    for wanted in (False, True):
        places = [p for p, left in zip(group.places, leaves, strict=True) if left is wanted]
        if places:
            yield part_of(changes, group.layout, places)


def _ranks(tables: Mapping[TableRef, Table], catalog: Catalog | None) -> dict[TableRef, int]:
    """How far below its farthest parent each table is; tables in a cycle are cut once."""
    rank: dict[TableRef, int] = {}
    entered: set[TableRef] = set()

    def depth(ref: TableRef) -> int:
        if ref in rank or ref in entered:
            return rank.get(ref, 0)
        entered.add(ref)
        table = tables.get(ref) or (catalog.find(ref) if catalog is not None else None)
        keys = table.foreign_keys if table is not None else ()
        above = [depth(key.target) + 1 for key in keys if key.target != ref]
        rank[ref] = max(above, default=0)
        return rank[ref]

    for ref in tables:
        depth(ref)
    return rank


def _has_one_row_twice(groups: Sequence[Group]) -> bool:
    """Whether two changes name one row; those are made in the order they were given."""
    seen: dict[tuple[TableRef, tuple[str, ...]], set[object]] = defaultdict(set)
    counts: dict[tuple[TableRef, tuple[str, ...]], int] = defaultdict(int)
    for group in groups:
        if group.layout.identity:
            at = group.layout.table, group.layout.identity
            columns = [column.values for column in group.columns["identity"]]
            # Most keys are one column, and ten thousand tuples of one value take 3 ms.
            seen[at].update(columns[0] if len(columns) == 1 else zip(*columns, strict=True))
            counts[at] += len(group.places)
    return any(len(seen[at]) < count for at, count in counts.items())


def _edges_of_one_row(changes: Sequence[Change]) -> Iterator[tuple[int, int]]:
    last: dict[RowKey, int] = {}
    for place, change in enumerate(changes):
        if change.identity:
            if change.key in last:
                yield last[change.key], place
            last[change.key] = place


def _edges(
    changes: Sequence[Change], tables: Mapping[TableRef, Table]
) -> Iterator[tuple[int, int]]:
    """(first, then) pairs: one row's change must come before another's."""
    keys = _keys(tables)
    gives: dict[_Key, list[int]] = defaultdict(list)
    frees: dict[_Key, list[int]] = defaultdict(list)
    for place, change in enumerate(changes):
        for names in keys.get(change.table, ()):
            old, new = old_values(change, names), new_values(change, names)
            if new is not None and new != old:
                gives[change.table, names, new].append(place)
            if old is not None and new != old:
                frees[change.table, names, old].append(place)
    for key, takers in gives.items():
        for taker in takers:
            yield from ((freer, taker) for freer in frees.get(key, ()) if freer != taker)
    yield from _reference_edges(changes, tables, gives, frees)


def _reference_edges(
    changes: Sequence[Change],
    tables: Mapping[TableRef, Table],
    gives: Mapping[_Key, Sequence[int]],
    frees: Mapping[_Key, Sequence[int]],
) -> Iterator[tuple[int, int]]:
    for place, change in enumerate(changes):
        for key in tables[change.table].foreign_keys:
            old, new = old_values(change, key.columns), new_values(change, key.columns)
            if new is not None and new != old:
                at = (key.target, key.target_columns, new)
                yield from ((giver, place) for giver in gives.get(at, ()) if giver != place)
            if old is None:
                continue
            for freer in frees.get((key.target, key.target_columns, old), ()):
                # One that stays is changed as it was seen, before the parent's new key follows.
                if freer != place and (new != old or isinstance(changes[freer], Update)):
                    yield place, freer


def _keys(tables: Mapping[TableRef, Table]) -> dict[TableRef, tuple[tuple[str, ...], ...]]:
    """The columns of each table that others refer to, or that are unique."""
    found: dict[TableRef, dict[tuple[str, ...], None]] = {ref: {} for ref in tables}
    for ref, table in tables.items():
        if table.primary_key:
            found[ref][table.primary_key] = None
        for index in table.indexes:
            if index.unique and index.columns:
                found[ref][index.columns] = None
        for key in table.foreign_keys:
            if key.target in found:
                found[key.target][key.target_columns] = None
    return {ref: tuple(names) for ref, names in found.items()}


def _is_free(groups: Sequence[Group], tables: Mapping[TableRef, Table]) -> bool:
    """Whether no change can make another wait: none of a key takes what another lets go, and none
    refers to what another changes.
    """
    touched = {
        (group.layout.table, names)
        for ref, keys in _keys(tables).items()
        for names in keys
        for group in groups
        if group.layout.table == ref and _touches(group.layout, names)
    }
    for ref, names in touched:
        found = [g.layout.op for g in groups if g.layout.table == ref and _touches(g.layout, names)]
        if Update in found or len(set(found)) > 1:
            return False
    return not any(
        _touches(group.layout, key.columns) and (key.target, key.target_columns) in touched
        for group in groups
        for key in tables[group.layout.table].foreign_keys
    )


def _touches(layout: ChangeColumns, names: Sequence[str]) -> bool:
    """Whether a change gives `names` other values, a row that comes or goes included."""
    return layout.op is not Update or not set(layout.after).isdisjoint(names)


def old_values(change: Change, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """What the row held in `names`; None when a value is unknown or NULL."""
    if isinstance(change, Insert):
        return None
    values: list[str] = []
    for name in names:
        value = change.before[name] if name in change.before else change.identity.get(name)
        if value is None:
            return None
        values.append(_text(value))
    return tuple(values)


def new_values(change: Change, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """What the row will hold in `names`; None when a value is unknown or NULL."""
    if isinstance(change, Delete):
        return None
    values: list[str] = []
    for name in names:
        value = change.after.get(name, change.before.get(name, change.identity.get(name)))
        if value is None or isinstance(value, Default):
            return None
        values.append(_text(value))
    return tuple(values)


def _text(value: Value) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _levels(count: int, edges: Iterator[tuple[int, int]]) -> tuple[list[int], tuple[int, ...]]:
    """The longest way to each place, and the places on or behind a cycle."""
    after: dict[int, list[int]] = defaultdict(list)
    waits = [0] * count
    for first, then in edges:
        after[first].append(then)
        waits[then] += 1
    level = [0] * count
    ready = deque(place for place in range(count) if waits[place] == 0)
    done = 0
    while ready:
        place = ready.popleft()
        done += 1
        for then in after.get(place, ()):
            level[then] = max(level[then], level[place] + 1)
            waits[then] -= 1
            if waits[then] == 0:
                ready.append(then)
    if done == count:
        return level, ()
    return level, tuple(place for place in range(count) if waits[place] > 0)
