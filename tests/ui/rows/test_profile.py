"""`p`: what the values of a column are like; a line there keeps its rows."""

from studio.model.profile import Basis
from studio.ui.rows.pane import RowsPane
from studio.ui.rows.profile import ProfileScreen
from studio.ui.rows.table_profile import TableProfile
from studio.ui.widgets.line_list import LineList
from tests.postgres import run_sql
from tests.scenes import settle
from tests.ui.test_browse import column, press, tab

HOSTILE = "\x1b]0;x\x07[red]"


def shown(pilot) -> list[str]:
    lines = pilot.app.screen.query_one(LineList)
    return [lines.text_of(i).plain.rstrip() for i in range(lines.count)]


async def on_line(pilot, word: str) -> None:
    lines = pilot.app.screen.query_one(LineList)
    place = next(i for i, line in enumerate(shown(pilot)) if line.split()[:1] == [word])
    lines.go_to(place)
    await settle(pilot)


async def test_a_small_table_is_read_whole_and_a_value_filters(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, kind TEXT)",
        f"INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'b'), (4, NULL), (5, '{HOSTILE}')",
    )
    async with open_app(path, table="t", size=(80, 24)) as pilot:
        await press(pilot, "right", "p")
        screen = pilot.app.screen
        assert isinstance(screen, ProfileScreen)
        assert screen.profile.basis is Basis.EXACT
        assert "rows        5" in shown(pilot)
        assert "distinct    3" in shown(pilot)
        assert not any(c in line for line in shown(pilot) for c in "\x1b\x07~")
        await on_line(pilot, "b")
        await press(pilot, "enter")
        assert column(pilot, "id") == [2, 3]
        await press(pilot, "F", "p")
        await on_line(pilot, "nulls")
        await press(pilot, "enter")
        assert column(pilot, "id") == [4]


async def test_a_bar_keeps_its_numbers_and_a_filter_stays(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)",
        "INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c "
        "WHERE i < 48) SELECT i, i FROM c",
    )
    async with open_app(path, table="t", where="n > 24") as pilot:
        await press(pilot, "right", "p")
        await on_line(pilot, "25")
        bars = [line for line in shown(pilot) if " to " in line]
        assert [line.split()[:3] for line in bars[:2]] == [["25", "to", "27"], ["27", "to", "29"]]
        pilot.app.screen.query_one(LineList).go_to(shown(pilot).index(bars[1]))
        await press(pilot, "enter")
        assert column(pilot, "n") == [27, 28]


async def test_statistics_first_then_every_row(open_app, postgres):
    run_sql(
        postgres,
        "CREATE TABLE t (id integer, word text)",
        "INSERT INTO t SELECT i, 'w' || i % 4 FROM generate_series(1, 60000) i",
        "ANALYZE t",
    )
    async with open_app(postgres, table="t", size=(80, 24)) as pilot:
        await press(pilot, "right", "p")
        screen = pilot.app.screen
        assert isinstance(screen, ProfileScreen)
        assert screen.profile.basis is Basis.STATISTICS
        assert "distinct    ~4" in shown(pilot)
        await press(pilot, "x")
        assert screen.profile.basis is Basis.EXACT
        assert "distinct    4" in shown(pilot)
        assert any(line.split()[0] == "w1" and "15,000" in line for line in shown(pilot) if line)
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, ProfileScreen)
        assert tab(pilot).rows.filters == ()


async def test_every_column_of_a_table_and_one_of_them_whole(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, kind TEXT)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'b'), (4, NULL)",
    )
    async with open_app(path, table="t", size=(80, 24)) as pilot:
        tab(pilot).query_one(RowsPane).action_profile_table()
        await settle(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, TableProfile)
        said = [option.prompt.plain.split() for option in screen.lines.options]
        assert said == [
            ["id", "4", "different"],
            ["kind", "25.0", "%", "null", "2", "different", "b", "50", "%"],
        ]
        await press(pilot, "text:kin", "enter")
        assert isinstance(pilot.app.screen, ProfileScreen)
        await on_line(pilot, "b")
        await press(pilot, "enter")
        assert column(pilot, "id") == [2, 3]
