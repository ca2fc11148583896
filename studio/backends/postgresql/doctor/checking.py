"""The half of PostgreSQL that looks for what is wrong: one short read-only transaction a check."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from studio.backends.halves.checking import CheckOptions, HealthCheck
from studio.backends.postgresql.doctor import violations
from studio.backends.postgresql.doctor.advice import Advice, Facts, worded
from studio.backends.postgresql.doctor.checks import ALL
from studio.backends.postgresql.doctor.locked import LOCK_REFUSED, LockedRelations
from studio.backends.postgresql.doctor.queries import reads_relations, text
from studio.model.finding import IndexHint
from studio.model.health import (
    Blind,
    Checked,
    FaultyRows,
    HealthFinding,
    HealthSeverity,
    Provable,
)

if TYPE_CHECKING:
    from studio.backends.target import Opening

_LOCK_WAIT, _NEXT_LOCK_WAIT = "lock_timeout = '1s'", "lock_timeout = '100ms'"
_BEGIN = (
    "BEGIN READ ONLY; SET LOCAL jit = off; SET LOCAL statement_timeout = '10s'; "
    f"SET LOCAL {_LOCK_WAIT}; SET LOCAL application_name = 'studio doctor'"
)
"""LOCAL: a pooler hands the session on. Catalog queries are estimated high enough for JIT, which
then takes twenty times as long as they do.
"""
_PROBES_AT_ONCE = 50
_BY_ID = {one.check.id: one for one in ALL}
Row = dict[str, Any]


class PostgreSQLChecking:
    """What can be wrong in a database, and on its server."""

    checks: ClassVar[tuple[HealthCheck, ...]] = tuple(one.check for one in ALL)

    def begin(
        self, connection: Connection, opening: "Opening", wishes: CheckOptions
    ) -> "PostgreSQLExamination":
        """Reads nothing yet."""
        del opening
        return PostgreSQLExamination(connection, full=wishes.full)


class PostgreSQLExamination:
    """One look at one database."""

    def __init__(self, connection: Connection, *, full: bool) -> None:
        self._connection = connection
        self._full = full
        self._locked = LockedRelations()
        self._version = int((connection.dialect.server_version_info or (0,))[0])

    def look(self, check: str) -> Checked:
        """A refusal of the server is an answer; a connection that is lost is not."""
        one = _BY_ID[check]
        if self._version < one.since:
            return Checked()
        try:
            answer = self._asked(one)
        except DBAPIError as error:
            if _code(error) is None:
                raise
            if _code(error) == LOCK_REFUSED:
                return self._past_locks(one, error)
            return Checked(blind=(Blind(check, _said(error)),))
        return self._without_locked(check, answer)

    def _past_locks(self, one: Advice, refused: DBAPIError) -> Checked:
        """Who holds what is asked once, and everything else is looked at without it."""
        check = one.check.id
        try:
            self._locked.add(self._rows(text("locked")))
            answer = self._asked(one)
        except DBAPIError as error:
            if _code(error) is None:
                raise
            return Checked(blind=tuple(self._locked.blind(check, _said(refused))))
        return self._without_locked(check, answer)

    def _without_locked(self, check: str, answer: Checked) -> Checked:
        """An answer that was given without what is locked says so."""
        if not reads_relations(check):
            return answer
        return replace(answer, blind=(*answer.blind, *self._locked.blind(check)))

    def _asked(self, one: Advice) -> Checked:
        """Its question, and what it may not have seen. Raises what the server refused."""
        check = one.check.id
        rows = self._rows(text(check))
        if check == "sequence_behind":
            rows = list(self._probed(rows))
        blind = [
            Blind(check, str(row["why"]), str(row["opens"]))
            for name in one.blind
            for row in self._rows(text(name))
        ]
        if check == violations.CHECK and self._full:
            told = list(violations.counted(rows, lambda sql: self._rows(sql, full=True), _said))
            rows = [_with_count(row, one) for row in told if not isinstance(row, Blind)]
            blind += [row for row in told if isinstance(row, Blind)]
        return Checked(tuple(_finding(one, row, text(check)) for row in rows), tuple(blind))

    def _rows(self, sql: str, *, full: bool = False) -> list[Row]:
        """The answer to one statement, in a transaction of its own; `full`: without a deadline."""
        run = self._connection.exec_driver_sql
        begin = _BEGIN.replace(_LOCK_WAIT, _NEXT_LOCK_WAIT) if self._locked.met else _BEGIN
        # Nobody who waits behind us waits long once it is known that something is locked.
        run(f"{begin}; SET LOCAL statement_timeout = 0" if full else begin)
        try:
            result = run(self._locked.left_out(sql))
            names = tuple(result.keys())
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        finally:
            if not self._connection.invalidated:
                # It read alone: a rollback would be counted as one by whoever watches for them.
                run("COMMIT")

    def _probed(self, rows: Sequence[Row]) -> Iterator[Row]:
        """Those whose column holds a number that is still to come: two steps down an index each."""
        for at in range(0, len(rows), _PROBES_AT_ONCE):
            part = rows[at : at + _PROBES_AT_ONCE]
            probes = " UNION ALL ".join(
                f"SELECT {place} AS place, ({row['probe']}) AS numbers"
                for place, row in enumerate(part)
            )
            for found in self._rows(probes):
                row = part[int(found["place"])]
                numbers = json.loads(found["numbers"])
                if numbers["taken"] is not None:
                    faulty = f"{row['counted']} >= {int(numbers['next'])}"
                    yield {**row, "evidence": {**_evidence(row), **numbers}, "faulty": faulty}


def _with_count(row: Row, one: Advice) -> Row:
    """In words, where the rows that break a constraint were counted."""
    if "broken" not in row:
        return row
    broken = row["broken"]
    said = f"{broken:,} rows break it" if broken else "no row breaks it"
    evidence = {**_evidence(row), "broken": broken}
    said = "1 row breaks it" if broken == 1 else said
    return {**row, "evidence": evidence, "says": f"{one.says}; {said}", "doubt": ""}


def _finding(one: Advice, row: Row, found_by: str) -> HealthFinding:
    evidence = _evidence(row)
    probe = f"\n;\n{row['probe']};" if row.get("probe") else ""
    facts = Facts({"object": row["object"], "table": row["relation"], **evidence})
    return HealthFinding(
        check=one.check.id,
        object=str(row["object"]),
        severity=HealthSeverity(row["severity"]),
        says=worded(str(row.get("says", one.says)), evidence).format_map(facts),
        evidence=evidence,
        fix=str(row["fix"] or ""),
        cost=str(row.get("cost") or one.cost.format_map(facts)),
        doubt=str(row.get("doubt", one.doubt)).format_map(facts),
        table=str(row["relation"]),
        weight=float(row["weight"] or 0),
        scope=one.check.scope,
        rows=FaultyRows(str(row["faulty"])) if row.get("faulty") else None,
        provable=_provable(row, evidence),
        found_by=found_by.rstrip() + probe,
    )


def _provable(row: Row, evidence: dict[str, object]) -> Provable | None:
    """Where the query knows a statement that reads what the fix's index would find."""
    if "proves" not in row:
        return None
    columns = tuple(map(str, cast("list[object]", evidence["columns"])))
    return Provable(str(row["proves"]), IndexHint(str(row["relation"]), columns, str(row["fix"])))


def _evidence(row: Row) -> dict[str, object]:
    """JSON comes as text, whatever the connection makes of types."""
    found = row["evidence"]
    return cast("dict[str, object]", json.loads(found) if isinstance(found, str) else found)


def _code(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def _said(error: DBAPIError) -> str:
    return f"{str(error.orig).partition(chr(10))[0]} ({_code(error)})"
