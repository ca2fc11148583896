"""Every type: shown → edited → applied → shown equals the same change made with literal SQL."""

import psycopg
import pytest

from studio.backends.base import Purpose
from studio.backends.halves.editing import Editing, editing
from studio.db.session import Session
from studio.db.url import parse
from studio.edits.applying.apply import apply_changes
from studio.edits.applying.reading import rows_where
from studio.edits.sql.prepared import prepare
from studio.edits.sql.preview import lines
from studio.model.apply_report import ApplyOutcome
from studio.model.catalog import Table, TableRef
from studio.model.change import Insert, Update
from studio.model.page import Value
from tests.edits.databases import PostgresDatabase, SQLiteDatabase

PAIRS: dict[str, tuple[str, str]] = {
    "boolean": ("t", "f"),
    "smallint": ("-32768", "32767"),
    "integer": ("0", "-2147483648"),
    "bigint": ("9223372036854775807", "1"),
    "numeric": ("1.0", "12345678901234567890.12345678901234567890"),
    "numeric(10,2)": ("1.50", "-0.01"),
    "real": ("1.1", "-Infinity"),
    "double precision": ("0.1", "1e-300"),
    "money": ("$1.00", "$2.50"),
    "text": ("a'b\\c\n☃", ""),
    "character varying(9)": ("NULL", "%s %%"),
    "character(5)": ("ab", "abc"),
    '"char"': ("a", "z"),
    "name": ("pg", "x"),
    "bytea": (r"\x00ff", r"\x"),
    "date": ("0044-03-15 BC", "infinity"),
    "time": ("24:00:00", "00:00:00.000001"),
    "time with time zone": ("10:00:00+02", "10:00:00-03:30"),
    "timestamp": ("294276-12-31 23:59:59", "2026-11-21 01:02:03.456789"),
    "timestamp with time zone": ("2026-11-21 01:02:03+00", "-infinity"),
    "interval": ("1 mon", "30 days"),
    "uuid": ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000"),
    "json": ('{"a":  1, "a": 2}', "[1e400]"),
    "jsonb": ('{"a": [1, 2.50]}', "null"),
    "xml": ("<a>é</a>", "text only"),
    "inet": ("192.168.0.1/24", "::1"),
    "cidr": ("10.0.0.0/8", "2001:db8::/32"),
    "macaddr": ("08:00:2b:01:02:03", "00:00:00:00:00:00"),
    "bit(3)": ("101", "000"),
    "bit varying(5)": ("1", "10101"),
    "point": ("(1,2)", "(0,-1.5)"),
    "line": ("{1,2,3}", "{0,1,0}"),
    "lseg": ("[(0,0),(1,1)]", "[(0,0),(2,2)]"),
    "box": ("(1,1),(0,0)", "(2,0.5),(1,-0.5)"),
    "path": ("((0,0),(1,1))", "[(0,0),(1,1)]"),
    "polygon": ("((0,0),(1,1),(1,0))", "((0,0),(1,1))"),
    "circle": ("<(0,0),1>", "<(1,1),1>"),
    "int4range": ("[1,10)", "empty"),
    "tstzrange": ('["2026-01-01 00:00:00+00",)', "(,)"),
    "int4multirange": ("{[1,3),[5,7)}", "{}"),
    "integer[]": ("{1,2,NULL}", "{{1,2},{3,4}}"),
    "text[]": ('{"a b","c,d",NULL,"NULL"}', "{}"),
    "jsonb[]": ('{"{\\"a\\": 1}"}', "{}"),
    "tsvector": ("'a' 'b':1A", "'z'"),
    "tsquery": ("'a' & 'b'", "!'c'"),
    "oid": ("4294967295", "0"),
    "regclass": ("pg_class", "pg_type"),
    "regtype": ("integer", "text"),
    "pg_lsn": ("16/B374D848", "0/0"),
    "mood": ("happy", "so so"),
    "pair": ('(1,"a b")', "(,)"),
    "positive": ("1", "2"),
    "mail": ("A@x", "a@x"),
    "doc": ('{"a": 1}', "[]"),
}
TYPES = (
    "CREATE TYPE mood AS ENUM ('happy', 'so so')",
    "CREATE TYPE pair AS (a integer, b text)",
    "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
    "CREATE DOMAIN mail AS text",
    "CREATE DOMAIN doc AS json",
)
"""What makes the types of PAIRS that no server has."""
TABLE = TableRef(None, "kinds")


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _is_built_in(postgresql: PostgresDatabase, kind: str) -> bool:
    """Whether this server was built with `kind`: xml needs libxml."""
    if kind == "xml":
        try:
            postgresql.run("SELECT '<a/>'::xml")
        except psycopg.errors.FeatureNotSupported:
            return False
    return True


