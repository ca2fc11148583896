"""Transactions that are open in tabs, for whoever is somewhere else."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from textual.screen import Screen

from studio.model.words import plural
from studio.ui.shell.tab import Tab
from studio.ui.widgets.labels import plain

SIGN = "○"
"""Behind the title of a tab with an open transaction."""
RUNNING_SIGN = "●"
_NAMED = 2


class OpenTransaction(NamedTuple):
    """One of them, and where it is."""

    number: int
    """Of its tab, as the bar counts."""
    title: str
    holds_database: bool
    """Whether nobody else can write until it ends."""

    @property
    def way_out(self) -> str:
        """What it may hold up, and how that ends."""
        tab = f"tab {self.number} ({self.title})"
        if self.holds_database:
            return f"{tab} holds the lock: ctrl+t there ends it"
        return f"a transaction is open in {tab}: ctrl+t there ends it"


def name_of(title: str) -> str:
    """A tab's title without signs."""
    return plain(title.removesuffix(f" {RUNNING_SIGN}").removesuffix(f" {SIGN}"))


def open_in(tabs: Iterable[Tab], *, but: Tab | None = None) -> tuple[OpenTransaction, ...]:
    """Those of other tabs than `but`, in order."""
    found = ((n, tab, tab.standing) for n, tab in enumerate(tabs, 1) if tab is not but)
    return tuple(
        OpenTransaction(number, name_of(tab.tab_title), standing.holds_database)
        for number, tab, standing in found
        if standing.is_open
    )


def ways_out(screens: Sequence[Screen[object]], *, but: Tab | None = None) -> list[str]:
    """What may be in the way of who is kept out; dialogs stand over the tabs."""
    return [held.way_out for screen in screens for held in open_in(screen.query(Tab), but=but)]


def elsewhere(found: Sequence[OpenTransaction]) -> str:
    """`1 transaction open in query 3`; empty: none is."""
    if not found:
        return ""
    titles = ", ".join(held.title for held in found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"{plural(len(found), 'transaction')} open in {titles}{more}"
