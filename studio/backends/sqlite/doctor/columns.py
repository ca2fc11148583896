"""What columns are declared to be, against what SQLite makes of it."""

import re
from collections.abc import Iterator

from studio.backends.halves.checking import HealthCheck
from studio.backends.sqlite.doctor.look import FileCheck, FileCheckup, is_strict, lower, name_of
from studio.backends.sqlite.doctor.meaning import depending, refusal
from studio.backends.sqlite.doctor.profiles import snaked
from studio.backends.sqlite.doctor.rebuilding import (
    COST,
    edited,
    rebuilt,
    retyped,
    strict,
    with_default,
    without_unique,
)
from studio.backends.sqlite.types import Affinity, kept_by
from studio.model.catalog import Column, Index, Table
from studio.model.health import FaultyRows, HealthFinding, HealthSeverity
from studio.model.words import plural

_TEXT_DEFAULT = re.compile(
    r"\(*\s*(current_(timestamp|date|time)|datetime\s*\(.*\)|date\s*\(\s*'now'.*\)|"
    r"time\s*\(\s*'now'.*\)|strftime\s*\(\s*'[^']*%[YHMdjW][^']*'.*\))\s*\)*",
    re.I | re.S,
)
_QUOTED_DEFAULT = re.compile(
    r"[\"'](current_timestamp|current_date|current_time|now\(\)|unixepoch\(\)|"
    r"datetime\('+now'+\))[\"']",
    re.I,
)
_MONEY = re.compile(
    r"(^|_)(price|amount|cost|total|subtotal|balance|fees?|salary|wage|tax|vat|discount|refund|"
    r"payment|revenue|charge|credit|debit|deposit|tip)(_(usd|eur|gbp|net|gross|paid|due|incl|excl|"
    r"before|after|tax|amount|price|total|value|currency))*$",
    re.I,
)
_UPDATED = re.compile(
    r"^(updated|modified|changed|last_modified|last_updated)_?(at|on|time|date)?$", re.I
)
_SOFT = frozenset({"deleted_at", "removed_at", "archived_at", "deleted_on"})
_NAMING = re.compile(
    r"(email|user_?name|slug|name|login|handle|code|sku|number|domain|path)$", re.I
)
_LEFTOVER = re.compile(
    r"^(__new_|_alembic_tmp_|new__|sqlitestudio_temp_table|sqlb_temp_table_|_new_)|"
    r"(__old|_old\d*|_backup_?\d*|_bak)$",
    re.I,
)
_MOST_MONEY = "9e13"
"""Above it, a float tells no cents apart."""
_NUMERIC = frozenset({Affinity.INTEGER, Affinity.REAL})
MILLISECONDS = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
SECONDS = "CAST(strftime('%s', 'now') AS INTEGER)"


def columns(look: FileCheckup) -> Iterator[tuple[Table, Column, str]]:
    """Every column with its object's name."""
    for table in look.tables:
        for column in table.columns:
            yield table, column, f"{name_of(table)}.{column.name}"


# -- defaults --------------------------------------------------------------------------------------


def timestamp_default_text(look: FileCheckup) -> Iterator[HealthFinding]:
    """A default that puts a text where numbers are meant, or its own words."""
    for table, column, name in columns(look):
        default = (column.default or "").strip()
        if kept_by(column) in _NUMERIC and _TEXT_DEFAULT.fullmatch(default):
            yield _default(look, table, column, name, "text, which is greater than every number")
        elif _QUOTED_DEFAULT.fullmatch(default):
            yield _default(look, table, column, name, "these words themselves")


def _default(
    look: FileCheckup, table: Table, column: Column, name: str, stores: str
) -> HealthFinding:
    """The new default in the unit that the numbers have which are there."""
    default = column.default or ""
    says = f"a row without {column.name} gets {stores}: DEFAULT {default}"
    if is_strict(table) and kept_by(column) in _NUMERIC:
        says = f"a row without {column.name} is refused: DEFAULT {default} is text"
    forms = look.profile(table).columns.get(column.name)
    is_number = kept_by(column) in _NUMERIC
    in_seconds = forms is not None and forms.forms["seconds"] > forms.forms["milliseconds"]
    new = f"({SECONDS if in_seconds else MILLISECONDS})" if is_number else "CURRENT_TIMESTAMP"
    create = edited(look.text_of(table), column.name, with_default(new))
    written = look.written(column.name)
    values: dict[str, str] = {}
    rows = None
    if is_number:
        unit = "" if in_seconds else " * 1000"
        values[column.name] = (
            f"CASE typeof({written}) WHEN 'text' THEN coalesce(CAST(strftime('%s', {written}) AS "
            f"INTEGER){unit}, {written}) ELSE {written} END"
        )
        rows = FaultyRows(f"typeof({written}) = 'text'", column.name, values[column.name])
    return HealthFinding(
        "timestamp_default_text",
        name,
        HealthSeverity.ERROR,
        says,
        {"declared": column.type_name, "default": default, "stores": stores},
        rebuilt(look, table, create, values) if create else "",
        f"SQLite cannot change a default; {COST}",
        "no fault as long as the application always gives a value",
        name_of(table),
        rows=rows,
    )


