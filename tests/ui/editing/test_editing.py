"""Staging edits with the keyboard, on real databases."""

import sqlite3

import pytest
from textual import events
from textual.geometry import Region

from studio.model.change import DEFAULT, Delete, Insert, Update
from studio.model.page import Shortened
from studio.ui.editing.editors.base import CellEditor
from studio.ui.editing.editors.picks import ChoiceEditor
from studio.ui.editing.editors.reference import ReferenceEditor
from studio.ui.editing.review import Review
from studio.ui.shell.top_line import TopLine
from studio.ui.widgets.ask import Ask
from tests.postgres import run_sql
from tests.scenes import settle
from tests.ui.editing.driving import USERS, notices, rows, shown, signs, staging
from tests.ui.test_browse import column, main, press, tab


async def test_a_cell_edited_reviewed_and_applied(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "right", "e", "text:!", "enter")
        assert column(pilot, "name")[0] == "Ada"
        assert shown(pilot, 0)[1] == "Ada!"
        assert signs(pilot) == "~.."
        assert rows(path)[0][1] == "Ada"
        assert "staged 1" in main(pilot).query_one(TopLine).right
        assert tab(pilot).tab_title == "users ●"
        await press(pilot, "w")
        assert isinstance(pilot.app.screen, Review)
        await press(pilot, "enter")
        assert rows(path)[0] == (1, "Ada!", 36, None)
        assert not len(staging(pilot).changes)
        assert column(pilot, "name")[0] == "Ada!"
        assert main(pilot).query_one(TopLine).right == "ctrl+p"


async def test_null_empty_and_default_are_three_things(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT DEFAULT 'd')",
        "INSERT INTO t VALUES (1, 'a'), (2, 'a'), (3, 'a')",
    )
    async with open_app(path, table="t") as pilot:
        await press(pilot, "right", "n", "down", "E", "down", "N")
        found = [change.after["v"] for change in staging(pilot).changes]
        assert found == [None, "", DEFAULT]
        source = tab(pilot).rows.source
        assert [source.placeholder(row, 1) for row in range(3)] == ["", "", "default"]
        await press(pilot, "w", "enter")
        assert rows(path, "SELECT v FROM t ORDER BY id") == [(None,), ("",), ("d",)]


async def test_opening_an_editor_and_entering_nothing_changes_nothing(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        # A NULL stays NULL, and does not become the empty text that the field shows.
        await press(pilot, "end", "e", "enter")
        assert not len(staging(pilot).changes)


async def test_an_edit_back_to_what_it_was_is_no_edit(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "right", "e", "text:!", "enter", "e", "backspace", "enter")
        assert signs(pilot) == "..."


async def test_what_the_type_refuses_never_leaves_the_editor(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "right", "right", "e", "text:x", "enter")
        editor = pilot.app.screen
        assert isinstance(editor, CellEditor)
        assert "whole number" in str(editor.query_one("#problem").content)
        await press(pilot, "backspace", "text:7", "enter")
        assert shown(pilot, 0)[2] == 367


async def test_not_null_is_said_in_the_editor_and_on_the_key(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "right", "n")
        assert "NOT NULL" in notices(pilot)
        await press(pilot, "e", "ctrl+n")
        assert "NOT NULL" in str(pilot.app.screen.query_one("#problem").content)
        assert not len(staging(pilot).changes)


async def test_inserted_rows_stand_below_the_cursor_and_say_what_they_will_get(
    open_app, sqlite_file
):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "i")
        assert signs(pilot) == ".+.."
        source = tab(pilot).rows.source
        assert [source.placeholder(1, i) for i in range(4)] == ["auto", "required", "", ""]
        await press(pilot, "right", "e", "text:Eve", "enter", "w", "enter")
        assert rows(path)[-1] == (4, "Eve", None, None)
        assert signs(pilot) == "...."


