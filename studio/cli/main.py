"""The command `studio`: which sub-command, what exit code."""

import argparse
import gc
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import NoReturn, Protocol, cast

from studio import __version__
from studio.cli.background import keep_quiet
from studio.cli.streams import (
    discard_stdout,
    flush_stdout,
    is_terminal,
    prepare_streams,
    require_stdout,
)
from studio.config.redacting import holds_password, redact
from studio.export.printable import printable
from studio.model.errors import ConfigInvalid, StudioError
from studio.process.signals import Ending

COMMANDS = {
    "demo": "build the demo database and open it",
    "query": "run SQL and print the rows",
    "export": "write the rows of tables, or of a query, into files",
    "import": "insert the rows of a file into a table",
    "apply": "apply a change set in one transaction",
    "undo": "take back what was applied from here",
    "schema": "print the schema: text, JSON or DDL",
    "complete": "complete SQL at a place, for editors and shells",
    "explain": "explain a statement, or a saved plan",
    "activity": "what the sessions of a server do, and who waits for whom",
    "migrations": "which migrations ran, wait, or were changed",
    "doctor": "what is wrong in a database, and the SQL that mends it",
    "wal": "the commits in a SQLite file's WAL, read without touching it",
}
"""Sub-command → one line of help. Each is the module of that name beside this one."""

INTERRUPTED = 130
_ORDER = "--order"
_MODULES = {"undo": "apply", "import": "imports"}
_OPENING = frozenset({"demo"})
"""Commands that end in a screen."""

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


class _Parser(argparse.ArgumentParser):
    """Its errors quote what was typed: without secrets, and without what steers a terminal."""

    def error(self, message: str) -> NoReturn:
        """Say it, exit 2."""
        words = " ".join(redact(word) for word in message.split(" "))
        super().error(printable(words))


def parser_for_open() -> argparse.ArgumentParser:
    """The arguments of `studio [TARGET]`, the terminal UI."""
    commands = "\n".join(f"  {name:<12}{line}" for name, line in COMMANDS.items())
    parser = _Parser(
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
    """Run one command line and return its exit code (README.md beside this file)."""
    words = _joined(sys.argv[1:] if arguments is None else arguments)
    try:
        prepare_streams()
        return _run_command(words) if words and words[0] in COMMANDS else _open(words)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        discard_stdout()  # whoever read our output has enough
        return 0
    except Exception as error:  # noqa: BLE001 - the last resort: a traceback answers nobody
        said, code = _answered(error)
        print(f"studio: {printable(said, lines=True)}", file=sys.stderr)
        return code


def _joined(words: Sequence[str]) -> list[str]:
    """`--order -id` as `--order=-id`: argparse takes the value for an option."""
    joined: list[str] = []
    for word in words:
        if joined[-1:] == [_ORDER] and re.match(r"-[^-]", word):
            joined[-1] = f"{_ORDER}={word}"
        else:
            joined.append(word)
    return joined


def _answered(error: Exception) -> tuple[str, int]:
    """What to say of a failure, and the exit code."""
    if isinstance(error, StudioError):
        return str(error), error.exit_code
    if isinstance(error, OSError):
        discard_stdout()
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}", ConfigInvalid.exit_code
    from studio.config import reports  # noqa: PLC0415 - hardly ever wanted

    return reports.told(error), reports.EXIT_CODE


def _run_command(words: Sequence[str]) -> int:
    name = words[0]
    if name not in _OPENING:
        # Classes made by the thousand are no garbage, and looking for some costs a tenth of a
        # short command.
        gc.set_threshold(100_000, 50, 50)
    module = cast("_SubCommand", import_module(f"studio.cli.{_MODULES.get(name, name)}"))
    parser: argparse.ArgumentParser = _Parser(prog="studio")
    subparsers = parser.add_subparsers(required=True)
    module.add(subparsers)
    arguments, unknown = parser.parse_known_args(words)
    if "--" not in words and any(not word.startswith("-") for word in unknown):
        # An argument that may be left out is taken for left out before an option.
        arguments, unknown = subparsers.choices[name].parse_known_intermixed_args(words[1:])
    if unknown:
        subparsers.choices[name].error(_no_such(unknown, subparsers.choices[name], name))
    run = cast("Callable[[argparse.Namespace], int]", arguments.run)
    _warn_of_password(arguments)
    require_stdout()
    # A screen forks first, while there is one thread, and hears of signals by itself.
    with nullcontext() if name in _OPENING else Ending():
        code = run(arguments)
        flush_stdout()
        return code


def _warn_of_password(arguments: argparse.Namespace) -> None:
    target = getattr(arguments, "target", None)
    if target and holds_password(target):
        print(
            "studio: the password in the address is in the shell's history and in the list of "
            "processes: leave it out and set STUDIO_PASSWORD, or use ~/.pgpass or a service",
            file=sys.stderr,
        )


def _open(words: Sequence[str]) -> int:
    parser = parser_for_open()
    if words and (near := _meant(words[0])):
        parser.error(f"there is no command and no file {words[0]!r}: did you mean `studio {near}`?")
    arguments = parser.parse_args(words)
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        parser.error(
            "the terminal UI needs a terminal; `studio query` and the other commands do not"
        )
    _warn_of_password(arguments)
    gc.disable()  # as `open` does, from here on already
    module = import_module("studio.cli.open")
    return cast("int", module.run(arguments))


def _no_such(unknown: Sequence[str], parser: argparse.ArgumentParser, name: str) -> str:
    """What is wrong with words that a command does not know, and what was meant."""
    said = f"unrecognized arguments: {' '.join(unknown)}"
    word = unknown[0].partition("=")[0]
    if not word.startswith("--"):
        return said
    known = parser._option_string_actions  # noqa: SLF001 - argparse has no other way to ask
    form = known.get("--format")
    if form is not None and word[2:] in (form.choices or ()):
        return f"{name} has no {word}: it is `--format {word[2:]}`"
    from difflib import get_close_matches  # noqa: PLC0415 only for a mistake

    near = get_close_matches(word, known, 1, cutoff=0.7)
    return f"{said}: did you mean {near[0]}?" if near else said


def _meant(word: str) -> str:
    """The command that a word was meant to be; "" where it is a file, or none is near."""
    if not re.fullmatch(r"[a-zA-Z]{3,20}", word) or Path(word).exists():
        return ""
    from difflib import get_close_matches  # noqa: PLC0415 only for a mistake

    return next(iter(get_close_matches(word.lower(), COMMANDS, 1, cutoff=0.7)), "")


def run() -> NoReturn:
    """The console script."""
    keep_quiet()
    sys.exit(main())
