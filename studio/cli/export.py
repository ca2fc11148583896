"""`studio export`: tables, or the rows of a query, into files."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from studio.backends.halves.syntax import syntax_of
from studio.backends.target import Purpose, Target
from studio.cli.progress import ProgressLine
from studio.cli.spool import spooled
from studio.db.session import Session
from studio.db.statements import WITH_WRITE, refuse_beyond_read_only
from studio.db.url import parse
from studio.export.files import exported, format_of
from studio.export.printable import printable
from studio.export.registry import ALL_FORMATS
from studio.export.sink import ExportSink
from studio.export.tables import export_table
from studio.model.catalog import Table, TableRef
from studio.model.errors import ConfigInvalid
from studio.model.words import plural
from studio.process.loop import run_to_end
from studio.queries.query import Query, queries
from studio.queries.result import Result
from studio.queries.runner import Permission, Runner
from studio.rows.first_rows.choice import named_table
from studio.rows.parse import parse_filters
from studio.rows.row_order import order_of
from studio.rows.scan import FilterRefused
from studio.rows.whole import WantedRows, reads_at_once

_STDOUT = "-"
_EPILOG = """examples:
  studio export demo.db users --output users.csv
  studio export demo.db messages --where "author_id = 7" --output messages.jsonl.gz
  studio export demo.db users messages --format csv --output backup/
  studio export demo.db users --output - --format jsonl | head
  studio export service=prod --query "SELECT * FROM orders" --output orders.csv

The format is what the name of F says: .csv .tsv .json .jsonl .md .sql .xlsx .parquet
.sqlite, and .gz or .zst behind any of them. A file appears under its name only when it is whole.
PostgreSQL's rows are of one moment; SQLite's are read in chunks that keep no checkpoint waiting,
each of its own moment.
"""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "export",
        help="write the rows of tables, or of a query, into files",
        description="Stream rows into a file, in constant memory.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", metavar="TARGET", help="file, URL, or libpq string")
    parser.add_argument("tables", metavar="TABLE", nargs="*", help="NAME or SCHEMA.NAME")
    parser.add_argument("--query", metavar="SQL", help="the rows of one statement instead")
    parser.add_argument(
        "--output",
        metavar="F",
        required=True,
        help="a file; of several tables, a folder; - is standard output",
    )
    parser.add_argument("--format", choices=ALL_FORMATS, dest="form")
    parser.add_argument("--where", metavar="EXPR", help="filter, as in the filter bar")
    parser.add_argument("--order", metavar="C,-D", help="sort by columns; - is descending")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the files. The exit code."""
    target = parse(arguments.target, read_only=True)
    if bool(arguments.query) == bool(arguments.tables):
        raise ConfigInvalid("name tables, or give one --query")
    if arguments.query and (arguments.where or arguments.order):
        raise ConfigInvalid("--where and --order are about tables: a query says them itself")
    if len(arguments.tables) > 1 and arguments.where:
        raise ConfigInvalid("--where is about one table")
    run_to_end(_run(target, arguments))
    return 0


async def _run(target: Target, arguments: argparse.Namespace) -> None:
    session = await Session.open(target)
    try:
        if arguments.query:
            await _query(session, arguments)
        else:
            await _tables(session, arguments)
    finally:
        await session.close()


# -- tables --------------------------------------------------------------------------------------


async def _tables(session: Session, arguments: argparse.Namespace) -> None:
    summaries = await session.outline()
    refs: list[TableRef] = []
    for name in arguments.tables:
        ref = named_table(summaries, name)
        if ref is None:
            raise ConfigInvalid(f"there is no table called {name!r}")
        refs.append(ref)
    for ref, path in zip(refs, _paths(refs, arguments), strict=True):
        table = await session.table(ref)
        await _table(session, table, path, arguments)


def _paths(refs: list[TableRef], arguments: argparse.Namespace) -> list[Path]:
    output = Path(arguments.output)
    if arguments.output == _STDOUT and len(refs) > 1:
        raise ConfigInvalid("several tables need a folder: name one with --output")
    if len(refs) == 1 and not (output.is_dir() or arguments.output.endswith("/")):
        return [output]
    if arguments.form is None:
        raise ConfigInvalid(f"{output} is a folder: say --format, one of {', '.join(ALL_FORMATS)}")
    endings = {"insert": "sql", "markdown": "md", "table": "txt"}
    names = [ref.name for ref in refs]
    stems = [str(ref) if names.count(ref.name) > 1 else ref.name for ref in refs]
    if hostile := next((stem for stem in stems if "/" in stem or stem in {".", ".."}), None):
        raise ConfigInvalid(f"{hostile!r} cannot be a file's name: export it alone, into a file")
    output.mkdir(parents=True, exist_ok=True)
    ending = endings.get(arguments.form, arguments.form)
    return [output / f"{stem}.{ending}" for stem in stems]


async def _table(session: Session, table: Table, path: Path, arguments: argparse.Namespace) -> None:
    form = format_of(path, arguments.form)
    order, unknown = order_of(arguments.order, table)
    if unknown:
        raise ConfigInvalid(f"{table.ref} has no column {unknown}")
    try:
        filters = parse_filters(arguments.where or "", table, session.backend)
    except FilterRefused as error:
        raise ConfigInvalid(f"--where: {error}") from error
    with _progress(table.ref.name, table.row_estimate) as tell, _opened(path) as out:
        done = await export_table(session, WantedRows(table, filters, order), form, out, tell)
    moment = "" if reads_at_once(session.lane(Purpose.QUERY), table) else ", read in chunks"
    _say(f"{table.ref.name}: {plural(done.rows, 'row')}{_in(path)}{moment}")
    if done.lost:
        _say(f"{table.ref.name}: {done.lost}")


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    if str(path) != _STDOUT:
        with exported(path) as file:
            yield file
        return
    with spooled(sys.stdout) as out:
        yield out


def _in(path: Path) -> str:
    return "" if str(path) == _STDOUT else f" in {path}"


@contextmanager
def _progress(what: str, of: int | None) -> Iterator[ProgressLine]:
    progress = ProgressLine(printable(what), of)
    try:
        yield progress
    finally:
        progress.end()


def _say(words: str) -> None:
    print(f"studio: {printable(words)}", file=sys.stderr)


# -- a query -------------------------------------------------------------------------------------


class _Counted(ExportSink):
    """Tells how many rows came."""

    def __init__(self, form: str, out: object, session: Session, tell: ProgressLine) -> None:
        super().__init__(form, out, session.backend, several=False)  # type: ignore[arg-type]
        self._tell = tell
        self.rows = 0

    def take(self, rows: object, so_far: Result) -> None:
        """Write rows, and tell."""
        super().take(rows, so_far)  # type: ignore[arg-type]
        self.rows = so_far.rows
        self._tell(so_far.rows)


async def _query(session: Session, arguments: argparse.Namespace) -> None:
    syntax = syntax_of(session.backend)
    found: tuple[Query, ...] = tuple(queries(arguments.query, syntax, {}))
    if len(found) != 1:
        raise ConfigInvalid("--query takes one statement")
    refuse_beyond_read_only(found[0].text, syntax, WITH_WRITE.replace("--write", "studio query"))
    path = Path(arguments.output)
    form = format_of(path, arguments.form)
    with _progress("query", None) as tell, _opened(path) as out:
        sink = _Counted(form, out, session, tell)
        await Runner(session, sink, Permission.READ).run(found)
        sink.close()
    _say(f"{plural(sink.rows, 'row')}{_in(path)}")
    if sink.lost:
        _say(sink.lost)
