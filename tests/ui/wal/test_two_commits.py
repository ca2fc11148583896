"""The difference of two commits: the older first, whichever was picked first."""

from tests.ui.test_browse import press
from tests.ui.wal.test_wal import commits, live, rows, tab

__all__ = ["live"]


async def test_the_older_comes_first_in_either_order(open_app, live):
    path, writer, _ = live
    writer.sql("DELETE FROM people WHERE id = 1")
    async with open_app(path, size=(80, 24)) as pilot:
        await press(pilot, "g", "w", "d")
        assert commits(pilot)[0].startswith(" d        5")
        assert "d on another commit compares it with 5" in tab(pilot).tab_place
        await press(pilot, "down", "down", "d")
        newest_first = rows(pilot)
        assert newest_first[1:] == ["× 1  name: '[red]Ann'".replace("1  ", "1  id: 1  "),
                                    "~ 2  name: 'Bo' → 'Bob'"]  # fmt: skip
        title = str(tab(pilot).query_one("#rows-title").content)
        assert "what became of commit 3 until 5" in title
        await press(pilot, "escape", "d", "up", "up", "d")
        assert rows(pilot) == newest_first
        assert not any(line.startswith(" d ") for line in commits(pilot))
        await press(pilot, "escape", "d", "escape")
        assert "compares" not in tab(pilot).tab_place


async def test_a_virtual_table_is_one(open_app, live):
    path, writer, _ = live
    writer.sql("CREATE VIRTUAL TABLE words USING fts5(w)")
    writer.sql("INSERT INTO words VALUES ('hello there')")
    async with open_app(path) as pilot:
        await press(pilot, "g", "w")
        assert commits(pilot)[0].split()[-1] == "words"
        await press(pilot, "enter")
        assert rows(pilot)[0] == "words  kept in tables of its own"
        assert "+ 1  id: 1  c0: 'hello there'" in rows(pilot)
        await press(pilot, "B")
        assert not len(tab(pilot)._workspace.staging.changes)


async def test_only_commits_of_a_table(open_app, live):
    path, writer, _ = live
    writer.sql("CREATE TABLE pets (id INTEGER PRIMARY KEY)")
    writer.sql("INSERT INTO pets VALUES (1)")
    async with open_app(path, size=(80, 24)) as pilot:
        await press(pilot, "g", "w", "slash", *"PET", "enter")
        assert [line.split()[1] for line in commits(pilot)] == ["7", "6"]
        assert "with 'PET'" in str(tab(pilot).query_one("#wal-head").content)
        writer.sql("DELETE FROM people")
        writer.sql("DELETE FROM pets")
        await press(pilot, "R")
        assert [line.split()[1] for line in commits(pilot)] == ["9", "7", "6"]
        await press(pilot, "enter")
        assert rows(pilot)[1:] == ["× 1  id: 1"]
        await press(pilot, "escape", "escape")
        assert len(commits(pilot)) == 7
        await press(pilot, "slash", *"none such", "enter")
        assert not commits(pilot)
        assert "no commit of a table with 'none such'" in tab(pilot).tab_place
        await press(pilot, "enter", "d", "v")
        await press(pilot, "escape")
        assert len(commits(pilot)) == 7
