"""Drift: where the database is no longer what the applied migrations made it."""

import re
from collections.abc import Sequence
from dataclasses import replace

from studio.backends.halves import Absent, ask, offers
from studio.backends.halves.empty import EMPTY
from studio.backends.halves.printing import PRINTING
from studio.backends.halves.schema_changes import SCHEMA_CHANGES
from studio.backends.halves.schema_extras import SCHEMA_EXTRAS, Extras
from studio.backends.halves.scratch import SCRATCH
from studio.backends.halves.syntax import syntax_of
from studio.migrations.drift import stored_parts
from studio.migrations.drift.causes import without_caused
from studio.migrations.drift.code_by_text import ByText, compared_by_text
from studio.migrations.drift.code_texts import Texts, texts_of
from studio.migrations.drift.compare import differences, objects, sides
from studio.migrations.drift.declared import replay_server
from studio.migrations.drift.declared.replay import replay
from studio.migrations.drift.declared.schema import (
    CHECKS,
    ENUMS,
    INDEXES,
    KEYS,
    NUMBERING,
    POLICIES,
    ROUTINES,
    TRIGGERS,
    VIEW_INDEXES,
    VIEWS,
    DeclaredSchema,
)
from studio.migrations.drift.losses import with_losses
from studio.migrations.drift.reconcile import DdlWriter
from studio.migrations.drift.same import Same, same_in
from studio.migrations.drift.sides import Sides
from studio.migrations.guarded import FrameworkFailed
from studio.migrations.history import LiveSchema
from studio.migrations.namespaces import default_namespace
from studio.migrations.reading import files
from studio.migrations.registry import framework, frameworks
from studio.model.catalog import Table, TableKind, TableRef
from studio.model.errors import StudioError
from studio.model.migration import (
    BoardEntry,
    Drift,
    MigrationState,
    MigrationStatus,
)
from studio.model.notes import DriftCompared, DriftLeftOut, DriftUnknown, Note, ReplayNotAllowed
from studio.model.policies import Policing
from studio.model.stored import StoredPart

_WAITING = frozenset(
    {MigrationState.PENDING, MigrationState.OUT_OF_ORDER, MigrationState.ROLLED_BACK}
)
_VIEWS = frozenset({TableKind.VIEW, TableKind.MATERIALIZED_VIEW})
_COMPARED = frozenset({TableKind.TABLE, TableKind.PARTITIONED}) | _VIEWS
_PARTS = {
    KEYS: "primary keys",
    CHECKS: "conditions",
    ENUMS: "labels of enums",
    NUMBERING: "identity and generated columns",
    INDEXES: "how indexes are made",
}
_UNTOLD = ["sequences", "rules", "collations", "DEFERRABLE and NOT VALID", "statistics"]
_UNUSUAL = ("NOT VALID", "(its triggers are off)", "(invalid: no query uses it)", "(off)")
_OWN = frozenset({"spatial_ref_sys"})
_MOST_NAMED = 20
_WORD = re.compile(r"\w+")


def drift_of(
    status: MigrationStatus, live: LiveSchema, *, replays: bool = False
) -> tuple[tuple[Drift, ...], tuple[Note, ...]]:
    """The differences, and notes on what was compared or why nothing was.

    `replays`: a person allowed a scratch in the database itself.
    """
    try:
        return _compared(status, live, replays=replays)
    except (StudioError, FrameworkFailed) as error:
        return (), (DriftUnknown(str(error).rstrip(".")),)


