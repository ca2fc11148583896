"""Which rows INSERT can put back where they came from."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from studio.model.catalog import Column, Table
from studio.model.errors import ConfigInvalid, StatementFailed
from studio.model.page import Value
from studio.model.relation import TableKind, TableRef
from studio.queries.query import Query
from studio.sqltext.names import dotted_names
from studio.sqltext.one_table import one_table
from studio.sqltext.syntax import Syntax

ReadTable = Callable[[TableRef], Awaitable[Table]]
_MADE = {TableKind.VIEW, TableKind.MATERIALIZED_VIEW, TableKind.SYSTEM, TableKind.SHADOW}
"""Relations whose rows are not put there by INSERT."""
_PARTS = 2


@dataclass(frozen=True, slots=True)
class Into:
    """Where one answer's rows are to be put, and which of its columns."""

    table: TableRef
    columns: tuple[Column, ...]
    """Of the table, as they are given; empty where nothing is known of it."""
    places: tuple[int, ...]
    """Of the answer's columns, those that take values."""

    def row(self, row: Sequence[Value]) -> tuple[Value, ...]:
        """What of a row is put there."""
        return tuple(row[place] for place in self.places)


@dataclass(frozen=True, slots=True)
class Replay:
    """What is known of a query before its rows come."""

    table: TableRef | None
    known: Table | None
    why_not: str
    syntax: Syntax

    def into(self, names: Sequence[str]) -> Into:
        """Where rows with columns of these names go. Raises ConfigInvalid for those that no INSERT
        puts back.
        """
        if self.table is None or self.why_not:
            raise ConfigInvalid(refusal(self.why_not))
        if self.known is None:
            if len({self._key(name) for name in names}) < len(names):
                raise ConfigInvalid(
                    "--format insert names each column once, and here one comes twice: nothing "
                    "was written. Give it another name with AS, or leave it out"
                )
            return Into(self.table, (), tuple(range(len(names))))
        own = {self._key(column.name): column for column in self.known.columns}
        found = [own.get(self._key(name)) for name in names]
        for name, column in zip(names, found, strict=True):
            if column is None:
                raise ConfigInvalid(refusal(f"{self.known.ref.name} has no column {name}"))
        given = [(i, column) for i, column in enumerate(found) if column and _takes(column)]
        if not given or len({column.name for _, column in given}) < len(given):
            raise ConfigInvalid(refusal("a column comes twice, or none takes a value"))
        columns = tuple(column for _, column in given)
        return Into(self.known.ref, columns, tuple(i for i, _ in given))

    def _key(self, name: str) -> str:
        return name if self.syntax.folds_names else name.casefold()


def _takes(column: Column) -> bool:
    return column.generated is None


def refusal(why: str) -> str:
    """What is said of a query whose rows cannot be put back."""
    return (
        f"--format insert puts rows back where they came from, and here {why}: nothing was "
        "written. --table NAME says where they are to go"
    )


async def replay(query: Query, syntax: Syntax, named: str, read: ReadTable) -> Replay:
    """What the text of `query`, or `named`, says of where its rows belong. Raises ConfigInvalid for
    one that surely gives rows and that no INSERT puts back.
    """
    name, why_not = _named(named, syntax), ""
    if not name:
        found = one_table(query.text, syntax)
        name, why_not = found.name, found.why_not
    if why_not:
        if query.facts.returns_rows:
            raise ConfigInvalid(refusal(why_not))
        return Replay(None, None, why_not, syntax)
    ref = TableRef(name[-_PARTS] if len(name) >= _PARTS else None, name[-1])
    try:
        known = await read(ref)
    except StatementFailed:
        # Where nothing else names it, the statement itself says what is wrong.
        return Replay(ref, None, "" if named else f"{ref.name} is not known", syntax)
    if not named and known.kind in _MADE:
        raise ConfigInvalid(refusal(f"{ref.name} is a {known.kind}"))
    return Replay(ref, known, "", syntax)


def _named(named: str, syntax: Syntax) -> tuple[str, ...]:
    if not named:
        return ()
    found = list(dotted_names(named, syntax))
    if len(found) != 1 or found[0].start or found[0].end != len(named):
        raise ConfigInvalid(f"--table takes a name, quoted as in SQL, not {named}")
    return found[0].parts[-_PARTS:]
