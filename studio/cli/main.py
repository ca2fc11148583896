"""The command `studio`: which sub-command, what exit code."""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn, Protocol, cast

from studio import __version__
from studio.cli.output import printable
from studio.cli.streams import (
    discard_stdout,
    flush_stdout,
    is_terminal,
    prepare_streams,
    require_stdout,
)
from studio.model.errors import ConfigInvalid, StudioError

COMMANDS = {
    "demo": "build the demo database and open it",
    "query": "run SQL and print the rows",
    "apply": "apply a change set in one transaction",
    "undo": "take back what was applied from here",
    "schema": "print the schema: text, JSON or DDL",
    "explain": "explain a statement, or a saved plan",
    "migrations": "which migrations ran, wait, or were changed",
}
"""Sub-command → one line of help. Each is the module of that name beside this one."""

INTERRUPTED = 130
_MODULES = {"undo": "apply"}

EXAMPLES = """\
examples:
  studio app.db                       the rows of a SQLite file
  studio postgresql://localhost/shop  a PostgreSQL database
  studio service=prod --read-only     a libpq service, writes refused
  studio demo                         try it on a database made for that
  studio COMMAND --help               what each command takes
"""


class _SubCommand(Protocol):
    def add(self, subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> object:
        """Declare the arguments; the default `run` does the work and returns the exit code."""


def parser_for_open() -> argparse.ArgumentParser:
    """The arguments of `studio [TARGET]`, the terminal UI."""
    commands = "\n".join(f"  {name:<12}{line}" for name, line in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="studio",
        description="A database studio in the terminal.",
        epilog=f"commands:\n{commands}\n\n{EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", nargs="?", metavar="TARGET", help="file, URL, or libpq string")
    parser.add_argument("--table", metavar="T", help="open this table first")
    parser.add_argument("--where", metavar="EXPR", help="filter its rows, as in the filter bar")
    parser.add_argument("--order", metavar="C,-D", help="sort by columns; - is descending")
    parser.add_argument("--query", metavar="SQL|@FILE", help="open a query tab with this text")
    parser.add_argument("--read-only", action="store_true", help="the database refuses writes")
    parser.add_argument("--theme", metavar="NAME", help="colours for this run")
    parser.add_argument("--version", action="version", version=f"studio {__version__}")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code (cli.md's table)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        prepare_streams()
        if words and words[0] in COMMANDS:
            return _run_command(words)
        return _open(words)
    except StudioError as error:
        print(f"studio: {printable(str(error), lines=True)}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        discard_stdout()  # whoever read our output has enough
        return 0
    except OSError as error:
        discard_stdout()
        where = f"{error.filename}: " if error.filename else ""
        print(f"studio: {where}{error.strerror or error}", file=sys.stderr)
        return ConfigInvalid.exit_code


def _run_command(words: Sequence[str]) -> int:
    name = words[0]
    module = cast("_SubCommand", import_module(f"studio.cli.{_MODULES.get(name, name)}"))
    parser = argparse.ArgumentParser(prog="studio")
    subparsers = parser.add_subparsers(required=True)
    module.add(subparsers)
    arguments = parser.parse_args(words)
    run = cast("Callable[[argparse.Namespace], int]", arguments.run)
    require_stdout()
    code = run(arguments)
    flush_stdout()
    return code


def _open(words: Sequence[str]) -> int:
    parser = parser_for_open()
    arguments = parser.parse_args(words)
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        parser.error(
            "the terminal UI needs a terminal; `studio query` and the other commands do not"
        )
    module = import_module("studio.cli.open")
    return cast("int", module.run(arguments))


def run() -> NoReturn:
    """The console script."""
    sys.exit(main())
