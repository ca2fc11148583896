"""Which rows differ between two states, from pages alone.

The two trees of a table are walked side by side over their interior pages. Leaves are read where
the page itself changed, or belongs to one of the trees only; rows that only moved cancel.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from studio.wal.btree import cells, overflow_pages, parse_page
from studio.wal.history import History, touched_pages
from studio.wal.records import Stored
from studio.wal.schema import SchemaEntry, read_schema
from studio.wal.states import NotThere, State, UnreadableDatabase
from studio.wal.tables import Key, Row
from studio.wal.trees import GuardedState, TableTree

STRUCTURE = "sqlite_schema"
"""The name under which what changed of tables, indexes, views and triggers is told."""
_INTERNAL = "sqlite_"
_KINDS = {type(None): 0, int: 1, float: 1, str: 2, bytes: 3}
"""SQLite's order of kinds of values."""
Pair = tuple[TableTree, TableTree]


@dataclass(frozen=True, slots=True)
class Change:
    """One row that differs."""

    kind: str
    """`insert`, `update`, `delete`."""
    key: Key
    """The rowid, or the primary key of a WITHOUT ROWID table."""
    before: Row | None
    after: Row | None


Changes = dict[str, tuple[Change, ...]]


def rows_of_commit(history: History, frame: int, only: str | None = None) -> Changes:
    """What the commit that ends with that frame changed, by table.

    Raises Unreadable: why it cannot be told.
    """
    frames = [0, *(commit.last_frame for commit in history.commits)]
    must_be_reachable(history, frame)
    return _between(history, frames[frames.index(frame) - 1], frame, only)


def row_counts(history: History, frame: int) -> dict[str, dict[str, int]] | None:
    """How many rows of each kind it changed, by table; None where it cannot be told."""
    try:
        changes = rows_of_commit(history, frame)
    except UnreadableDatabase:
        return None
    return {table: Counter(change.kind for change in found) for table, found in changes.items()}


def rows_between(history: History, first: int, second: int, only: str | None = None) -> Changes:
    """What is different in the second of two commits; 0 is the main file alone.

    Raises Unreadable: why it cannot be told.
    """
    for frame in (first, second):
        if frame:
            must_be_reachable(history, frame)
    return _between(history, first, second, only)


def must_be_reachable(history: History, frame: int) -> None:
    """Raises Unreadable where no such commit can be rebuilt, with the reason."""
    commit = next((one for one in history.commits if one.last_frame == frame), None)
    if commit is None:
        raise UnreadableDatabase(_no_commit(history, frame))
    if frame not in history.reachable:
        raise UnreadableDatabase(history.why_lost(commit))


def _no_commit(history: History, frame: int) -> str:
    if not history.commits:
        return f"there is no commit {frame}: the WAL holds none"
    if history.frames.mx_frame < frame <= len(history.frames.frames):
        return f"frame {frame} was never committed: the last commit is {history.frames.mx_frame}"
    near = min((c.last_frame for c in history.commits), key=lambda last: abs(last - frame))
    return (
        f"there is no commit {frame}: a commit is named by its last frame, as `studio wal` lists "
        f"them; the nearest is {near}"
    )


def _between(history: History, first: int, second: int, only: str | None) -> Changes:
    low, high = sorted((first, second))
    pages = touched_pages(c for c in history.commits if low < c.last_frame <= high)
    return changed_rows(history.state(first), history.state(second), pages, only)


def changed_rows(
    before: State, after: State, pages: Iterable[int], only: str | None = None
) -> Changes:
    """What changed, by table. `pages` are those that may differ.

    `only` names one table; without it SQLite's own are left out. Raises Unreadable, Lost where a
    page is needed that is not there any more.
    """
    sides = GuardedState(before), GuardedState(after)
    changed = frozenset(page for page in pages if before.version(page) != after.version(page))
    loose = _loose(after, changed)
    found: Changes = {}
    entries = _entries(sides[0]), _entries(sides[1])
    structure = tuple(_structure(*entries))
    if structure and (only is None or only.casefold() == STRUCTURE):
        found[STRUCTURE] = structure
    for old, new in _pairs(*map(_tables, entries)):
        names = [entry.name for entry in (new, old) if entry]
        if not _is_wanted(names, only):
            continue
        trees = TableTree(sides[0], old), TableTree(sides[1], new)
        differing = tuple(_compared(trees, changed, loose))
        if differing or only is not None:
            found[names[0]] = differing
    if only is not None and not found:
        raise NotThere(f"there is no table called {only!r} before or after")
    return found


def _loose(after: State, changed: frozenset[int]) -> frozenset[int]:
    """Overflow pages that changed while no record that leads to them did: a change inside a large
    value (incremental BLOB I/O) writes them alone.
    """
    usable, found, named = after.header.usable, set[int](), set[int]()
    for number in changed:
        page = parse_page(after.read(number), number)
        if page is None:
            found.add(number)
            continue
        for cell in cells(page, usable):
            # A long chain is followed once, by the record that leads to it.
            named.update(link for link, _ in overflow_pages(after, cell, usable))
    found -= named
    if not found:
        return frozenset()
    free = {page for trunk, leaves in after.trunks() for page in (trunk, *leaves)}
    maps = {page for page in found if after.header.auto_vacuum and after.map_page(page) == page}
    return frozenset(page for page in found - free - maps if 1 < page <= after.db_pages)