def _compared(
    status: MigrationStatus, live: LiveSchema, *, replays: bool
) -> tuple[tuple[Drift, ...], tuple[Note, ...]]:
    found = _declared(status, live, replays=replays)
    if not isinstance(found, DeclaredSchema):
        return (), (found,)
    if not (offers(live.backend, EMPTY) or offers(live.backend, PRINTING)):
        # Such a catalog may not tell of them, and what it does not tell is not missing.
        found = replace(found, knows=frozenset())
    extras = live.extras()
    present, own = _live(live, extras)
    default = default_namespace(status, live.catalog)
    kept_tables = tuple(t for t in found.tables if t.ref.name not in own)
    found = replace(found, tables=kept_tables)
    writer = DdlWriter(live.catalog.server.engine, rebuilds=_rebuilds(live))
    with same_in(live) as same:
        both = sides(found, present, default, writer, same, extras.routines)
        result = tuple(differences(both))
        code = _code(status, found, live, present, extras, same)
        unknown = (*dict.fromkeys(same.unknown), *_few(code.left_out))
        if found.parts is not None:
            new = [d.object for d in result if d.kind.startswith("renamed_")]
            unknown += tuple(f"what belongs to {name}, which was renamed" for name in new)
    explained = _explained(status, found, both, default)
    kept = tuple(item for item in result if (item.kind, item.object) not in explained)
    if not (found.exact or status.is_pushed):
        kept = _not_mentioned(kept, status.entries)
    kept, made = without_caused(kept, status, syntax_of(live.backend))
    kept = (*kept, *code.drift)
    if found.parts is not None:
        kept = (*kept, *stored_parts.parts(found.parts, extras.parts, default, kept, own))
    left_out = _left_out(found, live, extras, unknown)
    notes = (DriftCompared(found.source), *found.notes, *made, *left_out)
    return tuple(map(with_losses, kept)), notes


def _code(
    status: MigrationStatus,
    found: DeclaredSchema,
    live: LiveSchema,
    present: Sequence[Table],
    extras: Extras,
    same: Same,
) -> ByText:
    """Triggers and functions, where what is declared does not tell of them."""
    if {TRIGGERS, ROUTINES} <= found.knows:
        return ByText((), ())
    syntax = syntax_of(live.backend)
    is_read = offers(live.backend, EMPTY) or offers(live.backend, PRINTING)
    texts = texts_of(status, syntax) if is_read and not status.is_pushed else Texts()
    return compared_by_text(texts, present, extras.routines, same, syntax)


def _few(named: Sequence[str]) -> list[str]:
    """A platform's schemas have hundreds: what is one too many is counted."""
    more = len(named) - _MOST_NAMED
    return [*named[:_MOST_NAMED], f"{more:,} more such"] if more > 1 else list(named)


def _left_out(
    found: DeclaredSchema, live: LiveSchema, extras: Extras, unknown: tuple[str, ...]
) -> tuple[DriftLeftOut, ...]:
    """What is there, or may be, and was not compared; single things by their names."""
    tables = list(live.catalog.tables())
    kinds = {table.kind for table in tables}
    what = [words for part, words in _PARTS.items() if part not in found.knows]
    if VIEWS not in found.knows and not kinds.isdisjoint(_VIEWS):
        what.append("views")
    elif VIEW_INDEXES not in found.knows and TableKind.MATERIALIZED_VIEW in kinds:
        what.append("indexes of materialized views")
    if offers(live.backend, SCHEMA_EXTRAS) and POLICIES not in found.knows:
        what.append("row policies")
    if found.parts is None and offers(live.backend, SCHEMA_EXTRAS) and extras.parts:
        what += _UNTOLD + _few(_unusual(extras.parts))
    what += _few([f"rights on {each.on} ({', '.join(each.roles)})" for each in extras.given])
    what += unknown
    return (DriftLeftOut(tuple(what)),) if what else ()


def _unusual(parts: Sequence[StoredPart]) -> list[str]:
    """What no declared schema would say, and what is there."""
    found = [p for p in parts if p.kind == "rule" or p.said.endswith(_UNUSUAL)]
    return [f"the {p.kind} {p.schema}.{p.owner}.{p.name}: {p.said[-60:]}" for p in found]