async def shown(session: Session, table: Table) -> list[dict[str, Value]]:
    rules = editing(session.backend)

    def read(connection: object) -> list[dict[str, Value]]:
        keys = [{"id": row} for row in IDS[session.backend.name]]
        return sorted(
            rows_where(connection, rules, table, keys),  # type: ignore[arg-type]
            key=lambda row: str(row["id"]),
        )

    return await session.lane(Purpose.BROWSE).run(read)


IDS: dict[str, tuple[Value, ...]] = {"postgresql": ("1", "2"), "sqlite": (1, 2)}


async def test_every_postgresql_type_arrives_as_psql_would_have_written_it(
    postgresql: PostgresDatabase,
) -> None:
    pairs = {kind: pair for kind, pair in PAIRS.items() if _is_built_in(postgresql, kind)}
    columns = {f"c{i}": name for i, name in enumerate(pairs)}
    postgresql.run(
        *TYPES,
        "CREATE TABLE kinds (id integer PRIMARY KEY, "
        + ", ".join(f"{name} {kind}" for name, kind in columns.items())
        + ")",
    )
    values = ", ".join(quoted(old) for old, _ in pairs.values())
    postgresql.run(f"INSERT INTO kinds VALUES (1, {values}), (2, {values})")
    session = await Session.open(parse(postgresql.target))
    try:
        table = await session.table(TABLE)
        before, _ = await shown(session, table)
        new = dict(zip(columns, (pair[1] for pair in pairs.values()), strict=True))
        # Cell by cell, as a person would; the old value guards each.
        changes = [Update(TABLE, {"id": "1"}, {n: before[n]}, {n: v}) for n, v in new.items()]
        for change in changes:
            report = await apply_changes(session, [change])
            assert report.outcome is ApplyOutcome.APPLIED, (
                columns[next(iter(change.after))], report.conflicts, report.errors
            )  # fmt: skip
        assigned = ", ".join(f"{name} = {quoted(text)}" for name, text in new.items())
        postgresql.run(f"UPDATE kinds SET {assigned} WHERE id = 2")
        ours, theirs = await shown(session, table)
        assert {n: v for n, v in ours.items() if n != "id"} == {
            n: v for n, v in theirs.items() if n != "id"
        }
        # What is shown is what can be staged again, whole row at once, and NULL everywhere.
        del ours["id"]
        nothing = dict.fromkeys(ours)
        for was, becomes in ((ours, before), (before, nothing), (nothing, ours)):
            wanted = {name: value for name, value in becomes.items() if name != "id"}
            seen = {name: value for name, value in was.items() if name != "id"}
            report = await apply_changes(session, [Update(TABLE, {"id": "1"}, seen, wanted)])
            assert report.outcome is ApplyOutcome.APPLIED, (report.conflicts, report.errors)
        assert (await shown(session, table))[0] == {"id": "1", **ours}
        third = Insert(table.ref, {"id": "3", **ours})
        (line,) = lines(await prepare(session, [third]))
        postgresql.run(line.sql)
        assert postgresql.run("SELECT count(*) FROM kinds") == [("3",)]
    finally:
        await session.close()


