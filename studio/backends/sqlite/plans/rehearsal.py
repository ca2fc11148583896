"""Whether advice holds: tried in a private, empty copy of the schema, with its statistics.

SQLite plans from schema and sqlite_stat1 alone, so a copy without rows plans like the file. What
cannot be prepared there, or is prepared and not used, is no advice (explain/README.md, §3).
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Protocol

from studio.backends.sqlite.plans import explain_run
from studio.backends.sqlite.plans.query_plan import PlanStep

MOST_OBJECTS = 5_000
"""Of a schema with more, no copy is made, and so no advice shown."""
OBJECTS = """
SELECT sql FROM main.sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite~_%' ESCAPE '~'
ORDER BY sql NOT LIKE 'create virtual%', type <> 'table', type <> 'index', type <> 'view', rowid
LIMIT ?
"""
"""Virtual tables first: they make the tables they keep their rows in."""
STATISTICS = "SELECT tbl, idx, stat FROM main.sqlite_stat1"


class Checks(Protocol):
    """How advice is tried before it is shown."""

    def used(self, creates: Sequence[str], instead_of: str = "") -> bool:
        """Whether the plan searches every index these make together; `instead_of`: a line of the
        plan that has to go, and then the index may also be read in order.
        """

    def searches(self, creates: Sequence[str], statement: str) -> bool:
        """Whether another statement, with the indexes these make, reads no table whole."""

    def runs(self, script: Sequence[str]) -> bool:
        """Whether all of these statements can be run, one after the other."""


class Rehearsal:
    """The copy of one database for one statement; made when it is first asked."""

    def __init__(self, source: sqlite3.Connection, statement: str) -> None:
        self._statement = statement
        self._schema = _read_schema(source)
        self._statistics = _read_statistics(source)

    def used(self, creates: Sequence[str], instead_of: str = "") -> bool:
        """See Checks."""
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
            try:
                self._fill(copy)
                before = explain_run.steps(copy, self._statement)
                made = [_created(copy, create) for create in creates]
                after = explain_run.steps(copy, self._statement)
            except sqlite3.Error:
                return False
        searched = {step.index for step in after if step.kind == "SEARCH"}
        if not instead_of:
            return set(made) <= searched
        gone = _count(after, instead_of) < _count(before, instead_of)
        return gone and set(made) <= {step.index for step in after}

    def searches(self, creates: Sequence[str], statement: str) -> bool:
        """See Checks."""
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
            try:
                self._fill(copy)
                for create in creates:
                    copy.execute(create)
                after = explain_run.steps(copy, statement)
            except sqlite3.Error:
                return False
        return all(step.kind != "SCAN" or "CONSTANT ROW" in step.object for step in after)

    def runs(self, script: Sequence[str]) -> bool:
        """See Checks."""
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
            try:
                self._fill(copy)
                for statement in script:
                    copy.execute(statement)
            except sqlite3.Error:
                return False
        return True

    def _fill(self, copy: sqlite3.Connection) -> None:
        if len(self._schema) > MOST_OBJECTS:
            raise sqlite3.OperationalError("too large a schema to copy")
        for sql in self._schema:
            try:
                copy.execute(sql)
            except sqlite3.Error:
                # A module or function is missing here, or a virtual table made it already. If the
                # statement needs it, it cannot be prepared either.
                continue
        if self._statistics is None:
            return
        copy.execute("ANALYZE")
        copy.execute("DELETE FROM sqlite_stat1")
        copy.executemany("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", self._statistics)
        copy.execute("ANALYZE sqlite_master")


def _read_schema(source: sqlite3.Connection) -> list[str]:
    return [str(sql) for (sql,) in source.execute(OBJECTS, (MOST_OBJECTS + 1,))]


def _read_statistics(source: sqlite3.Connection) -> list[tuple[object, ...]] | None:
    try:
        return source.execute(STATISTICS).fetchall()
    except sqlite3.OperationalError:
        return None


def _created(copy: sqlite3.Connection, create: str) -> str:
    """Make an index, and say its name."""
    copy.execute(create)
    newest = "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY rowid DESC LIMIT 1"
    return str(copy.execute(newest).fetchone()[0])


def _count(steps: Sequence[PlanStep], raw: str) -> int:
    """Lines of that kind; an order that is partly served says so in other words."""
    return sum(1 for step in steps if step.raw == raw)