def _declared(
    status: MigrationStatus, live: LiveSchema, *, replays: bool
) -> DeclaredSchema | DriftUnknown | ReplayNotAllowed:
    project = status.project
    if project is None:
        return DriftUnknown("there is no project that declares a schema")
    tool = framework(status.framework)
    if (snapshot := tool.snapshot(status)) is not None:
        return snapshot if isinstance(snapshot, DeclaredSchema) else DriftUnknown(snapshot)
    words = f"{status.framework} keeps no declared schema that can be read without running code"
    why: DriftUnknown | ReplayNotAllowed = DriftUnknown(words)
    if _is_plain_sql(status.entries):
        replayed = _replayed(status, live, replays=replays)
        if isinstance(replayed, DeclaredSchema):
            return replayed
        why = replayed or why
    written = tool.declared(project)
    if isinstance(written, str):
        return DriftUnknown(written)
    return why if written is None else written


def _replayed(
    status: MigrationStatus, live: LiveSchema, *, replays: bool
) -> DeclaredSchema | DriftUnknown | ReplayNotAllowed | None:
    """In memory, or in a scratch that a person allowed; None where the engine has neither."""
    empty = ask(live.backend, EMPTY)
    if not isinstance(empty, Absent):
        found = replay(status, live.catalog.server, empty())
    elif not offers(live.backend, SCRATCH):
        return None
    elif not replays:
        return ReplayNotAllowed()
    else:
        found = replay_server.replay_there(status, live)
    return found if isinstance(found, DeclaredSchema) else DriftUnknown(found)


def _is_plain_sql(entries: Sequence[BoardEntry]) -> bool:
    return any(e.path is not None for e in entries) and all(
        e.path.suffix == ".sql" for e in entries if e.path is not None
    )


def _live(live: LiveSchema, extras: Extras) -> tuple[list[Table], frozenset[str]]:
    """Tables and views people made, and the names of those that are the migration tools' own."""
    catalog = live.catalog
    names = {
        f"{ref.name}{suffix}" for ref in live.histories for suffix in ("", "_lock", "LOCK", "lock")
    }
    names |= _OWN.union(*(f.own_tables for f in frameworks()))
    system = {schema.name for schema in catalog.schemas if schema.is_system}
    people = [
        replace(table, policing=extras.policing.get(table.ref, Policing()))
        for table in catalog.tables()
        if table.kind in _COMPARED
        and table.ref.schema not in system
        and table.ref not in extras.borrowed
        and table.ref.name not in names
    ]
    return people, frozenset(names)


def _explained(
    status: MigrationStatus, found: DeclaredSchema, both: Sides, default: str | None
) -> frozenset[tuple[str, str]]:
    """What migrations that wait would change is not drift."""
    result = set(found.explained)
    if status.is_pushed:
        # What waits was compared as if it had run.
        return frozenset(result)
    for before, after in framework(status.framework).waiting_changes(status):
        change = sides(replace(found, tables=after), _placed(before, default), default, both.writer)
        result |= objects(tuple(differences(change)))
    return frozenset(result)


def _rebuilds(live: LiveSchema) -> bool:
    changes = ask(live.backend, SCHEMA_CHANGES)
    return not isinstance(changes, Absent) and changes.rebuilds


def _placed(tables: Sequence[Table], default: str | None) -> list[Table]:
    return [replace(t, ref=TableRef(t.ref.schema or default, t.ref.name)) for t in tables]


def _not_mentioned(found: tuple[Drift, ...], entries: Sequence[BoardEntry]) -> tuple[Drift, ...]:
    """Without what a waiting migration names: the declared schema may be ahead of the database."""
    words: set[str] = set()
    for entry in entries:
        if entry.state in _WAITING and entry.path is not None:
            words.update(_WORD.findall(files.text_or_empty(entry.path, files.MAX_MIGRATION_BYTES)))
    if not words:
        return found
    return tuple(item for item in found if not _names(item) <= words)


def _names(item: Drift) -> set[str]:
    return set(_WORD.findall(item.object)) - {"public"}
