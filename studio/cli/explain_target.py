"""`studio explain TARGET SQL`: the part that needs a database."""

import hashlib
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from studio.backends.halves.finding_ids import named_by
from studio.backends.halves.syntax import syntax_of
from studio.backends.plans.consent import NeedsConsent, NothingToExplain
from studio.backends.registry import backend
from studio.backends.target import Target
from studio.cli.explain_report import ExplainedStatement
from studio.db.session import Session
from studio.db.url import parse
from studio.explain.run import ExplainedRun, Request, explain
from studio.export.printable import printable
from studio.model.errors import ConnectFailed, StudioError
from studio.process.loop import run_to_end
from studio.sqltext.fingerprint import fingerprint
from studio.sqltext.split import Statement, split
from studio.sqltext.syntax import Syntax

AGAIN = 2
"""Further runs of what a gate finds too slow."""
NAMED = re.compile(r"--+\s*(?:@?name)[:\s]\s*(\S[^\n]*?)(?:\s+:\w+)?\s*$", re.IGNORECASE)
"""The comment that many tools name a statement by, right above it; some say behind the name what it
returns (`:one`).
"""


def explain_on(
    target: str, request: Request, max_ms: float | None = None
) -> list[ExplainedStatement]:
    """Explain one statement; asks on the terminal before a run that writes. One that takes longer
    than `max_ms` is measured again, and its best run counts.

    Raises StudioError; without a terminal and without consent, the question itself.
    """
    parsed, syntax = _parsed(target)
    run = _best(parsed, request, max_ms)
    return [
        ExplainedStatement("", fingerprint(request.sql, syntax), run.shown, stopped=run.stopped)
    ]


def explain_all(
    target: str, source: str, request: Request, max_ms: float | None = None
) -> list[ExplainedStatement]:
    """Explain every statement of a text, each by itself: what one is refused for stops no other.

    Raises StudioError where there is no statement or no connection.
    """
    parsed, syntax = _parsed(target)
    found = list(_statements(request.sql, source, syntax))
    if not found:
        raise NothingToExplain("There is no statement to explain.")
    told = []
    for name, key, statement in found:
        try:
            run = _best(parsed, replace(request, sql=statement.text), max_ms)
        except ConnectFailed:
            raise
        except StudioError as error:
            told.append(ExplainedStatement(name, key, None, error))
        else:
            told.append(ExplainedStatement(name, key, run.shown, stopped=run.stopped))
    return told


def finding_ids(target: str) -> frozenset[str]:
    """The ids that the engine behind a target names. Raises StudioError."""
    return named_by(backend(_parsed(target)[0].backend))


def _parsed(target: str) -> tuple[Target, Syntax]:
    parsed = parse(target)
    return parsed, syntax_of(backend(parsed.backend))


def _statements(text: str, source: str, syntax: Syntax) -> Iterator[tuple[str, str, Statement]]:
    """Each with its name in the report and its key in a baseline, which no other has and which
    stays when statements change places.
    """
    found = [statement for statement in split(text, syntax) if statement.text]
    lines = [text.count("\n", 0, statement.start) + 1 for statement in found]
    named = [NAMED.search(statement.before) for statement in found]
    own = [
        name[1] if name else fingerprint(statement.text, syntax)
        for name, statement in zip(named, found, strict=True)
    ]
    shared, beside = Counter(own), Counter(lines)
    taken: Counter[str] = Counter()
    for statement, line, name, known in zip(found, lines, named, own, strict=True):
        # Of one name, or alike but for their values: their text tells them apart.
        key = f"{known} {_digits(statement.text)}" if shared[known] > 1 else known
        taken[key] += 1
        place = f"{source}:{line}"
        if beside[line] > 1:
            place += f":{statement.start - text.rfind(chr(10), 0, statement.start)}"
        again = f"#{taken[key]}" if taken[key] > 1 else ""
        yield f"{place}{f' {name[1]}' if name else ''}", f"{key}{again}", statement


def _digits(text: str) -> str:
    data = " ".join(text.split()).rstrip("; ").encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()[:8]


def _best(target: Target, request: Request, max_ms: float | None) -> ExplainedRun:
    """A first run reads what no cache holds yet, and a machine has other things to do: only what
    is slow each time is slow. What may write is run once.
    """
    best = _asked(target, request)
    for _ in range(AGAIN if max_ms is not None and not request.consent else 0):
        took = best.shown.measures().ms
        if took is None or best.stopped or took <= (max_ms or 0.0):
            break
        run = run_to_end(_explain(target, request))
        again = run.shown.measures().ms
        best = run if again is not None and again < took else best
    return best


def _asked(target: Target, request: Request) -> ExplainedRun:
    try:
        run = run_to_end(_explain(target, request))
    except NeedsConsent as needed:
        if not (sys.stdin.isatty() and sys.stderr.isatty()) or not _agreed(needed):
            raise
        run = run_to_end(_explain(target, replace(request, analyze=True, consent=True)))
    if run.client_ms is not None:
        print(f"{run.client_ms:,.1f} ms seen from here", file=sys.stderr)
    return run


def _agreed(needed: NeedsConsent) -> bool:
    print(f"studio: {printable(str(needed), lines=True)}", file=sys.stderr)
    print("Run it? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


async def _explain(target: Target, request: Request) -> ExplainedRun:
    session = await Session.open(target)
    try:
        return await explain(session, request)
    finally:
        await session.close()