# -- types -----------------------------------------------------------------------------------------


def surprising_affinity(look: FileCheckup) -> Iterator[HealthFinding]:
    """A type whose name means something else to SQLite: STRING is NUMERIC, POINT an INTEGER."""
    for table, column, name in columns(look):
        declared = column.type_name.upper()
        is_string = "STRING" in declared and kept_by(column) is Affinity.NUMERIC
        if is_strict(table) or not (is_string or re.search("POINT|INTERVAL", declared)):
            continue
        create = edited(look.text_of(table), column.name, retyped("TEXT"))
        kept = kept_by(column).value
        depend = depending(look, table, column)
        yield HealthFinding(
            "surprising_affinity",
            name,
            HealthSeverity.WARNING if is_string else HealthSeverity.NOTICE,
            f"{column.type_name} means {kept} to SQLite"
            + (": '007' becomes 7, '7e3' becomes 7000" if is_string else ""),
            {"declared": column.type_name, "affinity": kept},
            rebuilt(look, table, create) if create and not depend else "",
            refusal("text", depend) if depend else COST,
            "zeros and exponents that are gone do not come back",
            name_of(table),
        )


def money_as_float(look: FileCheckup) -> Iterator[HealthFinding]:
    """Amounts in binary fractions: sums drift by a cent."""
    for table, column, name in columns(look):
        if not _MONEY.search(snaked(column.name)) or column.generated is not None:
            continue
        if kept_by(column) is not Affinity.REAL:
            continue
        fix, cost = _in_cents(look, table, column)
        yield HealthFinding(
            "money_as_float",
            name,
            HealthSeverity.WARNING,
            f"{column.name} is {column.type_name}: 0.1 + 0.2 is not 0.3",
            {"declared": column.type_name},
            fix,
            cost,
            "no fault for what is only shown",
            name_of(table),
        )


def _in_cents(look: FileCheckup, table: Table, column: Column) -> tuple[str, str]:
    """A script that stores cents, and its cost; none where more than the values would change."""
    if depend := depending(look, table, column):
        return "", refusal("cents", depend)
    written, name = look.written(column.name), look.written(table.ref.name)
    odd = (
        f"typeof({written}) NOT IN ('real', 'integer', 'null') OR abs({written}) >= {_MOST_MONEY} "
        f"OR abs({written} * 100 - round({written} * 100)) > 0.001"
    )
    if look.may_read_all and look.rows(
        f"SELECT 1 FROM {look.quoted(table.ref.name)} WHERE {odd} LIMIT 1"
    ):
        return (
            f"SELECT * FROM {name} WHERE {odd};",
            "no script is written: these rows hold what is no number of whole cents",
        )
    create = edited(look.text_of(table), column.name, retyped("INTEGER"))
    # What is no amount is copied as it is: nothing is lost, and a person sees it.
    cents = f"CASE WHEN {odd} THEN {written} ELSE CAST(round({written} * 100) AS INTEGER) END"
    script = rebuilt(look, table, create, {column.name: cents}) if create else ""
    unread = "" if look.may_read_all else f"first look for what is no amount: {odd}; "
    return script, f"stores cents: the application must divide by 100; {unread}{COST}"


def not_strict(look: FileCheckup) -> Iterator[HealthFinding]:
    """A table without the types its siblings enforce."""
    siblings = [table for table in look.tables if is_strict(table)]
    if len(siblings) < 2:  # noqa: PLR2004 - a habit begins with the second
        return
    for table in look.tables:
        if not is_strict(table):
            allowed = {"INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"}
            fits = all(column.type_name.upper() in allowed for column in table.columns)
            fix = rebuilt(look, table, strict(table, look.text_of(table))) if fits else ""
            yield HealthFinding(
                "not_strict",
                name_of(table),
                HealthSeverity.NOTICE,
                f"{len(siblings)} tables are STRICT, {name_of(table)} is not",
                {"strict_siblings": len(siblings)},
                fix,
                f"stops at a value that does not fit its type; {COST}",
                "may be older than the habit",
                name_of(table),
            )


# -- habits ----------------------------------------------------------------------------------------


def missing_updated_at_trigger(look: FileCheckup) -> Iterator[HealthFinding]:
    """A column that triggers keep in other tables, and none keeps here."""
    dated = [(t, c, name) for t, c, name in columns(look) if _UPDATED.match(snaked(c.name))]
    kept = {(name_of(t), c.name): sql for t, c, _ in dated if (sql := _keeper(t, c.name))}
    for table, column, name in dated:
        siblings = [key for key in kept if key[1] == column.name]
        if len(siblings) < 2 or (name_of(table), column.name) in kept:  # noqa: PLR2004 as above
            continue
        yield HealthFinding(
            "missing_updated_at_trigger",
            name,
            HealthSeverity.NOTICE,
            f"a trigger keeps {column.name} in {len(siblings)} tables, and none here",
            {"siblings_with": len(siblings)},
            _own_trigger(look, table, column.name),
            "fires once more for each row updated",
            "the application may set it here",
            name_of(table),
        )


