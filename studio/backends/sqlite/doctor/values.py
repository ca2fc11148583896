"""What is stored, by samples from both ends of each table."""

import re
from collections.abc import Iterator
from time import time

from studio.backends.halves.checking import HealthCheck
from studio.backends.sqlite.doctor.columns import columns
from studio.backends.sqlite.doctor.keys import name_literal
from studio.backends.sqlite.doctor.look import FileCheck, FileCheckup, name_of
from studio.backends.sqlite.doctor.meaning import depending, refusal
from studio.backends.sqlite.doctor.profiles import (
    DATE_ONLY,
    NUMERIC_FORMS,
    ColumnProfile,
    is_end_name,
    snaked,
)
from studio.backends.sqlite.doctor.rebuilding import COST, edited, rebuilt, retyped, with_more
from studio.backends.sqlite.types import Affinity, kept_by
from studio.model.catalog import Column, Table
from studio.model.health import FaultyRows, HealthFinding, HealthSeverity
from studio.model.words import plural

_DAY_S = 86_400
_NUMBERS = frozenset({"integer", "real"})
_NUMERIC = frozenset({Affinity.INTEGER, Affinity.REAL})
_ENUM = re.compile(
    r"(^|_)(status|state|kind|type|role|level|priority|stage|phase|severity|visibility)$", re.I
)
_MANY, _ENOUGH = 1000, 500
_FEWEST_JSON = 50
_MOST_KINDS = 12


def _profiled(look: FileCheckup) -> Iterator[tuple[Table, Column, str, ColumnProfile]]:
    for table, column, name in columns(look):
        found = look.profile(table).columns.get(column.name)
        if found is not None and found.values:
            yield table, column, name, found


def _sampled(found: ColumnProfile, *, whole: bool) -> str:
    return plural(found.values, "row") + ("" if whole else " sampled")


def _is_mixed_time(found: ColumnProfile) -> bool:
    return len(found.forms.keys() - {DATE_ONLY}) > 1


def mixed_timestamp_format(look: FileCheckup) -> Iterator[HealthFinding]:
    """Moments in more than one form: they sort and compare wrong."""
    for table, column, name, found in _profiled(look):
        if not _is_mixed_time(found):
            continue
        has_numbers = bool(found.forms.keys() & NUMERIC_FORMS)
        counts = ", ".join(f"{count:,} {form}" for form, count in found.forms.most_common())
        rows = _sampled(found, whole=look.wishes.full)
        yield HealthFinding(
            "mixed_timestamp_format",
            name,
            HealthSeverity.ERROR if has_numbers else HealthSeverity.WARNING,
            f"{column.name} holds moments in {len(found.forms)} forms in {rows}: {counts}",
            {"forms": dict(found.forms), "sampled": found.values, "declared": column.type_name},
            _one_form(look, table, column, found),
            "rewrites the rows in the other forms under the write lock",
            "; ".join(_doubts(look, column)),
            name_of(table),
            rows=_other_forms(look, column, found),
        )


def _doubts(look: FileCheckup, column: Column) -> Iterator[str]:
    if not look.wishes.full:
        yield "times in the middle of the table were not looked at"
    if column.default is not None and column.default.upper() != "NULL":
        yield f"a row without {column.name} still gets DEFAULT {column.default}: see its form"


def _other_forms(look: FileCheckup, column: Column, found: ColumnProfile) -> FaultyRows | None:
    """The rows in another form than most; None where a person has to say which one is meant."""
    changes = _changes(look, column, found)
    if not changes:
        return None
    cases = " ".join(f"WHEN {where} THEN {value}" for where, value in changes)
    return FaultyRows(
        " OR ".join(f"({where})" for where, _ in changes), column.name, f"CASE {cases} END"
    )


def _one_form(look: FileCheckup, table: Table, column: Column, found: ColumnProfile) -> str:
    """An UPDATE to the form that most values have."""
    name, written = look.written(table.ref.name), look.written(column.name)
    if changes := _changes(look, column, found):
        return "\n".join(
            f"UPDATE {name} SET {written} = {value} WHERE {where};" for where, value in changes
        )
    kinds = f"typeof({written}), count(*), min({written}), max({written})"
    return f"SELECT {kinds} FROM {name} GROUP BY 1;"


