"""Constraint errors in words: which change, which columns, and the row that is in the way."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from studio.backends.halves.editing import Editing
from studio.edits.applying.execution import ChangeFailure
from studio.edits.applying.reading import Row, identity_of, rows_where
from studio.edits.sql.order import new_values, old_values
from studio.model.apply_report import ChangeError
from studio.model.catalog import Catalog, ForeignKey, Table, TableRef
from studio.model.change import Change, Default, Delete, Insert
from studio.model.errors import Busy, ConstraintFailed, StatementFailed
from studio.model.page import Value
from studio.model.words import possessive

_SHOWN = 60
"""Characters of a value in a message."""


@dataclass(frozen=True, slots=True)
class Explainer:
    """Looks at the database inside the failed run, where the answer still stands."""

    connection: Connection
    editing: Editing
    catalog: Catalog
    tables: Mapping[TableRef, Table]
    changes: Sequence[Change]

    def explain(self, failure: ChangeFailure) -> ChangeError:
        """What a failed change violated, with the rows in its way, as an error in words."""
        change = self.changes[failure.index]
        error = failure.error
        if error is None:
            return ChangeError(
                failure.index,
                "other",
                f"the database took no row for {change.table}: a trigger or a rule swallowed it",
            )
        if not isinstance(error, ConstraintFailed):
            return plain(error, failure.index)
        says = {
            "unique": self._unique,
            "foreign_key": self._foreign_key,
            "not_null": self._not_null,
            "check": self._check,
            "exclusion": self._check,
        }.get(error.kind)
        return says(failure.index, change, error) if says else plain(error, failure.index)

    def _unique(self, index: int, change: Change, error: ConstraintFailed) -> ChangeError:
        table = self.tables[change.table]
        columns = error.columns or self._columns_of_index(table, error.constraint)
        row = self._holder(change, table, columns)
        values = pairs(_wanted(change, columns))
        where = f"the row with {pairs(identity_of(table, row))}" if row else "another row"
        return ChangeError(
            index,
            "unique",
            f"{where} of {table.ref} already has {values or ', '.join(columns) or 'these values'}",
            columns,
            identity_of(table, row) if row else None,
            error.code,
        )

    def _holder(self, change: Change, table: Table, columns: tuple[str, ...]) -> Row | None:
        wanted = _wanted(change, columns)
        if not columns or len(wanted) != len(columns) or not table.has_identity:
            return None
        if any(name not in table.column_names for name in columns):
            return None
        for row in rows_where(self.connection, self.editing, table, [wanted]):
            if identity_of(table, row) != dict(change.identity):
                return row
        return None

    @staticmethod
    def _columns_of_index(table: Table, name: str) -> tuple[str, ...]:
        found = (index.columns for index in table.indexes if name and index.name == name)
        return next(found, ())

    def _foreign_key(self, index: int, change: Change, error: ConstraintFailed) -> ChangeError:
        for key, message in self.broken(change):
            if not error.columns or set(error.columns) <= {*key.columns, *key.target_columns}:
                return ChangeError(index, "foreign_key", message, key.columns, None, error.code)
        return ChangeError(index, "foreign_key", _said(error), error.columns, None, error.code)

    def broken(self, change: Change) -> Iterator[tuple[ForeignKey, str]]:
        """The foreign keys that do not hold for this change's row, in words."""
        table = self.tables[change.table]
        if not isinstance(change, Delete):
            for key in table.foreign_keys:
                wanted = _wanted(change, key.columns)
                if len(wanted) == len(key.columns) and None not in wanted.values():
                    yield from self._missing_parent(key, wanted)
        if not isinstance(change, Insert):
            for child, key in self.catalog.referencing(change.table):
                yield from self._left_children(change, child, key)

    def _missing_parent(
        self, key: ForeignKey, wanted: Mapping[str, Value]
    ) -> Iterator[tuple[ForeignKey, str]]:
        parent = self.catalog.find(key.target)
        named = dict(zip(key.target_columns, wanted.values(), strict=True))
        if parent is None:
            yield key, f"{key.target} does not exist, and {', '.join(key.columns)} refers to it"
        elif not list(rows_where(self.connection, self.editing, parent, [named])):
            yield key, f"no row of {key.target} has {pairs(named)}"

    def _left_children(
        self, change: Change, child: Table, key: ForeignKey
    ) -> Iterator[tuple[ForeignKey, str]]:
        old = {
            name: change.before.get(name, change.identity.get(name)) for name in key.target_columns
        }
        kept = all(
            name not in change.after or change.after[name] == old[name] for name in old
        ) and not isinstance(change, Delete)
        if kept or None in old.values():
            return
        named = dict(zip(key.columns, old.values(), strict=True))
        rows = list(rows_where(self.connection, self.editing, child, [named]))
        if rows:
            many = "1 row refers" if len(rows) == 1 else f"{len(rows)} rows refer"
            at = f"{child.ref} ({', '.join(key.columns)})"
            yield key, f"{many} to it from {at}: change or delete these first"

    def _not_null(self, index: int, change: Change, error: ConstraintFailed) -> ChangeError:
        columns = error.columns or _only(name for name, v in change.after.items() if v is None)
        name = ", ".join(columns) or "a column"
        given = all(column in change.after for column in columns)
        why = "must not be NULL" if given else "must be given: it may not be NULL, has no default"
        message = f"{name} of {change.table} {why}"
        return ChangeError(index, "not_null", message, columns, None, error.code)

    def _check(self, index: int, change: Change, error: ConstraintFailed) -> ChangeError:
        table = self.tables[change.table]
        rule = next((c for c in table.checks if c.name and c.name == error.constraint), None)
        if rule is None:
            # An unnamed CHECK is named by its expression in SQLite's message.
            rule = next((c for c in table.checks if c.expression == error.constraint), None)
        text = rule.expression if rule else _said(error)
        # Without a rule of the table it is one of a type (a domain), or of a partition.
        columns = error.columns or (
            tuple(name for name in table.column_names if _speaks_of(rule.expression or "", name))
            if rule
            else _only(change.after)
        )
        named = f" {error.constraint}" if rule and rule.name else ""
        kind = "rule" if error.kind == "check" else "exclusion"
        message = f"{possessive(str(table.ref))} {kind}{named} says {text or _said(error)}"
        if values := pairs(_wanted(change, columns)):
            message += f"; {values} breaks it"
        return ChangeError(index, error.kind, message, columns, None, error.code)


