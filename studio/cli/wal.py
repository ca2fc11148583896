"""`studio wal`: the commits in a SQLite file's WAL, read as bytes."""

import argparse
import json
import sys
from collections.abc import Collection, Iterator
from dataclasses import asdict
from pathlib import Path

from studio.backends import registry
from studio.backends.halves import required
from studio.backends.halves.housekeeping import HOUSEKEEPING
from studio.backends.halves.wal_history import WAL_HISTORY, WalHistory
from studio.backends.target import Target
from studio.cli import wal_keeping
from studio.db.url import parse
from studio.edits.journal.encoding import encoded
from studio.export.json_text import harmless
from studio.export.printable import printable
from studio.model.errors import ConfigInvalid
from studio.wal import words
from studio.wal.changes import Change, Changes
from studio.wal.probe import Probe
from studio.wal.records import Stored
from studio.wal.remains import Remains
from studio.wal.report import WalReport, to_json
from studio.wal.tables import Row

_SIGNS = {"insert": "+", "update": "~", "delete": "×"}
_WIDEST = 60
_DIGITS = 10
CHECK_FAILED = 1
_NOW = "now"


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "wal",
        help="the commits in a SQLite file's WAL",
        description="Every commit in the write-ahead log beside a SQLite file, with the tables it "
        "touched, and who holds the checkpoint back. The files are read as bytes by a process of "
        "its own: nothing is locked, checkpointed, created or changed.",
        epilog="examples:\n  studio wal demo.db\n  studio wal demo.db --json\n"
        "  studio wal demo.db --commit 42 --table messages",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", metavar="FILE", help="the database file, not its -wal")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--commit",
        type=_frame,
        metavar="N",
        help="the rows that commit N inserted, updated and deleted; N is its last frame",
    )
    what.add_argument(
        "--diff",
        type=_frame,
        nargs=2,
        metavar=("N", "M"),
        help="the rows that are different in commit M; 0 is the main file without its WAL",
    )
    what.add_argument(
        "--as-of",
        type=_when,
        metavar="N|now",
        help="write the whole database as it was at commit N to --output; `now`: a copy of a live "
        "database, of any journal mode, that no program waits for",
    )
    what.add_argument(
        "--deleted",
        action="store_true",
        help="deleted rows that can still be read from free pages and unused parts of pages; may "
        "be incomplete, and nothing is written back",
    )
    what.add_argument("--sizes", action="store_true", help="the pages of every table and index")
    what.add_argument(
        "--integrity",
        action="store_true",
        help="check every page, index and foreign key, on a private copy; exit 1 when one is wrong",
    )
    what.add_argument(
        "--salvage",
        action="store_true",
        help="write what can be read of a damaged database to --output; may be incomplete",
    )
    what.add_argument(
        "--follow", action="store_true", help="a JSON line for each commit as it happens"
    )
    what.add_argument(
        "--check",
        action="store_true",
        help="one line, whether the -wal and the -shm are sound; exit 1 when one is damaged",
    )
    parser.add_argument(
        "--output", type=Path, metavar="F", help="with --as-of or --salvage: a new file"
    )
    parser.add_argument("--table", metavar="T", help="with --commit or --diff: only this table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was asked for. The exit code."""
    _must_fit(arguments)
    target = parse(arguments.target)
    history = required(registry.backend(target.backend), WAL_HISTORY)
    if arguments.commit is not None or arguments.diff:
        return _rows(arguments, target, history)
    if arguments.as_of is not None:
        return _save(arguments, target, history)
    if arguments.sizes or arguments.integrity or arguments.salvage:
        return _keep(arguments, target)
    if arguments.deleted:
        return _deleted(arguments, history.deleted_rows(target))
    if arguments.follow:
        for event in history.follow(target):
            _print_json(event)
            sys.stdout.flush()
    return _report(arguments, target, history)


def _must_fit(arguments: argparse.Namespace) -> None:
    """Raises ConfigInvalid for arguments that say nothing together."""
    if arguments.table and arguments.commit is None and not arguments.diff:
        raise ConfigInvalid("--table goes with --commit N or --diff N M")
    what = "--salvage" if arguments.salvage else "--as-of N"
    is_written = arguments.as_of is not None or arguments.salvage
    if (arguments.output is None) is is_written:
        raise ConfigInvalid(f"{what} and --output F go together")
    if arguments.output == Path("-"):
        raise ConfigInvalid(f"{what} writes a database, which needs a file: name one")


def _report(arguments: argparse.Namespace, target: Target, history: WalHistory) -> int:
    """Print the WAL; with --check say what is wrong with it."""
    found, report = history.report(target)
    faults = words.faults(report) if arguments.check else ()
    if arguments.json:
        _print_json(to_json(report) | ({"faults": faults} if arguments.check else {}))
    else:
        shown = _checked(found, report, faults) if arguments.check else _as_text(found, report)
        for line in shown:
            print(printable(line))
    for fault in faults:
        print(printable(f"studio: {fault}"), file=sys.stderr)
    return CHECK_FAILED if faults else 0


def _frame(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of a frame")
    return int(text)


def _when(text: str) -> int | str:
    return text if text == _NOW else _frame(text)


def _save(arguments: argparse.Namespace, target: Target, history: WalHistory) -> int:
    """Write the state of a commit to a file."""
    is_now = arguments.as_of == _NOW
    if is_now:
        keeping = required(registry.backend(target.backend), HOUSEKEEPING)
        size = keeping.copy(target, arguments.output)
    else:
        size = history.save_state(target, arguments.as_of, arguments.output)
    if arguments.json:
        _print_json({"commit": arguments.as_of, "output": str(arguments.output), "bytes": size})
    else:
        when = "it is now" if is_now else f"of commit {arguments.as_of}"
        print(printable(f"{arguments.output}: the database as {when}"))
    return 0


def _keep(arguments: argparse.Namespace, target: Target) -> int:
    """Sizes, the whole check, or what can be saved."""
    keeping = required(registry.backend(target.backend), HOUSEKEEPING)
    code = 0
    if arguments.sizes:
        sizes = keeping.sizes(target)
        document, lines = wal_keeping.sizes(sizes), words.sized(sizes)
    elif arguments.integrity:
        verdict = keeping.verify(target)
        document, lines = wal_keeping.verdict(verdict), verdict.lines()
        code = 0 if verdict.is_sound else CHECK_FAILED
    else:
        output = arguments.output
        saved = keeping.salvage(target, output)
        document, lines = wal_keeping.salvaged(saved, output), saved.lines(str(output))
    if arguments.json:
        _print_json(document)
    else:
        for line in lines:
            print(printable(line))
    return code


def _rows(arguments: argparse.Namespace, target: Target, history: WalHistory) -> int:
    """Print what one commit changed, or what is different between two."""
    if arguments.diff:
        first, second = arguments.diff
        tables = history.rows_between(target, first, second, arguments.table)
        document: dict[str, object] = {"from": first, "to": second}
    else:
        tables = history.rows_of_commit(target, arguments.commit, arguments.table)
        document = {"commit": arguments.commit}
    if arguments.json:
        _print_json(
            {**document, "tables": {t: [_change(c) for c in cs] for t, cs in tables.items()}}
        )
        return 0
    for line in _rows_as_text(tables):
        print(printable(line))
    return 0


def _deleted(arguments: argparse.Namespace, found: Remains) -> int:
    """Print what can still be read of deleted rows."""
    if arguments.json:
        tables = {
            name: [asdict(one) | {"row": _row(one.row)} for one in rows]
            for name, rows in found.tables.items()
        }
        whole = {"deleted": tables, "pages": found.pages, "is_whole": found.is_whole}
        _print_json({**whole, "may_be_incomplete": True})
        return 0
    print(printable(f"{words.looked_through(found)}: {words.MAY_BE_INCOMPLETE}"))
    for table, rows in found.tables.items():
        print(printable(f"{table}:"))
        for one in rows:
            print(printable(f"  {words.remaining(one)}"))
    return 0


def _change(change: Change) -> dict[str, object]:
    return {
        "change": change.kind,
        "key": [encoded(value) for value in change.key],
        "before": _row(change.before),
        "after": _row(change.after),
    }


def _row(row: Row | None) -> dict[str, object] | None:
    return None if row is None else {name: encoded(value) for name, value in row.items()}


def _rows_as_text(tables: Changes) -> Iterator[str]:
    if not any(tables.values()):
        yield "no row is different"
    for table, changes in tables.items():
        yield f"{table}: {words.counted(changes)}"
        for change in changes:
            yield from _change_as_text(change)


def _change_as_text(change: Change) -> Iterator[str]:
    key = ", ".join(_short(value) for value in change.key)
    yield f"  {_SIGNS[change.kind]} {key}"
    before, after = change.before or {}, change.after or {}
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if change.kind == "update" and name in before and name in after:
            if (type(old), old) != (type(new), new):
                yield f"      {name}: {_short(old)} → {_short(new)}"
        else:
            yield f"      {name}: {_short(old if name in before else new)}"


def _short(value: Stored) -> str:
    text = "NULL" if value is None else repr(value)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _print_json(document: object) -> None:
    print(harmless(json.dumps(document, ensure_ascii=False)))


def _checked(found: Probe, report: WalReport, faults: Collection[str]) -> Iterator[str]:
    yield f"{found.path}-wal  {words.verdict(report, faults)}"
    for note in words.notes_beside_faults(found, report):
        yield f"  {note}"


def _as_text(found: Probe, report: WalReport) -> Iterator[str]:
    yield f"{found.path}-wal  {words.summary(report)}"
    for note in words.notes(found, report):
        yield f"  {note}"
    if report.commits:
        yield f"  {'commit':>8}  {'frames':>15}  {'pages':>6}  tables touched"
    for one in reversed(report.commits):
        commit = one.commit
        frames = f"{commit.first_frame}-{commit.last_frame}"
        lost = "" if commit.last_frame in report.reachable else "  (cannot be rebuilt)"
        yield (
            f"  {commit.last_frame:>8}  {frames:>15}  {len(commit.pages):>6}  "
            f"{words.tables(one.touched, report.shadows, is_structure=one.is_structure)}{lost}"
        )
