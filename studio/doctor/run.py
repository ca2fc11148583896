"""One examination of an open database: check after check, each with a deadline, stoppable."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from studio.backends.base import Purpose
from studio.backends.halves import Absent, ask, required
from studio.backends.halves.checking import CHECKING, CheckOptions, Examination, HealthCheck
from studio.backends.halves.editing import EDITING
from studio.backends.halves.unreadable import UNREADABLE
from studio.backends.registry import is_own
from studio.config.guests import Failed, answer_of
from studio.db.session import Session
from studio.doctor.checks import checks_of, chosen, guests_for, not_loaded
from studio.doctor.ignoring import Ignore
from studio.doctor.memory import Key, LastLook, Memory, key_of
from studio.model.errors import ConnectFailed, StatementFailed, StudioError
from studio.model.health import Blind, Checked, HealthFinding, HealthSeverity, NotRun

if TYPE_CHECKING:
    from sqlalchemy import Connection

CHECK_S = 10.0
"""What one check may take, unless whole tables were asked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants to know."""

    full: bool = False
    only: tuple[str, ...] = ()
    table: str = ""
    """Only findings on this relation: NAME or SCHEMA.NAME."""
    ignores: tuple[Ignore, ...] = ()
    remembers: bool = False
    """Compare with the look before, and keep what is found for the next one."""
    before: LastLook | None = None
    """Compare with this look, and not with the last one."""


@dataclass(slots=True)
class HealthReport:
    """What is known so far."""

    checks: tuple[HealthCheck, ...] = ()
    looked: list[str] = field(default_factory=list)
    """The checks that have answered."""
    findings: list[HealthFinding] = field(default_factory=list)
    ignored: list[tuple[HealthFinding, Ignore]] = field(default_factory=list)
    blind: list[Blind] = field(default_factory=list)
    not_run: list[NotRun] = field(default_factory=list)
    last: LastLook | None = None
    """The look it is compared with; None: nobody looked before."""
    complete: bool = False
    """Whether every check has answered, if only that it could not look."""
    ms: float = 0.0
    _came: Counter[str] = field(default_factory=Counter)
    _gone: list[Key] = field(default_factory=list)

    def count(self, severity: HealthSeverity) -> int:
        """How many findings are of that severity."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def saw_nothing(self) -> bool:
        """Whether every check that answered was blind."""
        blind = {one.check for one in self.blind}
        return bool(self.looked) and blind.issuperset(self.looked) and not self.findings

    @property
    def saw_all(self) -> frozenset[str]:
        """The checks that have answered for everything they are for."""
        part = {one.check for one in self.blind} | {one.check for one in self.not_run}
        return frozenset(self.looked) - part

    def word_of(self, finding: HealthFinding) -> str:
        """`new` or `worse` since last time, or nothing."""
        return "" if self.last is None else self.last.word_of(finding)

    @property
    def came(self) -> Counter[str]:
        """How many findings are `new`, and how many `worse`."""
        return self._came

    def gone(self, table: str = "") -> tuple[Key, ...]:
        """What was found last time, of `table` where one is named, and is there no more."""
        if self.last is None or not table:
            return tuple(self._gone)
        known = self.last.found
        return tuple(key for key in self._gone if is_on(known[key].table, table))

    def add(self, check: HealthCheck, answer: Checked, asked: Asked) -> None:
        """One check's answer; findings stay in order."""
        self.looked.append(check.id)
        self.blind += answer.blind
        self.not_run += answer.not_run
        self._compare(check, answer)
        before = len(self.findings)
        for finding in answer.findings:
            if asked.table and not is_on(finding.table, asked.table):
                continue
            if finding.check != check.id and self._has(finding):
                continue  # Damage to a file is met by one check after another.
            ignore = next((one for one in asked.ignores if one.covers(finding)), None)
            if ignore is not None:
                self.ignored.append((finding, ignore))
            else:
                self.findings.append(finding)
                self._came[self.word_of(finding)] += 1
        if len(self.findings) > before:
            self.findings = ordered(self.findings, self.checks)

    def _has(self, finding: HealthFinding) -> bool:
        told = (*self.findings, *(one for one, _ in self.ignored))
        return any(key_of(one) == key_of(finding) for one in told)

    def _compare(self, check: HealthCheck, answer: Checked) -> None:
        """What is gone can be told only where a check saw everything."""
        if self.last is not None and not (answer.blind or answer.not_run):
            there = {found.object for found in answer.findings if found.check == check.id}
            names = self.last.of(check.id)
            self._gone += [(check.id, name) for name in names if name not in there]

    def ignore(self, finding: HealthFinding, by: Ignore) -> None:
        """Report it no more."""
        self.findings = [one for one in self.findings if one != finding]
        self._came[self.word_of(finding)] -= 1
        self.ignored.append((finding, by))


