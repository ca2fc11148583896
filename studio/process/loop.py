"""A command's event loop, which every signal that ends it ends as ctrl+c does."""

import asyncio
import signal
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

from studio.process.signals import ENDING, SIGNALLED

T = TypeVar("T")


def run_to_end(main: Coroutine[object, object, T]) -> T:
    """Run it on a loop of its own, as `asyncio.run` does.

    SIGTERM and SIGHUP, where they end this process, cancel its task and no other: the task that
    waits for a statement stops it inside the database, which it could not do were all cancelled at
    once. Raises SystemExit with a shell's code for the signal then; what ended before the cancel
    came is returned.
    """
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        heard: list[int] = []
        tasks: list[asyncio.Task[object]] = []

        async def whole() -> T:
            task = asyncio.current_task()
            if task is not None:
                tasks.append(task)
                if heard:
                    task.cancel()
            return await main

        def end(number: int, frame: FrameType | None) -> None:
            del frame
            heard.append(number)
            # Only the first: a second one must not interrupt the cleaning up.
            if len(heard) == 1 and tasks:
                tasks[0].cancel()
                loop.call_soon_threadsafe(lambda: None)  # it may wait for nothing else

        with _answering(end):
            try:
                return runner.run(whole())
            except asyncio.CancelledError:
                if not heard:
                    raise
                raise SystemExit(SIGNALLED + heard[0]) from None


@contextmanager
def _answering(end: "signal._HANDLER") -> Iterator[None]:
    """Let `end` hear of the signals that end this process, in the main thread alone."""
    before: dict[signal.Signals, signal._HANDLER] = {}
    if threading.current_thread() is threading.main_thread():
        for number in ENDING:
            if callable(signal.getsignal(number)):
                before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
