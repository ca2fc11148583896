"""`studio import`: rows of a file into a table, in one transaction."""

import argparse
import asyncio
import json
import sys

from studio.cli.progress import ProgressLine
from studio.db.session import Session
from studio.db.too_late import to_its_end
from studio.db.url import parse
from studio.export.json_text import harmless
from studio.export.printable import printable
from studio.loading.load import MOST_BAD, Loaded, load
from studio.loading.reading import READERS
from studio.loading.source import RowSource, opened
from studio.model.catalog import TableRef
from studio.model.errors import ConfigInvalid, StatementFailed
from studio.model.words import plural
from studio.process.loop import run_to_end
from studio.rows.first_rows.choice import named_table

_EPILOG = """examples:
  studio import demo.db users new-users.csv
  studio query prod.db "SELECT * FROM tags" --format jsonl \\
    | studio import demo.db tags - --format jsonl --try
  studio import demo.db fresh data.csv.gz --create

The first line of CSV and TSV names the columns. In CSV nothing is NULL and "" an empty text, in TSV
\\N is NULL. JSONL keeps every value as it is: of SQLite, also its class.
"""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "import",
        help="insert the rows of a file into a table",
        description="Insert the rows of a file, all or none, in one transaction. Rows that the "
        "database refuses are told by their line.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", metavar="TARGET", help="file, URL, or libpq string")
    parser.add_argument("table", metavar="TABLE", help="NAME or SCHEMA.NAME")
    parser.add_argument("file", metavar="FILE", help="CSV, TSV or JSONL; - is standard input")
    parser.add_argument("--format", choices=tuple(READERS), dest="form")
    parser.add_argument(
        "--create", action="store_true", help="make the table, with types that hold the data"
    )
    parser.add_argument(
        "--try", action="store_true", dest="trial", help="run everything, tell, and roll back"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Insert the rows. The exit code."""
    stdin = sys.stdin.buffer if sys.stdin is not None else None
    with opened(arguments.file, arguments.form, stdin) as source:
        loaded = run_to_end(_load(arguments, source))
    outcome = _outcome(loaded, trial=arguments.trial)
    if arguments.json:
        print(harmless(json.dumps(_document(loaded, outcome), ensure_ascii=False, indent=1)))
    _tell(loaded, outcome, source.name)
    return StatementFailed.exit_code if loaded.bad else 0


async def _load(arguments: argparse.Namespace, source: RowSource) -> Loaded:
    try:
        return await _loaded(arguments, source)
    except asyncio.CancelledError:
        # One that comes when COMMIT has answered is not heard.
        _say("interrupted: nothing was imported")
        raise


async def _loaded(arguments: argparse.Namespace, source: RowSource) -> Loaded:
    session = await Session.open(parse(arguments.target))
    try:
        ref = named_table(await session.outline(), arguments.table)
        if arguments.create:
            if ref is not None:
                raise ConfigInvalid(f"{ref} is there already: leave out --create to add to it")
            ref = _new(arguments.table)
        elif ref is None:
            raise ConfigInvalid(
                f"there is no table called {arguments.table!r}: add --create to make it"
            )
        progress = ProgressLine(printable(ref.name))
        try:
            return await load(
                session,
                ref,
                source,
                create=arguments.create,
                trial=arguments.trial,
                tell=progress,
            )
        finally:
            progress.end()
    finally:
        await to_its_end(session.close())


def _new(name: str) -> TableRef:
    schema, _, table = name.rpartition(".")
    return TableRef(schema or None, table)


def _outcome(loaded: Loaded, *, trial: bool) -> str:
    if loaded.bad:
        return "refused"
    return "tried" if trial else "imported"


def _document(loaded: Loaded, outcome: str) -> dict[str, object]:
    return {
        "outcome": outcome,
        "table": {"schema": loaded.table.schema, "name": loaded.table.name},
        "columns": list(loaded.columns),
        "left_out": list(loaded.left_out),
        "created": loaded.created or None,
        "rows": loaded.rows if not loaded.bad else 0,
        "bad": [{"line": b.line, "code": b.code, "message": b.message} for b in loaded.bad],
        "more_bad": loaded.is_cut,
    }


def _tell(loaded: Loaded, outcome: str, name: str) -> None:
    for left in loaded.left_out:
        _say(f"{left} is left out: the database makes its values")
    for bad in loaded.bad:
        code = f" ({bad.code})" if bad.code else ""
        _say(f"{name}:{bad.line}: {bad.message}{code}")
    if loaded.is_cut:
        _say(f"stopped after {MOST_BAD} bad rows")
    if outcome == "refused":
        _say("nothing was imported")
    else:
        _say(f"{plural(loaded.rows, 'row')} {outcome} into {loaded.table}")


def _say(words: str) -> None:
    print(f"studio: {printable(words)}", file=sys.stderr)