def _changes(look: FileCheckup, column: Column, found: ColumnProfile) -> list[tuple[str, str]]:
    """Conditions, and the value that rows get where one holds: the form that most values have. A
    text that is no moment stays as it is.
    """
    written = look.written(column.name)
    forms = [form for form, _ in found.forms.most_common() if form != DATE_ONLY]
    number = next((form for form in forms if form in NUMERIC_FORMS), None)
    if number is not None and kept_by(column) is not Affinity.TEXT:
        unit = {"seconds": 1, "milliseconds": 1000, "microseconds": 1_000_000}
        of_text = (
            f"typeof({written}) = 'text' AND {written} LIKE '____-__-__%' "
            f"AND strftime('%s', {written}) IS NOT NULL",
            f"CAST(strftime('%s', {written}) AS INTEGER) * {unit[number]}",
        )
        of_numbers = [
            (
                f"typeof({written}) IN ('integer', 'real') AND abs({written}) "
                f"BETWEEN {5e8 * unit[form]:.0f} AND {5e9 * unit[form]:.0f}",
                f"CAST({written} * {unit[number] / unit[form]} AS INTEGER)",
            )
            for form in forms
            if form in NUMERIC_FORMS and form != number
        ]
        return [of_text, *of_numbers]
    if "text, T" in forms and "text, space" in forms:
        return [
            (
                f"{written} LIKE '____-__-__ __:__%' AND strftime('%s', {written}) IS NOT NULL",
                f"strftime('%Y-%m-%dT%H:%M:%fZ', {written})",
            )
        ]
    return []


def mixed_storage_classes(look: FileCheckup) -> Iterator[HealthFinding]:
    """Values of several storage classes, or of another than the column's."""
    for table, column, name, found in _profiled(look):
        if _is_mixed_time(found) or not _is_mixed(column, found):
            continue
        depend = depending(look, table, column) if kept_by(column) is Affinity.NUMERIC else ()
        counts = ", ".join(f"{count:,} {kind}" for kind, count in found.classes.most_common())
        rows = _sampled(found, whole=look.wishes.full)
        yield HealthFinding(
            "mixed_storage_classes",
            name,
            HealthSeverity.WARNING,
            f"{column.name} ({column.type_name}) holds {counts} in {rows}",
            {
                "classes": dict(found.classes),
                "sampled": found.values,
                "declared": column.type_name,
            },
            "" if depend else _one_class(look, table, column),
            refusal("text", depend) if depend else _cost(column),
            "values in the middle of the table were not looked at" if not look.wishes.full else "",
            name_of(table),
            rows=_odd_rows(look, column),
        )


def _cost(column: Column) -> str:
    if kept_by(column) is Affinity.TEXT:
        return "what is no text becomes the text of its bytes or digits: read the rows first"
    return (
        "changes texts that are numbers alone; what else the SELECT lists stays as it is until "
        "somebody says what it means"
    )


def _is_mixed(column: Column, found: ColumnProfile) -> bool:
    kinds = found.classes.keys()
    if len(kinds) > 1:
        free = kept_by(column) is Affinity.BLOB or column.type_name.upper() == "ANY"
        return not kinds <= _NUMBERS and not free
    return kept_by(column) in _NUMERIC and "text" in kinds


def _one_class(look: FileCheckup, table: Table, column: Column) -> str:
    name, written = look.written(table.ref.name), look.written(column.name)
    affinity = kept_by(column)
    if affinity is Affinity.NUMERIC:
        # Whatever is written comes back by the column's own affinity: its type has to go.
        create = edited(look.text_of(table), column.name, retyped("TEXT"))
        as_text = {column.name: f"CAST({written} AS TEXT)"}
        return rebuilt(look, table, create, as_text) if create else ""
    odd = _odd(look, column)
    select = f"SELECT * FROM {name} WHERE {odd};"
    if affinity is Affinity.TEXT:
        change = f"UPDATE {name} SET {written} = CAST({written} AS TEXT) WHERE {odd};"
        return look.noted(select) + change
    number = _is_number(look, column)
    return f"UPDATE {name} SET {written} = CAST({written} AS NUMERIC) WHERE {number};\n{select}"


def _odd_rows(look: FileCheckup, column: Column) -> FaultyRows:
    """Those of another class, of which texts that are numbers are mended."""
    odd = _odd(look, column)
    if kept_by(column) not in _NUMERIC:
        return FaultyRows(odd, column.name)
    becomes = f"CAST({look.written(column.name)} AS NUMERIC)"
    return FaultyRows(odd, column.name, becomes, _is_number(look, column))


def _is_number(look: FileCheckup, column: Column) -> str:
    """Where a text is a number as JSON writes one: `12 kB` and `0012` are none. With up to 15
    characters nothing of it is lost, whichever number it becomes.
    """
    written = look.written(column.name)
    return (
        f"CASE WHEN typeof({written}) = 'text' AND length({written}) <= 15 "
        f"AND json_valid({written}) THEN json_type({written}) IN ('integer', 'real') ELSE 0 END"
    )


def _odd(look: FileCheckup, column: Column) -> str:
    """Where a value is not of the column's own class."""
    right = "'text'" if kept_by(column) is Affinity.TEXT else "'integer', 'real'"
    return f"typeof({look.written(column.name)}) NOT IN ({right}, 'null')"


