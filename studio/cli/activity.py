"""`studio activity`: what the sessions of a server do, and who waits for whom."""

import argparse
import asyncio
import json
import shutil
import sys
from collections.abc import Iterator

from studio.activity import counted, overview, words
from studio.activity.document import document
from studio.activity.forest import Node
from studio.activity.standing import SortedMoment
from studio.activity.watching import Watcher, watching
from studio.backends.halves import Absent, ask
from studio.backends.halves.activity import ACTIVITY
from studio.cli.streams import is_terminal
from studio.db.session import Session
from studio.db.url import parse
from studio.export.json_text import harmless
from studio.export.printable import printable
from studio.model.activity import Moment, Overview, ServerSession
from studio.model.errors import ConfigInvalid
from studio.model.statements import StatementOrder
from studio.process.loop import run_to_end

_EVERY_S = 2.0
_SHORTEST_S, _LONGEST_S = 0.2, 3600.0
_STRETCH = 4
"""A look may take this part of the interval; a longer one stretches it."""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "activity",
        help="what the sessions of a server do, and who waits for whom",
        description="Sessions, locks and who is in the way, prepared transactions, progress and "
        "replication of a PostgreSQL server. Ends nobody: that is done on the page (g a).",
        epilog="examples:\n  studio activity postgresql://localhost/shop --waiting\n"
        "  studio activity service=prod --json --watch 5",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", metavar="TARGET", help="URL or libpq string")
    parser.add_argument("--json", action="store_true", help="one JSON document a look")
    parser.add_argument("--waiting", action="store_true", help="only who waits, and for whom")
    parser.add_argument(
        "--watch",
        nargs="?",
        const=_EVERY_S,
        type=_seconds,
        metavar="S",
        help="look again every S seconds (2) until interrupted",
    )
    parser.add_argument("--all", action="store_true", help="idle and background sessions too")
    parser.add_argument(
        "--cluster", action="store_true", help="databases, their sizes, WAL and checkpoints too"
    )
    parser.add_argument(
        "--statements",
        nargs="?",
        const="total",
        choices=[order.value for order in StatementOrder],
        metavar="ORDER",
        help="instead: what the server spends its time on, by total (default), mean, or io",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one look, or look until interrupted. The exit code."""
    run_to_end(_run(arguments))
    return 0


async def _run(arguments: argparse.Namespace) -> None:
    database = await Session.open(parse(arguments.target))
    try:
        if arguments.statements is not None:
            await _statements(database, StatementOrder(arguments.statements), arguments)
            return
        found = ask(database.backend, ACTIVITY)
        if isinstance(found, Absent):
            raise ConfigInvalid(found.why)
        async with watching(database) as watcher:
            at = await watcher.look()
            now = await watcher.overview(with_sizes=True) if arguments.cluster else None
            _print(at, arguments, now)
            if arguments.watch is not None:
                await _watch(watcher, arguments)
    finally:
        await database.close()


async def _statements(
    database: Session, order: StatementOrder, arguments: argparse.Namespace
) -> None:
    found = await counted.top(database, order)
    if arguments.json:
        document = {"statements": counted.document(found, order)}
        print(harmless(json.dumps(document, ensure_ascii=False, indent=1)))
        return
    width = shutil.get_terminal_size().columns if is_terminal(sys.stdout) else None
    print(printable(counted.head(found, order))[:width])
    print("  ".join(counted.HEADINGS))
    for one in found.statements:
        query = " ".join(one.query.split()) if one.query else words.HIDDEN
        query = f"studio: {query}" if one.is_own else query
        print(printable("  ".join((*counted.figures(one), query)))[:width])


async def _watch(watcher: Watcher, arguments: argparse.Namespace) -> None:
    clock = asyncio.get_running_loop()
    due = clock.time()
    before: Overview | None = None
    while True:
        took_s = clock.time() - due
        due = max(due + arguments.watch, clock.time() + (_STRETCH - 1) * took_s)
        await asyncio.sleep(due - clock.time())
        due = clock.time()
        at = await watcher.look()
        now = await watcher.overview(with_sizes=False) if arguments.cluster else None
        if not arguments.json:
            print()
        _print(at, arguments, now, before)
        before = now


def _print(
    at: SortedMoment,
    arguments: argparse.Namespace,
    now: Overview | None,
    before: Overview | None = None,
) -> None:
    if arguments.json:
        found = document(at, only_waiting=arguments.waiting, everything=arguments.all)
        if now is not None:
            found["cluster"] = overview.document(now, at.clients_by_database)
        indent = None if arguments.watch is not None else 1
        print(harmless(json.dumps(found, ensure_ascii=False, indent=indent)), flush=True)
        return
    width = shutil.get_terminal_size().columns if is_terminal(sys.stdout) else None
    for line in lines(at, only_waiting=arguments.waiting, everything=arguments.all):
        print(printable(line)[:width])
    if now is None:
        sys.stdout.flush()
        return
    for label, value in overview.lines(now, before, at.clients_by_database):
        print(printable(f"{label}: {value}")[:width])
    sys.stdout.flush()


def lines(
    at: SortedMoment, *, only_waiting: bool = False, everything: bool = False
) -> Iterator[str]:
    """One look as text: the head line, the forest, then the sessions."""
    moment = at.moment
    yield f"{moment.database} · {moment.version} · {moment.at} · {' · '.join(words.head(at))}"
    yield from _forest(at)
    if only_waiting:
        if not at.waiting:
            yield "nobody waits"
        return
    groups = [("running", at.running), ("idle in transaction", at.idle_in_transaction)]
    for title, sessions in (*groups, ("others", at.others if everything else ())):
        if sessions:
            yield f"{title}:"
            yield from map(_session, sessions)
    yield from _without_sessions(moment)


def _forest(at: SortedMoment) -> Iterator[str]:
    if at.trees:
        yield f"waiting: {len(at.trees)} in the way"
    for tree in at.trees:
        yield from _tree(tree, None, 1)
    for more in at.moment.more_waits:
        yield f"  and {more.count:,} more for {more.on or more.lock} ({more.mode})"


def _without_sessions(moment: Moment) -> Iterator[str]:
    for p in moment.prepared:
        yield f"prepared: {p.gid!r}  {words.age(p.age_s)}  {p.owner} in {p.database}"
    for standby in moment.standbys:
        lag = "" if standby.lag_bytes is None else f"{standby.lag_bytes:,} bytes behind"
        yield f"replication: {standby.name}  {standby.state or words.HIDDEN}  {lag}".rstrip()
    for slot in moment.slots:
        state = "active" if slot.is_active else "nobody uses it"
        kept = "" if slot.retained_bytes is None else f", keeps {slot.retained_bytes:,} bytes"
        yield f"slot: {slot.name}  {slot.kind}, {state}{kept}"


def _tree(node: Node, above: Node | None, depth: int) -> Iterator[str]:
    what = words.culprit(node) if above is None else words.waits_for(node, above)
    name = "×" if node.pid is None else str(node.pid)
    extra = ", ".join(words.remarks(node))
    cells = (name, what, words.age(words.node_age(node)), words.node_person(node))
    yield _joined("  " * depth, *cells, words.node_statement(node), f"[{extra}]" if extra else "")
    for child in node.children:
        yield from _tree(child, node, depth + 1)


def _session(session: ServerSession) -> str:
    extra = ", ".join(words.session_remarks(session))
    return _joined(
        "  ",
        str(session.pid),
        words.doing(session),
        words.age(session.age_s),
        words.person(session),
        words.statement(session),
        f"[{extra}]" if extra else "",
    )


def _joined(indent: str, *cells: str) -> str:
    return indent + "  ".join(cell for cell in cells if cell)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not _SHORTEST_S <= value <= _LONGEST_S:
        raise argparse.ArgumentTypeError(f"not a number of seconds from 0.2 to 3600: {text!r}")
    return value