def _keeper(table: Table, column: str) -> str:
    """The trigger on UPDATE that sets a column; empty without."""
    sets = re.compile(rf"\bset\b[^;]*[\"`\[]?\b{re.escape(column)}\b[\"`\]]?\s*=", re.I | re.S)
    found = (t.sql for t in table.triggers if "UPDATE" in t.events and sets.search(t.sql))
    return next(found, "")


def _own_trigger(look: FileCheckup, table: Table, column: str) -> str:
    key = table.identity
    if not key:
        return ""
    same = " AND ".join(f"{look.written(name)} = NEW.{look.written(name)}" for name in key)
    name, written = look.written(table.ref.name), look.written(column)
    value = "CURRENT_TIMESTAMP"
    if kept_by(next(c for c in table.columns if c.name == column)) in _NUMERIC:
        value = MILLISECONDS
    return (
        f"CREATE TRIGGER {look.written(f'{table.ref.name}_{column}')} AFTER UPDATE ON {name}\n"
        f"WHEN NEW.{written} IS OLD.{written}\n"
        f"BEGIN UPDATE {name} SET {written} = {value} WHERE {same}; END;"
    )


def soft_delete_unique(look: FileCheckup) -> Iterator[HealthFinding]:
    """A name that rows keep which count as deleted."""
    for table in look.tables:
        soft = next((c for c in table.columns if snaked(c.name) in _SOFT and c.nullable), None)
        if soft is None:
            continue
        for index in table.indexes:
            if _names_rows(table, index):
                yield _soft(look, table, index, soft.name)


def _names_rows(table: Table, index: Index) -> bool:
    if not index.unique or index.predicate is not None or len(index.columns) != 1:
        return False
    is_key = lower(index.columns) == lower(table.primary_key)
    return len(index.parts) == 1 and not is_key and bool(_NAMING.search(index.columns[0]))


def _soft(look: FileCheckup, table: Table, index: Index, soft: str) -> HealthFinding:
    column = index.columns[0]
    name = look.written(f"{table.ref.name}_{column}_live")
    new = (
        f"CREATE UNIQUE INDEX {name} ON {look.written(table.ref.name)} ({look.written(column)}) "
        f"WHERE {look.written(soft)} IS NULL;"
    )
    fix = f"{new}\nDROP INDEX {look.written(index.name)};"
    if index.constraint:
        create = look.text_of(table)
        changed = edited(create, column, without_unique)
        # A UNIQUE over the table's end is left for a person to take out.
        fix = f"{rebuilt(look, table, changed)}\n{new}" if changed not in {"", create} else ""
    return HealthFinding(
        "soft_delete_unique",
        f"{name_of(table)}.{column}",
        HealthSeverity.NOTICE,
        f"{column} is unique over deleted rows too ({soft}): a deleted value can never come back",
        {"index": index.name, "soft_delete_column": soft},
        fix,
        "ON CONFLICT must repeat the WHERE afterwards; no foreign key can point at it",
        "may be meant",
        name_of(table),
    )


def leftover_table(look: FileCheckup) -> Iterator[HealthFinding]:
    """A table by a name that migrations give for a moment."""
    for table in look.tables:
        if _LEFTOVER.search(table.ref.name):
            rows = look.bounded(table, 1001)
            yield HealthFinding(
                "leftover_table",
                name_of(table),
                HealthSeverity.NOTICE,
                f"{name_of(table)} looks left over from a migration that stopped half-way "
                f"({plural(rows, 'row')}): the next run may say that it exists",
                {"rows": rows},
                f"DROP TABLE {look.written(table.ref.name)};",
                "its rows are gone" if rows else "",
                "its rows may be all that is left of them: compare before dropping",
                name_of(table),
            )


CHECKS = (
    FileCheck(
        HealthCheck("timestamp_default_text", "default writes text", (HealthSeverity.ERROR,)),
        timestamp_default_text,
    ),
    FileCheck(
        HealthCheck(
            "surprising_affinity",
            "type means another",
            (HealthSeverity.WARNING, HealthSeverity.NOTICE),
        ),
        surprising_affinity,
    ),
    FileCheck(
        HealthCheck("money_as_float", "money as float", (HealthSeverity.WARNING,)),
        money_as_float,
    ),
    FileCheck(HealthCheck("not_strict", "not STRICT", (HealthSeverity.NOTICE,)), not_strict),
    FileCheck(
        HealthCheck(
            "missing_updated_at_trigger", "no trigger for updated", (HealthSeverity.NOTICE,)
        ),
        missing_updated_at_trigger,
    ),
    FileCheck(
        HealthCheck("soft_delete_unique", "unique over deleted rows", (HealthSeverity.NOTICE,)),
        soft_delete_unique,
    ),
    FileCheck(
        HealthCheck("leftover_table", "left-over table", (HealthSeverity.NOTICE,)), leftover_table
    ),
)
