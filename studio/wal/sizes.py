"""How many pages every table and index takes, counted from the pages that lead to others."""

from dataclasses import asdict, dataclass
from typing import Any

from studio.wal.btree import cells, parse_page
from studio.wal.history import History
from studio.wal.schema import SCHEMA_ROOT, SchemaEntry, read_schema
from studio.wal.states import State, UnreadableDatabase
from studio.wal.virtual import shadows

_MOST_READ = 20_000
"""Pages whose cells are read to count the pages that large values go on in: some 2 s."""
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Size:
    """One table or index."""

    name: str
    kind: str
    """`table` or `index`; `free` for pages of nothing, `other` for what a file needs itself."""
    table: str
    """The table it belongs to; that of a virtual table is the virtual one."""
    pages: int
    is_estimate: bool = False
    """Pages of large values were counted from a part of the tree."""
    is_damaged: bool = False
    """Part of it cannot be read, and is not counted."""


@dataclass(frozen=True, slots=True)
class PageSizes:
    """A database by what takes its pages."""

    page_size: int
    db_pages: int
    parts: tuple[Size, ...]
    """The largest first."""


@dataclass
class _Tree:
    entry: SchemaEntry
    pages: int = 0
    holding: tuple[int, ...] = ()
    """Its pages that hold records."""
    is_damaged: bool = False
    overflow: int = 0
    is_estimate: bool = False


def sizes(history: History) -> PageSizes:
    """Of the newest state. Reads interior pages, and leaves only where large values leave pages to
    account for. Raises Unreadable where there is no schema.
    """
    state = history.state(history.frames.mx_frame)
    schema = read_schema(state, state.header)
    whose = shadows(schema)
    schema_tree = SchemaEntry("table", "sqlite_schema", "sqlite_schema", SCHEMA_ROOT, "")
    trees = [_counted(state, entry) for entry in (schema_tree, *schema) if entry.root]
    other, free = _maps(state, len(history.pages_there(state))), state.header.free_pages
    left = state.db_pages - other - free - sum(tree.pages for tree in trees)
    if left > 0:
        _count_overflow(state, trees)
    parts = [
        Size(
            tree.entry.name,
            tree.entry.kind,
            whose.get(tree.entry.table, tree.entry.table),
            tree.pages + tree.overflow,
            tree.is_estimate,
            tree.is_damaged,
        )
        for tree in trees
    ]
    parts += [Size(kind, kind, "", count) for kind, count in (("free", free), ("other", other))]
    parts = [part for part in parts if part.pages or part.kind in {"table", "index"}]
    parts.sort(key=lambda part: (-part.pages, part.name))
    return PageSizes(state.history.page_size, state.db_pages, tuple(parts))


def _counted(state: State, entry: SchemaEntry) -> _Tree:
    tree, level, seen = _Tree(entry), [entry.root], set[int]()
    holding: list[int] = []
    for _ in range(_DEEPEST):
        below: list[int] = []
        for number in level:
            page = parse_page(state.read(number), number)
            if page is None or number in seen:
                tree.is_damaged = True
                continue
            seen.add(number)
            if page.holds_records:
                holding.append(number)
            below += page.children
        if not below:
            break
        first = parse_page(state.read(below[0]), below[0])
        if first is not None and not first.is_interior:
            # All are leaves when one is: their parents have named them.
            leaves = {n for n in below if 1 <= n <= state.db_pages} - seen
            seen |= leaves
            holding += sorted(leaves)
            break
        level = below
    tree.pages, tree.holding = len(seen), tuple(holding)
    return tree


def _count_overflow(state: State, trees: list[_Tree]) -> None:
    total = sum(len(tree.holding) for tree in trees)
    step = -(-total // _MOST_READ)
    for tree in trees:
        read = tree.holding[::step]
        found = sum(_overflow(state, number) for number in read)
        tree.overflow = round(found * len(tree.holding) / len(read)) if read else 0
        tree.is_estimate = step > 1 and found > 0


def _overflow(state: State, number: int) -> int:
    page, usable = parse_page(state.read(number), number), state.header.usable
    try:
        beyond = [cell.size - len(cell.local) for cell in (cells(page, usable) if page else ())]
    except UnreadableDatabase:
        return 0
    return min(state.db_pages, sum(-(-size // (usable - 4)) for size in beyond))


def _maps(state: State, last: int) -> int:
    """Pages that are no table's: pointer maps, and the one that is never used."""
    count = int(state.history.lock_page <= last)
    if state.header.auto_vacuum and last > 1:
        # The first is page 2, and each says what the pages up to the next are.
        count += (last - 2) // (state.header.usable // 5 + 1) + 1
    return count


def packed(found: PageSizes) -> dict[str, Any]:
    """The sizes as JSON that `unpacked` reads."""
    return asdict(found)


def unpacked(raw: dict[str, Any]) -> PageSizes:
    """What `packed` wrote."""
    return PageSizes(**raw | {"parts": tuple(Size(**part) for part in raw["parts"])})
