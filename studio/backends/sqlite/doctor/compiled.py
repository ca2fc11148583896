"""Views and triggers that no longer compile: asked of SQLite's own compiler, which runs nothing."""

import re
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError

from studio.backends.halves.checking import HealthCheck
from studio.backends.sqlite.doctor.look import (
    FileCheck,
    FileCheckup,
    is_damage,
    is_interrupt,
    name_of,
)
from studio.model.catalog import Table, TableKind, Trigger
from studio.model.health import HealthFinding, HealthSeverity

_APPLICATION = re.compile(r"no such (function|module|collation)|unable to use function", re.I)


def view_broken(look: FileCheckup) -> Iterator[HealthFinding]:
    """A view over what is not there any more."""
    for view in _of_kind(look, TableKind.VIEW):
        message = _refused(look, f"SELECT * FROM {look.quoted(view.ref.name)}")
        if message and not _APPLICATION.search(message):
            yield HealthFinding(
                "view_broken",
                name_of(view),
                HealthSeverity.ERROR,
                f"{name_of(view)} cannot be read: {message}",
                {"message": message},
                f"DROP VIEW {look.written(view.ref.name)};",
                "or create it anew over what is there",
                "nobody may read it any more",
                name_of(view),
            )


def trigger_broken(look: FileCheckup) -> Iterator[HealthFinding]:
    """A trigger whose statement fails, and with it every write that fires it."""
    for table, trigger, message in _broken_triggers(look):
        if not _APPLICATION.search(message):
            events = " and ".join(trigger.events)
            yield HealthFinding(
                "trigger_broken",
                trigger.name,
                HealthSeverity.ERROR,
                f"every {events} on {name_of(table)} fails in {trigger.name}: {message}",
                {"table": name_of(table), "message": message, "on": list(trigger.events)},
                f"DROP TRIGGER {look.written(trigger.name)};",
                "or create it anew; what it did is done no more",
                "",
                name_of(table),
            )


def needs_application_code(look: FileCheckup) -> Iterator[HealthFinding]:
    """What only the application can compile: no fault."""
    for kind in (TableKind.VIEW, TableKind.VIRTUAL):
        for table in _of_kind(look, kind):
            message = _refused(look, f"SELECT * FROM {look.quoted(table.ref.name)}")
            if message and (kind is TableKind.VIRTUAL or _APPLICATION.search(message)):
                yield _needs(name_of(table), name_of(table), message)
    for table, trigger, message in _broken_triggers(look):
        if _APPLICATION.search(message):
            yield _needs(trigger.name, name_of(table), message)


def _needs(name: str, table: str, message: str) -> HealthFinding:
    return HealthFinding(
        "needs_application_code",
        name,
        HealthSeverity.NOTICE,
        f"cannot be checked from here: {message}, which only the application has",
        {"message": message},
        table=table,
    )


def _of_kind(look: FileCheckup, kind: TableKind) -> list[Table]:
    return [table for table in look.relations.values() if table.kind is kind]


def _refused(look: FileCheckup, statement: str, *values: object) -> str:
    """Why a statement does not compile; empty: it does."""
    try:
        look.rows(f"EXPLAIN {statement}", *values)
    except DBAPIError as error:
        if is_interrupt(error) or is_damage(error):
            raise
        return str(error.orig)
    return ""


# -- triggers --------------------------------------------------------------------------------------


def _broken_triggers(look: FileCheckup) -> Iterator[tuple[Table, Trigger, str]]:
    triggers = [(t, one) for t in look.relations.values() for one in t.triggers]
    for table, trigger in triggers:
        statement = _firing(look, table, trigger)
        message = _refused(look, statement, *[None] * statement.count("?")) if statement else ""
        if message and _is_its_own(trigger, message, [one for _, one in triggers]):
            yield table, trigger, message


def _firing(look: FileCheckup, table: Table, trigger: Trigger) -> str:
    """A statement that fires a trigger; empty where there is none to be made."""
    name = look.quoted(table.ref.name)
    names = [look.quoted(c.name) for c in table.columns if c.generated is None and not c.hidden]
    if not names:
        return ""
    if "DELETE" in trigger.events:
        return f"DELETE FROM {name}"
    if "UPDATE" in trigger.events:
        return f"UPDATE {name} SET {', '.join(f'{one} = {one}' for one in names)}"
    if "INSERT" in trigger.events:
        places = ", ".join(["NULL"] * len(names))
        return f"INSERT INTO {name} ({', '.join(names)}) VALUES ({places})"
    return ""


def _is_its_own(trigger: Trigger, message: str, all_of_them: list[Trigger]) -> bool:
    """A statement compiles every trigger it fires, however deep: the one to blame says the word
    that is missing.
    """
    word = re.compile(rf"\b{re.escape(re.split(r'[:.]', message)[-1].strip())}\b", re.I)
    if word.search(trigger.sql):
        return True
    return not any(word.search(one.sql) for one in all_of_them if one is not trigger)


CHECKS = (
    FileCheck(HealthCheck("view_broken", "broken view", (HealthSeverity.ERROR,)), view_broken),
    FileCheck(
        HealthCheck("trigger_broken", "broken trigger", (HealthSeverity.ERROR,)), trigger_broken
    ),
    FileCheck(
        HealthCheck("needs_application_code", "needs the application", (HealthSeverity.NOTICE,)),
        needs_application_code,
    ),
)
