"""What the catalog pane lists: placed by the ten thousand, written out only where it is seen."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from studio.model.relation import TableKind, TableRef, TableSummary
from studio.ui.widgets.labels import plain

if TYPE_CHECKING:
    from studio.doctor.known import KnownHealth
    from studio.model.catalog import Table
    from studio.model.stored import StoredObject

_GROUPS = {
    TableKind.VIEW: "views",
    TableKind.MATERIALIZED_VIEW: "views",
    TableKind.PARTITION: "partitions",
    TableKind.SHADOW: "internal",
    TableKind.SYSTEM: "system",
}
"""Kinds that are listed below the tables, in this order."""
_STORED = {
    "function": "functions",
    "procedure": "functions",
    "aggregate": "functions",
    "trigger": "triggers",
    "sequence": "sequences",
    "type": "types",
    "domain": "types",
    "extension": "extensions",
}
"""What has a source besides relations, in this order; other kinds follow by their own names."""
_RELATIONS = {"view", "materialized view"}
"""Kinds that are listed as relations already."""
_THOUSAND = 1000
_SIGNS = {"error": "E", "warning": "W"}
"""Of the gravest finding on a relation, by its severity's value."""

Key = tuple[str, ...]
"""What stays the same while lines come and go: the path in the tree."""


class CatalogLine(NamedTuple):
    """One line of the pane."""

    key: Key
    depth: int
    text: str
    right: str = ""
    ref: TableRef | None = None
    """The relation that opens with this line."""
    is_open: bool | None = None
    """None: nothing below it."""
    dim: bool = False
    stored: "StoredObject | None" = None
    """What has a source, which this line shows."""


class _Placed(NamedTuple):
    """A relation's line, not written out yet."""

    summary: TableSummary
    depth: int


