"""What an engine tells of a statement while it runs in a transaction of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from studio.model.catalog import TableRef


@dataclass(frozen=True, slots=True)
class Following:
    """One statement that is being counted."""

    before: str
    """Which database it met, and in what shape: another text, another answer."""
    rows: Callable[[], Mapping[TableRef, int]]
    """Rows it changed by now, cascades and triggers included, tables without any left out. Empty
    where there is no more to know than the statement's own count.
    """


@dataclass(frozen=True, slots=True)
class HeldLocks:
    """What an open transaction holds."""

    session: str
    """How the engine calls the connection, for who asks about it from another one."""
    locks: tuple[str, ...]
    """Each in words: what is locked, and what others cannot do meanwhile."""
