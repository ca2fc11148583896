"""Every place where a person is asked: another program writes and commits meanwhile."""

import pytest
from textual.screen import ModalScreen

from studio.config.settings import Settings
from studio.ui.editing.conflicts import Conflicts
from studio.ui.editing.review import Review
from studio.ui.editing.take_up import TakeUp
from studio.ui.editing.undo_review import UndoReview
from studio.ui.plan.tab import PlanTab
from studio.ui.widgets.ask import Ask, AskText
from tests.postgres import run_sql
from tests.scenes import answerable, settle
from tests.ui.test_browse import main, press
from tests.ui.test_query import asked, write
from tests.wal.programs import Program

SCHEMA = (
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users"
    " ON DELETE CASCADE)",
    "CREATE TABLE other (a INTEGER)",
    "INSERT INTO users VALUES (1, 'Ada'), (2, 'Bob'), (3, 'Cyd')",
    "INSERT INTO orders VALUES (1, 1), (2, 1), (3, 2)",
)
IN_TRANSACTION = (
    "SELECT pid, state, query FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND (state <> 'idle' OR xact_start IS NOT NULL)"
)


class Elsewhere:
    """Somebody else, who waits for nobody."""

    def sql(self, text: str) -> None:
        raise NotImplementedError

    def works(self) -> None:
        """Write and commit, and find no transaction of studio's."""
        raise NotImplementedError


class OnFile(Elsewhere):
    def __init__(self, program: Program) -> None:
        self.sql = program.sql

    def works(self) -> None:
        self.sql("BEGIN IMMEDIATE")
        self.sql("INSERT INTO other VALUES (1)")
        self.sql("COMMIT")


class OnServer(Elsewhere):
    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo

    def sql(self, text: str) -> None:
        run_sql(self._conninfo, text)

    def works(self) -> None:
        assert run_sql(self._conninfo, IN_TRANSACTION) == []
        # What no open transaction that read any of them would let pass.
        tables = "users, orders, other"
        run_sql(self._conninfo, "SET lock_timeout = '2s'", f"TRUNCATE other; LOCK TABLE {tables}")


@pytest.fixture(params=["wal", "delete", "postgresql"])
def place(request, tmp_path):
    """Where the database is, and somebody else who uses it."""
    if request.param == "postgresql":
        conninfo = request.getfixturevalue("postgres")
        run_sql(conninfo, *SCHEMA)
        yield conninfo, OnServer(conninfo)
        return
    program = Program(tmp_path / "live.db")
    program.sql(f"PRAGMA journal_mode = {request.param}")
    for statement in SCHEMA:
        program.sql(statement)
    yield str(tmp_path / "live.db"), OnFile(program)
    program.close()


def is_on(pilot, kind: type[ModalScreen]) -> None:
    assert isinstance(pilot.app.screen, kind), pilot.app.screen


async def test_review_trial_conflicts_and_undo(open_app, place):
    target, other = place
    async with open_app(target, table="users") as pilot:
        await press(pilot, "right", "e", "text:!", "enter", "down", "d", "w")
        is_on(pilot, Review)
        other.works()
        await press(pilot, "t")
        is_on(pilot, Review)
        other.works()
        other.sql("UPDATE users SET name = 'somebody else' WHERE id = 1")
        await press(pilot, "enter")
        is_on(pilot, Conflicts)
        other.works()
        await press(pilot, "m")
        is_on(pilot, Review)
        other.works()
        await press(pilot, "enter")
        other.works()
        await press(pilot, "ctrl+p", "text:undo last apply", "enter")
        is_on(pilot, UndoReview)
        other.works()
        await press(pilot, "enter")
        other.works()


async def test_a_production_name_and_what_was_left(open_app, place):
    target, other = place
    settings = Settings(production=("/",))
    async with open_app(target, table="users", settings=settings) as pilot:
        await press(pilot, "d", "w", "enter")
        is_on(pilot, AskText)
        other.works()
        await press(pilot, "escape")
        is_on(pilot, Review)
        other.works()
    async with open_app(target, table="users") as pilot:
        is_on(pilot, TakeUp)
        other.works()
        await press(pilot, "D")
        is_on(pilot, Ask)
        other.works()
        await press(pilot, "y")


async def test_consent_to_measure_a_write_and_to_run_one(open_app, place):
    target, other = place
    async with open_app(target, table="users") as pilot:
        main(pilot).opener.query()
        await settle(pilot)
        write(pilot, "DELETE FROM orders WHERE id = 3")
        await press(pilot, "ctrl+e")
        tab = main(pilot).tab_stack.current
        assert isinstance(tab, PlanTab)
        other.works()
        tab.action_measure()
        await asked(pilot, Ask)
        await answerable(pilot)
        other.works()
        await press(pilot, "y")
        other.works()
        assert tab.run_shown is not None
