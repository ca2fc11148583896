"""`studio explain TARGET SQL`: the part that needs a database."""

import asyncio
import re
import sys
from collections.abc import Iterator
from dataclasses import replace

from studio.backends.halves.finding_ids import named_by
from studio.backends.halves.syntax import syntax_of
from studio.backends.plans.consent import NeedsConsent, NothingToExplain
from studio.backends.registry import backend
from studio.backends.target import Target
from studio.cli.explain_report import Told
from studio.db.session import Session
from studio.db.url import parse
from studio.explain.run import Request, Run, explain
from studio.export.printable import printable
from studio.model.errors import ConnectFailed, StudioError
from studio.sqltext.fingerprint import fingerprint
from studio.sqltext.split import Statement, split
from studio.sqltext.syntax import Syntax

NAMED = re.compile(r"--+\s*(?:@?name)[:\s]\s*(\S+)[^\n]*\s*$", re.IGNORECASE)
"""The comment that many tools name a statement by, right above it."""


def explain_on(target: str, request: Request) -> list[Told]:
    """Explain one statement; asks on the terminal before a run that writes.

    Raises StudioError; without a terminal and without consent, the question itself.
    """
    parsed, syntax = _parsed(target)
    run = _asked(parsed, request)
    return [Told("", fingerprint(request.sql, syntax), run.shown, stopped=run.stopped)]


def explain_all(target: str, source: str, request: Request) -> list[Told]:
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
            run = _asked(parsed, replace(request, sql=statement.text))
        except ConnectFailed:
            raise
        except StudioError as error:
            told.append(Told(name, key, None, error))
        else:
            told.append(Told(name, key, run.shown, stopped=run.stopped))
    return told


def finding_ids(target: str) -> frozenset[str]:
    """The ids that the engine behind a target names. Raises StudioError."""
    return named_by(backend(_parsed(target)[0].backend))


def _parsed(target: str) -> tuple[Target, Syntax]:
    parsed = parse(target)
    return parsed, syntax_of(backend(parsed.backend))


def _statements(text: str, source: str, syntax: Syntax) -> Iterator[tuple[str, str, Statement]]:
    """Each with its name in the report and its key in a baseline, which no other has."""
    taken: dict[str, int] = {}
    for statement in split(text, syntax):
        if not statement.text:
            continue
        line = text.count("\n", 0, statement.start) + 1
        named = NAMED.search(statement.before)
        key = named[1] if named else fingerprint(statement.text, syntax)
        taken[key] = taken.get(key, 0) + 1
        own = key if taken[key] == 1 else f"{key}#{taken[key]}"
        yield f"{source}:{line}{f' {named[1]}' if named else ''}", own, statement


def _asked(target: Target, request: Request) -> Run:
    try:
        run = asyncio.run(_explain(target, request))
    except NeedsConsent as needed:
        if not (sys.stdin.isatty() and sys.stderr.isatty()) or not _agreed(needed):
            raise
        run = asyncio.run(_explain(target, replace(request, analyze=True, consent=True)))
    if run.client_ms is not None:
        print(f"{run.client_ms:,.1f} ms seen from here", file=sys.stderr)
    return run


def _agreed(needed: NeedsConsent) -> bool:
    print(f"studio: {printable(str(needed), lines=True)}", file=sys.stderr)
    print("Run it? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


async def _explain(target: Target, request: Request) -> Run:
    session = await Session.open(target)
    try:
        return await explain(session, request)
    finally:
        await session.close()
