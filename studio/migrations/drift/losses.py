"""What running a statement of drift would lose, said before the statement itself."""

import re
from dataclasses import replace

from studio.migrations.drift.spelling import plain_type
from studio.model.migration import Drift

_KEEP = {
    "extra_table": "the rows of {object} are lost by this; to keep them, declare the table in a "
    "migration instead",
    "extra_column": "the values of {object} are lost by this; to keep them, declare the column in "
    "a migration instead",
}
_WIDER = {
    "smallint": {"integer", "bigint", "numeric", "real", "doubleprecision"},
    "integer": {"bigint", "numeric", "doubleprecision"},
    "bigint": {"numeric"},
    "real": {"doubleprecision"},
    "character": {"charactervarying", "text"},
    "charactervarying": {"text"},
    "date": {"timestampwithouttimezone", "timestampwithtimezone"},
    "json": {"jsonb", "text"},
}
_ZONED, _UNZONED = "timestampwithtimezone", "timestampwithouttimezone"


def with_losses(item: Drift) -> Drift:
    """The same, with a first line that says what is at stake where something is."""
    warning = _warning(item)
    if not warning or not item.statement or item.statement.startswith("--"):
        return item
    inside = " ".join(warning.split())
    return replace(item, statement=f"-- {inside}\n{item.statement}", loses_data=_loses(item))


def _warning(item: Drift) -> str:
    if item.kind in _KEEP:
        return _KEEP[item.kind].format(object=item.object)
    if item.kind != "type":
        return ""
    declared, live = (_base(side) for side in (item.declared, item.database))
    if {declared, live} == {_ZONED, _UNZONED}:
        column = item.object.rpartition(".")[2]
        return (
            "the times are read as of the session's TimeZone: in which zone are they? say so with "
            f"USING {column} AT TIME ZONE 'UTC', or another one"
        )
    if _narrows(item):
        return f"values of {item.object} that {item.declared} cannot hold are cut or refused"
    return ""


def _loses(item: Drift) -> bool:
    return item.kind in _KEEP or _narrows(item)


def _narrows(item: Drift) -> bool:
    declared, live = (_base(side) for side in (item.declared, item.database))
    if {declared, live} == {_ZONED, _UNZONED}:
        return False
    if declared == live:
        sizes = [re.findall(r"\d+", side) for side in (item.declared, item.database)]
        return bool(sizes[0]) and (not sizes[1] or any(map(_less, *sizes)))
    sized = re.search(r"\(", item.declared) is not None and declared != "text"
    return sized or (declared not in _WIDER.get(live, set()) and declared != "text")


def _less(one: str, two: str) -> bool:
    return int(one) < int(two)


def _base(kind: str) -> str:
    return re.sub(r"\(.*?\)", "", plain_type(kind))
