"""Functions, triggers, types and the like in the tree, read when somebody looks at it."""

from studio.ui.shell.catalog_tree import CatalogTree
from studio.ui.values.value import ValueScreen
from tests.patience import until
from tests.postgres import run_sql
from tests.ui.test_browse import press


def lines(tree: CatalogTree) -> list[str]:
    """What it lists."""
    return [tree._lines[index].text for index in range(tree.line_count)]


async def looked_at(pilot) -> CatalogTree:
    tree = pilot.app.screen.query_one(CatalogTree)
    tree.focus()
    await until(lambda: "triggers" in lines(tree))
    return tree


async def source(pilot, tree: CatalogTree, name: str) -> str:
    tree.cursor = next(i for i, line in enumerate(lines(tree)) if line.startswith(name))
    await press(pilot, "enter")
    await until(lambda: isinstance(pilot.app.screen, ValueScreen))
    found = pilot.app.screen._value
    await press(pilot, "escape")
    return found


async def unfold(pilot, tree: CatalogTree, *titles: str) -> None:
    for title in titles:
        tree.cursor = lines(tree).index(title)
        await press(pilot, "right")


async def test_postgresql(open_app, postgres):
    run_sql(
        postgres,
        "CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2';"
        "CREATE TABLE things (id serial, n int);"
        "CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        'CREATE TRIGGER "[red]x" BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION watch();'
        "CREATE TYPE mood AS ENUM ('sad');"
        "CREATE SCHEMA code; CREATE PROCEDURE code.tidy() LANGUAGE sql AS 'SELECT 1';",
    )
    async with open_app(postgres, table="things") as pilot:
        before = pilot.app.screen.query_one(CatalogTree)
        assert "functions" not in lines(before)
        tree = await looked_at(pilot)
        assert {"functions", "sequences", "types", "code"} <= {*lines(tree)}
        await unfold(pilot, tree, "functions", "triggers", "types")
        assert "SELECT n * 2" in await source(pilot, tree, "twice(n integer)")
        assert "CREATE TRIGGER" in await source(pilot, tree, "[red]x")
        assert "AS ENUM" in await source(pilot, tree, "mood")
        await press(pilot, "slash", "text:tidy", "enter")
        assert lines(tree) == ["code.tidy"]
        assert "PROCEDURE" in await source(pilot, tree, "code.tidy")


async def test_sqlite(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE things (id INTEGER PRIMARY KEY)",
        "CREATE TRIGGER watching AFTER INSERT ON things BEGIN SELECT 1; END",
        "CREATE VIEW seen AS SELECT id FROM things",
    )
    async with open_app(path, table="things") as pilot:
        tree = await looked_at(pilot)
        assert lines(tree).count("views") == 1
        await unfold(pilot, tree, "triggers")
        assert "CREATE TRIGGER watching" in await source(pilot, tree, "watching")
