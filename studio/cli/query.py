"""`studio query`: run SQL, print rows; the database itself refuses writes unless --write."""

import argparse
import asyncio
import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from studio.backends.halves import offers
from studio.backends.halves.running import RUNNING
from studio.backends.halves.syntax import syntax_of
from studio.backends.registry import backend
from studio.backends.target import Target
from studio.cli.kept import NOTHING
from studio.cli.saved import list_saved
from studio.cli.script import parameters, run_script
from studio.cli.spool import spooled
from studio.cli.streams import read_stdin
from studio.db.session import Session
from studio.db.statements import WITH_WRITE, refuse_beyond_read_only
from studio.db.url import parse
from studio.export.files import exported
from studio.export.printable import printable
from studio.export.registry import FORMATS
from studio.export.sink import ExportSink
from studio.model.errors import UNBOUND, ConfigInvalid, ReadOnly, StatementFailed
from studio.model.words import plural
from studio.process.loop import run_to_end
from studio.queries.limits import Limits
from studio.queries.query import Query, Values, queries, without_value
from studio.queries.result import Result
from studio.queries.runner import Permission, Runner
from studio.queries.saved import saved_query
from studio.sqltext.classify import StatementKind
from studio.sqltext.session_state import backslashes_left
from studio.sqltext.syntax import Syntax