def _is_wanted(names: list[str], only: str | None) -> bool:
    if only is None:
        return not names[0].lower().startswith(_INTERNAL)
    return only.casefold() in {name.casefold() for name in names}


def _entries(side: GuardedState) -> tuple[SchemaEntry, ...]:
    if not side.state.db_pages:
        return ()
    side.read(1)
    return read_schema(side, side.state.header)


def _tables(entries: tuple[SchemaEntry, ...]) -> dict[str, SchemaEntry]:
    return {entry.name: entry for entry in entries if entry.kind == "table" and entry.root > 1}


def _structure(before: tuple[SchemaEntry, ...], after: tuple[SchemaEntry, ...]) -> Iterator[Change]:
    """What became of tables, indexes, views and triggers; where their trees begin is left out."""
    was, now = ({entry.name: _described(entry) for entry in one} for one in (before, after))
    for name in sorted({**was, **now}):
        old, new = was.get(name), now.get(name)
        if old == new or name.lower().startswith(_INTERNAL):
            continue
        kind = "insert" if old is None else "delete" if new is None else "update"
        yield Change(kind, (name,), old, new)


def _described(entry: SchemaEntry) -> Row:
    return {"type": entry.kind, "name": entry.name, "tbl_name": entry.table, "sql": entry.sql}


def _pairs(
    before: dict[str, SchemaEntry], after: dict[str, SchemaEntry]
) -> Iterator[tuple[SchemaEntry | None, SchemaEntry | None]]:
    """The same table before and after: by name, or by where it is when it was renamed."""
    left = {entry.root: entry for name, entry in before.items() if name not in after}
    for name, entry in after.items():
        yield before[name] if name in before else left.pop(entry.root, None), entry
    for entry in left.values():
        yield entry, None


def _compared(trees: Pair, changed: frozenset[int], loose: frozenset[int]) -> Iterator[Change]:
    first, second = trees
    shared = frozenset(first.interior.keys() & second.interior.keys()) - changed
    reach = first.nodes(shared, changed), second.nodes(shared, changed)
    wanted = (
        {page for page in reach[0] if page in changed or page not in reach[1]},
        {page for page in reach[1] if page in changed or page not in reach[0]},
    )
    if loose:
        holding = first.holding(loose) | second.holding(loose)
        # A leaf of one state may be a page of another table in the other.
        wanted = wanted[0] | first.own(holding), wanted[1] | second.own(holding)
    was, now = first.records(wanted[0]), second.records(wanted[1])
    differing = [key for key in {**was, **now} if was.get(key) != now.get(key)]
    before = first.rows({key: was[key] for key in differing if key in was})
    after = second.rows({key: now[key] for key in differing if key in now})
    for key in sorted(differing, key=_order):
        old, new = before.get(key), after.get(key)
        shown = first.shown_key(key, old) if new is None else second.shown_key(key, new)
        if old is None or new is None:
            yield Change("insert" if old is None else "delete", shown, old, new)
        elif _exact(old) != _exact(new):
            yield Change("update", shown, old, new)


def _exact(row: Row) -> list[tuple[str, type, str | Stored]]:
    """A row so that 1, 1.0 and -0.0 differ."""
    return [
        (name, type(value), repr(value) if isinstance(value, float) else value)
        for name, value in row.items()
    ]


def _order(key: Key) -> list[tuple[int, Stored]]:
    return [(_KINDS[type(value)], 0 if value is None else value) for value in key]


# -- as JSON ---------------------------------------------------------------------------------------


def packed(changes: Changes) -> dict[str, Any]:
    """The changes as JSON that `unpacked` reads: what JSON has no word for is in a list."""
    return {
        table: [
            [
                one.kind,
                [_packed(v) for v in one.key],
                packed_row(one.before),
                packed_row(one.after),
            ]
            for one in found
        ]
        for table, found in changes.items()
    }


def unpacked(raw: dict[str, Any]) -> Changes:
    """What `packed` wrote."""
    return {
        table: tuple(
            Change(kind, tuple(_unpacked(v) for v in key), unpacked_row(old), unpacked_row(new))
            for kind, key, old, new in found
        )
        for table, found in raw.items()
    }


def packed_row(row: Row | None) -> dict[str, Any] | None:
    """A row as JSON that `unpacked_row` reads."""
    return None if row is None else {name: _packed(value) for name, value in row.items()}


def unpacked_row(row: dict[str, Any] | None) -> Row | None:
    """What `packed_row` wrote."""
    return None if row is None else {name: _unpacked(value) for name, value in row.items()}


def _packed(value: Stored) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, bytes):
        return ["hex", value.hex()]
    return ["real", value.hex()] if isinstance(value, float) else value


def _unpacked(value: Any) -> Stored:  # noqa: ANN401 - JSON
    match value:
        case ["hex", str(text)]:
            return bytes.fromhex(text)
        case ["real", str(text)]:
            return float.fromhex(text)
        case _:
            return cast("Stored", value)
