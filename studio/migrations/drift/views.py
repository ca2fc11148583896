"""Views that are declared and not there, there and not declared, or made of another query."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from studio.migrations.drift import keys
from studio.migrations.drift import view_statements as statements
from studio.migrations.drift.code import triggers_of
from studio.migrations.drift.declared.schema import VIEW_INDEXES, VIEWS
from studio.migrations.drift.sides import Sides, named
from studio.model.catalog import Table, TableKind, TableRef
from studio.model.migration import Drift

KINDS = frozenset({TableKind.VIEW, TableKind.MATERIALIZED_VIEW})

Relations = Mapping[TableRef, Table]


def of(relations: Relations) -> dict[TableRef, Table]:
    """The views among them, called as they are listed."""
    return {ref: replace(table, ref=ref) for ref, table in relations.items() if table.kind in KINDS}


def before_tables(given: Sides) -> Iterator[Drift]:
    """Those to be renamed, and those too many, which may hold on to columns that are too many."""
    if VIEWS not in given.knows:
        return
    declared, live = of(given.declared), of(given.live)
    renamed = dict(_renamed(declared, live, given))
    for new, old in renamed.items():
        query = given.same.body(declared[new].sql)
        statement = statements.rename_view(live[old], declared[new], query, given.writer)
        yield Drift("renamed_view", named(new), new.name, old.name, statement)
    extra = [
        live[ref]
        for ref in live
        if ref not in declared and ref not in renamed.values() and ref.name not in given.ignored
    ]
    for view in reversed(_in_order(extra, given)):
        drop = statements.drop_view(view, given.writer)
        yield Drift("extra_view", named(view.ref), "", _kind(view), drop)


def after_tables(given: Sides) -> Iterator[Drift]:
    """Those that are missing, and those made otherwise."""
    if VIEWS not in given.knows:
        return
    declared, live = of(given.declared), of(given.live)
    renamed = dict(_renamed(declared, live, given))
    wanted = [view for view in declared.values() if view.ref.name not in given.ignored]
    for view in _in_order(wanted, given):
        there = live.get(view.ref)
        if there is not None:
            yield from _compared(view, there, given)
        elif view.ref not in renamed:
            query = given.same.body(view.sql)
            steps = (statements.create_view(view, query, given.writer), triggers_of(view, given))
            made = " ".join(step for step in steps if step)
            yield Drift("missing_view", named(view.ref), _kind(view), "", made)


def _compared(declared: Table, live: Table, given: Sides) -> Iterator[Drift]:
    place, same = named(live.ref), given.same
    wanted, found = same.body(declared.sql), same.body(live.sql)
    statement = statements.change_view(live, declared, wanted, given.writer)
    if declared.kind is not live.kind:
        yield Drift("view", place, _kind(declared), _kind(live), statement)
        return
    if not (wanted and found):
        same.unknown.append(f"the view {place}")
        return
    is_same = same.queries(wanted, found, live.ref.schema, printed=given.printed)
    told, there = (" ".join(query.split()) for query in (wanted, found))
    settings = [statements.settings(view) for view in (declared, live)]
    if is_same and settings[0] != settings[1]:
        told, there = (", ".join(each) or "no options" for each in settings)
        is_same = False
    if is_same is None:
        same.unknown.append(f"the view {place}")
    elif not is_same:
        yield Drift("view", place, told, there, statement)
        # Made anew, it gets its indexes with it.
        return
    if VIEW_INDEXES in given.knows:
        yield from keys.indexes(declared, live, given)


def _renamed(
    declared: Relations, live: Relations, given: Sides
) -> Iterator[tuple[TableRef, TableRef]]:
    """Declared and live names of views that have one query, and nothing else has."""
    absent = [ref for ref in declared if ref not in live]
    extra = [ref for ref in live if ref not in declared and ref.name not in given.ignored]

    def told(view: Table) -> list[str]:
        return given.same.spelled(given.same.body(view.sql), view.ref.schema)

    for new in absent:
        wanted = told(declared[new])
        alike = [old for old in extra if told(live[old]) == wanted]
        rivals = [ref for ref in absent if told(declared[ref]) == wanted]
        if len(alike) == len(rivals) == 1 and alike[0].schema == new.schema and wanted:
            yield new, alike[0]


def _in_order(views: list[Table], given: Sides) -> list[Table]:
    """What others read from before them, as far as their words tell."""
    words = {v.ref: set(given.same.spelled(given.same.body(v.sql), None)) for v in views}
    left, done = list(views), []
    while left:
        names = {view.ref.name for view in left}
        free = [v for v in left if not words[v.ref] & (names - {v.ref.name})] or left
        done += free
        left = [view for view in left if view not in free]
    return done


def _kind(view: Table) -> str:
    return view.kind.value
