"""Whose every page is: the table or index it belongs to, after each commit.

The parents of pages are learnt once from the interior pages of the first state, and then kept up
with what each commit wrote. Only parents of pages in the WAL and of interior pages are kept, so
memory is bounded by these. Overflow pages are found from the cells a commit wrote.
"""

from collections.abc import Iterable, Iterator

from studio.wal.btree import cells, overflow_pages, parse_page
from studio.wal.frames import Commit
from studio.wal.history import History
from studio.wal.pages import StatePages
from studio.wal.schema import SCHEMA_ROOT, SchemaEntry, read_schema
from studio.wal.states import State, UnreadableDatabase

SCHEMA = "schema"
UNKNOWN = "unknown"
GONE = "gone"
"""A page beyond the new end of a database that became smaller."""
_MOST_INTERIOR = 400_000
_MOST_CLIMBS = 64
_MOST_CHAINED = 20_000
"""Overflow pages and leaves that are looked at to name the overflow pages of one commit."""
_FIRST_OVERFLOW, _OVERFLOW = 3, 4
"""Kinds of the pointer map."""


class Owners:
    """The owners in one state, moved on commit by commit."""

    def __init__(
        self,
        history: StatePages,
        first: State | None = None,
        overflow: dict[int, str] | None = None,
    ) -> None:
        """As the main file has them, before the first commit; or as in the state `first`, with what
        is known of overflow pages then.
        """
        state = history.state(0) if first is None else first
        self.schema: tuple[SchemaEntry, ...] = ()
        self.is_restructured = False
        """Whether the last commit it was moved on by changed what the schema says."""
        self._wanted = history.wal_pages
        self._names: dict[int, str] = {}
        self._parents: dict[int, int] = {}
        self._children: dict[int, tuple[int, ...]] = {}
        self._overflow: dict[int, str] = {} if overflow is None else overflow
        self._free_of: dict[tuple[int, ...], dict[int, str]] = {}
        self._read_schema(state)
        self._learn(state, tuple(self._names))

    def owner(self, page: int) -> str | None:
        """The tree a page is part of; None when it is in none."""
        for _ in range(_MOST_CLIMBS):
            if page in self._names:
                return self._names[page]
            if page not in self._parents:
                return None
            page = self._parents[page]
        return None

    def children(self, page: int) -> tuple[int, ...]:
        """The children that are kept of an interior page."""
        return self._children.get(page, ())

    def move_on(self, commit: Commit, after: State) -> None:
        """Take in what `commit` wrote."""
        self.is_restructured = False
        for page in commit.pages:
            self._forget(page)
        if 1 in commit.pages or any(self.owner(page) == SCHEMA for page in commit.pages):
            known, schema = self._names, self.schema
            self._read_schema(after)
            self.is_restructured = _said(schema) != _said(self.schema)
            self._learn(after, [root for root in self._names if root not in known])
        pending = list(commit.pages)
        while pending:
            # A page that is in no tree may still look like one of its former tree.
            placed = [page for page in pending if self.owner(page) is not None]
            if not placed:
                return
            self._learn(after, placed)
            pending = [page for page in pending if page not in set(placed)]

    def touched(self, commit: Commit, after: State) -> dict[str, int]:
        """How many of a commit's pages each owner has, by name."""
        found: dict[str, int] = {}
        for _, label in self.labels(commit.pages, after):
            found[label] = found.get(label, 0) + 1
        return dict(sorted(found.items()))

    def labels(self, pages: Iterable[int], after: State) -> Iterator[tuple[int, str]]:
        """Each page with what it is in that state, which this has been moved on to."""
        placed: dict[int, str] = {}
        left: list[int] = []
        for page in pages:
            owner = self.owner(page)
            if owner is not None:
                placed[page] = owner
            else:
                left.append(page)
        if left:
            placed |= self._outside(left, placed, after)
        yield from sorted(placed.items())

    def _outside(self, left: list[int], trees: dict[int, str], after: State) -> dict[int, str]:
        """Pages that are in no tree."""
        try:
            free = self._free(after)
        except UnreadableDatabase:
            return dict.fromkeys(left, UNKNOWN)
        found = {page: kind for page in left if (kind := _without_owner(page, free, after))}
        missing = {page for page in left if page not in found}
        followed = self._follow_chains(missing, trees, after) if missing else {}
        self._overflow |= followed
        for page in missing:
            owner = followed.get(page) or self._by_pointer_map(page, after)
            # A change inside a large value writes no page of the tree.
            owner = owner or self._overflow.get(page)
            found[page] = f"{owner} (overflow)" if owner else UNKNOWN
        return found

    def _free(self, after: State) -> dict[int, str]:
        """The freelist; kept while no trunk changes."""
        trunks = list(after.trunks())
        key = tuple(number for trunk, _ in trunks for number in (trunk, after.version(trunk)))
        if key not in self._free_of:
            found = {leaf: "freelist-leaf" for _, leaves in trunks for leaf in leaves}
            found |= {trunk: "freelist-trunk" for trunk, _ in trunks}
            self._free_of = {key: found}
        return self._free_of[key]

    def _follow_chains(
        self, missing: set[int], trees: dict[int, str], after: State
    ) -> dict[int, str]:
        """Name overflow pages from the cells of the tree pages that the commit wrote."""
        found: dict[int, str] = {}
        budget, usable = _MOST_CHAINED, after.header.usable
        for number, owner in trees.items():
            page = parse_page(after.read(number), number)
            try:
                for cell in cells(page, usable) if page else ():
                    for link, _ in overflow_pages(after, cell, usable):
                        budget -= 1
                        if link in missing:
                            found[link] = owner
                        if budget < 0 or len(found) == len(missing):
                            return found
            except UnreadableDatabase:
                continue
        return found

    def _by_pointer_map(self, page: int, after: State) -> str | None:
        """An auto-vacuum database says what an overflow page hangs on."""
        for _ in range(_MOST_CHAINED):
            entry = after.pointer_map(page)
            if entry is None or entry[0] not in {_FIRST_OVERFLOW, _OVERFLOW}:
                return None
            page = entry[1]
            if entry[0] == _FIRST_OVERFLOW:
                return self.owner(page)
        return None

    def _read_schema(self, state: State) -> None:
        try:
            self.schema = read_schema(state, state.header)
        except UnreadableDatabase:
            self.schema = ()
        roots = {entry.root: entry.label for entry in self.schema if entry.root > SCHEMA_ROOT}
        self._names = {SCHEMA_ROOT: SCHEMA} | roots

    def _forget(self, page: int) -> None:
        for child in self._children.pop(page, ()):
            if self._parents.get(child) == page:
                del self._parents[child]

    def _learn(self, state: State, pages: Iterable[int]) -> None:
        """Read the interior pages among `pages`, and below those what is not known."""
        waiting = list(pages)
        while waiting and len(self._children) < _MOST_INTERIOR:
            number = waiting.pop()
            below = _children(state, number)
            if not below:
                continue
            if not _children(state, below[0]):
                # All are leaves when one is.
                below = tuple(child for child in below if child in self._wanted)
            else:
                waiting += [c for c in below if c not in self._children and c != number]
            self._forget(number)
            self._children[number] = below
            for child in below:
                if child not in self._names:
                    self._parents[child] = number


