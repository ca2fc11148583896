"""Work ends with the screen that shows it, and nothing that is gone is looked for."""

import asyncio
from functools import partial

import psycopg
import pytest
from textual import work
from textual.app import ComposeResult
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from studio.ui.rows.relations import RelationPick
from studio.ui.widgets.dialog import Dialog
from studio.ui.widgets.pick import Pick
from studio.ui.work_ends import begin_work
from tests.patience import IN_VAIN_S, until
from tests.postgres import run_sql
from tests.scenes import settle
from tests.ui.test_browse import press, tab

CHILDREN = 60


class Busy(Dialog[str]):
    """Looks for its own widgets all the time."""

    def compose(self) -> ComposeResult:
        yield Static("busy", id="busy")

    def on_mount(self) -> None:
        self._look()
        self._look_stubbornly()

    @work(group="busy")
    async def _look(self) -> None:
        while True:
            self.query_one("#busy", Static)
            await asyncio.sleep(0)

    @work(group="stubborn")
    async def _look_stubbornly(self) -> None:
        """What was committed already is told all the same: such a worker hears no cancel."""
        try:
            await asyncio.sleep(IN_VAIN_S)
        except asyncio.CancelledError:
            while self.is_running:
                await asyncio.sleep(0)
            self.query_one("#busy", Static)


@pytest.fixture
def many_children(sqlite_file):
    """A row that many tables may point at."""
    return sqlite_file(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT)",
        "INSERT INTO parent VALUES (1, 'one'), (2, 'two')",
        *(
            f"CREATE TABLE child_{n:02} (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent)"
            for n in range(CHILDREN)
        ),
        *(f"INSERT INTO child_{n:02} VALUES (1, 1), (2, 1)" for n in range(CHILDREN)),
    )


async def test_a_worker_does_not_outlive_its_screen(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        for _ in range(5):
            busy = Busy()
            await pilot.app.push_screen(busy)
            working = [one for one in pilot.app.workers if one.node is busy]
            assert len(working) == 2
            busy.dismiss("done")
            await until(lambda: all(one.is_finished for one in working))  # noqa: B023 awaited here
        await settle(pilot)


async def test_a_worker_does_not_outlive_its_tab(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        busy = Static("looks")
        await tab(pilot).mount(busy)

        async def looking() -> None:
            while True:
                tab(pilot).rows.grid.cell()
                await asyncio.sleep(0)

        worker = busy.run_worker(looking())
        await asyncio.sleep(0)
        await pilot.press("x")
        await until(lambda: worker.is_finished)


async def test_work_that_ends_before_it_began_is_not_missed(open_app, demo):
    begun: list[str] = []

    async def work(name: str) -> None:
        begun.append(name)

    async with open_app(demo, table="users") as pilot:
        begin_work(tab(pilot), partial(work, "first"), "group")
        # In its place, before the loop has come to the first.
        begin_work(tab(pilot), partial(work, "second"), "group")
        await settle(pilot)
        assert begun == ["second"]


async def test_a_screen_is_dismissed_once_and_only_itself(open_app, demo):
    answers: list[str | None] = []
    async with open_app(demo, table="users") as pilot:
        below, above = Busy(), Busy()
        await pilot.app.push_screen(below, answers.append)
        await pilot.app.push_screen(above)
        above.dismiss("above")
        above.dismiss("again")
        assert pilot.app.screen is below
        await pilot.app.push_screen(Busy())
        # Its own work ended it while a question was over it.
        below.dismiss("below")
        below.dismiss("again")
        await settle(pilot)
        assert answers == ["below"]
        assert len(pilot.app.screen_stack) == 1


async def test_relations_are_left_while_they_are_counted(open_app, postgres):
    run_sql(
        postgres,
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "INSERT INTO parent VALUES (1)",
        *(f"CREATE TABLE child_{n} (parent int REFERENCES parent)" for n in range(5)),
    )
    with psycopg.connect(postgres) as other:
        other.execute("LOCK TABLE child_0, child_3 IN ACCESS EXCLUSIVE MODE")
        async with open_app(postgres, table="parent") as pilot:
            for _ in range(3):
                await pilot.press("r")
                await until(lambda: isinstance(pilot.app.screen, RelationPick))
                await until(lambda: any(one.group == "counts" for one in pilot.app.workers))
                await pilot.press("escape")
                # Settled means that no worker waits for the lock.
                await settle(pilot)
                assert not isinstance(pilot.app.screen, RelationPick)
        waiting = run_sql(postgres, "SELECT count(*) FROM pg_locks WHERE NOT granted")
        assert waiting == [(0,)]


async def test_counts_that_come_leave_the_highlight_alone(open_app, many_children):
    async with open_app(many_children, table="parent") as pilot:
        await pilot.press("r")
        await until(lambda: isinstance(pilot.app.screen, RelationPick))
        await pilot.press("down", "down", "down")
        lines = pilot.app.screen.query_one(OptionList)
        await settle(pilot)
        assert "2 rows" in str(lines.get_option_at_index(3).prompt)
        assert lines.highlighted == 3
        await press(pilot, "enter")
        assert tab(pilot).ref.name == "child_03"


async def test_only_relations_that_can_be_seen_are_counted(open_app, many_children):
    async with open_app(many_children, table="parent") as pilot:
        await press(pilot, "r")
        lines = pilot.app.screen.query_one(OptionList)

        def counted() -> list[int]:
            every = range(lines.option_count)
            return [i for i in every if "2 rows" in str(lines.get_option_at_index(i).prompt)]

        height = lines.size.height
        assert counted() == list(range(height))
        await press(pilot, *["pagedown"] * 7)
        assert lines.highlighted == CHILDREN - 1
        assert CHILDREN - 1 in counted()
        await press(pilot, "text:child_25")
        assert "2 rows" in str(lines.get_option_at_index(0).prompt)


class Filling(Pick[str]):
    """A list to which lines come while it is on the screen."""

    there: tuple[str, ...] = ("b", "d")
    shown: tuple[str, ...] = ()

    def offer(self, typed: str) -> list[Option]:
        self.shown = self.there
        return [Option(one) for one in self.shown]

    def mark(self, index: int) -> str:
        return self.shown[index]

    def value(self, index: int) -> str:
        return self.shown[index]


async def test_a_list_that_fills_keeps_the_line_one_went_to(open_app, demo):
    answers: list[str | None] = []
    async with open_app(demo, table="users") as pilot:
        pick = Filling()
        await pilot.app.push_screen(pick, answers.append)
        await pilot.press("down")
        pick.there = ("a", "b", "c", "d")
        pick.refill()
        assert pick.lines.highlighted == 3
        await press(pilot, "enter")
        assert answers == ["d"]


async def test_a_list_that_fills_keeps_to_the_best_when_nobody_went_anywhere(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        pick = Filling()
        await pilot.app.push_screen(pick)
        pick.there = ("a", "b", "c", "d")
        pick.refill()
        assert pick.lines.highlighted == 0
        assert pick.query_one(Input).has_focus
