"""What taking a set back leaves as it is, as far as the schema says: told before it is applied."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from studio.backends.halves.editing import Editing
from studio.edits.applying.cascades import SEVERS, follows_update
from studio.edits.sql.layout import Group
from studio.model.catalog import Catalog, ForeignKey, IdentityKind, Table, TableKind, TableRef
from studio.model.change import Default, Delete, Insert, Update

_EVENTS: Mapping[type, str] = {Insert: "INSERT", Update: "UPDATE", Delete: "DELETE"}
_OPPOSITE = {"INSERT": "DELETE", "UPDATE": "UPDATE", "DELETE": "INSERT"}


class Cause(StrEnum):
    """Why something outlasts an undo."""

    TRIGGERS = "triggers"
    """Their code runs with the set, and again with its undo; what it writes is its own matter."""
    RULES = "rules"
    VIEW = "view"
    """Its own triggers write for it."""
    ONE_WAY = "one way"
    """Changes of which none can be taken back."""
    MODULE = "module"
    """A virtual or foreign table keeps its rows elsewhere, its own way."""
    NO_KEY = "no key"
    TWO_NAMES = "two names"
    """A row may be changed as one of a table and as one of a table that holds the same rows."""
    NUMBERS = "numbers"
    """Of a sequence: rows come back, its position does not."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """One thing an undo would not take back, or not surely."""

    cause: Cause
    table: TableRef
    text: str
    """A sentence."""

    def __str__(self) -> str:
        """What lasts, as a sentence."""
        return self.text


_Reached = dict[TableRef, set[str]]
"""The events that a set and its undo cause, by table."""


def lasting(
    tables: Mapping[TableRef, Table], groups: Sequence[Group], catalog: Catalog, editing: Editing
) -> tuple[Lasting, ...]:
    """Everything to be said of a set. Rows that follow by foreign keys count as if there were
    some: which ones there are is known only inside the transaction.
    """
    named: _Reached = defaultdict(set)
    for group in groups:
        named[group.layout.table].add(_EVENTS[group.layout.op])
    reached = _both_ways(_reached(groups, catalog))
    found = [
        *_said_of_views(tables, named),
        *_said_of_rules(tables, reached, catalog),
        *_said_of_triggers(tables, reached, catalog),
        *_said_of_rows(tables, named, groups),
        *_said_of_two_names(named, catalog),
        *_said_of_numbers(tables, groups, editing),
    ]
    return tuple(dict.fromkeys(found))


def _reached(groups: Sequence[Group], catalog: Catalog) -> _Reached:
    """What the set does to any table, itself or by foreign keys."""
    found: _Reached = defaultdict(set)
    waiting: list[tuple[TableRef, str, frozenset[str]]] = [
        (g.layout.table, _EVENTS[g.layout.op], frozenset(g.layout.after)) for g in groups
    ]
    done: set[tuple[TableRef, str, frozenset[str]]] = set()
    while waiting:
        one = waiting.pop()
        if one in done:
            continue
        done.add(one)
        ref, event, columns = one
        found[ref].add(event)
        table = catalog.find(ref)
        for below in catalog.below(ref):
            waiting.append((below.ref, event, columns))
            if event == "UPDATE" and table is not None and table.kind is TableKind.PARTITIONED:
                # A row that moves to another partition is deleted here and inserted there.
                waiting += [(below.ref, "DELETE", columns), (below.ref, "INSERT", columns)]
        for child, key in catalog.referencing(ref):
            waiting += [(child.ref, *more) for more in _follows(key, event, columns)]
    return found


def _follows(
    key: ForeignKey, event: str, columns: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    """What becomes of rows that refer."""
    of_delete = key.on_delete.upper()
    if event == "DELETE" and of_delete == "CASCADE":
        yield "DELETE", frozenset()
    elif (event == "DELETE" and of_delete in SEVERS) or (
        event == "UPDATE" and follows_update(key) and not columns.isdisjoint(key.target_columns)
    ):
        yield "UPDATE", frozenset(key.columns)


def _both_ways(reached: _Reached) -> _Reached:
    return {ref: events | {_OPPOSITE[one] for one in events} for ref, events in reached.items()}


def _said_of_views(tables: Mapping[TableRef, Table], named: _Reached) -> Iterator[Lasting]:
    for ref, table in tables.items():
        if table.kind is not TableKind.VIEW:
            continue
        instead = {event for t in table.triggers if t.enabled for event in t.events}
        for event in sorted(named[ref]):
            if _OPPOSITE[event] not in instead:
                text = (
                    f"{_PAST[event]} {ref} cannot be taken back: the view has no INSTEAD OF"
                    f" {_OPPOSITE[event]} trigger"
                )
                yield Lasting(Cause.ONE_WAY, ref, text)
        yield Lasting(
            Cause.VIEW,
            ref,
            f"{ref} is a view: undo goes through its own triggers, and takes back only what these"
            " do the opposite of",
        )


_PAST = {"INSERT": "rows new in", "UPDATE": "rows changed in", "DELETE": "rows deleted from"}


def _said_of_rules(
    tables: Mapping[TableRef, Table], reached: _Reached, catalog: Catalog
) -> Iterator[Lasting]:
    for ref, events in reached.items():
        table = tables.get(ref) or catalog.find(ref)
        rules = [rule for rule in (table.rules if table else ()) if rule.event in events]
        for instead in (True, False):
            names = ", ".join(rule.name for rule in rules if rule.instead is instead)
            does = "do instead of a change" if instead else "do besides"
            if names:
                text = f"undo does not take back what rules of {ref} {does}: {names}"
                yield Lasting(Cause.RULES, ref, text)


def _said_of_triggers(
    tables: Mapping[TableRef, Table], reached: _Reached, catalog: Catalog
) -> Iterator[Lasting]:
    for ref, events in reached.items():
        table = tables.get(ref) or catalog.find(ref)
        names = ", ".join(
            trigger.name
            for trigger in (table.triggers if table else ())
            if trigger.enabled and not events.isdisjoint(trigger.events)
        )
        if names and table is not None and table.kind is not TableKind.VIEW:
            text = f"undo runs the triggers of {ref} again, and does not take back what they do:"
            yield Lasting(Cause.TRIGGERS, ref, f"{text} {names}")


def _said_of_rows(
    tables: Mapping[TableRef, Table], named: _Reached, groups: Sequence[Group]
) -> Iterator[Lasting]:
    for ref, table in tables.items():
        if table.kind is TableKind.VIRTUAL:
            text = (
                f"{ref} is a virtual table: a deleted row comes back under another rowid, and what"
                " its module keeps of a value is its own matter"
            )
            yield Lasting(Cause.MODULE, ref, text)
        elif table.kind is TableKind.FOREIGN:
            text = f"{ref} is a foreign table: what its server does besides is not known here"
            yield Lasting(Cause.MODULE, ref, text)
        if not table.has_identity and table.kind is not TableKind.VIEW and named[ref] - {"DELETE"}:
            text = f"{ref} has no key: a row that comes to equal another stays as the set makes it"
            yield Lasting(Cause.NO_KEY, ref, text)
        elif table.identity_kind is IdentityKind.CTID and _may_change_a_new_row(ref, groups):
            text = f"{ref} has no key: a new row that the same set changes again stays"
            yield Lasting(Cause.NO_KEY, ref, text)


def _said_of_two_names(named: _Reached, catalog: Catalog) -> Iterator[Lasting]:
    """What a row was is read once, before the set: of a row that is changed under two names, the
    second change would be taken back to what the first one found.
    """
    for ref in named:
        for below in (table.ref for table in catalog.below(ref)):
            if below in named:
                text = (
                    f"rows of {below} are rows of {ref} too: where the set changes one under both"
                    " names, undo refuses"
                )
                yield Lasting(Cause.TWO_NAMES, ref, text)


def _may_change_a_new_row(ref: TableRef, groups: Sequence[Group]) -> bool:
    """Whether a change may mean a row that the set itself makes: it says what the row holds, not
    where it lies.
    """
    mine = [group for group in groups if group.layout.table == ref]
    return any(group.layout.op is Insert for group in mine) and any(
        group.layout.op is not Insert and "ctid" not in group.layout.identity for group in mine
    )


def _said_of_numbers(
    tables: Mapping[TableRef, Table], groups: Sequence[Group], editing: Editing
) -> Iterator[Lasting]:
    for ref, table in tables.items():
        inserted = [g for g in groups if g.layout.op is Insert and g.layout.table == ref]
        numbered = editing.numbers_once(table) if inserted else ()
        if any(_leaves_out(group, name) for group in inserted for name in numbered):
            yield Lasting(Cause.NUMBERS, ref, f"numbers {ref} gave to new rows are not given again")


def _leaves_out(inserted: Group, name: str) -> bool:
    """Whether the database chooses the value of a column for some of these new rows."""
    names = inserted.layout.after
    if name not in names:
        return True
    types = inserted.columns["after"][names.index(name)].types
    return not types.isdisjoint({Default, type(None)})