async def test_a_duplicate_leaves_out_what_the_database_gives(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "down", "D", "w", "enter")
        assert rows(path)[-1] == (4, "Bob", 41, "")


async def test_delete_twice_keeps_the_row(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "d")
        assert signs(pilot) == "×.."
        await press(pilot, "right", "e")
        assert "marked to be deleted" in notices(pilot)
        await press(pilot, "d")
        assert signs(pilot) == "..."
        await press(pilot, "down", "d", "w", "enter")
        assert [row[0] for row in rows(path)] == [1, 3]


async def test_deleting_a_new_row_only_drops_it(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "i", "d")
        assert not len(staging(pilot).changes)


async def test_undo_and_redo_go_step_by_step(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "right", "e", "text:1", "enter", "i", "up", "d")
        assert signs(pilot) == "×+.."
        await press(pilot, "u")
        assert signs(pilot) == "~+.."
        await press(pilot, "u")
        assert signs(pilot) == "~.."
        await press(pilot, "u")
        assert signs(pilot) == "..."
        await press(pilot, "u")
        assert "nothing staged" in notices(pilot)
        await press(pilot, "ctrl+r", "ctrl+r", "ctrl+r")
        assert signs(pilot) == "×+.."


async def test_marked_rows_are_set_and_deleted_together(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "right", "right", "m", "m", "e")
        editor = pilot.app.screen
        assert "2 marked rows" in editor.subject.title
        await press(pilot, "ctrl+u", "text:50", "enter")
        assert [shown(pilot, row)[2] for row in range(3)] == [50, 50, 29]
        await press(pilot, "u")
        assert signs(pilot) == "..."
        await press(pilot, "d")
        assert signs(pilot) == "××."
        await press(pilot, "escape")
        assert not tab(pilot).rows.grid.marks


async def test_marked_rows_that_hold_the_value_are_not_written(open_app, sqlite_file):
    path = sqlite_file(
        *USERS,
        "CREATE TABLE log (id)",
        "CREATE TRIGGER watch AFTER UPDATE ON users BEGIN INSERT INTO log VALUES (old.id); END",
    )
    async with open_app(path, table="users") as pilot:
        await press(pilot, "right", "right", "m", "m", "m", "e", "ctrl+u", "text:41", "enter")
        assert signs(pilot) == "~.~"
        assert "age of 2 rows (1 hold it already)" in notices(pilot)
        await press(pilot, "e", "ctrl+u", "text:41", "enter")
        assert "nothing staged" in notices(pilot)
        # Back to what one of them was: one row less is written.
        await press(pilot, "escape", "home", "right", "right", "up", "up", "up", "e", "ctrl+u")
        await press(pilot, "text:36", "enter")
        assert signs(pilot) == "..~"
        await press(pilot, "w", "enter")
        assert rows(path, "SELECT * FROM log") == [(3,)]


async def test_null_is_not_set_where_it_is(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "end", "n")
        assert signs(pilot) == "..."
        assert "nothing staged" in notices(pilot)


@pytest.mark.parametrize("declared", ["", "BLOB", "ANY", "NUMERIC"])
async def test_a_real_is_edited_as_a_real(open_app, sqlite_file, declared):
    path = sqlite_file(
        f"CREATE TABLE t (id INTEGER PRIMARY KEY, v {declared})", "INSERT INTO t VALUES (1, 2.5)"
    )
    async with open_app(path, table="t") as pilot:
        await press(pilot, "right", "e", "ctrl+u", "text:-1e300", "enter", "w", "enter")
        assert rows(path, "SELECT typeof(v), v FROM t") == [("real", -1e300)]
        await press(pilot, "e", "ctrl+u", "text:7.0", "enter", "w", "enter")
        kept = ("integer", 7) if declared in {"ANY", "NUMERIC"} else ("real", 7.0)
        assert rows(path, "SELECT typeof(v), v FROM t") == [kept]


