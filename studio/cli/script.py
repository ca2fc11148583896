"""`studio query` of a script: its outcomes one by one, told on stderr or as one JSON report."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TextIO

from studio.backends.base import Backend
from studio.backends.halves import required
from studio.backends.halves.running import RUNNING, Notification
from studio.backends.halves.syntax import syntax_of
from studio.backends.registry import backend
from studio.backends.target import Target
from studio.cli.kept import TransactionNotes
from studio.cli.report import JsonReport, error_json
from studio.cli.script_progress import progress
from studio.cli.spool import spooled
from studio.db.session import Session
from studio.db.statements import WITH_WRITE
from studio.db.transaction import InTurn
from studio.export.files import exported
from studio.export.json_text import harmless
from studio.export.printable import printable
from studio.export.sink import ExportSink
from studio.model.errors import UNBOUND, ConfigInvalid, Refused
from studio.model.words import plural
from studio.process.loop import run_to_end
from studio.queries.how import RunMode, refuse
from studio.queries.limits import Limits
from studio.queries.outcome import Became, ScriptSink, StepFailure, StepOutcome
from studio.queries.query import Query, Values, without_value
from studio.queries.script import ScriptRunner
from studio.queries.values import reader
from studio.sqltext.classify import Classification, StatementKind, classify
from studio.sqltext.script import Script
from studio.sqltext.syntax import Syntax

_FOR_PROGRAMS = {"json", "jsonl", "insert"}
SYNTAX_ERROR = "42601"
"""PostgreSQL's for a name where it knows only numbers."""
_BEGINNING = frozenset({"BEGIN", "START"})
NO_FACTS = Classification(StatementKind.UNKNOWN)


def run_script(
    arguments: argparse.Namespace, target: Target, text: str, where: str, *, is_argument: bool
) -> int:
    """Run it; the exit code. SQL given as an argument is one transaction, as far as its own BEGIN,
    COMMIT and ROLLBACK leave that open. Raises StudioError for what is wrong before its first
    statement.
    """
    engine = backend(target.backend)
    required(engine, RUNNING)
    script = Script(text, syntax_of(engine))
    if not script.steps:
        raise ConfigInvalid("there is no statement to run")
    how = RunMode(
        manual=arguments.mode == "manual",
        goes_on=arguments.on_error == "continue",
        single=arguments.single_transaction,
        pinned=not arguments.report and arguments.form in _FOR_PROGRAMS,
        read_only=None if arguments.write else WITH_WRITE,
    )
    if is_argument and arguments.mode is None:
        how = _as_one(how, script, syntax_of(engine))
    refuse(script, syntax_of(engine), how)
    values = parameters(arguments.param, engine)
    with exported(arguments.output) as given, spooled(given) as out:
        return run_to_end(
            _run(script, target, values, how, _sink(arguments, out, engine, script, values, where))
        )


def _as_one(how: RunMode, script: Script, syntax: Syntax) -> RunMode:
    """All or nothing, where nothing that was asked for says otherwise."""
    if how.read_only is not None or how.goes_on or how.single or len(script.steps) == 1:
        return how
    facts = [classify(step.text, syntax) for step in script.steps if step.psql is None]
    own = {each.keyword for each in facts if each.kind is StatementKind.TRANSACTION}
    if own & _BEGINNING:
        # Whoever begins transactions ends them, too.
        return how
    return replace(how, manual=True, keeps=True) if own else replace(how, single=True)


def _sink(
    arguments: argparse.Namespace,
    out: TextIO,
    engine: Backend,
    script: Script,
    values: Values,
    where: str,
) -> "_Closing":
    limits = Limits(rows=arguments.max_rows, timeout_s=arguments.timeout)
    if arguments.report:
        return _Closing(JsonReport(out), limits)
    told = ScriptOutput(arguments, out, engine, script, values, where)
    return _Closing(told, limits)


class _Closing:
    """A sink and how far it lets rows come."""

    def __init__(self, sink: "JsonReport | ScriptOutput", limits: Limits) -> None:
        self.sink = sink
        self.limits = limits


async def _run(script: Script, target: Target, values: Values, how: RunMode, to: _Closing) -> int:
    session = await Session.open(target)
    try:
        lane = session.own_lane(writable=how.read_only is None)
        running = required(session.backend, RUNNING)
        sink: ScriptSink = to.sink
        try:
            kept = TransactionNotes(script, syntax_of(session.backend), how)
            runner = ScriptRunner(lane, running, syntax_of(session.backend), sink, to.limits)
            if any(
                classify(s.text, syntax_of(session.backend)).keyword == "LISTEN"
                for s in script.steps
            ):
                await lane.once(running.notified)
                runner.on_notified = _tell_notified
            try:
                async with progress(runner.done, len(script.steps)):
                    outcomes = await runner.run(script, values, how)
            except asyncio.CancelledError:
                for line in kept.interrupted(runner.outcomes):
                    print(f"studio: {line}", file=sys.stderr)
                raise
        finally:
            await lane.close()
        to.sink.close()
    finally:
        await session.close()
    for line in kept.at_the_end(outcomes):
        print(f"studio: {line}", file=sys.stderr)
    return _exit_code(outcomes, kept)


def _exit_code(outcomes: Sequence[StepOutcome], kept: TransactionNotes) -> int:
    """That of the first error; where there was none, and the script forgot its COMMIT, what it did
    is not done.
    """
    done = Refused.exit_code if kept.is_left_open else 0
    return next((each.failure.error.exit_code for each in outcomes if each.failure), done)


