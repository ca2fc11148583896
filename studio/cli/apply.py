"""`studio apply` and `studio undo`: change sets from files, under the guards of the screen."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from studio.db.url import parse
from studio.export.printable import printable
from studio.model.errors import ConfigInvalid, Refused, StatementFailed
from studio.process.loop import run_to_end

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from studio.db.session import Session
    from studio.edits.journal.encoding import Json
    from studio.edits.journal.journal import AppliedSet
    from studio.model.apply_report import ApplyReport, RowConflict
    from studio.model.catalog import Catalog, TableRef
    from studio.model.change import Change

    _Now = Callable[[RowConflict], Json]
    """The row of a conflict as it is now."""

_EXAMPLE = """\
example:
  echo '{"changes": [{"op": "insert", "table": "tags", "after": {"name": "urgent"}}]}' \\
    | studio apply demo.db - --try
"""


_ALL_THE_SAME = "--no-undo {does} all the same; then that cannot be taken back"


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the arguments of both commands."""
    apply = subparsers.add_parser(
        "apply",
        help="apply a change set in one transaction",
        description="Apply a change set, whole or not at all: every row must still be as given."
        " What a row holds already is not written. On SQLite a number with a point or an exponent"
        " is a REAL, one without is an INTEGER.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _common(apply)
    apply.add_argument("file", metavar="FILE", help="a change set as JSON; - is standard input")
    apply.add_argument(
        "--try", action="store_true", dest="trial", help="run everything, tell, and roll back"
    )
    apply.set_defaults(run=run)
    undo = subparsers.add_parser(
        "undo",
        help="take back what was applied from here",
        description="Take back an applied change set; rows changed since then stop it.",
        epilog="example:\n  studio undo demo.db --last",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _common(undo)
    which = undo.add_mutually_exclusive_group()
    which.add_argument("--list", action="store_true", help="the applied sets, newest first")
    which.add_argument("--last", action="store_true", help="the newest one (the default)")
    which.add_argument("--id", type=int, metavar="N", help="the one with this number")
    undo.set_defaults(run=run_undo)


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="TARGET", help="file, URL, or libpq string")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--read-only", action="store_true", help="refuse: nothing may be written")
    parser.add_argument(
        "--no-undo",
        action="store_true",
        help="write nothing down for `studio undo`: where no file can or should be written",
    )


def run(arguments: argparse.Namespace) -> int:
    """Apply a change set. The exit code."""
    from studio.edits.journal.encoding import Malformed, decoded_changes  # noqa: PLC0415 - slow to import

    try:
        changes = decoded_changes(_text(arguments.file))
        return run_to_end(_in_session(arguments, lambda s: _apply(s, arguments, changes)))
    except Malformed as error:
        raise ConfigInvalid(f"{arguments.file}: {error}") from error


def run_undo(arguments: argparse.Namespace) -> int:
    """List applied sets, or take one back. The exit code."""
    return run_to_end(_in_session(arguments, lambda s: _undo(s, arguments)))


def _text(file: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise ConfigInvalid(f"{file} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigInvalid(f"{file} is not UTF-8 text: {error.reason}") from error


async def _in_session(
    arguments: argparse.Namespace, work: "Callable[[Session], Awaitable[int]]"
) -> int:
    from studio.db.session import Session  # noqa: PLC0415 - SQLAlchemy is slow to import

    session = await Session.open(parse(arguments.target, read_only=arguments.read_only))
    try:
        return await work(session)
    finally:
        await session.close()


async def _apply(
    session: "Session", arguments: argparse.Namespace, changes: "Sequence[Change]"
) -> int:
    from studio.edits.applying.apply import WITHOUT_UNDO, apply_changes, refused  # noqa: PLC0415 - slow to import
    from studio.edits.applying.undo import journal_of  # noqa: PLC0415 - slow to import
    from studio.edits.journal.fitting import fitted  # noqa: PLC0415 - slow to import
    from studio.edits.sql.prepared import prepare  # noqa: PLC0415 - slow to import
    from studio.edits.sql.refusals import ChangeRefused  # noqa: PLC0415 - slow to import
    from studio.model.apply_report import ApplyOutcome  # noqa: PLC0415 - slow to import

    bare = all(change.table.schema is None for change in changes)

    said: list[str] = []

    async def applied(catalog: "Catalog") -> "ApplyReport":
        whole = await fitted(session, changes)
        try:
            made = await prepare(session, whole, catalog)
        except ChangeRefused as error:
            return refused(error)
        is_kept = not (arguments.trial or arguments.no_undo)
        journal = await journal_of(session) if is_kept else None
        # Before anything is sent: somebody may still stop it.
        said.extend(map(str, made.lasting))
        for line in said:
            _say(f"note: {line}")
        report = await apply_changes(
            session, made, trial=arguments.trial, journal=journal, catalog=catalog
        )
        notes = [*said, *report.notes]
        if arguments.no_undo and report.outcome is ApplyOutcome.APPLIED:
            notes.append(WITHOUT_UNDO)
        if any(error.kind == "journal" for error in report.errors):
            notes.append(_ALL_THE_SAME.format(does="applies it"))
        return replace(report, notes=tuple(dict.fromkeys(notes)))

    return await _told(session, arguments, applied, bare=bare, said=said)


async def _told(
    session: "Session",
    arguments: argparse.Namespace,
    work: "Callable[[Catalog], Awaitable[ApplyReport]]",
    *,
    bare: bool,
    said: "Sequence[str]" = (),
) -> int:
    """Do `work` and tell what came of it, also when it was refused before it began."""
    from studio.backends.base import Purpose  # noqa: PLC0415 - slow to import
    from studio.backends.halves.editing import editing  # noqa: PLC0415 - slow to import
    from studio.edits.applying.apply import refusal  # noqa: PLC0415 - slow to import
    from studio.edits.journal.fitting import as_json  # noqa: PLC0415 - slow to import

    def now(conflict: "RowConflict") -> "Json":
        table = catalog.find(conflict.change.table) if catalog else None
        row = conflict.current
        return None if row is None else as_json(row, table, editing(session.backend))

    catalog: Catalog | None = None
    try:
        session.lane(Purpose.EDIT)
        catalog = await session.catalog()
        report = await work(catalog)
    except (Refused, StatementFailed) as error:
        report = refusal(error)
    _tell(report, now, bare=bare, as_json=arguments.json)
    for note in report.notes:
        if note not in said:
            _say(f"note: {note}")
    return report.exit_code


async def _undo(session: "Session", arguments: argparse.Namespace) -> int:
    from studio.edits.applying.undo import journal_of, recover, undo  # noqa: PLC0415 - slow to import

    journal = await journal_of(session)
    await recover(session, journal)
    if arguments.list:
        _list(journal.entries(), as_json=arguments.json)
        return 0
    entry = journal.last_undoable() if arguments.id is None else journal.entry(arguments.id)
    if entry is None:
        wanted = "" if arguments.id is None else f" with the number {arguments.id}"
        raise ConfigInvalid(f"no set{wanted} was applied to this database from here")
    schemas = {change.table.schema for change in entry.changes}

    async def taken_back(catalog: "Catalog") -> "ApplyReport":
        report = await undo(session, None if arguments.no_undo else journal, entry, catalog)
        if any(error.kind == "journal" for error in report.errors):
            advice = _ALL_THE_SAME.format(does="takes it back")
            return replace(report, notes=(*report.notes, advice))
        return report

    return await _told(session, arguments, taken_back, bare=schemas <= {None, "public"})


# -- telling ---------------------------------------------------------------------------------------


def _tell(report: "ApplyReport", now: "_Now", *, bare: bool, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_document(report, now, bare=bare), indent=1))
    else:
        print(_sentence(report, bare=bare))
    for conflict in report.conflicts:
        _say(f"change {conflict.index}: {conflict}")
    for error in report.errors:
        _say(error.message if error.change is None else f"change {error.change}: {error.message}")


def _say(text: str) -> None:
    print(f"studio: {printable(text)}", file=sys.stderr)


def _document(report: "ApplyReport", now: "_Now", *, bare: bool) -> "dict[str, Json]":
    return {
        "outcome": report.outcome.value,
        "rows": {_name(ref, bare=bare): rows for ref, rows in report.rows.items()},
        "conflicts": [{"change": one.index, "now": now(one)} for one in report.conflicts],
        "errors": [
            {
                "change": one.change,
                "kind": one.kind,
                "columns": list(one.columns),
                "message": one.message,
            }
            for one in report.errors
        ],
        "notes": list(report.notes),
    }


def _name(ref: "TableRef", *, bare: bool) -> str:
    return ref.name if bare else str(ref)


def _sentence(report: "ApplyReport", *, bare: bool) -> str:
    rows = ", ".join(
        f"{printable(_name(ref, bare=bare))}: {count:,}" for ref, count in report.rows.items()
    )
    number = f" (set {report.journal_id})" if report.journal_id is not None else ""
    if report.had_nothing_to_do:
        return "nothing to do: no row would hold anything else"
    return {
        "applied": f"applied{number}: {rows or 'no row was changed'}",
        "tried": f"tried, rolled back; rows that would change: {rows or 'none'}",
        "nothing": "nothing was changed",
        "unknown": "not known whether it was applied; `studio undo TARGET --list` looks again",
    }[report.outcome.value]


def _list(entries: "Sequence[AppliedSet]", *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"applied": [_entry(entry) for entry in entries]}, indent=1))
        return
    for entry in entries:
        at = entry.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        print(f"{entry.id:>5}  {at}  {_state(entry):<20}{_tables(entry)}")


def _state(entry: "AppliedSet") -> str:
    if entry.undone_by is not None:
        return f"undone by {entry.undone_by}"
    if entry.undoes is not None:
        return f"undo of {entry.undoes}"
    return entry.outcome.value if entry.outcome is not None else "not known"


def _tables(entry: "AppliedSet") -> str:
    return ", ".join(f"{printable(name)}: {rows}" for name, rows in _counts(entry).items())


def _counts(entry: "AppliedSet") -> dict[str, int]:
    counts: dict[str, int] = {}
    for change in entry.changes:
        counts[str(change.table)] = counts.get(str(change.table), 0) + 1
    return counts


def _entry(entry: "AppliedSet") -> "dict[str, Json]":
    return {
        "id": entry.id,
        "at": entry.at.isoformat(),
        "outcome": entry.outcome.value if entry.outcome is not None else "unknown",
        "changes": dict(_counts(entry)),
        "undoes": entry.undoes,
        "undone_by": entry.undone_by,
    }