class CatalogLines:
    """Relations by schema, some unfolded; or, of all, those whose name holds a text."""

    def __init__(self) -> None:
        self.summaries: tuple[TableSummary, ...] = ()
        self.tables: dict[TableRef, Table] = {}
        """Those whose columns are known."""
        self.open: set[Key] = set()
        """What is unfolded."""
        self.stored: dict[str, dict[str, list[StoredObject]]] = {}
        """What has a source besides relations: by schema, and by the name of its group."""
        self.health: KnownHealth | None = None
        """What was found wrong, by relation."""
        self.needle = ""
        """Case-folded; empty: everything is listed."""
        self._entries: list[CatalogLine | _Placed] = []

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self._entries)

    def __getitem__(self, index: int) -> CatalogLine:
        """The line at `index`. Raises IndexError."""
        entry = self._entries[index]
        return entry if isinstance(entry, CatalogLine) else self._written(entry)

    def index(self, key: Key) -> int | None:
        """Where the line of that key is now."""
        for index, entry in enumerate(self._entries):
            if isinstance(entry, CatalogLine):
                if entry.key == key:
                    return index
            elif entry.summary.ref.name in key and _key(entry.summary) == key:
                return index
        return None

    def above(self, summary: TableSummary) -> set[Key]:
        """What must be unfolded for the line of a relation to be listed."""
        schema = summary.ref.schema or ""
        title = _GROUPS.get(summary.kind)
        members = (one.kind for one in self.summaries if (one.ref.schema or "") == schema)
        if title is None or all(kind is TableKind.SYSTEM for kind in members):
            return {(schema,)}
        return {(schema,), (schema, f"{title}:")}

    def place_of(self, summary: TableSummary) -> int | None:
        """Where the line of a relation is, if it is listed."""
        return self.index(_key(summary))

    def first_relation(self) -> int:
        """The first line that opens a relation; 0 where there is none."""
        return next((i for i, entry in enumerate(self._entries) if isinstance(entry, _Placed)), 0)

    def store(self, found: "Sequence[StoredObject]") -> None:
        """List these too."""
        self.stored = {}
        for one in found:
            if one.kind in _RELATIONS:
                continue
            groups = self.stored.setdefault(
                one.ref.schema or "", {title: [] for title in _STORED.values()}
            )
            groups.setdefault(_STORED.get(one.kind, one.kind), []).append(one)

    def rebuild(self) -> None:
        """List anew what is there."""
        self._entries = list(self._matching() if self.needle else self._tree())

    def _matching(self) -> Iterator[CatalogLine | _Placed]:
        for summary in self.summaries:
            if self.needle in str(summary.ref).casefold():
                yield _Placed(summary, 0)
        for groups in self.stored.values():
            for title, group in groups.items():
                for one in group:
                    if self.needle in str(one.ref).casefold():
                        yield _stored_line(one, title, 0, str(one.ref), one.kind)

    def _tree(self) -> Iterator[CatalogLine | _Placed]:
        by_schema: dict[str, list[TableSummary]] = {}
        for summary in self.summaries:
            by_schema.setdefault(summary.ref.schema or "", []).append(summary)
        for schema in self.stored:
            by_schema.setdefault(schema, [])
        for schema, members in by_schema.items():
            key = (schema,)
            is_open = key in self.open
            yield CatalogLine(
                key, 0, schema or "main", str(len(members)), is_open=is_open, dim=True
            )
            if is_open:
                yield from self._schema(schema, members)

    def _schema(
        self, schema: str, members: Sequence[TableSummary]
    ) -> Iterator[CatalogLine | _Placed]:
        if members and all(member.kind is TableKind.SYSTEM for member in members):
            yield from self._relations(members, 1)
            return
        groups: dict[str, list[TableSummary]] = {title: [] for title in _GROUPS.values()}
        tables: list[TableSummary] = []
        for member in members:
            title = _GROUPS.get(member.kind)
            (tables if title is None else groups[title]).append(member)
        yield from self._relations(tables, 1)
        for title, group in groups.items():
            if not group:
                continue
            key = (schema, f"{title}:")
            is_open = key in self.open
            yield CatalogLine(key, 1, title, str(len(group)), is_open=is_open, dim=True)
            if is_open:
                yield from self._relations(group, 2)
        yield from self._stored(schema)

    def _stored(self, schema: str) -> Iterator[CatalogLine]:
        for title, group in self.stored.get(schema, {}).items():
            if not group:
                continue
            key = (schema, f"{title}:")
            is_open = key in self.open
            yield CatalogLine(key, 1, title, str(len(group)), is_open=is_open, dim=True)
            if is_open:
                for one in group:
                    is_called = one.detail.startswith("(")
                    text = f"{one.ref.name}{one.detail}" if is_called else one.ref.name
                    yield _stored_line(one, title, 2, text, "" if is_called else one.detail)

    def _relations(
        self, summaries: Iterable[TableSummary], depth: int
    ) -> Iterator[CatalogLine | _Placed]:
        for summary in summaries:
            yield _Placed(summary, depth)
            table = self.tables.get(summary.ref)
            if table is not None and _key(summary) in self.open:
                yield from _columns(table, _key(summary), depth + 1)

    def _written(self, entry: _Placed) -> CatalogLine:
        summary = entry.summary
        text = str(summary.ref) if self.needle else summary.ref.name
        key = _key(summary)
        right = short_count(summary.row_estimate, exact=summary.exact)
        if self.health is not None:
            found = self.health.gravest(str(summary.ref))
            # Counts stay under each other.
            right = f"{right} {_SIGNS[found] if found is not None else ' '}"
        is_open = None if self.needle else key in self.open
        return CatalogLine(key, entry.depth, text or "''", right, summary.ref, is_open)


def _key(summary: TableSummary) -> Key:
    return (summary.ref.schema or "", summary.ref.name, summary.kind.value)


def _stored_line(one: "StoredObject", title: str, depth: int, text: str, right: str) -> CatalogLine:
    key = (one.ref.schema or "", f"{title}:", one.kind, one.ref.name, one.detail)
    return CatalogLine(key, depth, text, plain(right), stored=one)


def _columns(table: "Table", above: Key, depth: int) -> Iterator[CatalogLine]:
    linked = {name for key in table.foreign_keys for name in key.columns}
    for column in table.columns:
        sign = "◊" if column.name in table.primary_key else "→" if column.name in linked else ""
        right = f"{plain(column.type_name)} {sign}".rstrip()
        yield CatalogLine((*above, column.name), depth, column.name, right, dim=True)


def short_count(rows: int | None, *, exact: bool) -> str:
    """A row count in at most five cells: `12`, `~4.2k`, `10M`."""
    if rows is None:
        return ""
    size = float(rows)
    for unit in ("", "k", "M", "G", "T"):
        if size < _THOUSAND or unit == "T":
            break
        size /= _THOUSAND
    number = f"{size:.0f}" if not unit or size >= 10 else f"{size:.1f}".removesuffix(".0")  # noqa: PLR2004 two digits are enough to compare by eye
    return f"{'' if exact else '~'}{number}{unit}"
