"""The first rows sooner: a helper process reads them while this one is still importing the screen.

Light on purpose: it imports no driver. The process is `studio.rows.first_page`.
"""

import json
import pickle
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.backends.target import Target
    from studio.model.catalog import Table
    from studio.model.page import RowPage
    from studio.model.relation import TableRef, TableSummary

_ENGINES = frozenset({"sqlite", "postgresql"})
"""Engines of which two processes may look at one database."""
_WAIT_S = 1.5
"""Later than this, looking oneself is as fast."""


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What the first screen shows, until the screen's own connection shows the same."""

    label: str
    facts: str
    summaries: "tuple[TableSummary, ...]"
    table: "Table"
    page: "RowPage"


class Looking:
    """A helper process that is on its way."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def result(self) -> FirstLook | None:
        """What it saw; None when it could not, or took too long. Blocks; ends the process."""
        with self._process as process:
            try:
                answer, _ = process.communicate(timeout=_WAIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                return None
        # Our own process wrote this, into a pipe that nobody else holds.
        return cast("FirstLook", pickle.loads(answer)) if process.returncode == 0 else None  # noqa: S301


def begin(target: "Target", table: str | None, page_rows: int) -> Looking | None:
    """Start looking at `target`; None where an engine or a system does not allow it.

    The address goes through a pipe, never through the argument list: it may hold a password.
    """
    if target.backend not in _ENGINES or target.address == ":memory:":
        return None
    question = {
        "address": target.address,
        "read_only": target.read_only,
        "table": table,
        "page_rows": page_rows,
    }
    with suppress(OSError):
        process = subprocess.Popen(
            [sys.executable, "-m", "studio.rows.first_page"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if process.stdin is not None:
            process.stdin.write(json.dumps(question).encode())
            process.stdin.close()
            process.stdin = None
        return Looking(process)
    return None


def wanted_table(summaries: "Sequence[TableSummary]", wanted: str | None) -> "TableRef | None":
    """The relation to show first: the one called `wanted`, else the first with rows of its own."""
    if wanted:
        return named_table(summaries, wanted)
    ordinary = [s for s in summaries if s.kind.is_plain]
    # Names with an underscore in front are tools' own: history tables, queues, caches.
    filled = [s for s in ordinary if s.row_estimate != 0 and not s.ref.name.startswith("_")]
    theirs = [s for s in summaries if not s.kind.is_internal]
    return next((group[0].ref for group in (filled, ordinary, theirs) if group), None)


def named_table(summaries: "Sequence[TableSummary]", text: str) -> "TableRef | None":
    """The relation a person called `text` (`name` or `schema.name`); exact case wins."""
    folded = text.casefold()
    loosely = None
    for ref in (summary.ref for summary in summaries):
        if text in {str(ref), ref.name}:
            return ref
        if loosely is None and folded in {str(ref).casefold(), ref.name.casefold()}:
            loosely = ref
    return loosely
