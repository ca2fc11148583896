"""What the structure page says of keys, indexes, triggers, policies and use, in words."""

from collections.abc import Iterator
from datetime import datetime

from studio.model.catalog import Column, Index, IndexPart, Table, Trigger
from studio.model.policies import Policing, Policy
from studio.model.table_use import TableUse
from studio.model.words import plural
from studio.ui.widgets.cells import bytes_size


def key_words(table: Table) -> str:
    """The primary key."""
    return f"primary key ({', '.join(table.primary_key)})"


def column_words(column: Column) -> str:
    """What is said of a column besides its type."""
    words = []
    if column.default is not None:
        words.append(f"default {column.default}")
    if column.generated is not None:
        words.append(f"generated as {column.generated}")
    if column.identity:
        words.append("numbered by the database")
    if column.choices:
        words.append(f"one of {', '.join(column.choices)}")
    if column.collation:
        words.append(f"collate {column.collation}")
    if column.comment:
        words.append(column.comment)
    return " · ".join(words)


def index_words(index: Index, use: TableUse) -> str:
    """An index, its size, and how often it was read."""
    parts = ", ".join(map(_part_words, index.parts))
    unique = "unique " if index.unique else ""
    include = f" include ({', '.join(index.included)})" if index.included else ""
    where = f" where {index.predicate}" if index.predicate else ""
    method = f" {index.method}" if index.method != "btree" else ""
    broken = "  NOT VALID" if not index.valid else ""
    # As of the last VACUUM or ANALYZE; nothing before the first.
    size = f"  ~{bytes_size(index.bytes)}" if index.bytes else ""
    scans = use.scans.get(index.name)
    read = "" if scans is None else f"  ~{plural(scans, 'scan')}" if scans else "  ~never read"
    return f"{unique}{index.name}{method} ({parts}){include}{where}{broken}{size}{read}"


def _part_words(part: IndexPart) -> str:
    name = part.column if part.column is not None else f"({part.expression})"
    collation = f" collate {part.collation}" if part.collation else ""
    return f"{name}{collation}{' desc' if part.descending else ''}"


def facts(table: Table) -> list[str]:
    """What else is known of a table."""
    facts = [table.kind.value, *table.options]
    facts.append(f"rows told apart by: {table.identity_kind.value}")
    if table.bytes is not None:
        facts.append(f"{table.bytes:,} bytes")
    if table.row_security:
        facts.append("policies say which of its rows you see and change")
    if table.refused:
        facts.append(f"you may not {', '.join(table.refused)} its rows")
    if table.comment:
        facts.append(table.comment)
    return facts


def trigger_words(trigger: Trigger) -> str:
    """When a trigger runs."""
    state = "" if trigger.enabled else "  disabled"
    return f"{trigger.name}  {trigger.timing.lower()} {' or '.join(trigger.events).lower()}{state}"


def policy_words(policing: Policing) -> Iterator[str]:
    """Whether policies count, then each with its conditions."""
    if not policing.policies and not policing.enabled:
        return
    if not policing.enabled:
        yield "row security is off: no policy counts"
    elif policing.forced:
        yield "row security is on, for the owner too"
    else:
        yield "row security is on, but not for the owner"
    if policing.enabled and not policing.policies:
        yield "no policy lets a row through"
    for policy in policing.policies:
        yield from _policy(policy)


def _policy(policy: Policy) -> Iterator[str]:
    kind = "" if policy.permissive else "restrictive "
    yield f"{policy.name}  {kind}for {policy.command.lower()} to {', '.join(policy.roles)}"
    if policy.using is not None:
        yield f"  using {policy.using}"
    if policy.check is not None:
        yield f"  with check {policy.check}"


def use_words(use: TableUse) -> Iterator[str]:
    """What the server counted of the rows."""
    if use.live_rows is not None:
        yield f"~{plural(use.live_rows, 'live row')}, ~{plural(use.dead_rows or 0, 'dead row')}"
        yield f"last analyzed: {_when(use.analyzed)}, last vacuumed: {_when(use.vacuumed)}"
    if use.counted_since is not None and (use.scans or use.live_rows is not None):
        yield f"scans are counted since {_when(use.counted_since)}"


def _when(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
