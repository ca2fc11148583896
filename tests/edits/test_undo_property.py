"""The law of undo: apply, then undo, and the database is as it was, to the last row of any table;
or the set said before it was applied what would stay, and nothing else stayed.

A few sets run with the others; STUDIO_UNDO_SETS=600 runs so many on each engine.
"""

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, event, given, note, seed, settings
from hypothesis import strategies as st

from studio.db.session import Session
from studio.db.url import parse
from studio.edits.applying.apply import apply_changes
from studio.edits.applying.lasting import Cause, Lasting
from studio.edits.applying.undo import undo
from studio.edits.journal.fitting import fitted
from studio.edits.journal.journal import EditJournal
from studio.edits.sql.prepared import prepare
from studio.model.apply_report import ApplyOutcome, ApplyReport
from studio.model.catalog import TableRef
from studio.model.change import Change, Delete, Insert, Update
from studio.model.change_set import ChangeSet
from studio.model.errors import Refused, StudioError
from studio.model.page import Value
from tests.edits.databases import Database, PostgresDatabase, Row, SQLiteDatabase
from tests.edits.worlds import Target, World, postgresql_worlds, sqlite_worlds
from tests.postgres import Server

WORLDS = {"sqlite": sqlite_worlds(), "postgresql": postgresql_worlds()}
SETS = int(os.environ.get("STUDIO_UNDO_SETS", "40"))
"""On each engine, shared among its worlds."""
_ROUNDS = 100
"""How often as many sets are tried, where the database took none of the few."""
Dump = dict[str, list[Row]]


