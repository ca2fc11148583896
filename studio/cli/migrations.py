"""`studio migrations`: which migrations ran, which wait, which were edited after they ran."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from studio.cli.migration_notes import said
from studio.export.printable import printable
from studio.migrations.board import BoardOptions, load_board
from studio.migrations.reader import connect
from studio.migrations.reading.files import relative
from studio.migrations.status import told_as_one
from studio.model.catalog import TableRef
from studio.model.errors import ConfigInvalid
from studio.model.migration import Board, BoardEntry, Drift, Hazard, MigrationState, MigrationStatus

CANNOT_CONNECT = 3
CHECK_FAILED = 1
NOTHING_CHECKED = 2


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "migrations",
        help="which migrations ran, wait, or were changed",
        description="The state of every migration: the project's files against the history the "
        "database keeps. Nothing is run, created or changed.",
        epilog="examples:\n  studio migrations\n"
        "  studio migrations web --database postgresql://localhost/shop --drift\n"
        "  studio migrations --check || echo not up to date",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("project", nargs="?", metavar="PROJECT", help="a folder; default: this one")
    parser.add_argument("--database", metavar="TARGET", help="instead of the project's own")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument(
        "--check", action="store_true", help="exit 1 unless everything is applied and unchanged"
    )
    parser.add_argument(
        "--drift", action="store_true", help="compare the declared schema with the live one"
    )
    parser.add_argument(
        "--replay",
        action="store_true",
        help="with --drift on PostgreSQL: allow SQL migrations to be replayed in a scratch "
        "schema, inside a transaction that is always rolled back",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the board. The exit code."""
    folder = Path(arguments.project or ".")
    if not folder.is_dir():
        raise ConfigInvalid(f"{folder} is not a folder")
    wishes = BoardOptions(drift=arguments.drift or arguments.replay, replay=arguments.replay)
    board = load_board(folder, connect, database=arguments.database, wishes=wishes)
    if arguments.json:
        print(json.dumps(as_json(board), indent=1, ensure_ascii=True))
    else:
        for line in as_text(board):
            print(printable(line))
    for reason in board.unreachable:
        print(printable(f"studio: {reason}"), file=sys.stderr)
    if board.unreachable:
        return CANNOT_CONNECT
    return _checked(board) if arguments.check else 0


def _checked(board: Board) -> int:
    """The exit code of a check; what was not looked at is no pass."""
    if not _is_checked(board):
        print("studio: nothing was checked: no migrations belong here", file=sys.stderr)
        return NOTHING_CHECKED
    if not board.is_settled:
        return CHECK_FAILED
    if not board.is_drift_known:
        print("studio: drift was not checked: the notes say why", file=sys.stderr)
        return NOTHING_CHECKED
    return 0


def _is_checked(board: Board) -> bool:
    """Whether there was anything to check: a folder of nothing is no pass."""
    compared = [status for status in board.projects if not status.is_stranger]
    return any(status.entries or status.faults for status in compared)


def as_json(board: Board) -> dict[str, object]:
    """The board in the shape of `studio migrations --json`: studio/migrations/README.md."""
    base = board.folder or Path()
    return {
        "projects": [_project(status, base) for status in board.projects],
        "notes": [*map(said, board.notes), *_notes(board), *board.unreachable],
    }


def _project(status: MigrationStatus, base: Path) -> dict[str, object]:
    folder = status.project.folders[:1] if status.project else ()
    return {
        "framework": status.framework,
        "folder": relative(folder[0], base) if folder else _root(status, base),
        "history": _table(status.history),
        "database": status.database,
        "entries": [_entry(entry, base) for entry in status.entries],
        "faults": list(status.faults),
        "locks": list(status.locks),
        "drift": [
            {
                "kind": item.kind,
                "object": item.object,
                "declared": item.declared,
                "database": item.database,
                "statement": item.statement,
                "loses_data": item.loses_data,
            }
            for item in status.drift
        ],
        "hazards": [_hazard(hazard, status, base) for hazard in status.hazards],
        "apply_command": status.apply_command or None,
    }


def _root(status: MigrationStatus, base: Path) -> str | None:
    return relative(status.project.root, base) if status.project else None


def _entry(entry: BoardEntry, base: Path) -> dict[str, object]:
    return {
        "id": entry.id,
        "state": entry.state.value,
        "applied_at": entry.applied_at,
        "path": relative(entry.path, base) if entry.path else None,
        "note": entry.note,
    }


def _hazard(hazard: Hazard, status: MigrationStatus, base: Path) -> dict[str, object]:
    path = next((e.path for e in status.entries if e.id == hazard.migration), None)
    return {
        "rule": hazard.rule,
        "migration": hazard.migration,
        "path": relative(path, base) if path else None,
        "line": hazard.line or None,
        "says": hazard.says,
    }


def _table(ref: TableRef | None) -> str | None:
    """`schema.table`; SQLite's only schema goes without saying."""
    if ref is None:
        return None
    return ref.name if ref.schema in {None, "main"} else str(ref)


def _notes(board: Board) -> Iterator[str]:
    for status in board.projects:
        for note in status.notes:
            yield f"{status.framework}: {said(note)}"
        for hazard in status.hazards:
            yield f"{status.framework}: {hazard.migration}: {hazard.says}"


def as_text(board: Board) -> Iterator[str]:
    """The board as lines for people."""
    if not board.projects:
        yield "No migrations found here, and no history table in the databases named here."
    for status in board.projects:
        yield from _status_lines(status, board.folder or Path())
        yield ""
    for note in board.notes:
        yield f"note: {said(note)}"


def _status_lines(status: MigrationStatus, base: Path) -> Iterator[str]:
    where = (
        relative(status.project.folders[0], base)
        if status.project and status.project.folders
        else "no project"
    )
    database = status.database or "no database"
    yield f"{status.framework}  {where}  {database}  {_table(status.history) or 'no history'}"
    alike = told_as_one(status.entries)  # JSON has them whole.
    shown = [entry for entry in status.entries if entry.id not in alike]
    width = max((len(entry.id) for entry in shown), default=0)
    if alike:
        why = next(entry.note for entry in status.entries if entry.id in alike)
        yield f"  {MigrationState.RECORDED.value:<12} {len(alike)} migrations  {why}"
    for entry in shown:
        when = entry.applied_at or ""
        yield f"  {entry.state.value:<12} {entry.id:<{width}}  {when}  {entry.note}".rstrip()
    yield from (f"  fault: {fault}" for fault in status.faults)
    yield from (f"  locked: {lock}" for lock in status.locks)
    for item in status.drift:
        yield from _drift_lines(item)
    for hazard in status.hazards:
        yield f"  careful: {_place(hazard)}: {hazard.says}"
    for note in status.notes:
        yield f"  note: {said(note)}"
    if status.way_to_apply:
        yield f"  apply with: {status.way_to_apply}"


def _drift_lines(item: Drift) -> Iterator[str]:
    sides = f"declared {item.declared or '-'}  database {item.database or '-'}"
    yield f"  drift: {item.kind} {item.object}  {sides}"
    for line in item.statement.splitlines():
        yield f"         {line}"


def _place(hazard: Hazard) -> str:
    return f"{hazard.migration}, line {hazard.line}" if hazard.line else hazard.migration
