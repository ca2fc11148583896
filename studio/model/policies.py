"""Which rows of a table whom a server shows: PostgreSQL's row level security."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """One rule, with its conditions as the source writes them."""

    name: str
    command: str = "ALL"
    """ALL, SELECT, INSERT, UPDATE or DELETE."""
    permissive: bool = True
    """Whether it lets rows through that no other policy does; else it holds back."""
    roles: tuple[str, ...] = ("public",)
    using: str | None = None
    """Which rows are there."""
    check: str | None = None
    """Which rows may be written."""


@dataclass(frozen=True, slots=True)
class Policing:
    """Whether a table's policies count, and which they are."""

    enabled: bool = False
    forced: bool = False
    """For the owner too."""
    policies: tuple[Policy, ...] = ()
