"""The fix of a finding in a schema file's own words."""

from collections.abc import Callable, Mapping, Sequence

from studio.migrations.declarations.drizzle import keys_of
from studio.migrations.declarations.places import (
    Declaration,
    Declarations,
    DeclaredTable,
    columns_of,
)
from studio.model.health import HealthFinding

_Words = Callable[[HealthFinding, Declaration, DeclaredTable], str]
_DROPPED = frozenset({"duplicate_index", "redundant_index", "unused_index"})


def fix_in_words(declarations: Declarations, finding: HealthFinding) -> str:
    """What to write there instead; empty where nobody can say it of this finding."""
    place, table = declarations.of(finding), declarations.table(finding)
    if place is None or table is None:
        return ""
    if finding.check in _DROPPED and place in table.indexes.values():
        return "take this index out"
    words = _WORDS.get(place.framework, {}).get(finding.check)
    return "" if words is None else words(finding, place, table)


def _column(finding: HealthFinding) -> str:
    return finding.object.rpartition(".")[2]


def _quoted(name: str) -> str:
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _keys(finding: HealthFinding, table: DeclaredTable) -> Sequence[str]:
    return keys_of(table, columns_of(finding))


def _drizzle_index(finding: HealthFinding, _: Declaration, table: DeclaredTable) -> str:
    name = _quoted("_".join([table.name, *columns_of(finding), "idx"]))
    on = ", ".join(f"t.{key}" for key in _keys(finding, table))
    return f"index({name}).on({on}) in what the table's third argument returns: (t) => [ … ]"


def _drizzle_default(finding: HealthFinding, place: Declaration, _: DeclaredTable) -> str:
    is_number = place.text.partition(":")[2].lstrip().startswith(("integer", "bigint"))
    if not is_number:
        return ".default(sql`CURRENT_TIMESTAMP`)"
    is_seconds = "'timestamp'" in place.text or '"timestamp"' in place.text
    del finding
    return f".default(sql`({'unixepoch()' if is_seconds else 'unixepoch() * 1000'})`)"


def _drizzle_type(made: str, options: str = "") -> _Words:
    def words(finding: HealthFinding, place: Declaration, _: DeclaredTable) -> str:
        return f"{place.key}: {made}({_quoted(_column(finding))}{options})"

    return words


def _prisma_index(finding: HealthFinding, _: Declaration, table: DeclaredTable) -> str:
    return f"@@index([{', '.join(_keys(finding, table))}])"


def _said(words: str) -> _Words:
    return lambda _finding, _place, _table: words


_WORDS: Mapping[str, Mapping[str, _Words]] = {
    "drizzle": {
        "foreign_key_without_index": _drizzle_index,
        "timestamp_default_text": _drizzle_default,
        "timestamp_without_time_zone": _drizzle_type("timestamp", ", { withTimezone: true }"),
        "uuid_as_text": _drizzle_type("uuid"),
        "json_not_jsonb": _drizzle_type("jsonb"),
        "surprising_affinity": _drizzle_type("text"),
    },
    "prisma": {
        "foreign_key_without_index": _prisma_index,
        "timestamp_without_time_zone": _said("@db.Timestamptz(3)"),
        "uuid_as_text": _said("@db.Uuid"),
        "json_not_jsonb": _said("@db.JsonB"),
        "money_as_float": _said("Decimal in place of Float"),
    },
    "django": {
        "foreign_key_without_index": _said("leave out db_index=False"),
        "money_as_float": _said("models.DecimalField(max_digits=…, decimal_places=2)"),
        "uuid_as_text": _said("models.UUIDField()"),
    },
}
