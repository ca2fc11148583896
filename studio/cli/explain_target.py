"""`studio explain TARGET SQL`: the part that needs a database."""

import asyncio
import sys

from studio.db.session import Session
from studio.db.url import parse
from studio.explain.consent import NeedsConsent
from studio.explain.report import Explained, SqliteExplained
from studio.explain.run import Request, Run, explain


def explain_on(target: str, sql: str, *, analyze: bool, yes: bool) -> Explained | SqliteExplained:
    """Explain one statement; asks on the terminal before a run that writes.

    Raises StudioError; without a terminal and without `yes`, the question itself.
    """
    request = Request(sql, analyze=analyze, consent=yes)
    try:
        run = asyncio.run(_explain(target, request))
    except NeedsConsent as needed:
        if not (sys.stdin.isatty() and sys.stderr.isatty()) or not _agreed(needed):
            raise
        agreed = Request(sql, analyze=True, consent=True)
        run = asyncio.run(_explain(target, agreed))
    if run.client_ms is not None:
        print(f"{run.client_ms:,.1f} ms seen from here", file=sys.stderr)
    return run.shown


def _agreed(needed: NeedsConsent) -> bool:
    print(f"studio: {needed}", file=sys.stderr)
    print("Run it? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


async def _explain(target: str, request: Request) -> Run:
    session = await Session.open(parse(target))
    try:
        return await explain(session, request)
    finally:
        await session.close()