TWINS = {
    "interval": ("1 mon", "30 days"),
    "numeric": ("1.0", "1.00"),
    "box": ("(1,1),(0,0)", "(2,0.5),(1,-0.5)"),
    "circle": ("<(0,0),1>", "<(5,5),1>"),
    "path": ("((0,0),(1,1))", "((0,0),(2,2))"),
    "json": ('{"a":1}', '{"a": 1}'),
}
"""Values their type calls equal, or cannot compare."""


@pytest.mark.parametrize("kind", TWINS)
async def test_a_change_only_the_text_shows_is_a_conflict(
    postgresql: PostgresDatabase, kind: str
) -> None:
    old, moved = TWINS[kind]
    postgresql.run(
        f"CREATE TABLE kinds (id integer PRIMARY KEY, c {kind})",
        f"INSERT INTO kinds VALUES (1, '{old}')",
        f"UPDATE kinds SET c = '{moved}'",
    )
    report = await postgresql.apply(Update(TABLE, {"id": "1"}, {"c": old}, {"c": None}))
    assert report.outcome is ApplyOutcome.NOTHING
    assert [conflict.moved for conflict in report.conflicts] == [("c",)]


CLASSES: tuple[Value, ...] = (
    None, 0, -1, 2**63 - 1, -(2**63), 1.0, 0.1, -0.0, 1e308, float("inf"), "", "1", "1.0", "abc",
    "a'b", "a\0b", "é☃", "\udcff\udc80", b"", b"\x00\xff", b"abc", "x" * 9000,
)  # fmt: skip


@pytest.mark.parametrize(
    "declared", ["", "integer", "text", "blob", "real", "numeric", "any", "json"]
)
async def test_every_storage_class_in_every_affinity(sqlite: SQLiteDatabase, declared: str) -> None:
    sqlite.run(f"CREATE TABLE kinds (id integer PRIMARY KEY, c {declared} COLLATE NOCASE)")
    sqlite.run("INSERT INTO kinds VALUES (1, NULL), (2, NULL)")
    session = await Session.open(parse(sqlite.target))
    try:
        table = await session.table(TABLE)
        rules = editing(session.backend)
        for value in CLASSES:
            (now, _) = await shown(session, table)
            change = Update(table.ref, {"id": 1}, {"c": now["c"]}, {"c": value})
            if _is_same(now["c"], value):
                continue
            report = await apply_changes(session, [change])
            assert report.outcome is ApplyOutcome.APPLIED, (value, report.conflicts, report.errors)
            # The same change as a script of literals, on the other row.
            literal = _literal(rules, value, table)
            sqlite.run(f"UPDATE kinds SET c = {literal} WHERE id = 2")
            ours, theirs = await shown(session, table)
            assert _is_same(ours["c"], theirs["c"]), (value, ours["c"], theirs["c"])
    finally:
        await session.close()


def _literal(rules: Editing, value: Value, table: Table) -> str:
    slot = rules.slot(value, table.column("c"))
    text = rules.literal(slot.form, slot.value)
    return text if slot.as_is else f"CAST({text} AS TEXT)"


def _is_same(one: Value, other: Value) -> bool:
    return type(one) is type(other) and repr(one) == repr(other)


@pytest.mark.parametrize(
    ("old", "moved"),
    [(1, 1.0), ("a", "A"), ("1", 1), (b"a", "a"), ("a", "a\0"), ("\udcff", "\udcfe")],
)
async def test_a_storage_class_that_moved_is_a_conflict(
    sqlite: SQLiteDatabase, old: Value, moved: Value
) -> None:
    sqlite.run("CREATE TABLE kinds (id integer PRIMARY KEY, c COLLATE NOCASE)")
    sqlite.run("INSERT INTO kinds VALUES (1, NULL)")
    start = Update(TABLE, {"id": 1}, {"c": None}, {"c": moved})
    assert (await sqlite.apply(start)).outcome is ApplyOutcome.APPLIED
    report = await sqlite.apply(Update(TABLE, {"id": 1}, {"c": old}, {"c": None}))
    assert report.outcome is ApplyOutcome.NOTHING
    assert len(report.conflicts) == 1
