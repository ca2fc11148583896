"""Which relation the first screen shows, and which one a person means by a name."""

import re
from collections.abc import Sequence

from studio.model.relation import TableRef, TableSummary

_MACHINERY = re.compile(
    r".*migrations?(_lock|_history)?|schema_(version|history|info)|alembic_version|"
    r"flyway_.*|databasechangelog(lock)?|ar_internal_metadata|goose_db_version|"
    r"spatial_ref_sys|django_.*|pg_stat_.*",
    re.IGNORECASE,
)
"""What tools keep for themselves, however many rows it has."""
_RECORDS = re.compile(
    r"^_|(?:^|_)(?:logs?|audits?|history|versions?|sessions?|tokens?|caches?|jobs?|queues?|locks?|"
    r"events?|notifications?|settings?|config|tmp|temp|old|backup|bak)(?:$|_)",
    re.IGNORECASE,
)
"""What is written beside the things that an application is about."""


def wanted_table(summaries: Sequence[TableSummary], wanted: str | None) -> TableRef | None:
    """The relation to show first: the one called `wanted`, else the most telling: with rows of
    its own, about things and not about what happened to them, and the largest where that is known.
    """
    if wanted:
        return named_table(summaries, wanted)
    ordinary = [s for s in summaries if s.kind.is_plain]
    if ordinary:
        return min(ordinary, key=_lack).ref
    theirs = [s for s in summaries if not s.kind.is_internal]
    return theirs[0].ref if theirs else None


def is_telling(summary: TableSummary) -> bool:
    """Whether a relation is about things, by its name."""
    name = summary.ref.name
    return _MACHINERY.fullmatch(name) is None and _RECORDS.search(name) is None


def _lack(summary: TableSummary) -> tuple[bool, bool, bool, int]:
    """What speaks against showing it first; the first of equals wins."""
    name, rows = summary.ref.name, summary.row_estimate
    return (
        _MACHINERY.fullmatch(name) is not None,
        rows == 0,
        _RECORDS.search(name) is not None,
        -(rows or 0),
    )


def named_table(summaries: Sequence[TableSummary], text: str) -> TableRef | None:
    """The relation a person called `text` (`name` or `schema.name`); exact case wins."""
    folded = text.casefold()
    loosely = None
    for ref in (summary.ref for summary in summaries):
        if text in {str(ref), ref.name}:
            return ref
        if loosely is None and folded in {str(ref).casefold(), ref.name.casefold()}:
            loosely = ref
    return loosely