def ordered(
    findings: Sequence[HealthFinding], checks: Sequence[HealthCheck]
) -> list[HealthFinding]:
    """By severity, by the check's rank, then by bytes or rows."""
    rank = {check.id: place for place, check in enumerate(checks)}
    return sorted(findings, key=lambda f: (f.severity.rank, rank.get(f.check, 0), -f.weight))


def is_on(relation: str, table: str) -> bool:
    """Whether a relation, as findings write it, is the one that a person called `table`."""
    return table in {relation, relation.rpartition(".")[2]}


async def examine(session: Session, asked: Asked) -> AsyncGenerator[HealthReport, None]:
    """The same report after each check, growing. Raises ConfigInvalid for an unknown id,
    Unsupported for an engine without checks, ConnectFailed.
    """
    started = perf_counter()
    report = HealthReport(chosen(checks_of(session.backend), asked.only))
    if not asked.only:
        report.blind += not_loaded()
    memory = await _memory(session, asked) if asked.remembers else None
    report.last = asked.before or (None if memory is None else await asyncio.to_thread(memory.load))
    try:
        async with aclosing(_answers(session, report.checks, CheckOptions(asked.full))) as answers:
            async for check, answer in answers:
                report.add(check, answer, asked)
                report.ms = (perf_counter() - started) * 1000
                report.complete = len(report.looked) == len(report.checks)
                yield report
    finally:
        # Of one table's findings nobody could tell which of the others are gone.
        if memory is not None and not asked.table and report.looked:
            found = (*report.findings, *(one for one, _ in report.ignored))
            await asyncio.to_thread(memory.keep, report.saw_all, found)


async def _memory(session: Session, asked: Asked) -> Memory:
    """Of the database, however it was named; by its address where it cannot be told. Looks at whole
    tables find more than looks at samples: each is compared with its own kind.
    """
    known = session.opening.target.shown
    rules = ask(session.backend, EDITING)
    if not isinstance(rules, Absent):
        try:
            known = await session.lane(Purpose.BROWSE).run(lambda c: rules.key(c, session.opening))
        except ConnectFailed:
            raise
        except StudioError:
            pass
    if session.server is not None and session.server.read_only_word:
        # A standby is the same database, on another server.
        known = f"{known} {session.server.read_only_word}"
    return Memory(f"{known} full" if asked.full else known)


async def _answers(
    session: Session, checks: Sequence[HealthCheck], wishes: CheckOptions
) -> AsyncGenerator[tuple[HealthCheck, Checked], None]:
    lane = session.examining()
    eyes = _Eyes(session, wishes)
    try:
        try:
            await lane.open()
        except StatementFailed as error:
            found = unreadable(session, error)
            if found is None:
                raise
            for check in checks:
                blind = () if check.id == found.check else (Blind(check.id, error.message),)
                yield check, Checked((found,), blind)
            return
        for check in sorted(checks, key=lambda check: (check.many, check.samples)):
            is_long = check.many or (check.whole and wishes.full)
            limit = None if is_long else CHECK_S
            try:
                async with asyncio.timeout(limit):
                    answer = await lane.run(partial(eyes.look, check))
            except TimeoutError:
                answer = _blind(check, f"stopped after {CHECK_S:g} s", "run it alone: --only")
            except ConnectFailed:
                raise
            except StudioError as error:
                answer = _blind(check, str(error))
            yield check, answer
    finally:
        await lane.close()


def unreadable(session: Session, error: StatementFailed) -> HealthFinding | None:
    """The finding that a refused connection is; None where the database is not at fault."""
    tells = ask(session.backend, UNREADABLE)
    return None if isinstance(tells, Absent) else tells(session.opening, error)


def _blind(check: HealthCheck, why: str, opens: str = "") -> Checked:
    return Checked(blind=(Blind(check.id, why, opens),))


class _Eyes:
    """The engine's examination, begun anew on a new connection."""

    def __init__(self, session: Session, wishes: CheckOptions) -> None:
        self._session = session
        self._wishes = wishes
        self._examination: Examination | None = None
        self._on: Connection | None = None
        self._guests = {guest.check.id: guest for guest in guests_for(session.backend.name)}

    def look(self, check: HealthCheck, connection: "Connection") -> Checked:
        """What one check finds; blocks."""
        own = required(self._session.backend, CHECKING)
        if all(check.id != one.id for one in own.checks):
            return self._of_guest(connection, check)
        if self._examination is None or self._on is not connection:
            self._examination = own.begin(connection, self._session.opening, self._wishes)
            self._on = connection
        if is_own(self._session.backend):
            return self._examination.look(check.id)
        examination = self._examination
        answer = answer_of(lambda: examination.look(check.id), ours=(StudioError,))
        return _blind(check, answer.why) if isinstance(answer, Failed) else answer

    def _of_guest(self, connection: "Connection", check: HealthCheck) -> Checked:
        guest = self._guests[check.id]
        found = answer_of(lambda: tuple(guest.look(connection, self._wishes)), ours=(StudioError,))
        if isinstance(found, Failed):
            return _blind(check, found.why)
        return Checked(findings=found)
