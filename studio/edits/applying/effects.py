"""What a change set would set in motion besides itself: foreign keys that follow, triggers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from studio.backends.base import Purpose
from studio.backends.halves.editing import Editing, editing
from studio.db.session import Session
from studio.edits.applying.cascades import consequences
from studio.edits.applying.reading import Row, rows_where
from studio.edits.sql.prepared import named
from studio.model.catalog import Catalog, Table, TableRef
from studio.model.change import Change, Delete, Insert, Update
from studio.model.page import Value


@dataclass(frozen=True, slots=True)
class Followed:
    """Rows of another table that a delete changes, or that refuse it."""

    source: TableRef
    table: TableRef
    columns: tuple[str, ...]
    action: str
    """CASCADE, SET NULL, SET DEFAULT, RESTRICT or NO ACTION."""
    rows: int
    blocks: bool
    """Whether the delete would be refused because of them."""


@dataclass(frozen=True, slots=True)
class Fired:
    """Triggers of one table that one kind of change fires."""

    table: TableRef
    event: str
    """INSERT, UPDATE or DELETE."""
    triggers: tuple[str, ...]
    rows: int
    """Rows that would fire them."""


@dataclass(frozen=True, slots=True)
class Effects:
    """Everything a set sets in motion, as far as the catalog says."""

    followed: tuple[Followed, ...] = ()
    fired: tuple[Fired, ...] = ()


_EVENTS: Mapping[type, str] = {Insert: "INSERT", Update: "UPDATE", Delete: "DELETE"}


async def effects(
    session: Session, changes: Sequence[Change], catalog: Catalog | None = None
) -> Effects:
    """Look at what `changes` would set in motion; nothing is changed. Raises StudioError."""
    known = catalog if catalog is not None else await session.catalog()
    names = {
        ref: (await session.table(ref)).ref
        for ref in dict.fromkeys(change.table for change in changes)
    }
    whole = named(changes, names)
    rules = editing(session.backend)
    return await session.lane(Purpose.BROWSE).run(lambda c: _effects(c, rules, known, whole))


def _effects(
    connection: Connection, rules: Editing, catalog: Catalog, changes: Sequence[Change]
) -> Effects:
    deleted: dict[TableRef, list[Row]] = {}
    touched: dict[tuple[TableRef, str], int] = {}
    for change in changes:
        at = (change.table, _EVENTS[type(change)])
        touched[at] = touched.get(at, 0) + 1
    for ref, keys in _keys(changes).items():
        table = catalog.find(ref)
        if table is not None:
            for names in {tuple(key) for key in keys}:
                same = [key for key in keys if tuple(key) == names]
                rows = rows_where(connection, rules, table, same)
                deleted.setdefault(ref, []).extend(rows)
    found = consequences(connection, rules, catalog, deleted, lock=False)
    for one in found:
        event = "DELETE" if one.action == "CASCADE" else "UPDATE"
        if not one.blocks:
            at = (one.table.ref, event)
            touched[at] = touched.get(at, 0) + len(one.rows)
    return Effects(
        tuple(
            Followed(
                one.source, one.table.ref, one.key.columns, one.action, len(one.rows), one.blocks
            )
            for one in found
        ),
        tuple(_fired(catalog, touched)),
    )


def _keys(changes: Sequence[Change]) -> dict[TableRef, list[Mapping[str, Value]]]:
    keys: dict[TableRef, list[Mapping[str, Value]]] = {}
    for change in changes:
        if isinstance(change, Delete):
            keys.setdefault(change.table, []).append(change.identity or change.before)
    return keys


def _fired(catalog: Catalog, touched: Mapping[tuple[TableRef, str], int]) -> list[Fired]:
    fired: list[Fired] = []
    for (ref, event), rows in touched.items():
        table = catalog.find(ref)
        if names := triggers(table, event):
            fired.append(Fired(ref, event, names, rows))
    return fired


def triggers(table: Table | None, event: str) -> tuple[str, ...]:
    """The enabled triggers of `table` that `event` fires."""
    if table is None:
        return ()
    return tuple(
        trigger.name for trigger in table.triggers if trigger.enabled and event in trigger.events
    )
