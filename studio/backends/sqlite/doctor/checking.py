"""Every check of a file, and the look they share."""

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from sqlalchemy.exc import DBAPIError

from studio.backends.halves.checking import CheckOptions, HealthCheck
from studio.backends.sqlite.doctor import (
    columns,
    compiled,
    damage,
    double_quoted,
    file,
    foreign_keys,
    fulltext,
    indexes,
    keys,
    values,
)
from studio.backends.sqlite.doctor.look import FileCheck, FileCheckup, is_interrupt
from studio.model.health import Checked, HealthFinding

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from studio.backends.sqlite.opening import SQLiteOpening
    from studio.backends.target import Opening

_ALL: tuple[FileCheck, ...] = (
    *file.DAMAGE,
    *columns.CHECKS[:1],
    *values.CHECKS[:1],
    *foreign_keys.CHECKS,
    *compiled.CHECKS[:2],
    *keys.CHECKS,
    *fulltext.CHECKS,
    *indexes.CHECKS,
    *columns.CHECKS[1:],
    *values.CHECKS[1:],
    *double_quoted.CHECKS,
    *file.CHECKS,
    *compiled.CHECKS[2:],
)
_BY_ID = {one.check.id: one.finds for one in _ALL}


class SQLiteChecking:
    """What can be wrong in a file."""

    checks: ClassVar[tuple[HealthCheck, ...]] = tuple(one.check for one in _ALL)

    def begin(
        self, connection: "Connection", opening: "Opening", wishes: CheckOptions
    ) -> "SQLiteExamination":
        """Reads nothing yet."""
        return SQLiteExamination(FileCheckup(connection, cast("SQLiteOpening", opening), wishes))


class SQLiteExamination:
    """One look at one file."""

    def __init__(self, look: FileCheckup) -> None:
        self._look = look

    def look(self, check: str) -> Checked:
        """What was found before something could not be read is kept."""
        look = self._look
        look.begin(check)
        found: list[HealthFinding] = []
        try:
            # One by one: what stops in the middle has found what it has found.
            for finding in _BY_ID[check](look):
                found.append(replace(finding, found_by=look.found_by(finding)))  # noqa: PERF401
        except DBAPIError as error:
            if is_interrupt(error):
                raise
            code = getattr(error.orig, "sqlite_errorname", "")
            look.cannot_read(error, f"{error.orig} ({code})" if code else str(error.orig))
        if look.damage:
            found.append(damage.damaged(look.opening, look.damage))
        return Checked(tuple(found), tuple(look.blind), tuple(look.not_run))
