"""What is asked before a statement that writes is measured, and what is refused outright."""

import re
from dataclasses import dataclass

from studio.model.errors import Refused, Unsupported
from studio.model.plan import Plan
from studio.sqltext.classify import Classification, classify, strip_explain
from studio.sqltext.split import split
from studio.sqltext.syntax import Syntax

NEXTVAL = re.compile(r"nextval\('([^']{1,200})'")


class NothingToExplain(Unsupported):
    """A text without a statement: the command line is wrong, no database was asked."""

    exit_code = 2


@dataclass(eq=False)
class NeedsConsent(Refused):
    """A measurement would write, and nobody said yes to that yet."""

    question: str
    sequences: tuple[str, ...] = ()
    """Sequences the plan takes numbers from: those stay taken."""

    def __str__(self) -> str:
        """The question."""
        return self.question


def one_statement(sql: str, syntax: Syntax) -> tuple[str, Classification]:
    """The one statement of a text, without an EXPLAIN of its own.

    Raises Refused for two statements, because EXPLAIN ANALYZE would run the second; Unsupported
    for one that EXPLAIN cannot stand in front of.
    """
    statements = [statement for statement in split(sql, syntax) if statement.text]
    if not statements:
        raise NothingToExplain("There is no statement to explain.")
    if len(statements) > 1:
        raise Refused("Only one statement at a time: EXPLAIN ANALYZE would simply run the second.")
    statement = strip_explain(statements[0].text, syntax).statement
    what = classify(statement, syntax)
    if not what.is_explainable:
        raise Unsupported(f"{what.keyword or 'This'} has no plan: EXPLAIN cannot stand before it.")
    return statement, what


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


SQLITE_QUESTION = (
    "Measuring this runs it, triggers included, and rolls it back. All of it is undone but what "
    "functions of an application do outside the database. Nobody else can write until then."
)


def question(plan: Plan | None) -> NeedsConsent:
    """What a person should know before saying yes on PostgreSQL."""
    taken = sequences(plan) if plan else ()
    numbers = f"numbers taken from {', '.join(taken)}" if taken else "numbers taken from sequences"
    return NeedsConsent(
        "Measuring this runs it, triggers included, and rolls it back. Rolling back does not undo "
        f"{numbers}, session advisory locks, dead rows and file growth, nor what functions do "
        "outside the database (dblink, files, programs). Its locks are held until then.",
        taken,
    )
