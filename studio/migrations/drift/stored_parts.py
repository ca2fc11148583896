"""What the server itself says of constraints, indexes, rules, sequences and types, compared whole.

Only where both sides are in its words: where the migrations were replayed on it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from studio.migrations.drift.sides import named
from studio.model.catalog import TableRef
from studio.model.migration import Drift
from studio.model.stored import StoredPart

_KINDS = {
    "constraint": ("constraint", "primary_key", "foreign_key", "check", "index"),
    "index": ("index", "primary_key", "constraint"),
    "column": ("identity", "column", "type"),
    "trigger": ("trigger",),
    "enum": ("enum",),
}
"""Under which other kinds of drift the same thing may have been told already."""
_WORD = re.compile(r"\w+")
_MISSING = re.compile("^(missing|extra|renamed)_")


def parts(
    declared: Sequence[StoredPart],
    live: Sequence[StoredPart],
    default: str | None,
    told: Iterable[Drift],
    ignored: frozenset[str],
) -> Iterator[Drift]:
    """Every difference that `told` has no word of yet; `default` is where unqualified names go."""
    wanted = {_key(p): _words(p, default) for p in declared}
    found = {_key(p): _words(p, default) for p in live if p.schema == default}
    known = _Known(told)
    for key in sorted(wanted.keys() | found.keys()):
        kind, owner, name = key
        one, two = wanted.get(key, ""), found.get(key, "")
        if one == two or ignored & {owner, name} or known.has(kind, owner, name):
            continue
        if known.follows(owner, f"{one} {two}"):
            continue
        place = named(TableRef(default, owner or name))
        where = f"{place}.{name}" if owner and name else place
        yield Drift(_kind(kind, one, two), where, one, two)


class _Known:
    """What was told of before: a thing itself, or the table or the column it is of."""

    def __init__(self, told: Iterable[Drift]) -> None:
        self._whole: set[str] = set()
        self._renamed: set[str] = set()
        self._told: set[tuple[str, str]] = set()
        for item in told:
            path = item.object.replace('"', "").split(".")
            kind = _MISSING.sub("", item.kind)
            if kind != item.kind and kind in {"table", "column", "view"}:
                self._whole.add(".".join(path[-2:] if kind == "column" else path[-1:]))
            self._told.add((kind, path[-1]))
            if item.kind.startswith("renamed_"):
                names = (item.object, item.declared, item.database)
                self._renamed |= {name.rpartition(".")[2] for name in names}

    def has(self, kind: str, owner: str, name: str) -> bool:
        """Whether another difference says it."""
        if owner in self._whole or f"{owner}.{name}" in self._whole:
            return True
        if ("primary_key", owner) in self._told and kind == "constraint":
            return True
        at = owner if kind == "table_options" else name
        return any((other, at) in self._told for other in _KINDS.get(kind, (kind,)))

    def follows(self, owner: str, said: str) -> bool:
        """Whether it only says another name where one was changed."""
        return owner in self._renamed or not self._renamed.isdisjoint(_WORD.findall(said))


def _key(part: StoredPart) -> tuple[str, str, str]:
    return part.kind, part.owner, part.name


def _words(part: StoredPart, default: str | None) -> str:
    """Its text without the schema it is in."""
    text = part.said
    for schema in {part.schema, default} - {None, ""}:
        text = text.replace(f"{schema}.", "")
    return text


def _kind(kind: str, declared: str, live: str) -> str:
    if kind in {"column", "table_options"} or (declared and live):
        return {"column": "column_options"}.get(kind, kind)
    return f"missing_{kind}" if declared else f"extra_{kind}"
