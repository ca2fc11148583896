"""A plan as lines of a table, whatever engine made it: what a view draws, folds and colours.

Nothing is formatted before its line is looked at, so that 10,000 nodes cost no more than a screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from studio.model.finding import Finding, Severity

COSTS_NOTHING = 0.005
"""A subtree below this share of the whole is folded in large plans."""
SAME, GONE, NEW, CHANGED = " ", "-", "+", "~"
"""What became of a line between two runs."""
ROLES = {GONE: "gone", NEW: "new", CHANGED: "factor", SAME: "name"}
"""The roles of their pieces."""


class Heat(StrEnum):
    """What bars and colours show."""

    TIME = "time"
    BUFFERS = "buffers"
    COST = "cost"
    ESTIMATE = "estimate"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Metric:
    """What is told of each node in a column of its own: its time, rows, blocks."""

    key: str
    title: str
    width: int


@dataclass(frozen=True, slots=True)
class OutlinePiece:
    """A piece of a line and what it says: name, condition, mark, dim, factor, new, gone."""

    text: str
    role: str = ""


class Outline(Protocol):
    """Lines in the order of the plan, parents before children."""

    heat: Heat
    is_whole: bool
    """Whether the shares of all lines add up to the whole."""

    @property
    def parents(self) -> Sequence[int | None]:
        """The line above each line in the tree."""

    def columns(self) -> tuple[Metric, ...]:
        """Every column that holds something, most important first."""

    def cell(self, line: int, key: str) -> str:
        """The text of a column in a line."""

    def share(self, line: int) -> float:
        """The bar's length, 0 to 1, of the line alone."""

    def below(self, line: int) -> float:
        """The same for the line and everything under it."""

    def words(self, line: int, room: int) -> list[OutlinePiece]:
        """The node in at most about `room` characters, the most telling first."""

    def is_dim(self, line: int) -> bool:
        """Whether the line did not run."""

    def path(self, line: int) -> str:
        """What findings call it; empty for lines that are no nodes."""

    def heats(self) -> tuple[Heat, ...]:
        """What can be shown of this plan."""


def marks_of(findings: Sequence[Finding]) -> dict[str, list[int]]:
    """Path → numbers of its findings, from 1; information is not marked."""
    marks: dict[str, list[int]] = {}
    for number, finding in enumerate(findings, start=1):
        if finding.path is not None and finding.severity is not Severity.INFO:
            marks.setdefault(finding.path, []).append(number)
    return marks


PARTS = frozenset({Heat.TIME, Heat.BUFFERS, Heat.COST})
"""Heats whose shares add up to the whole."""