MAY_CHANGE = "To let statements change the database, add --write"
_SYNTAX_ERROR = "42601"
"""PostgreSQL's for a name where it knows only numbers."""
_EPILOG = """example:
  studio query demo.db "SELECT * FROM messages LIMIT 5" --format json

Without --write the database is also asked, before a statement runs, which functions it would
call: in views, operators, casts, policies and defaults too. PostgreSQL's own that only tell
something, and those whose owners called them STABLE or IMMUTABLE, are called; any other needs
--write. No client can prevent everything: a function that is wrongly called STABLE or IMMUTABLE
runs, IMMUTABLE ones already while a statement is planned, and the code of a type, an index or an
extension's aggregate in C is taken for harmless. PostgreSQL writes the parsed statement into its
log where the role is no superuser.
"""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "query",
        help="run SQL and print the rows",
        description="Run statements and print what they return. Without --write the database "
        "refuses whatever would change it. With --write, SQL given as an argument is one "
        "transaction, but for a COMMIT or ROLLBACK in it; with a BEGIN of its own, --mode auto or "
        "--on-error continue it runs as a script (--file, @file, -) does: one statement at a time, "
        "as it stands.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", metavar="TARGET", help="file, URL, or libpq string")
    sql = parser.add_argument(
        "sql", metavar="SQL|@file|-", help="statements, a script's file, or stdin's"
    )

    class InItsPlace(argparse.Action):
        """An argument that may be left out would be taken for left out before an option."""

        def __call__(self, _: object, namespace: argparse.Namespace, *given: object) -> None:
            sql.required = False
            setattr(namespace, self.dest, given[0])

    parser.add_argument(
        "--file", metavar="F", action=InItsPlace, help="a script's file instead; - is stdin"
    )
    parser.add_argument(
        "--saved",
        metavar="NAME",
        nargs="?",
        const="",
        action=InItsPlace,
        help="a saved query instead, of the folder `queries` here or in the configuration; "
        "without NAME: list them",
    )
    parser.add_argument("--format", choices=FORMATS, default="table", dest="form")
    parser.add_argument(
        "--param",
        metavar="k=v",
        action="append",
        default=[],
        help="binds :k; k:type=v says the type, k:null is NULL",
    )
    parser.add_argument(
        "--table", metavar="NAME", default="", help="where --format insert puts the rows"
    )
    parser.add_argument(
        "--output",
        metavar="F",
        type=_output,
        help="appears only when whole; .gz and .zst compress; - is stdout",
    )
    parser.add_argument("--write", action="store_true", help="let statements change the database")
    parser.add_argument(
        "--timeout", metavar="S", type=_seconds, help="stop a statement after S seconds"
    )
    parser.add_argument(
        "--max-rows", metavar="N", type=_row_count, help="print at most N rows of each"
    )
    script = parser.add_argument_group("scripts")
    script.add_argument(
        "--on-error", choices=("stop", "continue"), help="what an error does to the rest"
    )
    script.add_argument(
        "--mode",
        choices=("auto", "manual"),
        help="auto: nothing is added; manual: a statement begins a transaction, COMMIT keeps it",
    )
    script.add_argument("--single-transaction", action="store_true", help="all of it, or nothing")
    script.add_argument(
        "--report", action="store_true", help="the outcome of each statement, as JSON"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the statements. The exit code."""
    _refuse_both(arguments)
    target = parse(arguments.target, read_only=not arguments.write)
    target = replace(target, connect_timeout_s=arguments.timeout or 0)
    syntax = syntax_of(backend(target.backend))
    if arguments.saved == "":
        return list_saved(syntax, as_json=arguments.form == "json")
    if arguments.saved:
        arguments.file = str(saved_query(arguments.saved, Path(), syntax).path)
    if _is_script(arguments, target):
        text, where = _script_text(arguments)
        is_argument = not _is_from_elsewhere(arguments)
        return run_script(arguments, target, text, where, is_argument=is_argument)
    values = parameters(arguments.param, backend(target.backend))
    # An engine without scripts runs a file as it runs an argument.
    of_file = "-" if arguments.file == "-" else f"@{arguments.file}"
    given = of_file if arguments.sql is None else arguments.sql
    found = queries(given_text(given), syntax, values)
    if not found:
        raise ConfigInvalid("there is no statement to run")
    has_scripts = offers(backend(target.backend), RUNNING)
    if arguments.write and has_scripts and _leaves_something(found, syntax):
        return run_script(arguments, target, given, "the statement", is_argument=True)
    return _run_as_one(arguments, target, found, values)


def _run_as_one(
    arguments: argparse.Namespace, target: Target, found: Sequence[Query], values: Values
) -> int:
    """All of it in one transaction, or each statement behind the walls of a read."""
    syntax = syntax_of(backend(target.backend))
    try:
        with exported(arguments.output) as given, spooled(given) as out:
            run_to_end(_run(found, target, out, arguments))
    except StatementFailed as error:
        told = _located(error, found) + _without_value(error, syntax, values)
        print(f"studio: {told}", file=sys.stderr)
        if arguments.write and len(found) > 1:
            print(f"studio: rolled back: {NOTHING}", file=sys.stderr)
        return error.exit_code
    except ReadOnly as error:
        way_out = "" if arguments.write or WITH_WRITE in str(error) else f". {MAY_CHANGE}"
        raise ReadOnly(f"{error}{way_out}") from error
    return 0


def _refuse_both(arguments: argparse.Namespace) -> None:
    """Raises ConfigInvalid where two things are to run."""
    for option in ("file", "saved"):
        instead = getattr(arguments, option)
        if instead is not None and arguments.sql is not None:
            raise ConfigInvalid(f"--{option} {instead} stands in place of {arguments.sql!r}")
    if arguments.file is not None and arguments.saved is not None:
        raise ConfigInvalid("--file and --saved both say what is to run: give one of them")


def _is_script(arguments: argparse.Namespace, target: Target) -> bool:
    """A file or stdin is a script, and what is asked for as one; else a script's way is asked of an
    engine that has none.
    """
    asked = arguments.on_error or arguments.mode or arguments.report or arguments.single_transaction
    from_elsewhere = _is_from_elsewhere(arguments)
    return bool(asked) or (from_elsewhere and offers(backend(target.backend), RUNNING))


def _is_from_elsewhere(arguments: argparse.Namespace) -> bool:
    return arguments.file is not None or arguments.sql[:1] == "@" or arguments.sql == "-"


def _leaves_something(found: Sequence[Query], syntax: Syntax) -> bool:
    """Whether it begins or ends transactions itself, hears what others tell, or says how what
    follows is to be read.
    """
    return any(
        query.facts.kind is StatementKind.TRANSACTION
        or query.facts.keyword == "LISTEN"
        or backslashes_left(query.text, syntax) is not None
        for query in found
    )


def _script_text(arguments: argparse.Namespace) -> tuple[str, str]:
    """A script, and what its places are told as places of."""
    if arguments.file is not None and arguments.file != "-":
        return _text_of(arguments.file), arguments.file
    if "-" in {arguments.sql, arguments.file}:
        return read_stdin(), "stdin"
    if arguments.sql.startswith("@"):
        return _text_of(arguments.sql[1:]), arguments.sql[1:]
    return given_text(arguments.sql), "the statement"


def given_text(given: str) -> str:
    """The text an argument means: itself, `@file`'s, or stdin's for `-`. Raises ConfigInvalid."""
    if given == "-":
        return read_stdin()
    if given.startswith("@"):
        return _text_of(given[1:])
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise ConfigInvalid(
            f"the statement is not UTF-8 text (character {error.start + 1:,}): check the shell's "
            "locale, or write it into a file and name that with @FILE"
        ) from error
    return given


def _text_of(file: str) -> str:
    try:
        # Line ends as they are: a string may hold them.
        return Path(file).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigInvalid(f"{file} cannot be read: {error.strerror or error}") from error
    except UnicodeError as error:
        raise ConfigInvalid(f"{file} is not UTF-8 text: convert it with iconv first") from error


def _output(given: str) -> Path | None:
    return None if given == "-" else Path(given)


def _seconds(given: str) -> float:
    seconds = float(given)
    if not seconds > 0:
        raise argparse.ArgumentTypeError(f"takes a number of seconds above 0, not {given}")
    return seconds


def _row_count(given: str) -> int:
    rows = int(given)
    if rows < 0:
        raise argparse.ArgumentTypeError(f"takes a number of rows, not {given}")
    return rows


def _located(error: StatementFailed, ran: Sequence[Query]) -> str:
    if error.position is None or all(error.sql != query.text for query in ran):
        return printable(str(error))
    before = error.sql[: error.position]
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return printable(f"{error} at line {line}, column {column} of the statement")


def _without_value(error: StatementFailed, syntax: Syntax, given: Collection[str]) -> str:
    """The names that have no value, where that may be what is wrong."""
    if error.message != UNBOUND and error.code != _SYNTAX_ERROR:
        return ""
    names = without_value(error.sql, syntax, given)
    if not names:
        return ""
    options = " ".join(f"--param {name}=…" for name in names)
    return printable(f" (no value was given for :{', :'.join(names)}: {options})")


class _Out(ExportSink):
    """Rows to stdout, talk to stderr."""

    def end(self, result: Result) -> None:
        """Say what no row says."""
        _say_all(result.notices)
        if result.is_cut:
            print(f"studio: stopped after {result.rows:,} rows", file=sys.stderr)
        if not result.columns and result.row_count >= 0:
            print(f"{plural(result.row_count, 'row')} changed", file=sys.stderr)
        super().end(result)
        if self.lost:
            print(printable(f"studio: {self.lost}"), file=sys.stderr)


def _say_all(notices: Sequence[str]) -> None:
    for notice in notices:
        print(printable(notice), file=sys.stderr)


async def _run(
    ran: Sequence[Query], target: Target, out: TextIO, arguments: argparse.Namespace
) -> None:
    """Refuse, open, run, and write the rows to `out`. Raises StudioError."""
    if not arguments.write:
        # Before anything is opened.
        syntax = syntax_of(backend(target.backend))
        for query in ran:
            refuse_beyond_read_only(query.text, syntax, WITH_WRITE)
    session = await Session.open(target)
    try:
        several, into = len(ran) > 1, arguments.table
        sink = _Out(arguments.form, out, session.backend, several=several, into=into)
        for query in ran:
            await sink.look(query, session.table)
        may = Permission.WRITE if arguments.write else Permission.READ
        limits = Limits(rows=arguments.max_rows, timeout_s=arguments.timeout)
        runner = Runner(session, sink, may, limits, WITH_WRITE)
        try:
            await runner.run(ran)
        except StatementFailed:
            _say_all(runner.unsaid)
            raise
        except asyncio.CancelledError:
            # One that comes when COMMIT has answered is not heard.
            if arguments.write and not ran[0].facts.outside_transaction:
                print(f"studio: interrupted: {NOTHING}", file=sys.stderr)
            raise
        sink.close()
    finally:
        await session.close()