def _only(names: Iterable[str]) -> tuple[str, ...]:
    """The one there is; nothing where it could be any of several."""
    found = tuple(names)
    return found if len(found) == 1 else ()


def _speaks_of(expression: str, name: str) -> bool:
    """Whether an expression holds `name` as a word of its own."""
    return bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", expression) is not None


_CIRCLE_OF_REFERENCES = (
    "it and other changes of this set wait for each other in a circle, and this foreign key does "
    "not wait for COMMIT: apply them first with one of the references NULL, or to another row, "
    "then set it"
)


def first_causes(
    errors: Sequence[ChangeError], changes: Sequence[Change], tables: Mapping[TableRef, Table]
) -> list[ChangeError]:
    """Without references to rows that are missing only because another change failed."""
    waits = {place: _needs(error, errors, changes, tables) for place, error in enumerate(errors)}
    caused = {place for place, needs in waits.items() if not needs}
    first = set(caused)
    while more := {p for p, needs in waits.items() if p not in caused and needs & caused}:
        caused |= more
    # What is left waits only for itself, in a circle.
    return [error for place, error in enumerate(errors) if place in first or place not in caused]


def _needs(
    error: ChangeError,
    errors: Sequence[ChangeError],
    changes: Sequence[Change],
    tables: Mapping[TableRef, Table],
) -> set[int]:
    """The errors of the changes that would have made the row this one refers to."""
    if error.kind != "foreign_key" or error.change is None:
        return set()
    own = changes[error.change]
    found: set[int] = set()
    for key in tables[own.table].foreign_keys:
        wanted = new_values(own, key.columns)
        if key.columns != error.columns or wanted is None:
            continue
        for place, other in enumerate(errors):
            if other.change is None or other is error:
                continue
            parent = changes[other.change]
            made = new_values(parent, key.target_columns) if parent.table == key.target else None
            if made == wanted:
                found.add(place)
    return found


def with_circles(
    errors: Sequence[ChangeError], changes: Sequence[Change], cycle: Sequence[int]
) -> list[ChangeError]:
    """The same, told in words where a value is taken because its row waits in a circle."""
    return [
        replace(error, message=f"{error.message}; {told}")
        if (told := _circle(error, changes, cycle))
        else error
        for error in errors
    ]


def _circle(error: ChangeError, changes: Sequence[Change], cycle: Sequence[int]) -> str:
    """What to do about rows that wait for each other in a circle."""
    if error.change is None or error.change not in cycle:
        return ""
    if error.kind == "foreign_key":
        return _CIRCLE_OF_REFERENCES
    return _circle_of_values(error, error.change, changes, cycle) if error.kind == "unique" else ""


def _circle_of_values(
    error: ChangeError, change: int, changes: Sequence[Change], cycle: Sequence[int]
) -> str:
    wanted = new_values(changes[change], error.columns)
    table = changes[change].table
    for place in cycle:
        giver = changes[place]
        if place != change and giver.table == table and wanted is not None:
            old = old_values(giver, error.columns)
            if old == wanted and new_values(giver, error.columns) != old:
                names = ", ".join(error.columns)
                return (
                    f"change {place + 1} lets it go, but the rows exchange {names} in a circle, "
                    "and each must wait for the next: give one of them a value nobody has, apply, "
                    "then give it the one it should have"
                )
    return ""


def plain(error: StatementFailed, index: int | None = None) -> ChangeError:
    """The database's own words, for what has no better ones."""
    kind = error.kind if isinstance(error, ConstraintFailed) else "other"
    if isinstance(error, Busy):
        kind = "busy"
    columns = error.columns if isinstance(error, ConstraintFailed) else ()
    return ChangeError(index, kind, _said(error), columns, None, error.code)


def _said(error: StatementFailed) -> str:
    detail = f": {error.detail}" if error.detail else ""
    hint = f". {error.hint}" if error.hint else ""
    return f"{error.message}{detail}{hint}"


def _wanted(change: Change, columns: tuple[str, ...]) -> dict[str, Value]:
    """What the row would hold in `columns`, as far as it is known."""
    whole = {**change.identity, **change.before, **change.after}
    return {
        name: value
        for name in columns
        if name in whole and not isinstance(value := whole[name], Default)
    }


def pairs(row: Mapping[str, Value]) -> str:
    """`id = 7, kind = 'x'`, for people: control characters shown, long values cut."""
    return ", ".join(f"{name} = {_shown(value)}" for name, value in row.items())


def _shown(value: Value) -> str:
    if value is None:
        return "NULL"
    text = repr(value) if isinstance(value, str | bytes) else str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
