"""How far a long script has come, on stderr: nothing of a short one."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

from studio.cli.streams import is_terminal

_QUIET_S = 2.0
_EVERY_S = 0.5
_LINE_EVERY_S = 30.0
"""Where nobody looks at it as it comes: in a log."""


@asynccontextmanager
async def progress(done: Callable[[], int], total: int) -> AsyncIterator[None]:
    """Tell how many of `total` statements are done, as long as the block runs."""
    telling = asyncio.ensure_future(_tell(done, total))
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.wait([telling])


async def _tell(done: Callable[[], int], total: int) -> None:
    started, redraws = monotonic(), is_terminal(sys.stderr)
    told = False
    await asyncio.sleep(_QUIET_S if redraws else _LINE_EVERY_S)
    try:
        while True:
            seconds = monotonic() - started
            line = f"statement {min(done() + 1, total):,} of {total:,} · {seconds:.0f} s"
            print(
                f"\r\x1b[K{line}" if redraws else line, end="" if redraws else "\n", file=sys.stderr
            )
            sys.stderr.flush()
            told = True
            await asyncio.sleep(_EVERY_S if redraws else _LINE_EVERY_S)
    finally:
        if told and redraws:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
