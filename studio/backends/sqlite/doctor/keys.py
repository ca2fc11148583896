"""What names a row: missing, of the wrong word, able to hold NULL, or at the end of its numbers."""

from collections.abc import Iterator

from studio.backends.halves.checking import HealthCheck
from studio.backends.sqlite.doctor.look import (
    FileCheck,
    FileCheckup,
    alias_of,
    is_strict,
    is_without_rowid,
    name_of,
)
from studio.backends.sqlite.doctor.rebuilding import (
    COST,
    ascending,
    edited,
    rebuilt,
    retyped,
    with_definition,
    with_more,
    with_rowid,
)
from studio.model.catalog import Column, Table
from studio.model.health import HealthFinding, HealthSeverity
from studio.model.words import plural

_LAST_ROWID = 2**63 - 1
_NEAR_THE_END = 0.9
_EXACT_IN_DOUBLE = 2**53
_COUNTED = 1001
_WIDE_SHARE = 20
"""A row longer than this part of a page leaves few rows to a page of the tree."""
_FEWEST_ROWS = 100
_MOST = 1000
"""Rows without a key are counted so far."""


def no_primary_key(look: FileCheckup) -> Iterator[HealthFinding]:
    """No key and no unique index: only the rowid tells rows apart, and VACUUM may change it."""
    for table in look.tables:
        unique = any(i.unique and i.predicate is None for i in table.indexes)
        if table.primary_key or unique:
            continue
        rows = look.bounded(table, _COUNTED)
        taken = {name.lower() for name in table.column_names}
        name = next(n for n in ("id", "row_id", f"{table.ref.name}_id") if n.lower() not in taken)
        create = with_definition(look.text_of(table), f"{look.written(name)} INTEGER PRIMARY KEY")
        yield HealthFinding(
            "no_primary_key",
            name_of(table),
            HealthSeverity.WARNING,
            f"{name_of(table)} has no key: nothing but a rowid that VACUUM may change names a row",
            {"rows": rows if rows < _COUNTED else "over 1,000"},
            rebuilt(look, table, create) if create else "",
            COST,
            "a log that is only appended to and read whole needs none",
            name_of(table),
            rows,
        )


def rowid_alias_missed(look: FileCheckup) -> Iterator[HealthFinding]:
    """A key declared INT, BIGINT or INTEGER PRIMARY KEY DESC, none of which is the rowid
    (https://www.sqlite.org/lang_createtable.html#rowid).
    """
    for table in look.tables:
        if len(table.primary_key) != 1 or alias_of(table) or is_without_rowid(table):
            continue
        column = table.column(table.primary_key[0])
        declared = column.type_name.upper()
        if "INT" not in declared:
            continue
        name, is_descending = column.name, declared == "INTEGER"
        change = ascending if is_descending else retyped("INTEGER")
        create = edited(look.text_of(table), name, change)
        as_declared = f"{column.type_name}{' PRIMARY KEY DESC' if is_descending else ''}"
        meant = "INTEGER PRIMARY KEY" if is_descending else "INTEGER"
        # NULLs get a number of their own; what is no number would stop the copy.
        yield HealthFinding(
            "rowid_alias_missed",
            f"{name_of(table)}.{name}",
            HealthSeverity.NOTICE,
            f"{name} is declared {as_declared}, not {meant}: not the rowid and has a second index "
            "and no value by itself",
            {"declared": as_declared, "extra_index": True},
            rebuilt(look, table, create) if create else "",
            COST,
            "fails where a key is no whole number; rows without one get a number",
            name_of(table),
        )


def nullable_primary_key(look: FileCheckup) -> Iterator[HealthFinding]:
    """A key that may hold NULL, as SQLite's other than INTEGER ones may."""
    for table in look.tables:
        if alias_of(table) or is_without_rowid(table) or is_strict(table):
            continue
        loose = [c for c in table.columns if c.name in table.primary_key and c.nullable]
        if loose:
            yield _nullable(look, table, loose)


def _nullable(look: FileCheckup, table: Table, loose: list[Column]) -> HealthFinding:
    # The key's own index finds a NULL in its first column; in another one, only reading all does.
    probed = [c for c in loose if look.may_read_all or c.name == table.primary_key[0]]
    empty = " OR ".join(f"{look.quoted(column.name)} IS NULL" for column in probed) or "0"
    name = look.quoted(table.ref.name)
    nulls = look.one(f"SELECT count(*) FROM (SELECT 1 FROM {name} WHERE {empty} LIMIT {_MOST})")
    first = loose[0].name
    said = (
        f"{'at least ' if nulls == _MOST else ''}{plural(nulls, 'row')}"
        f" {'has' if nulls == 1 else 'have'} NULL in the primary key"
        if nulls
        else "its key may hold NULL, even in many rows"
    )
    script, doubt = _without_nulls(look, table, loose, has_nulls=bool(nulls))
    return HealthFinding(
        "nullable_primary_key",
        f"{name_of(table)}.{first}",
        HealthSeverity.ERROR if nulls else HealthSeverity.NOTICE,
        f"{name_of(table)}: {said}",
        {"null_rows": nulls, "columns": [column.name for column in loose]},
        script,
        "" if script.startswith("SELECT") else COST,
        doubt,
        name_of(table),
        nulls,
    )


