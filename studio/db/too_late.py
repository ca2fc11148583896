"""Work that a cancel does not reach, because what it would take back has happened."""

import asyncio
from collections.abc import Coroutine


async def to_its_end(work: Coroutine[object, object, None]) -> None:
    """A cancel meanwhile comes too late to be heard: what ran has ended, and is told."""
    running, task = asyncio.ensure_future(work), asyncio.current_task()
    while not running.done():
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            if task is not None:
                task.uncancel()