class Scene:
    """One engine, where worlds are built one after the other."""

    def __init__(self, database: Database, root: Path) -> None:
        self.database = database
        self.root = root
        self.runner = asyncio.Runner()
        self.session: Session | None = None

    def close(self) -> None:
        if self.session is not None:
            self.runner.run(self.session.close())
        self.runner.close()
        self.database.close()

    @property
    def is_sqlite(self) -> bool:
        return self.database.engine == "sqlite"

    def tables(self) -> list[str]:
        query = (
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            " AND name NOT IN ('f_data', 'f_idx', 'f_docsize', 'f_config')"
            if self.is_sqlite
            else "SELECT c.oid::regclass::text FROM pg_class c"
            " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
        )
        return [str(name) for (name,) in self.database.run(query)]

    def build(self, world: World) -> None:
        run = self.database.run
        if self.is_sqlite:
            run("PRAGMA foreign_keys = OFF")
            for kind in ("VIEW", "TABLE"):
                named = f"SELECT name FROM sqlite_schema WHERE type = '{kind.lower()}'"
                # A virtual table takes its own tables along.
                named += " AND name NOT LIKE 'sqlite%' ORDER BY sql NOT LIKE '%VIRTUAL%'"
                while names := run(named):
                    run(f'DROP {kind} "{names[0][0]}"')
            run("PRAGMA foreign_keys = ON")
        else:
            run("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
        run(*world.ddl)

    def insert(self, table: str, columns: tuple[str, ...], values: list[object]) -> None:
        marks = ", ".join(["?" if self.is_sqlite else "%s"] * len(values))
        text = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
        try:
            self.database.run(text, values=[self.database.value(one) for one in values])
        except (psycopg.Error, sqlite3.Error):
            event("a row the schema refuses")

    def dump(self) -> Dump:
        """Every row of every table, each in the very table it lies in."""
        only = "" if self.is_sqlite else "ONLY "
        return {
            table: sorted(self.database.run(f"SELECT * FROM {only}{table}"), key=repr)
            for table in self.tables()
        }

    def rows(self, target: Target) -> list[dict[str, Value]]:
        found = self.database.run(f"SELECT {', '.join(target.seen)} FROM {target.name}")
        return [dict(zip(target.seen, row, strict=True)) for row in found]  # type: ignore[arg-type]

    # -- studio's side -----------------------------------------------------------------------------

    @property
    def journal(self) -> EditJournal:
        return EditJournal(self.database.engine, self.root)

    def apply(self, changes: ChangeSet) -> tuple[tuple[Lasting, ...], ApplyReport] | None:
        """What was said before, and what came of it; None: studio refuses the set."""

        async def work() -> tuple[tuple[Lasting, ...], ApplyReport]:
            if self.session is None:
                self.session = await Session.open(parse(self.database.target))
            made = await prepare(self.session, await fitted(self.session, changes.changes))
            return made.lasting, await apply_changes(self.session, made, journal=self.journal)

        try:
            return self.runner.run(work())
        except StudioError as error:
            note(f"refused: {error}")
            return None

    def undo(self, number: int | None) -> ApplyReport | Refused:
        async def work() -> ApplyReport:
            entry = self.journal.entry(number or 0)
            assert entry is not None
            assert self.session is not None
            return await undo(self.session, self.journal, entry)

        try:
            return self.runner.run(work())
        except Refused as error:
            return error


@pytest.fixture(scope="module")
def sqlite_scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("undo")
    found = Scene(SQLiteDatabase(str(folder / "undo.db")), folder)
    yield found
    found.close()


@pytest.fixture(scope="module")
def postgresql_scene(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    with postgres_server.database() as name:
        database = PostgresDatabase(postgres_server.url(name))
        # The same question is about another table in the next world.
        database.writer.prepare_threshold = None
        found = Scene(database, tmp_path_factory.mktemp("undo"))
        yield found
        found.close()


def draw_rows(draw: st.DrawFn, scene: Scene, world: World) -> None:
    for table, columns, values in world.rows:
        for _ in range(draw(st.integers(0, 4))):
            scene.insert(table, columns, [draw(one) for one in values])


def draw_changes(draw: st.DrawFn, scene: Scene, world: World) -> list[Change]:
    made: list[Change] = []
    for target in world.targets:
        ref = TableRef(None, target.name)
        for row in scene.rows(target):
            made.extend(draw_change(draw, scene, target, ref, row))
        if draw(st.integers(0, 3)) == 0:
            made.append(Insert(ref, draw_new(draw, scene, target)))
    return draw(st.permutations(made))


def draw_change(
    draw: st.DrawFn, scene: Scene, target: Target, ref: TableRef, row: dict[str, Value]
) -> list[Change]:
    kind = draw(st.sampled_from(("none", "none", "update", "update", "delete")))
    if kind == "none":
        return []
    # Without a key a row is named by all it holds; with one, what was seen may be little.
    whole = not target.key or draw(st.booleans())
    named = {name: row[name] for name in target.key}
    seen = dict(row) if whole else {}
    if kind == "delete":
        return [Delete(ref, named, seen)]
    names = draw(st.sets(st.sampled_from(sorted(target.columns)), min_size=1, max_size=2))
    after = {name: value(scene, draw(target.columns[name])) for name in sorted(names)}
    return [Update(ref, named, seen, after)]


def draw_new(draw: st.DrawFn, scene: Scene, target: Target) -> dict[str, Value]:
    row = {name: draw(st.integers(6, 9)) for name in target.key}
    row |= {name: draw(one) for name, one in target.columns.items() if name not in target.key}
    return {name: value(scene, one) for name, one in row.items() if name != "rowid"}


def value(scene: Scene, plain: object) -> Value:
    return scene.database.value(plain)


SAID = frozenset(Cause) - {Cause.NUMBERS}


def may_differ(world: World, said: tuple[Lasting, ...]) -> set[str]:
    """The tables that what was said allows to stay otherwise."""
    found: set[str] = set()
    for one in said:
        if one.cause in SAID:
            found |= {one.table.name, *world.writes.get(one.table.name, ())}
    return found


@pytest.mark.parametrize(
    ("engine", "world"),
    [
        pytest.param(engine, world, id=f"{engine}-{world.name}")
        for engine, worlds in WORLDS.items()
        for world in worlds
    ],
)
def test_undo_gives_the_whole_database_back_or_said_before_what_stays(
    request: pytest.FixtureRequest, engine: str, world: World
) -> None:
    scene: Scene = request.getfixturevalue(f"{engine}_scene")
    applied: list[bool] = []

    @settings(
        max_examples=-(-SETS // len(WORLDS[engine])),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        applied.append(there_and_back(data.draw, scene, world))

    for number in range(_ROUNDS):
        seed(number)(holds)()
        if any(applied):
            return
    raise AssertionError("no set was applied: nothing was tested")


def there_and_back(draw: st.DrawFn, scene: Scene, world: World) -> bool:
    """The law, for one random set; whether it was applied at all."""
    scene.build(world)
    draw_rows(draw, scene, world)
    before = scene.dump()
    changes = ChangeSet(draw_changes(draw, scene, world))
    if not len(changes):
        return False
    note(f"{world.name}: {before} {changes.changes}")

    told = scene.apply(changes)

    if told is None or told[1].outcome is not ApplyOutcome.APPLIED:
        event("not applied")
        assert scene.dump() == before
        return False
    said, report = told
    note(f"said {[str(one) for one in said]}; then {report.notes}")
    applied = scene.dump()
    back = scene.undo(report.journal_id)
    after = scene.dump()
    stays = {table for table in before if after[table] != before[table]}
    note(f"applied {applied}; after {after}; undo {back}")
    if isinstance(back, Refused) or back.outcome is not ApplyOutcome.APPLIED:
        event("stays")
        assert after == applied, "an undo that was refused changed something"
        assert any(one.cause in SAID for one in said), "nobody said that it cannot be taken back"
        return True
    event("partly" if stays else "whole")
    assert stays <= may_differ(world, said)
    return True
