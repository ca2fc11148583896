"""`studio demo`: build the demo database, once, and open it."""

import argparse
import sys
from contextlib import suppress
from pathlib import Path

from studio.config.paths import data_folder
from studio.demo.build import DEFAULT_ROWS, FILE, build
from studio.demo.draft import sweep
from studio.model.errors import ConfigInvalid, Refused
from studio.process.signals import Ending


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "demo",
        help="build the demo database and open it",
        description="A database that looks like a real application's, with a Drizzle project "
        "beside it. Built once and kept; --rows or --dir build it anew.",
        epilog="example:\n  studio demo --no-open --dir ./playground",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--dir", metavar="DIR", type=Path, help="where to keep it")
    parser.add_argument("--rows", metavar="N", type=int, help=f"about so many ({DEFAULT_ROWS:,})")
    parser.add_argument("--no-open", action="store_true", help="only build it, print its path")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Build where needed, then open. The exit code."""
    folder: Path = arguments.dir or data_folder() / "demo"
    if arguments.rows is not None and not 1 <= arguments.rows <= 50_000_000:  # noqa: PLR2004 a disk's worth
        raise ConfigInvalid(f"--rows must be between 1 and 50,000,000, not {arguments.rows:,}")
    path = folder / FILE
    with suppress(OSError):  # what somebody else left there is not ours to complain about
        sweep(path)
    if arguments.rows is not None or not path.exists():
        _refuse_foreign(folder)
        try:
            with Ending():
                build(folder, arguments.rows or DEFAULT_ROWS, _progress)
        except OSError as error:
            raise ConfigInvalid(f"the demo cannot be written to {folder}: {error}") from error
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr)
    if arguments.no_open:
        print(path)
        return 0
    return _open(path)


def _refuse_foreign(folder: Path) -> None:
    """Never write among somebody else's files: a demo.db that is not ours stays."""
    path = folder / FILE
    if path.exists() and not (folder / "drizzle" / "meta" / "_journal.json").is_file():
        raise Refused(f"{path} is not a demo that studio built: choose another --dir")


def _progress(table: str, share: float) -> None:
    if sys.stderr.isatty():
        bar = "█" * int(share * 24)
        print(f"\r\x1b[Kbuilding the demo {bar:<24} {table}", end="", file=sys.stderr)


def _open(path: Path) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(path)
        return 0
    from studio.cli import open as open_ui  # noqa: PLC0415 only the terminal UI needs Textual

    return open_ui.run(argparse.Namespace(target=str(path), table=None))