def parameters(given: Sequence[str], engine: Backend) -> Values:
    """`name=value`, `name:type=value`, `name:null`. Raises ConfigInvalid."""
    value = reader(engine)
    found: dict[str, str | int | float | None] = {}
    for pair in given:
        left, equals, text = pair.partition("=")
        name, _, kind = left.partition(":")
        if not name or not (equals or kind == "null"):
            raise ConfigInvalid(f"--param takes name=value, not {pair!r}")
        try:
            found[name] = value(text, kind)
        except ValueError as error:
            raise ConfigInvalid(f"--param {name}: {error}") from error
    return found


def _tell_notified(came: Sequence[Notification]) -> None:
    for each in came:
        said = f"studio: {each.channel} told by pid {each.sender}"
        print(printable(f"{said}: {each.payload}" if each.payload else said), file=sys.stderr)


class ScriptOutput(ExportSink):
    """Rows in their format to stdout; every outcome without rows in a line on stderr."""

    def __init__(
        self,
        arguments: argparse.Namespace,
        out: TextIO,
        engine: Backend,
        script: Script,
        values: Values,
        where: str,
    ) -> None:
        """`where`: what places in the script are places of."""
        self._several = len(script.steps) > 1
        into, form = arguments.table, arguments.form
        super().__init__(form, out, engine, several=self._several, into=into)
        self._where = where
        self._syntax = syntax_of(engine)
        self._values = values
        self._has_begun = False
        self._failure: StepFailure | None = None
        self._sql = 1
        self._is_json = form == "json"

    async def before(self, query: Query, run: InTurn) -> None:
        """Look at the table whose rows are to be put back."""
        await self.look(query, lambda ref: run(lambda c: self._backend.table(c, ref)))

    def begin(self, query: Query) -> None:
        """A result set is there."""
        self._has_begun = True
        super().begin(query)

    def told(self, outcome: StepOutcome) -> None:
        """Say what no row says."""
        self._failure = outcome.failure
        if not self._has_begun and self._is_json and self._is_told(outcome):
            self.begin(Query(outcome.step.text, NO_FACTS))
        if self._has_begun:
            super().end(outcome.result)
            self._has_begun = False
            if self.lost:
                self._say(f"studio: {self.lost}")
        self._sql += outcome.step.psql is None
        self._say_all(outcome)

    def _say_all(self, outcome: StepOutcome) -> None:
        for notice in outcome.result.notices:
            self._say(notice)
        if outcome.failure is not None:
            for line in failure_lines(outcome.failure, self._where, outcome.step.line):
                self._say(line)
            if names := self._without_value(outcome):
                options = " ".join(f"--param {name}=…" for name in names)
                self._say(f"  no value was given for :{', :'.join(names)}: {options}")
        elif outcome.became is Became.NOT_SQL and outcome.step.psql is not None:
            self._say(f"{self._where}:{outcome.step.line}: {_not_sent(outcome)}")
        elif outcome.became is not Became.SKIPPED and (said := _said(outcome)):
            self._say(said)

    def _is_told(self, outcome: StepOutcome) -> bool:
        """Whether JSON has a place for a statement without rows: an error, or nothing, beside
        others' rows; alone, no rows are an empty array, and an error is none.
        """
        if outcome.failure is not None:
            return self._several
        return outcome.became in {Became.DONE, Became.COPIED}

    def _number(self) -> int | None:
        return self._sql

    def _more(self) -> str:
        if self._failure is None:
            return ""
        return f', "error": {harmless(json.dumps(error_json(self._failure), ensure_ascii=False))}'

    def _without_value(self, outcome: StepOutcome) -> tuple[str, ...]:
        """Names that nothing was given for, where that may be what is wrong."""
        trouble = outcome.failure.trouble if outcome.failure is not None else None
        if trouble is None or (trouble.message != UNBOUND and trouble.code != SYNTAX_ERROR):
            return ()
        return without_value(outcome.step.text, self._syntax, self._values)

    def _say(self, line: str) -> None:
        print(printable(line), file=sys.stderr)


def _not_sent(outcome: StepOutcome) -> str:
    psql = outcome.step.psql
    instead = f": {psql.instead}" if psql is not None and psql.instead else ""
    command = psql.command if psql is not None else ""
    return f"\\{command} is psql's and was not sent{instead}"


def _said(outcome: StepOutcome) -> str:
    result = outcome.result
    if result.is_cut:
        return f"studio: stopped after {result.rows:,} rows"
    if outcome.row_count >= 0:
        word = "copied" if outcome.became is Became.COPIED else "changed"
        return f"{plural(outcome.row_count, 'row')} {word}"
    return "" if outcome.became is Became.ROWS else outcome.command


def failure_lines(failure: StepFailure, where: str, line: int) -> list[str]:
    """An error with its place in the script, and what else the server said of it."""
    trouble = failure.trouble
    place = f"{where}:{failure.line or line}"
    if failure.column is not None:
        place += f":{failure.column}"
    code = f" ({trouble.code})" if trouble.code else ""
    lines = [f"studio: {place}: {trouble.message}{code}"]
    if trouble.detail:
        lines.append(f"  detail: {trouble.detail}")
    if trouble.hint:
        lines.append(f"  hint: {trouble.hint}")
    if trouble.internal is not None:
        query, position = trouble.internal
        lines.append(f"  in: {query} (at character {position})")
    return lines + [f"  {each}" for each in trouble.context]