def enum_text_without_check(look: FileCheckup) -> Iterator[HealthFinding]:
    """A few words again and again, and nothing that keeps others out."""
    for table, column, name, found in _profiled(look):
        few = 2 <= len(found.texts) <= _MOST_KINDS  # noqa: PLR2004 - one word is no choice
        many = found.text_values >= 0.9 * min(_MANY, found.values) and found.values >= 0.9 * _MANY
        if not (_ENUM.search(snaked(column.name)) and few and many) or _is_checked(table, column):
            continue
        if look.bounded(table, _MANY) < _MANY:
            continue
        words = ", ".join(name_literal(word) for word in sorted(found.texts))
        check = f"CHECK ({look.written(column.name)} IN ({words}))"
        create = edited(look.text_of(table), column.name, with_more(check))
        yield HealthFinding(
            "enum_text_without_check",
            name,
            HealthSeverity.NOTICE,
            f"{column.name} holds {len(found.texts)} different words in "
            f"{_sampled(found, whole=look.wishes.full)}, and no CHECK keeps others out",
            {"values": sorted(found.texts), "sampled": found.values},
            rebuilt(look, table, create) if create else "",
            f"stops at a word that is not in the list; {COST}",
            "words that are rare were perhaps not seen; the application may check them",
            name_of(table),
        )


def _is_checked(table: Table, column: Column) -> bool:
    word = re.compile(rf"\b{re.escape(column.name)}\b", re.I)
    return any(word.search(check.expression) for check in table.checks) or any(
        column.name in key.columns for key in table.foreign_keys
    )


def large_json(look: FileCheckup) -> Iterator[HealthFinding]:
    """Documents so long that each lies on pages of its own."""
    for table, _, name, found in _profiled(look):
        if found.values < _FEWEST_JSON or found.json_values <= found.values / 2:
            continue
        mean = found.json_bytes / found.json_values
        if mean > 2 * look.page_bytes:
            yield HealthFinding(
                "large_json",
                name,
                HealthSeverity.NOTICE,
                f"JSON of {mean:,.0f} bytes on average, over two pages of {look.page_bytes:,}: "
                "each is read through a chain of pages",
                {
                    "mean_bytes": round(mean),
                    "page_size": look.page_bytes,
                    "sampled": found.json_values,
                },
                "",
                "a table of its own keeps the other columns' reads short",
                "no fault where it is always read with the row",
                name_of(table),
                mean,
            )


def expired_rows_kept(look: FileCheckup) -> Iterator[HealthFinding]:
    """Rows whose time is over."""
    for table, column, name, found in _profiled(look):
        moments = found.moments
        if not is_end_name(column.name) or found.values < _ENOUGH or not moments:
            continue
        share = sum(moment < time() - _DAY_S for moment in moments) / len(moments)
        if share < 0.5 or look.bounded(table, _MANY) < _MANY:  # noqa: PLR2004 - half of them
            continue
        expired = _expired(look, column, found)
        yield HealthFinding(
            "expired_rows_kept",
            name,
            HealthSeverity.WARNING if share > 0.9 else HealthSeverity.NOTICE,  # noqa: PLR2004 nearly all
            f"{share:.0%} of {len(moments):,} rows sampled expired more than a day ago",
            {"expired_share": round(share, 2), "sampled": len(moments)},
            f"DELETE FROM {look.written(table.ref.name)} WHERE {expired};",
            "locks the file until all of them are deleted, then run it from a job; rows that "
            "reference them go along or stop it",
            "they may be kept as a record",
            name_of(table),
            rows=FaultyRows(expired, column.name),
        )


def _expired(look: FileCheckup, column: Column, found: ColumnProfile) -> str:
    """Where a row's time is over, in the form that most values have."""
    written = look.written(column.name)
    form = found.forms.most_common(1)[0][0]
    unit = {"seconds": "", "milliseconds": " * 1000", "microseconds": " * 1000000"}.get(form)
    now = "datetime('now')" if unit is None else f"CAST(strftime('%s', 'now') AS INTEGER){unit}"
    value = f"datetime({written})" if unit is None else written
    return f"{value} < {now}"


CHECKS = (
    FileCheck(
        HealthCheck(
            "mixed_timestamp_format",
            "moments in several forms",
            (HealthSeverity.ERROR, HealthSeverity.WARNING),
            samples=True,
        ),
        mixed_timestamp_format,
    ),
    FileCheck(
        HealthCheck(
            "mixed_storage_classes",
            "mixed storage classes",
            (HealthSeverity.WARNING,),
            samples=True,
        ),
        mixed_storage_classes,
    ),
    FileCheck(
        HealthCheck(
            "expired_rows_kept",
            "expired rows kept",
            (HealthSeverity.WARNING, HealthSeverity.NOTICE),
            samples=True,
        ),
        expired_rows_kept,
    ),
    FileCheck(
        HealthCheck(
            "enum_text_without_check", "words without CHECK", (HealthSeverity.NOTICE,), samples=True
        ),
        enum_text_without_check,
    ),
    FileCheck(
        HealthCheck("large_json", "large JSON", (HealthSeverity.NOTICE,), samples=True), large_json
    ),
)
