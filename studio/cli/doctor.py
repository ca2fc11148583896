"""`studio doctor`: what is wrong in a database, and the SQL that mends it."""

import argparse
import asyncio
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from studio.cli.doctor_report import Declared, print_json, print_report
from studio.db.url import parse
from studio.export.printable import printable
from studio.model.errors import ConfigInvalid, StatementFailed
from studio.model.health import HealthSeverity
from studio.process.loop import run_to_end

if TYPE_CHECKING:
    from studio.backends.target import Target
    from studio.db.session import Session
    from studio.doctor.ignoring import Ignore
    from studio.doctor.run import Asked, HealthReport
    from studio.model.server import Server


class _Listed(TypedDict):
    """One check of `--list`."""

    check: str
    engines: list[str]
    severities: list[str]
    title: str


FOUND, NOTHING_RAN, INTERRUPTED = 1, 4, 130


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "doctor",
        help="what is wrong in a database",
        description="Look for what is wrong now, costs something, or is worth knowing: one object, "
        "one fact and one statement to copy for each finding. Nothing is changed.",
        epilog="examples:\n  studio doctor app.db\n"
        "  studio doctor postgresql://localhost/shop --fail-on error --ignore server_settings\n"
        "  studio doctor app.db --only foreign_key_violation --full --json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", nargs="?", metavar="TARGET", help="file, URL, or libpq string")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument(
        "--fail-on", choices=("error", "warning"), help="exit 1 when there is such a finding"
    )
    parser.add_argument("--only", metavar="ID,…", help="these checks alone")
    parser.add_argument(
        "--ignore",
        metavar="ID[:OBJECT],…",
        help="report no such findings; * in OBJECT stands for any text",
    )
    parser.add_argument("--full", action="store_true", help="also what reads whole tables")
    parser.add_argument("--table", metavar="T", help="only findings on this table")
    parser.add_argument("--list", action="store_true", help="print the checks; no database")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Look, print, and return the exit code."""
    if arguments.list:
        if arguments.json:
            print_json(list(_listed()))
            return 0
        for one in _listed():
            engines, severities = ",".join(one["engines"]), "/".join(one["severities"])
            line = f"{one['check']}\t{engines}\t{severities}\t{one['title']}"
            print(printable(line, lines=True))
        return 0
    if arguments.target is None:
        raise ConfigInvalid("studio doctor needs a TARGET, or --list")
    # Nothing named, as by an empty variable of a shell, is not everything.
    if arguments.only is not None and not _words(arguments.only):
        raise ConfigInvalid("--only names no check: `studio doctor --list` names them all")
    if arguments.table == "":
        raise ConfigInvalid("--table names no table")
    return run_to_end(_run(arguments))


def _listed() -> "Iterator[_Listed]":
    from studio.doctor.checks import all_checks  # noqa: PLC0415 - loads every driver

    for check, engines in all_checks():
        yield {
            "check": check.id,
            "engines": list(engines),
            "severities": [severity.value for severity in check.severities],
            "title": check.title,
        }


async def _run(arguments: argparse.Namespace) -> int:
    from studio.backends.registry import backend  # noqa: PLC0415 - a driver, not for --help
    from studio.db.session import Session  # noqa: PLC0415 - the same
    from studio.doctor.checks import checks_of, chosen, read_whole  # noqa: PLC0415
    from studio.doctor.run import HealthReport, examine  # noqa: PLC0415 - the same

    target = replace(parse(arguments.target), read_only=True)
    asked = _asked(arguments, target)
    # What cannot be looked for is said before anything is opened.
    checks = checks_of(backend(target.backend))
    chosen(checks, asked.only)
    ids = {check.id for check in checks}
    _refuse_unknown(_ignored(arguments), ids)
    for ignore, meant in _unknown([one for one in asked.ignores if one.by != "--ignore"], ids):
        why = f"studio: {ignore.by}: there is no check called {ignore.check!r}{meant}"
        print(printable(why), file=sys.stderr)
    session = await Session.open(target)
    report, stopped = HealthReport(), False
    try:
        server = await _identified(session)
        if asked.table:
            asked = replace(asked, table=await _table(session, asked.table))
        if arguments.full:
            await _say_what_is_read(session, read_whole(chosen(checks, asked.only)))
        try:
            async with aclosing(examine(session, asked)) as reports:
                async for so_far in reports:
                    report = so_far
        except asyncio.CancelledError:
            stopped = True
    finally:
        await session.close()
    said = None
    if report.findings and not stopped:
        try:
            said = await asyncio.to_thread(_declared, session, report)
        except asyncio.CancelledError:
            # What was found is found, whoever would not wait for the lines of schema files.
            stopped = True
    print_report(arguments, session, server, report, said)
    return INTERRUPTED if stopped else _exit_code(report, arguments.fail_on)


async def _identified(session: "Session") -> "Server | None":
    """Who is at the other end; None where a database is too damaged to be connected to, which is a
    finding.
    """
    from studio.doctor.run import unreadable  # noqa: PLC0415 - not for --help

    try:
        return await session.identify()
    except StatementFailed as error:
        if unreadable(session, error) is None:
            raise
        return None


def _declared(session: "Session", report: "HealthReport") -> Declared:
    """Where the schema files of the project around here make what each finding is about."""
    from studio.migrations.declarations.reading import declarations_of  # noqa: PLC0415 as above

    files = declarations_of(Path.cwd(), session.opening.target)
    if files.cut:
        print(f"studio: no schema file was looked for: {files.cut}", file=sys.stderr)
    if files.root is None:
        return {}
    from studio.migrations.declarations.words import fix_in_words  # noqa: PLC0415 - hardly ever
    from studio.migrations.reading.files import shown_path  # noqa: PLC0415

    said: dict[tuple[str, str], dict[str, object]] = {}
    for one in report.findings:
        if (place := files.said.of(one)) is not None:
            said[one.check, one.object] = {
                "framework": place.framework,
                "file": shown_path(place.file, Path.cwd()),
                "line": place.line,
                "text": place.text,
                "fix": fix_in_words(files.said, one),
            }
    return said


def _asked(arguments: argparse.Namespace, target: "Target") -> "Asked":
    from studio.doctor.ignoring import kept_ignores  # noqa: PLC0415 as above
    from studio.doctor.run import Asked  # noqa: PLC0415

    return Asked(
        full=arguments.full,
        only=_words(arguments.only),
        table=arguments.table or "",
        ignores=(*_ignored(arguments), *kept_ignores(target)),
        remembers=True,
    )


def _ignored(arguments: argparse.Namespace) -> "tuple[Ignore, ...]":
    from studio.doctor.ignoring import read_ignores  # noqa: PLC0415 as above

    return tuple(read_ignores(_words(arguments.ignore), "--ignore"))


def _refuse_unknown(ignores: "Sequence[Ignore]", known: set[str]) -> None:
    for ignore, meant in _unknown(ignores, known):
        raise ConfigInvalid(
            f"--ignore: there is no check called {ignore.check!r}{meant}:"
            " `studio doctor --list` names them all"
        )


def _unknown(ignores: "Sequence[Ignore]", known: set[str]) -> "Iterator[tuple[Ignore, str]]":
    """Those for a check that no engine has, with what may be meant. One command line, and one
    configuration, may serve several engines: what another one checks may be ignored here.
    """
    from studio.doctor.checks import all_checks  # noqa: PLC0415 - loads every driver

    if known.issuperset(ignore.check for ignore in ignores):
        return
    known = known | {check.id for check, _ in all_checks()}
    for ignore in ignores:
        if ignore.check not in known:
            yield ignore, _meant(ignore.check, known)


async def _table(session: "Session", name: str) -> str:
    """`name` as findings write it. Raises ConfigInvalid where there is no such relation: no finding
    on a name that was mistyped is no health.
    """
    from studio.rows.first_rows.choice import named_table  # noqa: PLC0415 - not for --help

    try:
        summaries = await session.outline()
    except StatementFailed:
        return name  # A database too ill to be listed is what the checks are for.
    ref = named_table(summaries, name)
    if ref is None:
        names = [summary.ref.name for summary in summaries]
        raise ConfigInvalid(f"there is no table called {name!r}{_meant(name, names)}")
    return name if name in {str(ref), ref.name} else str(ref)


def _meant(typed: str, names: Iterable[str]) -> str:
    from studio.queries.nearest import closest  # noqa: PLC0415 - only for a mistake

    near = closest(typed, names)
    return f" (did you mean {near}?)" if near else ""


def _words(text: str | None) -> tuple[str, ...]:
    """What commas part, but not inside the parentheses of an object."""
    found, depth = [""], 0
    for character in text or "":
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth <= 0:
            found.append("")
        else:
            found[-1] += character
    return tuple(word.strip() for word in found if word.strip())


async def _say_what_is_read(session: "Session", whole: str) -> None:
    from studio.doctor.checks import EVERY_ROW  # noqa: PLC0415 - not for --help

    if whole != EVERY_ROW:
        said = f" reads {whole}" if whole else ": none of these checks reads whole tables"
        print(f"studio: --full{said}", file=sys.stderr)
        return
    try:
        tables = [table for table in await session.outline() if table.kind.is_plain]
    except StatementFailed:
        # As for a table's name: the checks say what is wrong.
        print("studio: --full reads every row of every table", file=sys.stderr)
        return
    known = sum(table.bytes or 0 for table in tables)
    size = f", {known:,} bytes" if known else ""
    print(f"studio: --full reads every row of {len(tables):,} tables{size}", file=sys.stderr)


def _exit_code(report: "HealthReport", fail_on: str | None) -> int:
    if report.saw_nothing:
        return NOTHING_RAN
    if fail_on is None:
        return 0
    limit = HealthSeverity(fail_on).rank
    return FOUND if any(f.severity.rank <= limit for f in report.findings) else 0
