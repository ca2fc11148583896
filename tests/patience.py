"""How long a test waits for what has to come: long past any machine's worst mood, and far short of
what would come by itself. Nothing is measured by it; that is `tests/bench`.
"""

import asyncio
from collections.abc import Callable
from time import monotonic

IN_VAIN_S = 20.0
_COMES_S = 120.0


async def until(holds: Callable[[], object], comes_s: float = _COMES_S) -> None:
    """Wait by the clock for what has to come, and see it within a hundredth of a second."""
    end = monotonic() + comes_s
    while not holds():
        assert monotonic() < end, "it never came"
        await asyncio.sleep(0.01)
