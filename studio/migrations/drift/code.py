"""Triggers, functions and procedures that are missing, too many, or made otherwise."""

from collections.abc import Iterator

from studio.migrations.drift.declared.schema import ROUTINES, TRIGGERS
from studio.migrations.drift.sides import Sides, named
from studio.model.catalog import Table, TableRef, Trigger
from studio.model.migration import Drift
from studio.model.stored import StoredRoutine

_ALIKE_IN_WORDS = frozenset({"sql", "plpgsql"})
"""Languages in which spaces and comments mean nothing."""
_BODY = "\nAS "
"""Where the server begins the body of what it writes."""


def before_tables(given: Sides) -> Iterator[Drift]:
    """Triggers that are too many: they would run, and hold on to their functions."""
    for ref, table in given.declared.items():
        live = given.live.get(ref)
        if live is None or TRIGGERS not in given.knows:
            continue
        declared = {trigger.name for trigger in table.triggers}
        for trigger in live.triggers:
            if trigger.name not in declared:
                drop = _drop(trigger, live.ref, given)
                yield Drift("extra_trigger", _place(live, trigger), "", _told(trigger), drop)


def after_tables(given: Sides) -> Iterator[Drift]:
    """Functions, which may name tables, and which views and triggers call."""
    if ROUTINES not in given.knows:
        return
    there = {_key(routine): routine for routine in given.live_routines}
    for routine in given.routines:
        found = there.pop(_key(routine), None)
        if found is None:
            made = _made(routine, given)
            yield Drift("missing_function", _name(routine), _what(routine), "", made)
        else:
            yield from _compared(routine, found, given)


def after_views(given: Sides) -> Iterator[Drift]:
    """Triggers that are missing or made otherwise, and functions that are too many."""
    if TRIGGERS in given.knows:
        for ref, table in given.declared.items():
            if ref in given.live:
                yield from _triggers(table, given.live[ref], given)
    if ROUTINES not in given.knows:
        return
    declared = {_key(routine) for routine in given.routines}
    for routine in given.live_routines:
        if _key(routine) not in declared:
            drop = _drop_routine(routine, given)
            yield Drift("extra_function", _name(routine), "", _what(routine), drop)


def triggers_of(table: Table, given: Sides) -> str:
    """What a table that is made anew needs for its triggers; "" for nothing."""
    if TRIGGERS not in given.knows:
        return ""
    return " ".join(_create(trigger, table.ref, given) for trigger in table.triggers)


def _triggers(declared: Table, live: Table, given: Sides) -> Iterator[Drift]:
    there = {trigger.name: trigger for trigger in live.triggers}
    for trigger in declared.triggers:
        found, place = there.get(trigger.name), _place(live, trigger)
        if found is None:
            made = _create(trigger, live.ref, given)
            yield Drift("missing_trigger", place, _told(trigger), "", made)
        elif not (trigger.sql and found.sql):
            given.same.unknown.append(f"the trigger {place}")
        elif not given.same.statements(trigger.sql, found.sql, live.ref.schema):
            both = f"{_drop(found, live.ref, given)} {_create(trigger, live.ref, given)}"
            change = both if given.writer.rebuilds else f"BEGIN; {both} COMMIT;"
            yield Drift("trigger", place, _told(trigger), _told(found), change)
        elif trigger.enabled != found.enabled:
            change = _enable(trigger, live.ref, given)
            yield Drift("trigger", place, _state(trigger), _state(found), change)


def _compared(declared: StoredRoutine, live: StoredRoutine, given: Sides) -> Iterator[Drift]:
    place = _name(live)
    if not (declared.sql and live.sql):
        given.same.unknown.append(f"the function {place}")
        return
    heads = [_head(routine) for routine in (declared, live)]
    is_same_head = given.same.statements(heads[0], heads[1], live.ref.schema)
    is_same_body = declared.body == live.body or (
        declared.language in _ALIKE_IN_WORDS
        and given.same.statements(declared.body, live.body, live.ref.schema)
    )
    if is_same_head and is_same_body:
        # What has no body of its own is in the head.
        return
    made = _made(declared, given)
    calls = [head.partition("\n LANGUAGE")[0] for head in heads]
    if not given.same.statements(calls[0], calls[1], live.ref.schema):
        made = f"BEGIN; {_drop_routine(live, given)} {made} COMMIT;"
    told, found = (declared.body, live.body) if is_same_head else (heads[0], heads[1])
    yield Drift("function", place, " ".join(told.split()), " ".join(found.split()), made)


def _head(routine: StoredRoutine) -> str:
    """What stands before the body; everything where the server keeps no text of it."""
    return routine.sql.partition(_BODY)[0] if routine.body else routine.sql


def _made(routine: StoredRoutine, given: Sides) -> str:
    """The server's own statement, with the schema the function belongs to."""
    kind = "PROCEDURE" if routine.is_procedure else "FUNCTION"
    before, _, rest = routine.sql.partition(f" {kind} ")
    if not rest:
        return ""
    schema = routine.ref.schema
    place = (
        "" if schema is None or rest.startswith(f"{schema}.") else f"{given.writer.name(schema)}."
    )
    return f"{before} {kind} {place}{rest.rstrip().rstrip(';')};"


def _drop_routine(routine: StoredRoutine, given: Sides) -> str:
    kind = "PROCEDURE" if routine.is_procedure else "FUNCTION" if routine.sql else "AGGREGATE"
    return f"DROP {kind} {given.writer.ref(routine.ref)}({routine.arguments});"


def _key(routine: StoredRoutine) -> tuple[TableRef, str]:
    schema = routine.ref.schema
    return routine.ref, routine.arguments.replace(f"{schema}.", "") if schema else routine.arguments


def _name(routine: StoredRoutine) -> str:
    return f"{named(routine.ref)}({routine.arguments})"


def _what(routine: StoredRoutine) -> str:
    return "procedure" if routine.is_procedure else "function"


def _create(trigger: Trigger, ref: TableRef, given: Sides) -> str:
    """Its own statement; the name of its table may need the schema."""
    made = f"{trigger.sql.rstrip().rstrip(';')};"
    if ref.schema not in {None, "main", "public"} and f" ON {ref.schema}." not in made:
        made = f"-- for {named(ref)}\n{made}"
    return made if trigger.enabled else f"{made} {_enable(trigger, ref, given)}"


def _drop(trigger: Trigger, ref: TableRef, given: Sides) -> str:
    name = given.writer.name(trigger.name)
    if given.writer.rebuilds:
        return f"DROP TRIGGER {name};"
    return f"DROP TRIGGER {name} ON {given.writer.ref(ref)};"


def _enable(trigger: Trigger, ref: TableRef, given: Sides) -> str:
    word = "ENABLE" if trigger.enabled else "DISABLE"
    place, name = given.writer.ref(ref), given.writer.name(trigger.name)
    return f"ALTER TABLE {place} {word} TRIGGER {name};"


def _state(trigger: Trigger) -> str:
    return "on" if trigger.enabled else "off"


def _place(table: Table, trigger: Trigger) -> str:
    return f"{named(table.ref)}.{trigger.name}"


def _told(trigger: Trigger) -> str:
    return " ".join(trigger.sql.split()) or "trigger"