def _without_nulls(
    look: FileCheckup, table: Table, loose: list[Column], *, has_nulls: bool
) -> tuple[str, str]:
    """A script after which no key is NULL, and what may be wrong with it. No row is deleted: which
    key a row without one was to have is for a person to say.
    """
    create = look.text_of(table)
    declared = loose[0].type_name.upper()
    if len(table.primary_key) == 1 and ("INT" in declared or "SERIAL" in declared):
        # Tools that insert without a key go on: NULL then means the next number.
        create = edited(create, loose[0].name, retyped("INTEGER"))
        script = rebuilt(look, table, create) if create else ""
        return script, "rows without a key get a number; it fails where a key is no whole number"
    if has_nulls:
        empty = " OR ".join(f"{look.written(column.name)} IS NULL" for column in loose)
        rows = f"SELECT * FROM {look.written(table.ref.name)} WHERE {empty};"
        return rows, "it lists the rows: give each a key, then make the column NOT NULL"
    for column in loose:
        create = edited(create, column.name, with_more("NOT NULL"))
    script = rebuilt(look, table, create) if create else ""
    return script, "harmless while the application always gives a key"


def autoincrement_near_end(look: FileCheckup) -> Iterator[HealthFinding]:
    """AUTOINCREMENT counts on from the largest rowid there ever was."""
    if not look.one("SELECT 1 FROM main.sqlite_master WHERE name = 'sqlite_sequence'"):
        return
    for name, last in look.rows("SELECT name, seq FROM sqlite_sequence"):
        if not (isinstance(last, int) and last > _NEAR_THE_END * _LAST_ROWID):
            continue
        table = look.relations.get(str(name).lower())
        alias = alias_of(table) if table is not None else None
        fix = "" if table is None or alias is None else _renumbered(look, table, alias)
        yield HealthFinding(
            "autoincrement_near_end",
            str(name),
            HealthSeverity.ERROR,
            f"the next row of {name} would be number {last + 1:,} of {_LAST_ROWID:,}: INSERT then "
            "says the database is full",
            {"seq": last, "max": _LAST_ROWID},
            fix,
            "references to these numbers must follow; look at the rows first",
            "one row with such a number may be a mistake: find it before anything is renumbered",
            str(name),
        )


def _renumbered(look: FileCheckup, table: Table, alias: str) -> str:
    name, column = look.written(table.ref.name), look.written(alias)
    high = f"{column} > {int(_NEAR_THE_END * _LAST_ROWID)}"
    literal = name_literal(table.ref.name)
    return look.noted(f"SELECT * FROM {name} WHERE {high};") + (
        f"UPDATE {name} SET {column} = (SELECT coalesce(max({column}), 0) FROM {name} "
        f"WHERE NOT {high}) + (SELECT count(*) FROM {name} AS o WHERE o.{high} "
        f"AND o.{column} <= {name}.{column}) WHERE {high};\n"
        f"UPDATE sqlite_sequence SET seq = (SELECT coalesce(max({column}), 0) FROM {name}) "
        f"WHERE name = {literal};"
    )


def name_literal(name: str) -> str:
    """A name as a text in SQL."""
    return "'" + name.replace("'", "''") + "'"


def beyond_double(look: FileCheckup) -> Iterator[HealthFinding]:
    """Numbers of rows that JavaScript reads as others."""
    for table in look.tables:
        alias = alias_of(table)
        if alias is None:
            continue
        most = look.one(f"SELECT max({look.quoted(alias)}) FROM {look.quoted(table.ref.name)}")
        if isinstance(most, int) and most > _EXACT_IN_DOUBLE:
            yield HealthFinding(
                "integer_beyond_double",
                f"{name_of(table)}.{alias}",
                HealthSeverity.NOTICE,
                f"{alias} reaches {most:,}: above 2^53 JavaScript reads a neighbour's number",
                {"max": most},
                "",
                "",
                "no fault where every program reads 64-bit integers",
                name_of(table),
            )


def without_rowid_wide(look: FileCheckup) -> Iterator[HealthFinding]:
    """Long rows in the key's own tree."""
    for table in look.tables:
        if not is_without_rowid(table):
            continue
        profile = look.profile(table)
        if profile.rows < _FEWEST_ROWS:
            continue
        mean = profile.bytes / profile.rows
        if mean > look.page_bytes / _WIDE_SHARE:
            yield HealthFinding(
                "without_rowid_wide",
                name_of(table),
                HealthSeverity.NOTICE,
                f"rows of {name_of(table)} have {mean:,.0f} bytes in {profile.rows:,} sampled, and "
                "live in the key's own tree: every search reads them along the way",
                {"mean_row_bytes": round(mean), "page_size": look.page_bytes},
                rebuilt(look, table, with_rowid(look.text_of(table))),
                COST,
                "may be meant where rows are read whole by their key",
                name_of(table),
            )


CHECKS = (
    FileCheck(
        HealthCheck(
            "nullable_primary_key",
            "primary key may be NULL",
            (HealthSeverity.ERROR, HealthSeverity.NOTICE),
        ),
        nullable_primary_key,
    ),
    FileCheck(
        HealthCheck("autoincrement_near_end", "numbers near their end", (HealthSeverity.ERROR,)),
        autoincrement_near_end,
    ),
    FileCheck(
        HealthCheck("no_primary_key", "no primary key", (HealthSeverity.WARNING,)), no_primary_key
    ),
    FileCheck(
        HealthCheck("rowid_alias_missed", "key is not the rowid", (HealthSeverity.NOTICE,)),
        rowid_alias_missed,
    ),
    FileCheck(
        HealthCheck("integer_beyond_double", "numbers beyond 2^53", (HealthSeverity.NOTICE,)),
        beyond_double,
    ),
    FileCheck(
        HealthCheck("without_rowid_wide", "wide rows without rowid", (HealthSeverity.NOTICE,)),
        without_rowid_wide,
    ),
)
