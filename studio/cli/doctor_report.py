"""What `studio doctor` prints: one JSON document, text for a person, or a line for each finding."""

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from studio.doctor.folding import MANY, More, folded, reasons
from studio.export.printable import printable
from studio.model.health import HealthFinding, HealthSeverity
from studio.model.words import plural

if TYPE_CHECKING:
    from studio.db.session import Session
    from studio.doctor.run import HealthReport
    from studio.model.server import Server

Declared = dict[tuple[str, str], dict[str, object]]
"""By check and object: the line of a schema file, and what to write there."""
_COUNT = {
    HealthSeverity.ERROR: "error",
    HealthSeverity.WARNING: "warning",
    HealthSeverity.NOTICE: "notice",
}


def print_report(
    arguments: argparse.Namespace,
    session: "Session",
    server: "Server | None",
    report: "HealthReport",
    said: Declared | None,
) -> None:
    """The findings in the form that was asked for; what was not looked at goes to stderr."""
    if arguments.json:
        print_json(as_json(session, server, report, arguments.table or "", said))
    elif sys.stdout.isatty():
        for line in as_text(report, said):
            print(printable(line))
    else:
        for found in report.findings:
            parts = (found.severity.value, found.check, found.object, found.says)
            print("\t".join(printable(part) for part in parts))
    if not arguments.json:
        for line in (*_since(report, arguments.table or ""), *_not_looked(report)):
            print(printable(line), file=sys.stderr)


def print_json(document: object) -> None:
    """With nothing in it that a terminal would obey."""
    from studio.export.json_text import harmless  # noqa: PLC0415 - not for text

    print(harmless(json.dumps(document, indent=1, ensure_ascii=False)))


def as_json(
    session: "Session",
    server: "Server | None",
    report: "HealthReport",
    table: str = "",
    said: Declared | None = None,
) -> dict[str, object]:
    """The document of README.md of studio/doctor."""
    return {
        "target": str(session.opening.target),
        "engine": session.backend.name,
        "version": None if server is None else server.version,
        "database": session.opening.label if server is None else server.database,
        "looked_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ms": round(report.ms),
        "complete": report.complete,
        "counts": {
            **{word: report.count(severity) for severity, word in _COUNT.items()},
            "ignored": len(report.ignored),
        },
        "compared_with": None if report.last is None else report.last.at,
        "findings": [_finding(found, report, said or {}) for found in report.findings],
        "gone": [{"check": check, "object": name} for check, name in report.gone(table)],
        "blind": [{"check": b.check, "why": b.why, "opens": b.opens} for b in report.blind],
        "not_run": [
            {"check": n.check, "why": n.why, "reads_bytes": n.reads_bytes} for n in report.not_run
        ],
        "ignored": [
            {"check": f.check, "object": f.object, "by": by.by, "reason": by.reason}
            for f, by in report.ignored
        ],
    }


def _finding(found: HealthFinding, report: "HealthReport", said: Declared) -> dict[str, object]:
    return {
        "check": found.check,
        "object": found.object,
        "severity": found.severity.value,
        "scope": found.scope.value,
        "says": found.says,
        "evidence": dict(found.evidence),
        "fix": found.fix,
        "cost": found.cost,
        "doubt": found.doubt,
        "schema": said.get((found.check, found.object)),
        "since_last": report.word_of(found) or None,
        "since": (report.last.since(found) or None) if report.last is not None else None,
    }


def as_text(report: "HealthReport", said: Declared | None = None) -> Iterator[str]:
    """For a person: by severity, and not more than a screen can hold of one check."""
    for severity in HealthSeverity:
        found = [one for one in report.findings if one.severity is severity]
        if found:
            yield plural(len(found), severity.value)
            yield from _of_severity(found, report, said or {})
    counts = f"{len(report.looked):,} checks, {report.ms / 1000:.1f} s"
    if not report.findings:
        blind = len({one.check for one in report.blind})
        yield (
            f"Nothing found. {counts}; {blind:,} could not look."
            if blind
            else f"Nothing to report. {counts}."
        )
    else:
        yield counts
    if report.ignored:
        yield f"{len(report.ignored):,} ignored"
    if not report.complete:
        yield f"stopped: {len(report.checks) - len(report.looked):,} checks did not look"


def _of_severity(
    found: list[HealthFinding], report: "HealthReport", said: Declared
) -> Iterator[str]:
    for one in folded(found):
        if isinstance(one, More):
            yield f"  {one.check}  + {one.count:,} more (--json has all)"
            continue
        word = report.word_of(one)
        yield f"  {one.check}  {one.object}{f'  ({word})' if word else ''}"
        yield f"    {one.says}"
        for line in one.fix.splitlines():
            yield f"      {line}"
        schema = said.get((one.check, one.object), {})
        where = f"{schema['file']}:{schema['line']}" if schema else ""
        there = schema.get("fix", "")
        for label, words in (
            ("cost", one.cost), ("doubt", one.doubt), ("schema", where), ("there", there)
        ):  # fmt: skip
            if words:
                yield f"    {label}: {words}"


def _since(report: "HealthReport", table: str) -> Iterator[str]:
    """What came, grew and went since last time."""
    if report.last is None:
        return
    gone = report.gone(table)
    yield (
        f"studio: since {report.last.at}: {report.came['new']:,} new, "
        f"{report.came['worse']:,} worse, {len(gone):,} gone"
    )
    for check, name in gone[:MANY]:
        yield f"studio: gone: {check} {name}"
    if len(gone) > MANY:
        yield f"studio: gone: {len(gone) - MANY:,} more (--json has all)"


def _not_looked(report: "HealthReport") -> Iterator[str]:
    """Blind is not healthy."""
    for who, why in reasons(report.blind):
        yield f"studio: {who} could not look: {why}"
    for one in report.not_run:
        yield f"studio: {one.check} did not run: {one.why} ({one.reads_bytes:,} bytes)"
