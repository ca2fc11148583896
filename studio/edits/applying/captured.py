"""What a change set does not say itself, kept beside it so that it can be taken back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from studio.edits.applying.reading import Row
from studio.edits.journal.encoding import Json, decoded_row, encoded_row
from studio.model.catalog import TableRef


@dataclass(frozen=True, slots=True)
class Severed:
    """A row that lost its reference because the row it referred to went."""

    table: TableRef
    columns: tuple[str, ...]
    row: Row
    """Before it happened."""
    now: Row | None = None
    """As the set left it; None: not looked at, its columns are NULL."""


@dataclass(slots=True)
class Captured:
    """What a change set does not say itself, read inside its transaction."""

    old: dict[int, Row] = field(default_factory=dict)
    """By change: the whole row before it."""
    left: dict[int, Row] = field(default_factory=dict)
    """By change: the whole row as the set left it."""
    cascaded: list[tuple[TableRef, Row]] = field(default_factory=list)
    """Rows that went along."""
    severed: list[Severed] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What cannot be taken back, each a sentence."""
    homes: dict[int, TableRef] = field(default_factory=dict)
    """By change: the table its row lies in, where the table it names only shows it. Then `old` and
    `left` are rows of that one.
    """
    lost: set[int] = field(default_factory=set)
    """Changes after which nothing names their row: a trigger or a rule made something else of it,
    or another row looks the same.
    """
    overtaken: set[int] = field(default_factory=set)
    """Changes whose row, which has no key, a later one of the set changed again: what it was before
    both is in `old` of that one.
    """

    def encoded(self) -> dict[str, Json]:
        """The same as JSON, which the journal keeps; `decoded_captured` reads it back."""
        return {
            "old": {str(index): encoded_row(row) for index, row in self.old.items()},
            "left": {str(index): encoded_row(row) for index, row in self.left.items()},
            "homes": [[index, *ref] for index, ref in self.homes.items()],
            "lost": list[Json](sorted(self.lost)),
            "overtaken": list[Json](sorted(self.overtaken)),
            "cascaded": [[ref.schema, ref.name, encoded_row(row)] for ref, row in self.cascaded],
            "severed": [
                [
                    one.table.schema,
                    one.table.name,
                    list(one.columns),
                    encoded_row(one.row),
                    None if one.now is None else encoded_row(one.now),
                ]
                for one in self.severed
            ],
            "notes": list(self.notes),
        }


def decoded_captured(found: Mapping[str, Json]) -> Captured:
    """From the journal. Raises KeyError, TypeError, ValueError when it is torn."""
    rows = {
        part: {int(index): _row(row) for index, row in cast("dict[str, Json]", found[part]).items()}
        for part in ("old", "left")
    }
    cascaded = cast("list[tuple[str | None, str, Json]]", found["cascaded"])
    severed = cast("list[list[Json]]", found["severed"])
    homes = cast("list[tuple[int, str | None, str]]", found.get("homes", []))
    return Captured(
        rows["old"],
        rows["left"],
        [(TableRef(schema, name), _row(row)) for schema, name, row in cascaded],
        [_severed(*one) for one in severed],
        [str(note) for note in cast("list[Json]", found["notes"])],
        {index: TableRef(schema, name) for index, schema, name in homes},
        set(cast("list[int]", found.get("lost", []))),
        set(cast("list[int]", found.get("overtaken", []))),
    )


def _severed(schema: Json, name: Json, columns: Json, row: Json, now: Json = None) -> Severed:
    """Journals of the first format do not say how the row was left."""
    return Severed(
        TableRef(cast("str | None", schema), cast("str", name)),
        tuple(cast("list[str]", columns)),
        _row(row),
        None if now is None else _row(now),
    )


def _row(found: Json) -> Row:
    return cast("Row", decoded_row(found, "row"))
