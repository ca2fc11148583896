"""`studio explain`: a plan, where its time went, and what would help."""

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from studio.explain import tree
from studio.explain.report import Explained, SqliteExplained
from studio.explain.saved import decoded, saved
from studio.model.errors import ConfigInvalid, StudioError

if TYPE_CHECKING:
    from collections.abc import Iterable

USAGE = 2
EXAMPLE = """examples:
  studio explain demo.db "SELECT * FROM events WHERE user_id = 7"
  studio explain --plan plan.json --json
  psql -c "EXPLAIN (ANALYZE, BUFFERS) SELECT …" | studio explain --plan -
"""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the sub-command."""
    parser = subparsers.add_parser(
        "explain",
        help="read a query plan: where the time goes, and what would help",
        description="Explain a statement, or read a saved plan (JSON or text, from psql or a log).",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", nargs="?", metavar="TARGET", help="a file, URL or saved name")
    parser.add_argument("sql", nargs="?", metavar="SQL", help="one statement, or @file")
    parser.add_argument("--plan", metavar="FILE", help="a saved plan; - reads standard input")
    parser.add_argument(
        "--analyze", action="store_true", help="run it and measure; writes are rolled back"
    )
    parser.add_argument(
        "--yes", action="store_true", help="do not ask before measuring a statement that writes"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Explain, print, and return the exit code."""
    if args.plan is None and (args.target is None or args.sql is None):
        return _refuse("studio explain needs TARGET and SQL, or --plan FILE")
    if args.plan is not None and args.target is not None:
        return _refuse("studio explain takes a TARGET or --plan, not both")
    try:
        shown = saved(_read(args.plan)) if args.plan is not None else _run(args)
        return _show(shown, as_json=args.json)
    except StudioError as error:
        print(f"studio: {error}", file=sys.stderr)
        return error.exit_code


def _run(args: argparse.Namespace) -> Explained | SqliteExplained:
    """Explain on a database. SQLAlchemy and a driver are loaded here, not for a saved plan."""
    from studio.cli.explain_target import explain_on  # noqa: PLC0415 - 200 ms a saved plan spares

    sql = _read(args.sql[1:]) if args.sql.startswith("@") else args.sql
    return explain_on(args.target, sql, analyze=args.analyze, yes=args.yes)


def _refuse(message: str) -> int:
    print(f"studio: {message}", file=sys.stderr)
    return USAGE


def _read(name: str) -> str:
    """The text of a saved plan, whatever its encoding is worth."""
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise ConfigInvalid(f"Cannot read {name}: {error.strerror or error}.") from None
    return decoded(data)


def _show(shown: Explained | SqliteExplained, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(shown.as_json(), allow_nan=False))
        return 0
    width = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 120
    text: Iterable[str] = (
        tree.lines(shown, width)
        if isinstance(shown, Explained)
        else tree.sqlite_lines(shown, width)
    )
    for line in text:
        print(line.rstrip())
    return 0
