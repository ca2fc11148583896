"""The law of editing: afterwards the database holds the whole set or nothing of it, and no row
another writer changed. Against a model, on random schemas with hostile names.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from studio.db.session import Session
from studio.db.url import parse
from studio.edits.applying.apply import apply_changes
from studio.edits.applying.undo import undo
from studio.edits.journal.journal import EditJournal
from studio.model.apply_report import ApplyOutcome, ApplyReport
from studio.model.catalog import TableRef
from studio.model.change import Change, Delete, Insert, Update
from studio.model.change_set import ChangeSet
from studio.model.page import Value
from tests.edits.databases import Database, PostgresDatabase, SQLiteDatabase
from tests.examples import examples

if TYPE_CHECKING:
    from tests.postgres import Server

NAMES = ("t", "select", 'quo"te', "per%cent", "a.b", "co:lon", "été \n x", "%(p)s", "p0", "--;'")
TEXTS = st.sampled_from(("", "a", "A", "b", "é", "\\", "'", "1", "null", "x" * 50))
NUMBERS = st.integers(-2, 3)
Plain = dict[str, object]


@dataclass(frozen=True)
class Shape:
    """A random schema: a parent that may refer to itself, and children that refer to it."""

    parent: str
    child: str
    composite: bool
    on_delete: str
    self_reference: bool

    @property
    def key(self) -> tuple[str, ...]:
        return ("k", "l%") if self.composite else ("k",)


@dataclass
class World:
    """What the database should hold: rows by key, for both tables."""

    shape: Shape
    parents: dict[tuple[object, ...], Plain] = field(default_factory=dict)
    children: dict[int, Plain] = field(default_factory=dict)

    def copy(self) -> "World":
        return World(
            self.shape,
            {key: dict(row) for key, row in self.parents.items()},
            {key: dict(row) for key, row in self.children.items()},
        )


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def ddl(shape: Shape) -> list[str]:
    parent, child = quoted(shape.parent), quoted(shape.child)
    key = ", ".join(quoted(name) for name in shape.key)
    second = '"l%" text{}, ' if shape.composite else ""
    own = f", FOREIGN KEY (up) REFERENCES {parent} ON DELETE {shape.on_delete}"
    return [
        f'CREATE TABLE {parent} (k integer NOT NULL, {second.format(" NOT NULL")}"u""q" text'
        " UNIQUE,"
        " n integer, up integer, twice integer GENERATED ALWAYS AS (n * 2) STORED,"
        f" PRIMARY KEY ({key}){own if shape.self_reference else ''})",
        f"CREATE TABLE {child} (id integer PRIMARY KEY, k integer, {second.format('')}m text,"
        f" FOREIGN KEY ({key}) REFERENCES {parent} ({key}) ON DELETE {shape.on_delete})",
    ]


shapes = st.builds(
    Shape,
    parent=st.sampled_from(NAMES),
    child=st.sampled_from(NAMES).map(lambda name: f"{name} child"),
    composite=st.booleans(),
    on_delete=st.sampled_from(("NO ACTION", "CASCADE", "SET NULL", "RESTRICT")),
    self_reference=st.booleans(),
).map(lambda shape: replace(shape, self_reference=shape.self_reference and not shape.composite))


class Arena:
    """One engine, its session kept over all examples."""

    def __init__(self, database: Database, root: Path) -> None:
        self.database = database
        self.root = root
        self.runner = asyncio.Runner()
        self.session: Session | None = None
        self.built: tuple[str, ...] = ()

    def apply(self, changes: ChangeSet) -> ApplyReport:
        async def work() -> ApplyReport:
            if self.session is None:
                self.session = await Session.open(parse(self.database.target))
            return await apply_changes(self.session, changes.changes, journal=self.journal)

        return self.runner.run(work())

    def undo(self, number: int) -> ApplyReport:
        async def work() -> ApplyReport:
            entry = self.journal.entry(number)
            assert entry is not None
            assert self.session is not None
            return await undo(self.session, self.journal, entry)

        return self.runner.run(work())

    @property
    def journal(self) -> EditJournal:
        return EditJournal("arena", self.root)

    def close(self) -> None:
        if self.session is not None:
            self.runner.run(self.session.close())
        self.runner.close()
        self.database.close()

    # -- the model's side ------------------------------------------------------------------------

    def build(self, world: World) -> None:
        lite = self.database.engine == "sqlite"
        if lite:
            self.database.run("PRAGMA foreign_keys=OFF")
        for name in self.built:
            self.database.run(f"DROP TABLE {quoted(name)}{'' if lite else ' CASCADE'}")
        if lite:
            self.database.run("PRAGMA foreign_keys=ON")
        self.built = (world.shape.child, world.shape.parent)
        self.database.run(*ddl(world.shape))
        for row in world.parents.values():
            self.insert(world.shape.parent, row)
        for row in world.children.values():
            self.insert(world.shape.child, row)

    def insert(self, table: str, row: Plain) -> None:
        names = ", ".join(quoted(name) for name in row)
        mark = "?" if self.database.engine == "sqlite" else "%s"
        percent = "%" if self.database.engine == "sqlite" else "%%"
        text = f"INSERT INTO {quoted(table)} ({names}) VALUES (".replace("%", percent)
        self.database.run(
            text + ", ".join([mark] * len(row)) + ")",
            values=[self.database.value(v) for v in row.values()],
        )

    def update(self, table: str, key: Plain, row: Plain) -> None:
        mark = "?" if self.database.engine == "sqlite" else "%s"
        percent = "%" if self.database.engine == "sqlite" else "%%"

        def names(part: Plain, between: str) -> str:
            return between.join(f"{quoted(n).replace('%', percent)} = {mark}" for n in part)

        self.database.run(
            f"UPDATE {quoted(table).replace('%', percent)} SET {names(row, ', ')}"
            f" WHERE {names(key, ' AND ')}",
            values=[self.database.value(v) for v in (*row.values(), *key.values())],
        )

    def holds(self, world: World) -> bool:
        return self.found(world.shape) == self.expected(world)

    def found(self, shape: Shape) -> tuple[list[object], list[object]]:
        both = []
        for table, names in (
            (shape.parent, parent_columns(shape)),
            (shape.child, child_columns(shape)),
        ):
            listed = ", ".join(quoted(name) for name in names)
            rows = self.database.run(f"SELECT {listed} FROM {quoted(table)}")
            both.append(sorted(rows, key=repr))
        return both[0], both[1]

    def expected(self, world: World) -> tuple[list[object], list[object]]:
        value = self.database.value
        both = []
        for rows, names in (
            (world.parents.values(), parent_columns(world.shape)),
            (world.children.values(), child_columns(world.shape)),
        ):
            made = []
            for row in rows:
                whole = dict(row)
                if "n" in row:
                    whole["twice"] = None if row["n"] is None else row["n"] * 2
                made.append(tuple(value(whole[name]) for name in names))
            both.append(sorted(made, key=repr))
        return both[0], both[1]


def parent_columns(shape: Shape) -> tuple[str, ...]:
    return (*shape.key, 'u"q', "n", "up", "twice")


def child_columns(shape: Shape) -> tuple[str, ...]:
    return ("id", *shape.key, "m")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def arena(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Arena]:
    folder = tmp_path_factory.mktemp("arena")
    if request.param == "sqlite":
        found = Arena(SQLiteDatabase(str(folder / "arena.db")), folder)
        yield found
        found.close()
        return
    server: Server = request.getfixturevalue("postgres_server")
    with server.database() as name:
        found = Arena(PostgresDatabase(server.url(name)), folder)
        yield found
        found.close()


# -- drawing ---------------------------------------------------------------------------------------


def draw_world(draw: st.DrawFn, shape: Shape) -> World:
    world = World(shape)
    texts: set[object] = set()
    for number in range(draw(st.integers(1, 6))):
        key: tuple[object, ...] = (number, draw(TEXTS)) if shape.composite else (number,)
        unique = draw(st.none() | TEXTS)
        unique = None if unique in texts else unique
        texts.add(unique)
        up = None
        if shape.self_reference and number:
            up = draw(st.none() | st.integers(0, number - 1))
        named = dict(zip(shape.key, key, strict=True))
        world.parents[key] = {
            **named, 'u"q': unique, "n": draw(st.none() | NUMBERS), "up": up
        }  # fmt: skip
    for number in range(draw(st.integers(0, 5))):
        refers = draw(st.sampled_from(sorted(world.parents, key=repr)) | st.none())
        key = refers or (None,) * len(shape.key)
        world.children[number] = {
            "id": number, **dict(zip(shape.key, key, strict=True)), "m": draw(TEXTS)
        }  # fmt: skip
    return world


def draw_changes(draw: st.DrawFn, world: World, value: object) -> list[Change]:
    """Random edits of what the person saw: `world` as it was then."""
    shape = world.shape
    parent, child = TableRef(None, shape.parent), TableRef(None, shape.child)
    made: list[Change] = []
    for key, row in world.parents.items():
        named = dict(zip(shape.key, key, strict=True))
        change = draw_edit(draw, parent, named, row, ('u"q', "n"), value)
        made.extend(change)
    for number, row in world.children.items():
        made.extend(draw_edit(draw, child, {"id": number}, row, ("m",), value))
    for number in range(draw(st.integers(0, 2))):
        row = {"k": draw(st.integers(4, 8)), 'u"q': draw(st.none() | TEXTS), "n": draw(NUMBERS)}
        if shape.composite:
            row["l%"] = draw(TEXTS)
        made.append(Insert(parent, valued(row, value)))
        if draw(st.booleans()):
            refers = {name: row[name] for name in shape.key}
            new = {"id": 50 + number, **refers, "m": draw(TEXTS)}
            made.append(Insert(child, valued(new, value)))
    return draw(st.permutations(made))


def draw_edit(draw, table, named, row, columns, value) -> list[Change]:
    kind = draw(st.sampled_from(("none", "none", "update", "update", "delete")))
    if kind == "none":
        return []
    seen = valued(row, value)
    identity = valued(named, value)
    if kind == "delete":
        partial = draw(st.booleans())
        return [Delete(table, identity, {} if partial else seen)]
    column = draw(st.sampled_from(columns))
    new = draw(NUMBERS | st.none()) if column == "n" else draw(TEXTS)
    before = {column: seen[column]} if draw(st.booleans()) else seen
    return [Update(table, identity, before, valued({column: new}, value))]


def valued(row: Plain, value) -> dict[str, Value]:
    return {name: value(one) for name, one in row.items()}


def draw_others(draw: st.DrawFn, world: World) -> tuple[World, list[tuple[str, Plain, Plain]]]:
    """What other writers did meanwhile."""
    after, steps = world.copy(), []
    for key, row in after.parents.items():
        if draw(st.integers(0, 6)) == 0:
            number = draw(NUMBERS)
            row["n"] = number
            named = dict(zip(world.shape.key, key, strict=True))
            steps.append((world.shape.parent, named, {"n": number}))
    for number, row in after.children.items():
        if draw(st.integers(0, 6)) == 0:
            row["m"] = draw(TEXTS)
            steps.append((world.shape.child, {"id": number}, {"m": row["m"]}))
    return after, steps


# -- the model of applying -------------------------------------------------------------------------


def model_of(database: Database, now: World, changes: ChangeSet) -> World | None:
    """What the set makes of `now`; None: some row is not what was seen."""
    world, value = now.copy(), database.value
    for change in changes:
        row = row_of(world, change, value)
        if isinstance(change, Insert):
            continue
        if row is None or any(value(row[n]) != v for n, v in change.before.items()):
            return None
        row.update({n: unvalued(n, v) for n, v in change.after.items()})
    for change in changes:
        if isinstance(change, Delete):
            remove(world, change, value)
    for change in changes:
        if isinstance(change, Insert):
            add(world, {n: unvalued(n, v) for n, v in change.after.items()})
    return world


def row_of(world: World, change: Change, value) -> Plain | None:
    parents = change.table.name == world.shape.parent
    rows = world.parents.values() if parents else world.children.values()
    named = (r for r in rows if all(value(r[n]) == v for n, v in change.identity.items()))
    return next(named, None) if change.identity else None


def add(world: World, row: Plain) -> None:
    if "id" in row:
        world.children[row["id"]] = row
    else:
        world.parents[tuple(row[n] for n in world.shape.key)] = {"up": None, **row}


def unvalued(name: str, value: object) -> object:
    if value is None:
        return None
    return int(value) if name in {"n", "k", "id", "up"} else value  # type: ignore[call-overload]


def remove(world: World, change: Delete, value) -> None:
    """A row goes, and foreign keys follow."""
    if change.table.name == world.shape.child:
        number = next((i for i in world.children if value(i) == change.identity["id"]), None)
        world.children.pop(number, None)
        return
    for key in list(world.parents):
        named = dict(zip(world.shape.key, key, strict=True))
        if all(value(named[n]) == v for n, v in change.identity.items()):
            remove_parent(world, key)


def remove_parent(world: World, key: tuple[object, ...]) -> None:
    world.parents.pop(key)
    refers = [i for i, row in world.children.items() if key == key_of(world, row)]
    own = world.shape.self_reference
    below = [other for other, row in world.parents.items() if own and row["up"] == key[0]]
    if world.shape.on_delete == "CASCADE":
        for number in refers:
            world.children.pop(number)
        for other in below:
            if other in world.parents:
                remove_parent(world, other)
    elif world.shape.on_delete == "SET NULL":
        for number in refers:
            world.children[number].update(dict.fromkeys(world.shape.key))
        for other in below:
            world.parents[other]["up"] = None


def key_of(world: World, row: Plain) -> tuple[object, ...]:
    return tuple(row[name] for name in world.shape.key)


@settings(
    max_examples=examples(40),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data(), shape=shapes)
def test_all_of_it_or_nothing_and_never_over_another_writer(
    arena: Arena, data: st.DataObject, shape: Shape
) -> None:
    draw = data.draw
    seen = draw_world(draw, shape)
    changes = ChangeSet(draw_changes(draw, seen, arena.database.value))
    now, steps = draw_others(draw, seen)
    arena.build(seen)
    assert arena.holds(seen)
    for table, key, row in steps:
        arena.update(table, key, row)

    report = arena.apply(changes)

    expected = model_of(arena.database, now, changes)
    event(f"{arena.database.engine} {report.outcome}")
    if report.outcome is ApplyOutcome.APPLIED:
        assert expected is not None, "a row another writer changed was changed"
        assert arena.holds(expected)
        back = arena.undo(report.journal_id or 0)
        assert back.outcome is ApplyOutcome.APPLIED, (back.conflicts, back.errors)
        assert arena.holds(now)
    else:
        assert report.outcome is ApplyOutcome.NOTHING
        assert arena.holds(now)
        if report.had_nothing_to_do:
            assert not len(changes)
            assert report.exit_code == 0
            return
        assert report.conflicts or report.errors
        if expected is None:
            assert report.exit_code in {4, 5}
        elif is_plain(changes):
            pytest.fail(f"nothing kept this set from being applied: {report.errors}")


def is_plain(changes: ChangeSet) -> bool:
    """Whether no constraint could refuse the set."""
    return all(isinstance(c, Update) and 'u"q' not in c.after for c in changes)
