"""A whole database as one script, in an order that runs: what pg_dump --schema-only would write."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from studio.backends.postgresql import catalog
from studio.backends.postgresql.queries import ask

_PREAMBLE = "SET check_function_bodies = off"
"""A function's body may name what is made later; the server must not look yet."""
_RELATION_RANK = 8


@dataclass(frozen=True, slots=True)
class _Made:
    """One object: the statements that make it, and those that wait until all are made."""

    rank: tuple[int, str, str]
    now: Sequence[str]
    later: Sequence[str] = ()


def statements(connection: Connection) -> Sequence[str]:
    """Every statement, without its semicolon; `connection` is in AUTOCOMMIT."""
    connection.exec_driver_sql("BEGIN READ ONLY")
    try:
        # The server leaves out the schemas that are on the path, and elsewhere it is another one.
        connection.exec_driver_sql("SET LOCAL search_path TO pg_catalog")
        return tuple(_statements(connection))
    finally:
        connection.exec_driver_sql("ROLLBACK")


def _statements(connection: Connection) -> Iterator[str]:
    relations = tuple(catalog.definitions(connection))
    made = _objects(connection, relations)
    before: dict[str, list[str]] = defaultdict(list)
    for row in ask(connection, "script_order"):
        before[row["later"] or ""].append(row["earlier"] or "")
    order = _ordered(made, before)
    yield _PREAMBLE
    for oid in order:
        yield from made[oid].now
    for oid in order:
        yield from made[oid].later
    for row in ask(connection, "script_last"):
        yield row["sql"] or ""
    for relation in relations:
        yield from relation.statements.keys


def _objects(
    connection: Connection, relations: Sequence[catalog.Definition]
) -> Mapping[str, _Made]:
    found = {
        row["oid"] or "": _Made(
            (int(row["rank"] or 0), "", row["name"] or ""), (row["sql"],) if row["sql"] else ()
        )
        for row in ask(connection, "script")
    }
    for relation in relations:
        rank = (_RELATION_RANK, relation.ref.schema or "", relation.ref.name)
        found[relation.oid] = _Made(rank, relation.statements.create, relation.statements.complete)
    return found


def _ordered(made: Mapping[str, _Made], before: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """By rank and name, except that what an object needs comes before it."""
    placed: dict[str, None] = {}
    seen: set[str] = set()
    for first in sorted(made, key=lambda oid: made[oid].rank):
        stack = [first]
        while stack:
            oid = stack[-1]
            needs = [each for each in before.get(oid, ()) if each in made and each not in seen]
            if oid not in seen and needs:
                seen.add(oid)
                stack += needs
                continue
            seen.add(oid)
            stack.pop()
            placed.setdefault(oid)
    return tuple(placed)
