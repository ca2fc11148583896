"""How a state is asked for. Light: a first paint waits for what asks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Saving:
    """How a state is written."""

    is_fleeting: bool = False
    """It need not outlive a crash of the machine, and is not synced."""
    salt: str = ""
    """Of the round of the WAL that is meant, in hex; empty: any."""
