"""How a script is to be run, and which cannot be run so."""

from dataclasses import dataclass

from studio.db.statements import refuse_beyond_read_only
from studio.model.errors import Refused
from studio.sqltext.classify import StatementKind, classify
from studio.sqltext.script import Script, ScriptStep
from studio.sqltext.syntax import Syntax


@dataclass(frozen=True, slots=True)
class RunMode:
    """How a script runs."""

    manual: bool = False
    """A transaction is begun before a statement when none is open; nothing ends it."""
    at_change: bool = False
    """In manual mode, what only reads begins nothing: it is a read-only transaction of its own."""
    goes_on: bool = False
    """After an error, with the next statement."""
    single: bool = False
    """All of it is one transaction, kept when nothing failed."""
    keeps: bool = False
    """In manual mode, what is open at the end is kept when nothing failed: all is one transaction
    but for the script's own COMMIT and ROLLBACK, as a server takes several statements at once.
    """
    net: bool = False
    """Each statement in an open transaction can be undone by itself: a mistake, or a stop, leaves
    the transaction as it was before.
    """
    pinned: bool = False
    """Rows are for a program: printed alike, whatever the script sets."""
    read_only: str | None = None
    """Each statement is a read-only transaction of its own; what can be done about a refusal."""


class Misread(Refused):
    """A statement whose strings the session reads otherwise than studio did."""

    def __init__(self, backslashes: bool) -> None:
        super().__init__(
            f"standard_conforming_strings is {'off' if backslashes else 'on'} in this session, so "
            "studio does not know where this statement ends. Set it in the text first; neither "
            "this nor what follows was run"
        )


def refuse(script: Script, syntax: Syntax, how: RunMode) -> None:
    """Raises Refused for a script that cannot be run as a whole, ReadOnly for one that would act
    beyond a read; nothing was sent.
    """
    if (other := script.of_other_tools()) is not None:
        line, said = other
        whose = (
            "SQLite's shell, and no SQL: leave it out"
            if said.startswith(".")
            else "another engine's own tool, and no SQL: end statements with a semicolon"
        )
        raise Refused(f"line {line}: {said} is for {whose}. Nothing was run")
    for step in script.steps:
        if step.psql is not None and step.psql.decides:
            raise Refused(
                f"line {step.line}: \\{step.psql.command} is psql's, and {step.psql.decides}. "
                "Nothing was run"
            )
        if step.psql is None:
            _refuse_statement(step, syntax, how)


def _refuse_statement(step: ScriptStep, syntax: Syntax, how: RunMode) -> None:
    if step.has_stray_data:
        raise Refused(
            f"line {step.line}: the rows of COPY … FROM STDIN stand on the lines behind its "
            "semicolon, and a line with \\. ends them. Nothing was run"
        )
    if how.read_only is not None:
        refuse_beyond_read_only(step.text, syntax, how.read_only)
    facts = classify(step.text, syntax) if how.single else None
    if facts is not None and (facts.outside_transaction or facts.kind is StatementKind.TRANSACTION):
        raise Refused(
            f"line {step.line}: {facts.keyword} cannot be part of one single transaction. "
            "Nothing was run"
        )
