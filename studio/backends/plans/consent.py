"""What is asked before a statement that writes is measured, and what is refused outright."""

from dataclasses import dataclass

from studio.model.errors import Refused, Unsupported
from studio.sqltext.classify import Classification, classify, strip_explain
from studio.sqltext.split import split
from studio.sqltext.syntax import Syntax


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
