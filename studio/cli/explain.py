"""`studio explain`: a plan, where its time went, and what would help."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from studio.backends.registry import guests_finding_ids
from studio.cli.explain_report import ExplainedStatement, judge, show
from studio.explain import baseline
from studio.explain.gates import Gates
from studio.explain.saved import decoded, is_binary, saved
from studio.export.printable import printable
from studio.model.errors import ConfigInvalid, StudioError

if TYPE_CHECKING:
    from studio.backends.halves.explaining import Measures

USAGE = 2
MOST = 1e12
EXAMPLE = """examples:
  studio explain demo.db "SELECT * FROM events WHERE user_id = 7"
  studio explain demo.db @queries.sql --fail-on warning --baseline plans.json
  studio explain --plan plan.json --json
  psql -c "EXPLAIN (ANALYZE, BUFFERS) SELECT …" | studio explain --plan -

--analyze asks first where the statement writes, or calls a function that may act and is neither
PostgreSQL's own and harmless nor called STABLE or IMMUTABLE by its owner. No client can prevent
that one called IMMUTABLE runs as soon as a statement is planned, also without --analyze.
"""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the sub-command."""
    parser = subparsers.add_parser(
        "explain",
        help="read a query plan: where the time goes, and what would help",
        description="Explain a statement, or read a saved plan (JSON, YAML, XML or text, "
        "from psql or a log).",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", nargs="?", metavar="TARGET", help="a file or a URL")
    parser.add_argument("sql", nargs="?", metavar="SQL", help="one statement; @file or - for many")
    parser.add_argument("--plan", metavar="FILE", help="a saved plan; - reads standard input")
    parser.add_argument(
        "--analyze", action="store_true", help="run it and measure; writes are rolled back"
    )
    parser.add_argument(
        "--yes", action="store_true", help="do not ask before measuring a statement that writes"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument(
        "--timeout", type=_positive, default=60.0, metavar="S", help="end a measurement (60)"
    )
    gates = parser.add_argument_group("for pipelines: exit 1 where a plan fails")
    gates.add_argument(
        "--fail-on",
        action="append",
        default=[],
        metavar="WHAT",
        help="info, warning, error, or the id of a finding; may be given again",
    )
    gates.add_argument("--max-ms", type=_positive, metavar="N", help="needs --analyze")
    gates.add_argument("--max-rows-read", type=_positive, metavar="N")
    gates.add_argument(
        "--baseline", type=Path, metavar="FILE", help="fail where a plan got worse than there"
    )
    gates.add_argument("--update", action="store_true", help="write this run to the baseline")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Explain, print, and return the exit code."""
    if wrong := _wrong(args):
        print(f"studio: {wrong}", file=sys.stderr)
        return USAGE
    several = args.sql is not None and (args.sql == "-" or args.sql.startswith("@"))
    try:
        _check_words(args)
        if args.baseline is not None and not args.update:
            baseline.check(args.baseline)
        told = _told(args, several=several)
        known = _baseline(args, told)
        judge(told, Gates(tuple(args.fail_on), args.max_ms, args.max_rows_read, known))
        if args.update:
            _update(args, told)
    except StudioError as error:
        print(f"studio: {printable(str(error), lines=True)}", file=sys.stderr)
        return error.exit_code
    return show(told, as_json=args.json, several=several and len(told) > 1)


def _wrong(args: argparse.Namespace) -> str:
    """What is wrong with the command line, in a sentence; empty when nothing is."""
    if args.plan is None and (args.target is None or args.sql is None):
        return "studio explain needs TARGET and SQL, or --plan FILE"
    if args.plan is not None and args.target is not None:
        return "studio explain takes a TARGET or --plan, not both"
    if args.max_ms is not None and args.plan is None and not args.analyze:
        return "--max-ms is about a measurement: it needs --analyze"
    if args.update and args.baseline is None:
        return "--update writes a baseline: it needs --baseline FILE"
    return ""


def _check_words(args: argparse.Namespace) -> None:
    if args.fail_on:
        from studio.explain.gate_words import check  # noqa: PLC0415 - the readers of every engine

        check(args.fail_on, lambda: _guests_ids(args.target))


def _guests_ids(target: str | None) -> frozenset[str]:
    """The findings that the engine behind a target names, or those that read saved plans."""
    if target is None:
        return guests_finding_ids()
    from studio.cli.explain_target import finding_ids  # noqa: PLC0415 - as in _run

    return finding_ids(target)


def _told(args: argparse.Namespace, *, several: bool) -> list[ExplainedStatement]:
    if args.plan is not None:
        return [ExplainedStatement(args.plan, Path(args.plan).name, saved(_read(args.plan)))]
    return _run(args, several=several)


def _run(args: argparse.Namespace, *, several: bool) -> list[ExplainedStatement]:
    """Explain on a database. SQLAlchemy and a driver are loaded here, not for a saved plan."""
    from studio.cli import explain_target  # noqa: PLC0415 - 200 ms a saved plan spares
    from studio.explain.run import Request  # noqa: PLC0415 - the same

    name = args.sql if args.sql == "-" else args.sql[1:]
    request = Request(
        _read(name) if several else args.sql,
        analyze=args.analyze,
        consent=args.yes,
        timeout_s=args.timeout,
    )
    if several:
        source = "stdin" if name == "-" else Path(name).name
        return explain_target.explain_all(args.target, source, request, args.max_ms)
    return explain_target.explain_on(args.target, request, args.max_ms)


def _baseline(
    args: argparse.Namespace, told: list[ExplainedStatement]
) -> "dict[str, Measures] | None":
    """The plans to compare with; none while they are written anew."""
    if args.baseline is None or args.update:
        return None
    return baseline.read(args.baseline, _engine(told))


def _update(args: argparse.Namespace, told: list[ExplainedStatement]) -> None:
    """Take over the plans of this run; what could not be explained keeps its old one."""
    fresh = {one.key: one.shown.measures() for one in told if one.shown is not None}
    failed = [one.key for one in told if one.shown is None]
    if not fresh:
        return
    kept = baseline.read(args.baseline, _engine(told)) if args.baseline.exists() else {}
    old = {key: kept[key] for key in failed if key in kept}
    baseline.write(args.baseline, _engine(told), {**old, **fresh})


def _engine(told: list[ExplainedStatement]) -> str:
    """Whose plans these are; empty where there is none."""
    shown = next((one.shown for one in told if one.shown is not None), None)
    return "" if shown is None else str(shown.as_json()["engine"])


def _read(name: str) -> str:
    """The text of a saved plan or of statements, whatever its encoding is worth."""
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise ConfigInvalid(f"Cannot read {name}: {error.strerror or error}.") from None
    if is_binary(data):
        where = "Standard input" if name == "-" else name
        raise ConfigInvalid(f"{where} is no text: neither statements nor a plan.")
    return decoded(data)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < MOST:
        raise argparse.ArgumentTypeError(f"not a number above 0: {text!r}")
    return value
