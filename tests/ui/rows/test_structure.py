"""The structure of a relation, as the page says it."""

from rich.console import Console

from studio.ui.rows.structure_view import StructureView
from tests.postgres import run_sql
from tests.ui.test_browse import press, tab


def page(pilot) -> str:
    shown = tab(pilot).query_one(StructureView).query_one("#page").content
    console = Console(width=120, no_color=True)
    with console.capture() as captured:
        console.print(shown)
    return captured.get()


async def test_the_size_of_an_index_is_an_estimate(open_app, postgres):
    run_sql(
        postgres,
        "CREATE TABLE events (id int);"
        "INSERT INTO events SELECT i FROM generate_series(1, 1000) i;"
        "CREATE INDEX by_id ON events (id)",
    )
    async with open_app(postgres, table="events") as pilot:
        await press(pilot, "g", "s")
        shown = page(pilot)
        (line,) = (line for line in shown.splitlines() if "by_id (id)" in line)
        assert " ~" in line
        assert line.rstrip().endswith("KiB")
