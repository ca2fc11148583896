"""Work in a thread that nobody has to wait for: not its cancellation, not the end of the app."""

import asyncio
import contextlib
from collections.abc import Callable
from threading import Event, Thread
from typing import TypeVar

Result = TypeVar("Result")


async def detached(work: Callable[[Callable[[], bool]], Result]) -> Result:
    """What `work` returns or raises; it is given a function that says when to stop.

    The interpreter joins the threads of an executor as it ends, so one that hangs on a slow file
    system would keep the app from quitting: this one is left behind.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Result] = loop.create_future()
    stop = Event()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if outcome.done():
            return
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: Result | None = None
        error: BaseException | None = None
        try:
            result = work(stop.is_set)
        except BaseException as raised:  # noqa: BLE001 - handed to whoever waits, as executors do
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)

    Thread(target=run, name="detached", daemon=True).start()
    try:
        return await outcome
    finally:
        stop.set()
