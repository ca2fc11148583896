"""Relations that somebody has locked: what is not looked at, and because of whom."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from studio.model.health import Blind

LOCK_REFUSED = "55P03"
"""SQLSTATE of a lock that was not had in time."""
_MOST_NAMED = 3
_NOBODY = "'{}'::oid[]"
"""Where `relation.sql` names what is left out."""


class LockedRelations:
    """What one examination leaves out from its first lock timeout on: each check would wait for it
    anew, and those who want to write wait behind each of them.
    """

    def __init__(self) -> None:
        self._oids: set[int] = set()
        self._names: dict[str, dict[str, None]] = {}
        """Relations by what became of them, in the order they were met."""
        self.met = False
        """Whether something was locked, ever."""

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Of `queries/locked.sql`."""
        self.met = True
        for row in (json.loads(one["locked"]) for one in rows):
            self._oids.update(cast("list[int]", row["oids"]))
            self._names.setdefault(_by_whom(row), {})[str(row["name"])] = None

    def left_out(self, sql: str) -> str:
        """The question, about the other relations alone."""
        return sql.replace(_NOBODY, f"'{{{','.join(map(str, sorted(self._oids)))}}}'::oid[]")

    def blind(self, check: str, why: str = "") -> Iterator[Blind]:
        """What `check` did not see; `why`: it saw nothing."""
        said = [f"at {_listed(tuple(names))}, {how}" for how, names in self._names.items()]
        if why and not said:
            said.append(why)
        if said:
            more = [f"{len(said) - _MOST_NAMED:,} more"] if len(said) > _MOST_NAMED else []
            whole = "; ".join((*said[:_MOST_NAMED], *more))
            yield Blind(check, whole, "`studio activity` shows who waits for whom")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"


def _by_whom(row: Mapping[str, Any]) -> str:
    if row["pid"] is None:
        return "which a prepared transaction has locked"
    who = ", ".join(str(one) for one in (row["role"], row["application"]) if one)
    does = "has locked" if row["granted"] else "waits to lock"
    return f"which pid {row['pid']}{f' ({who})' if who else ''} {does}"
