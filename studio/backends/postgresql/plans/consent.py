"""What a plan tells of the statement's acting, and what is asked before such a one is measured."""

import re

from studio.backends.plans.consent import NeedsConsent
from studio.backends.postgresql.plans.plan import Plan

NEXTVAL = re.compile(r"nextval\('([^']{1,200})'")


def writes(plan: Plan) -> bool:
    """Whether some node changes rows, however the statement begins."""
    return any(
        node.kind == "ModifyTable" or node.operation in {"Insert", "Update", "Delete"}
        for node in plan.root.walk()
    )


def sequences(plan: Plan) -> tuple[str, ...]:
    """Sequences the statement takes numbers from, as far as its plan tells."""
    found = [
        name
        for node in plan.root.walk()
        for text in node.conditions.values()
        for name in NEXTVAL.findall(text)
    ]
    return tuple(dict.fromkeys(found))


def question(plan: Plan | None, acting: str = "") -> NeedsConsent:
    """What a person should know before saying yes on PostgreSQL; `acting`: what it would call."""
    taken = sequences(plan) if plan else ()
    numbers = f"numbers taken from {', '.join(taken)}" if taken else "numbers taken from sequences"
    why = f"{acting[:1].upper()}{acting[1:]}. " if acting else ""
    return NeedsConsent(
        f"{why}Measuring this runs it, triggers included, and rolls it back. Rolling back does not "
        f"undo {numbers}, session advisory locks, dead rows and file growth, nor what functions do "
        "outside the database (dblink, files, programs). Its locks are held until then.",
        taken,
    )
