"""What the helper process does: look at a database once, and hand over the first screen."""

import gc
import pickle
from typing import BinaryIO

from studio.backends.registry import look_here
from studio.backends.target import Target


def answer(target: Target, table: str | None, page_rows: int, answering: BinaryIO) -> bool:
    """Write a pickled FirstRows; False when there is none. Raises StudioError."""
    # This process lives for half a second: nothing it makes is worth collecting.
    gc.disable()
    if not look_here(target):
        return False
    from studio.rows.first_rows.reading import read  # noqa: PLC0415 SQLAlchemy: what takes long comes last

    seen = read(target, table, page_rows)
    if seen is None:
        return False
    pickle.dump(seen, answering, pickle.HIGHEST_PROTOCOL)
    return True