def _said(schema: tuple[SchemaEntry, ...]) -> list[tuple[str, str, str]]:
    return [(entry.kind, entry.name, entry.sql) for entry in schema]


def _without_owner(page: int, free: dict[int, str], after: State) -> str | None:
    """What a page is that no table or index owns."""
    if page > after.db_pages:
        return GONE
    if page in free:
        return free[page]
    if after.header.auto_vacuum and after.map_page(page) == page:
        return "ptrmap"
    return "lock-byte" if page == after.history.lock_page else None


def _children(state: State, number: int) -> tuple[int, ...]:
    """The pages below an interior page; of any other, none."""
    history, version = state.history, state.version(number)
    known, key = history.interior, (number, version)
    if key in known:
        return known[key]
    page = parse_page(state.read(number), number)
    children = page.children if page is not None else ()
    # Of a page that a checkpoint may have overwritten, this is not what it held.
    if page is not None and (version or number not in history.wal_pages):
        known[key] = children
    return children


def touched(history: History) -> tuple[dict[str, int], ...]:
    """How many pages each commit wrote of each table and index; asked again, only of new ones."""
    known, commits = history.labels, history.commits
    if len(known) < len(commits):
        last = commits[len(known) - 1].last_frame if known else 0
        owners = Owners(history, history.state(last), history.overflow)
        for commit in commits[len(known) :]:
            after = history.state(commit.last_frame)
            owners.move_on(commit, after)
            known.append(owners.touched(commit, after))
            if owners.is_restructured:
                history.restructured.add(commit.last_frame)
    return tuple(known)