async def test_marks_reach_from_the_last_one(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        await press(pilot, "m", "down", "down", "down", "M", "d")
        assert len(staging(pilot).changes) == 5
        assert all(isinstance(change, Delete) for change in staging(pilot).changes)


async def test_marks_stay_with_their_rows_when_rows_come_in_between(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "down", "m", "up", "up", "i")
        assert tab(pilot).rows.grid.marks == {2}


async def test_pasted_lines_become_new_rows(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        grid = tab(pilot).rows.grid
        await press(pilot, "right")
        grid.post_message(events.Paste("Fay\t30\tn\\tt\nGus\t\t\\N\n"))
        await settle(pilot)
        assert [type(change) for change in staging(pilot).changes] == [Insert, Insert]
        await press(pilot, "w", "enter")
        assert rows(path)[3:] == [(4, "Fay", 30, "n\tt"), (5, "Gus", None, None)]


async def test_a_pasted_heading_says_which_columns(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        tab(pilot).rows.grid.post_message(events.Paste("age\tname\r\n51\tHal\r\n"))
        await settle(pilot)
        await press(pilot, "w", "enter")
        assert rows(path)[3:] == [(4, "Hal", 51, None)]


async def test_a_paste_that_does_not_fit_stages_nothing(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        tab(pilot).rows.grid.post_message(events.Paste("9\tA\t1\n10\tB\tmany\n"))
        await settle(pilot)
        assert not len(staging(pilot).changes)
        assert "line 2, age" in notices(pilot)


async def test_several_tables_are_staged_at_once_and_survive_closing_their_tabs(
    open_app, sqlite_file
):
    path = sqlite_file(*USERS, "CREATE TABLE tags (id INTEGER PRIMARY KEY, word TEXT)")
    async with open_app(path, table="users") as pilot:
        await press(pilot, "right", "e", "text:!", "enter", "t", "text:tags", "enter", "i")
        assert len(staging(pilot).changes.tables) == 2
        await press(pilot, "1", "x", "t", "text:users", "enter")
        assert signs(pilot) == "~.."
        await press(pilot, "w", "enter")
        assert rows(path)[0][1] == "Ada!"
        assert rows(path, "SELECT count(*) FROM tags") == [(1,)]


async def test_staged_values_survive_another_order_and_filter(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "right", "e", "text:!", "enter", "s", "s")
        assert [shown(pilot, row)[1] for row in range(3)] == ["Cyd", "Bob", "Ada!"]
        assert signs(pilot) == "..~"


async def test_discard_asks_and_can_be_taken_back(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "d", "W")
        assert isinstance(pilot.app.screen, Ask)
        await press(pilot, "y")
        assert signs(pilot) == "..."
        await press(pilot, "u")
        assert signs(pilot) == "×.."


async def test_quitting_with_staged_edits_asks(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "d", "q")
        assert isinstance(pilot.app.screen, Ask)
        await press(pilot, "n", "ctrl+q")
        assert isinstance(pilot.app.screen, Ask)
        await press(pilot, "n")


async def test_a_shortened_value_is_fetched_whole_before_it_is_edited(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        "INSERT INTO t VALUES (1, replace(hex(zeroblob(20000)), '00', 'ab'))",
    )
    async with open_app(path, table="t") as pilot:
        await press(pilot, "right")
        assert isinstance(tab(pilot).rows.grid.cell().value, Shortened)
        await press(pilot, "e", "text:!", "enter")
        (change,) = staging(pilot).changes
        assert change.after["v"] == "ab" * 20000 + "!"
        assert change.before["v"] == "ab" * 20000
        await press(pilot, "w", "enter")
        assert rows(path, "SELECT v FROM t") == [("ab" * 20000 + "!",)]


async def test_a_shortened_value_beside_the_edited_one_is_not_compared(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, v TEXT)",
        "INSERT INTO t VALUES (1, 'a', replace(hex(zeroblob(20000)), '00', 'ab'))",
    )
    async with open_app(path, table="t") as pilot:
        await press(pilot, "right", "e", "text:!", "enter")
        (change,) = staging(pilot).changes
        assert set(change.before) == {"a"}
        await press(pilot, "w", "enter")
        assert rows(path, "SELECT a FROM t") == [("a!",)]


@pytest.mark.parametrize("key", ["e", "n", "i", "d", "D"])
async def test_every_editing_key_says_why_it_is_off(open_app, sqlite_file, key):
    path = sqlite_file(*USERS, "CREATE VIEW v AS SELECT * FROM users")
    async with open_app(path, table="users", read_only=True) as pilot:
        await press(pilot, key)
        assert "--read-only" in notices(pilot)
        assert not len(staging(pilot).changes)
    async with open_app(path, table="v") as pilot:
        await press(pilot, key)
        assert "view without INSTEAD OF" in notices(pilot)
        assert not len(staging(pilot).changes)


async def test_generated_columns_say_so(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, b INT GENERATED ALWAYS AS (a * 2) VIRTUAL)",
        "INSERT INTO t (a) VALUES (4)",
    )
    async with open_app(path, table="t") as pilot:
        await press(pilot, "end", "e")
        assert "computed by the database" in notices(pilot)
        await press(pilot, "left", "e", "text:2", "enter", "w", "enter")
        assert rows(path, "SELECT b FROM t") == [(84,)]


async def test_the_rows_of_a_view_with_triggers_can_be_edited(open_app, sqlite_file):
    path = sqlite_file(
        *USERS,
        "CREATE VIEW v AS SELECT name, age FROM users",
        "CREATE TRIGGER vu INSTEAD OF UPDATE ON v BEGIN"
        " UPDATE users SET age = NEW.age WHERE name = OLD.name; END",
    )
    async with open_app(path, table="v") as pilot:
        await press(pilot, "right", "e", "backspace", "text:9", "enter")
        await press(pilot, "down", "e", "backspace", "text:8", "enter")
        assert len(staging(pilot).changes) == 2
        await press(pilot, "w", "enter")
        assert rows(path, "SELECT age FROM users") == [(39,), (48,), (29,)]


async def test_a_choice_is_picked_and_the_rule_kept(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT CHECK (k IN ('one', 'two', 'three')))",
        "INSERT INTO t VALUES (1, 'two')",
    )
    async with open_app(path, table="t") as pilot:
        await press(pilot, "right", "e")
        assert isinstance(pilot.app.screen, ChoiceEditor)
        await press(pilot, "enter")
        assert not len(staging(pilot).changes)
        await press(pilot, "e", "text:thr", "enter", "w", "enter")
        assert rows(path, "SELECT k FROM t") == [("three",)]


async def test_a_reference_is_searched_by_label_or_typed(open_app, demo):
    async with open_app(demo, table="sessions") as pilot:
        at = [c.name for c in tab(pilot).rows.table.columns].index("user_id")
        await press(pilot, *["right"] * at, "e")
        editor = pilot.app.screen
        assert isinstance(editor, ReferenceEditor)
        with sqlite3.connect(f"file:{demo}?immutable=1", uri=True) as connection:
            key, name = connection.execute(
                "SELECT id, name FROM users WHERE name LIKE '%Kim%' LIMIT 1"
            ).fetchone()
        connection.close()
        await press(pilot, "text:kim")
        assert any(key in row.key and name in row.labels for row in editor._found)
        await press(pilot, "enter")
        (change,) = staging(pilot).changes
        assert isinstance(change, Update)
        await press(pilot, "e", "text:nobody", "enter")
        (change,) = staging(pilot).changes
        assert change.after == {"user_id": "nobody"}


async def test_a_lost_connection_keeps_what_is_staged(open_app, postgres):
    run_sql(postgres, "CREATE TABLE t (id int PRIMARY KEY, v text)", "INSERT INTO t VALUES (1,'a')")
    async with open_app(postgres, table="t") as pilot:
        await press(pilot, "right", "e", "text:!", "enter")
        run_sql(
            postgres,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()",
        )
        await press(pilot, "R")
        assert shown(pilot, 0) == ("1", "a!")
        await press(pilot, "w", "enter")
        assert run_sql(postgres, "SELECT v FROM t") == [("a!",)]


async def test_every_kind_of_postgresql_value_is_edited_and_applied(open_app, postgres):
    run_sql(
        postgres,
        "CREATE TYPE mood AS ENUM ('sad', 'happy')",
        "CREATE TABLE t (id int PRIMARY KEY, n numeric(12,4), b boolean, m mood, j jsonb,"
        " u uuid, y bytea, a int[], w timestamptz, r int4range, i interval)",
        "INSERT INTO t VALUES (1, 1.5, false, 'sad', '{}', gen_random_uuid(), '\\x00', '{1}',"
        " now(), '[1,2)', '1 day')",
    )
    typed = {
        "n": "12345678.9012",
        "m": "happy",
        "b": "true",
        "j": '{"k": [1, 2]}',
        "u": "00000000-0000-4000-8000-000000000001",
        "y": "\\xdeadbeef",
        "a": "{1,NULL,3}",
        "w": "2026-11-20 23:59:59+00",
        "r": "[3,9)",
        "i": "2 mons 3 days",
    }
    async with open_app(postgres, table="t") as pilot:
        for name, text in typed.items():
            names = [c.name for c in tab(pilot).rows.table.columns]
            await press(pilot, "home", *["right"] * names.index(name), "e")
            if isinstance(pilot.app.screen, CellEditor):
                pilot.app.screen.put(text)
            else:
                await press(pilot, f"text:{text}")
            await press(pilot, "enter")
        (change,) = staging(pilot).changes
        assert set(change.after) == set(typed)
        await press(pilot, "w", "enter")
        assert not len(staging(pilot).changes), notices(pilot)
    (found,) = run_sql(
        postgres,
        "SELECT n = 12345678.9012, m = 'happy', b, j = '{\"k\": [1, 2]}', y = '\\xdeadbeef',"
        " a = '{1,NULL,3}', w = '2026-11-20 23:59:59+00', r = '[3,9)', i = '2 mons 3 days' FROM t",
    )
    assert {str(one) for one in found} <= {"True", "t"}


async def test_a_table_without_a_key_is_edited_by_place_and_all_values(open_app, postgres):
    run_sql(postgres, "CREATE TABLE t (v text, w text)", "INSERT INTO t VALUES ('a', 'b')")
    async with open_app(postgres, table="t") as pilot:
        await press(pilot, "e", "text:!", "enter", "w", "enter")
        assert run_sql(postgres, "SELECT v, w FROM t") == [("a!", "b")]


async def test_a_step_paints_the_rows_it_changed_and_no_other(open_app, sqlite_file, monkeypatch):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        grid = tab(pilot).rows.grid
        painted: list[tuple[Region, ...]] = []
        monkeypatch.setattr(grid, "refresh", lambda *regions, **_: painted.append(regions))
        await press(pilot, "down", "d")
        assert signs(pilot) == ".×."
        assert [{region.y for region in regions} for regions in painted] == [{1, 2}, {2}]
        painted.clear()
        await press(pilot, "u")
        assert signs(pilot) == "..."
        assert [{region.y for region in regions} for regions in painted] == [{2}]
        painted.clear()
        # A new row moves the others: everything is painted.
        await press(pilot, "i")
        assert signs(pilot) == "..+."
        assert () in painted


@pytest.mark.parametrize("nothing", ["", "\n", "\r\n\r\n"])
async def test_pasting_nothing_stages_nothing(open_app, sqlite_file, nothing):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        tab(pilot).rows.editing.post_message(events.Paste(nothing))
        await settle(pilot)
        assert signs(pilot) == "..."
        assert "nothing was pasted" in notices(pilot)
