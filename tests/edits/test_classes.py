"""A value keeps its class: what is stored has the class and the bits that were given, whatever the
column was declared as, and a row that holds it can be matched again.

`STUDIO_EXAMPLES=3000` makes the long run of the laws.
"""

import asyncio
import json
import os
import sqlite3
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from studio.backends.base import Purpose
from studio.backends.halves.editing import editing
from studio.backends.registry import backend
from studio.db.session import Session
from studio.db.url import parse
from studio.edits.applying.apply import apply_changes
from studio.edits.applying.reading import rows_where
from studio.edits.journal.encoding import decoded_changes, dumped_changes, encoded_row
from studio.edits.journal.fitting import fitted
from studio.edits.staging import values
from studio.edits.staging.paste import pasted
from studio.model.apply_report import ApplyOutcome, ApplyReport
from studio.model.catalog import Column, ColumnKind, Table, TableRef
from studio.model.change import DEFAULT, Change, Insert, Update
from studio.model.change_set import ChangeSet
from studio.model.page import Value
from tests.edits.databases import SQLiteDatabase
from tests.examples import examples

DECLARED = (
    "", "INTEGER", "REAL", "NUMERIC", "TEXT", "BLOB", "DECIMAL(10,2)", "BOOLEAN", "JSON", "UUID",
    "DATE", "TIMESTAMP", "VARCHAR(9)", "ANY", "STRING",
)  # fmt: skip
STRICT = ("INTEGER", "REAL", "TEXT", "BLOB", "ANY")
EXAMPLES = int(os.environ.get("STUDIO_EXAMPLES", examples(80)))
"""Each tries some twenty declared types, and applies to each."""
law = settings(
    max_examples=EXAMPLES,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

INTS = st.integers(-(2**63), 2**63 - 1) | st.sampled_from((0, 1, 2**53 + 1, -(2**63), 2**63 - 1))
FLOATS = st.floats(allow_nan=False) | st.sampled_from(
    (0.0, -0.0, 2.0, 1e2, 1e300, 5e-324, 1e16, -(2.0**63), 2.0**53, 0.1 + 0.2)
)
TEXTS = st.text(max_size=12) | st.sampled_from(
    ("", "5", " 5 ", "5.0", "1e2", "-0.0", "00123", "1.10", "inf", "1_0", "0x10", ".5", "5.", "٣",
     "5\0", "1e400", "12345678901234567890", "true", "NULL", "x'00'", "9007199254740993", "1e-400")
)  # fmt: skip
BLOBS = st.binary(max_size=6)
CLASSES = st.none() | INTS | FLOATS | TEXTS | BLOBS


def exact(value: object) -> object:
    """A value that equals another only with the same class and bits."""
    return (
        struct.pack(">d", value) if isinstance(value, float) else value,
        type(value).__name__,
    )


@dataclass
class Arena:
    """One file with a column of every declared type, its session kept over all examples."""

    database: SQLiteDatabase
    runner: asyncio.Runner
    session: Session
    tables: tuple[Table, Table]

    def stored(self, table: Table) -> dict[str, Value]:
        """The row, as somebody else reads it."""
        (row,) = self.database.run(f"SELECT * FROM {table.ref.name}")
        return dict(zip((c.name for c in table.columns), row, strict=True))  # type: ignore[arg-type]

    def shown(self, table: Table) -> dict[str, Value]:
        """The row, as studio reads it."""
        rules = editing(self.session.backend)
        lane = self.session.lane(Purpose.BROWSE)
        (row,) = self.runner.run(lane.run(lambda c: list(rows_where(c, rules, table, [{"id": 1}]))))
        return row

    def begin(self, table: Table, row: dict[str, Value] | None = None) -> None:
        """One row, put there by somebody else."""
        self.database.run(f"DELETE FROM {table.ref.name}")
        given = {"id": 1, **(row or {})}
        self.database.run(
            f"INSERT INTO {table.ref.name} ({', '.join(given)})"
            f" VALUES ({', '.join('?' * len(given))})",
            values=tuple(given.values()),
        )

    def apply(self, *changes: Change) -> ApplyReport:
        return self.runner.run(apply_changes(self.session, changes))

    def from_json(self, *changes: dict[str, object]) -> ApplyReport:
        """What `studio apply` does with a file."""
        text = json.dumps({"changes": changes})
        return self.apply(*self.runner.run(fitted(self.session, decoded_changes(text))))


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    database = SQLiteDatabase(str(tmp_path_factory.mktemp("classes") / "classes.db"))
    for name, declared, option in (("loose", DECLARED, ""), ("firm", STRICT, " STRICT")):
        columns = ", ".join(f"c{place} {kind}" for place, kind in enumerate(declared))
        database.run(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, {columns}){option}")
    with asyncio.Runner() as runner:
        session = runner.run(Session.open(parse(database.target)))
        tables = tuple(
            runner.run(session.table(TableRef(None, name))) for name in ("loose", "firm")
        )
        yield Arena(database, runner, session, tables)  # type: ignore[arg-type]
        runner.run(session.close())
    database.close()


def takes(arena: Arena, table: Table, column: str, value: Value) -> bool:
    """Whether SQLite itself takes it there: a STRICT column refuses classes."""
    try:
        arena.begin(table, {column: value})
    except sqlite3.IntegrityError:
        return False
    return True


def names(table: Table) -> tuple[str, ...]:
    return tuple(c.name for c in table.columns if c.name != "id")


# -- apply -----------------------------------------------------------------------------------------


@law
@given(number=INTS | FLOATS, strict=st.booleans())
@example(number=-0.0, strict=False)
@example(number=1e300, strict=False)
@example(number=2.0, strict=True)
def test_a_json_number_is_what_its_spelling_says(arena: Arena, number: float, strict: bool) -> None:
    table, rules = arena.tables[strict], editing(arena.session.backend)
    spelled: object = number
    if isinstance(number, float) and number - number != 0:
        spelled = {"$type": "real", "text": repr(number)}
    for name in names(table):
        column = table.column(name)
        if not takes(arena, table, name, number):
            continue
        (reference,) = (arena.stored(table)[name],)
        arena.begin(table)
        update = {
            "op": "update", "table": table.ref.name, "identity": {"id": 1},
            "before": {name: None}, "after": {name: spelled},
        }  # fmt: skip
        try:
            promised = rules.fitted(number, column)
        except ValueError:
            # Refused only where SQLite would have kept another number.
            assert type(reference) is not type(number)
            assert float(reference) != number or int(float(reference)) != number  # type: ignore[arg-type]
            continue
        report = arena.from_json(update)
        assert report.outcome is ApplyOutcome.APPLIED, (column, report.errors, report.conflicts)
        now = arena.stored(table)[name]
        assert exact(now) == exact(promised), column
        if isinstance(now, str):
            assert type(number)(now) == number
        else:
            assert exact(now) == exact(reference), column


@law
@given(value=CLASSES, strict=st.booleans())
@example(value=-0.0, strict=False)
@example(value=-(2.0**63), strict=False)
@example(value=5e-324, strict=True)
def test_a_row_somebody_stored_is_matched_by_what_was_read_of_it(
    arena: Arena, value: Value, strict: bool
) -> None:
    table = arena.tables[strict]
    held = {name: value for name in names(table) if takes(arena, table, name, value)}
    arena.begin(table, held)
    seen = arena.shown(table)
    assert {n: exact(v) for n, v in seen.items()} == {
        n: exact(v) for n, v in arena.stored(table).items()
    }
    del seen["id"]
    try:
        (name,) = [n for n in seen if n in held][:1]
    except ValueError:
        return
    update = {
        "op": "update", "table": table.ref.name, "identity": {"id": 1},
        "before": encoded_row(seen), "after": {name: None},
    }  # fmt: skip
    # By JSON, as a page has it, and as the log of staged edits keeps it.
    report = arena.from_json(update)
    nothing = value is None
    assert report.outcome is (ApplyOutcome.NOTHING if nothing else ApplyOutcome.APPLIED), (
        report.conflicts
    )
    assert report.exit_code == 0
    arena.begin(table, held)
    change = Update(table.ref, {"id": 1}, seen, {name: None})
    for again in (change, *decoded_changes(dumped_changes(ChangeSet([change])))):
        report = arena.apply(*arena.runner.run(fitted(arena.session, [again])))
        assert report.outcome is (ApplyOutcome.NOTHING if nothing else ApplyOutcome.APPLIED)
        arena.begin(table, held)


@law
@given(one=INTS | FLOATS | TEXTS, other=INTS | FLOATS | TEXTS, strict=st.booleans())
@example(one=2, other=2.0, strict=False)
@example(one=2, other=2.0, strict=True)
@example(one=-(2**63), other=-(2.0**63), strict=False)
@example(one="5", other=5, strict=True)
def test_a_row_that_holds_another_class_is_a_conflict(
    arena: Arena, one: Value, other: Value, strict: bool
) -> None:
    table = arena.tables[strict]
    for name in names(table):
        if not (takes(arena, table, name, one) and takes(arena, table, name, other)):
            continue
        arena.begin(table, {name: one})
        was = arena.stored(table)[name]
        arena.begin(table, {name: other})
        now = arena.stored(table)[name]
        report = arena.apply(Update(table.ref, {"id": 1}, {name: was}, {name: None}))
        # SQL has no word that tells -0.0 from 0.0.
        is_same = type(was) is type(now) and was == now
        assert (report.outcome is ApplyOutcome.APPLIED) == is_same, (table.column(name), was, now)


# -- typed and pasted ------------------------------------------------------------------------------


@law
@given(text=TEXTS | FLOATS.map(repr) | INTS.map(str), like=CLASSES, strict=st.booleans())
@example(text="3.0", like=2.0, strict=False)
@example(text="nan", like=4.0, strict=False)
@example(text="99999999999999999999", like=4, strict=False)
@example(text="5", like="abc", strict=False)
def test_an_editor_stores_what_it_promised(
    arena: Arena, text: str, like: Value, strict: bool
) -> None:
    table, engine = arena.tables[strict], arena.session.backend
    for name in names(table):
        column = table.column(name)
        if not takes(arena, table, name, like):
            continue
        was = arena.stored(table)[name]
        try:
            made = values.typed(engine, column, text, was)
        except ValueError:
            continue
        if not takes(arena, table, name, made.value):
            continue
        arena.begin(table, {name: was})
        seen = arena.shown(table)
        report = arena.apply(*ChangeSet([Update(table.ref, {"id": 1}, seen, {name: made.value})]))
        assert not report.conflicts
        now = arena.stored(table)[name]
        assert exact(now) == exact(made.value), (column, made)
        if was is not None and not made.note:
            assert values.storage_class(now) == values.storage_class(was), column


@law
@given(fields=st.lists(TEXTS | FLOATS.map(repr) | INTS.map(str), min_size=1, max_size=4))
def test_a_paste_stores_what_it_staged(arena: Arena, fields: list[str]) -> None:
    table, engine = arena.tables[0], arena.session.backend
    for place, name in enumerate(names(table), start=1):
        lines = [f"{n}\t{field}" for n, field in enumerate(fields, start=2)]
        text = "\n".join([f"id\t{name}", *lines])
        try:
            rows = pasted(engine, table, text, place)
        except ValueError:
            continue
        arena.begin(table)
        report = arena.apply(*rows)
        assert report.outcome is ApplyOutcome.APPLIED, report.errors
        for row in rows:
            # A line break in a field makes a row of its own, which the database numbers.
            if row.after["id"] is DEFAULT:
                continue
            ((now,),) = arena.database.run(
                f"SELECT {name} FROM loose WHERE id = ?", values=(row.after["id"],)
            )
            given = row.after[name]
            assert exact(now) == exact(None if given is DEFAULT else given), table.column(name)


def test_marked_rows_get_one_value_in_the_class_that_was_shown(arena: Arena) -> None:
    table, engine = arena.tables[0], arena.session.backend
    arena.database.run("DELETE FROM loose")
    arena.database.run("INSERT INTO loose (id, c0) VALUES (1, 2.0), (2, 2), (3, '2'), (4, x'32')")
    made = values.typed(engine, table.column("c0"), "2", 2.0)
    assert exact(made.value) == exact(2.0)
    rows: list[Value] = [2.0, 2, "2", b"2"]
    staged = ChangeSet(
        Update(table.ref, {"id": place}, {"c0": was}, {"c0": made.value})
        for place, was in enumerate(rows, start=1)
    )
    assert [change.identity["id"] for change in staged] == [2, 3, 4]
    assert arena.apply(*staged).outcome is ApplyOutcome.APPLIED
    assert arena.database.run("SELECT DISTINCT typeof(c0), c0 FROM loose") == [("real", 2.0)]


# -- numbers that fit nowhere ----------------------------------------------------------------------


@pytest.mark.parametrize("column", ["c0", "c1", "c2", "c3", "c5"])
@pytest.mark.parametrize(
    "number",
    ["9223372036854775808", "-9223372036854775809", "1" * 300, "1e400", "-1e999", "1e-400"],
)
def test_a_number_that_no_class_holds_is_refused_and_told(
    arena: Arena, column: str, number: str
) -> None:
    table, engine = arena.tables[0], arena.session.backend
    insert = f'{{"op": "insert", "table": "loose", "after": {{"{column}": {number}}}}}'
    changes = decoded_changes(f'{{"changes": [{insert}]}}')
    with pytest.raises(ValueError, match=rf"{column}: .*\d"):
        arena.runner.run(fitted(arena.session, changes))
    try:
        made = values.typed(engine, table.column(column), number).value
    except ValueError:
        return
    assert made == number, "a column without a type keeps every digit, as a text"


def test_a_decimal_keeps_no_million_zeros() -> None:
    rules = editing(backend("postgresql"))
    column = Column("c", "numeric", ColumnKind.DECIMAL)
    assert rules.fitted(Decimal("1e999999999"), column) == "1E+999999999"
    assert rules.fitted(Decimal("1e2"), column) == "100"
    assert rules.fitted(Decimal("1.50"), column) == "1.50"


def test_two_classes_are_two_values_in_what_is_staged(tmp_path: Path) -> None:
    ref = TableRef(None, "t")
    one = Update(ref, {"id": 1}, {"c": "x"}, {"c": 1})
    for other in (1.0, True, Decimal(1), "1"):
        assert one != Update(ref, {"id": 1}, {"c": "x"}, {"c": other})
    assert Update(ref, {"id": 1}, {}, {"c": 0.0}) != Update(ref, {"id": 1}, {}, {"c": -0.0})
    assert Insert(ref, {"c": 1}, "r") != Insert(ref, {"c": 1.0}, "r")
    assert Insert(ref, {"c": 1}, "r") == Insert(ref, {"c": 1}, "r")
    # Rows of a view are named by all they hold.
    assert len(ChangeSet([Update(ref, {"c": v}, {}, {"c": 2}) for v in (1, 1.0, 0.0, -0.0)])) == 4
