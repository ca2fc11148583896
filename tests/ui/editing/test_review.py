"""Review, try, apply, conflicts, refusals, and taking back what was applied."""

import asyncio
import stat

import pytest
from textual.widgets import Input, Static

from studio.config.settings import Settings
from studio.edits.applying.effects import Effects
from studio.edits.journal.journal import EditJournal
from studio.ui.editing import change_review
from studio.ui.editing.applied_sets import AppliedSets
from studio.ui.editing.change_review import ChangeReview
from studio.ui.editing.conflicts import Conflicts
from studio.ui.editing.review import Review
from studio.ui.editing.take_up import TakeUp
from studio.ui.editing.undo_review import UndoReview
from studio.ui.keys.help import Help
from studio.ui.widgets.ask import AskText
from studio.ui.widgets.line_list import LineList
from tests.patience import until
from tests.postgres import run_sql
from tests.scenes import answerable, settle
from tests.ui.editing.driving import USERS, notices, rows, shown, signs, staging, write
from tests.ui.test_browse import column, main, press, tab
from tests.wal.programs import Program

ORDERS = (
    *USERS,
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id)"
    " ON DELETE CASCADE, total REAL)",
    "INSERT INTO orders VALUES (1, 1, 2.5), (2, 1, 3.5), (3, 2, 1.0)",
    "CREATE TABLE log (what TEXT)",
    "CREATE TRIGGER gone AFTER DELETE ON users BEGIN INSERT INTO log VALUES (OLD.name); END",
)


def review(pilot) -> ChangeReview[object]:
    screen = pilot.app.screen
    assert isinstance(screen, ChangeReview)
    return screen


def said(pilot) -> str:
    """What the review says of what happened."""
    return str(review(pilot).query_one("#result", Static).content)


def lines(pilot, name: str) -> list[str]:
    """Every line of one of the review's lists."""
    found = pilot.app.screen.query_one(f"#{name}", LineList)
    return [found.text_of(line).plain for line in range(found.count)]


async def test_the_review_shows_each_change_its_guard_and_the_exact_sql(open_app, sqlite_file):
    async with open_app(sqlite_file(*ORDERS), table="users") as pilot:
        await press(pilot, "right", "e", "text:!", "enter", "down", "d", "i", "w")
        changes = lines(pilot, "changes")
        assert "~ users  id = 1   name: 'Ada' → 'Ada!'   2 more as seen" in changes[0]
        assert "× users  id = 2" in changes[1]
        assert "+ users  every column its default" in changes[2]
        script = " ".join(line.strip() for line in lines(pilot, "sql"))
        assert (
            """UPDATE "users" SET "name"='Ada!' WHERE "id" = 1 AND "name" IS 'Ada' """
            """/* and 2 values as seen */;   -- must touch 1 row"""
        ) in script
        await press(pilot, "f")
        script = " ".join(line.strip() for line in lines(pilot, "sql"))
        assert script.startswith("BEGIN IMMEDIATE;")
        assert (
            """UPDATE "users" SET "name"='Ada!' WHERE "id" = 1 AND "name" IS 'Ada' """
            """AND "age" IS 36 AND "note" IS NULL;   -- must touch 1 row"""
        ) in script
        assert script.count("-- must touch 1 row") == 2
        assert script.endswith("COMMIT;")


def keys(pilot) -> str:
    """The keys that the last line offers."""
    return str(pilot.app.screen.query_one("#keys", Static).content)


async def test_a_review_offers_to_apply_only_when_what_follows_is_known(
    open_app, sqlite_file, monkeypatch
):
    found, known = change_review.effects, asyncio.Event()

    async def late(*args: object) -> Effects:
        await known.wait()
        return await found(*args)

    monkeypatch.setattr(change_review, "effects", late)
    path = sqlite_file(*ORDERS)
    before = rows(path)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "d")
        await pilot.press("w")
        await until(lambda: "foreign keys" in told(pilot))
        assert "still being found out: rows that follow" in told(pilot)
        assert "apply" not in keys(pilot)
        await answerable(pilot)
        await pilot.press("enter")
        await until(lambda: "not yet" in said(pilot))
        known.set()
        await settle(pilot)
        assert keys(pilot).startswith("enter apply   esc back   t dry run")
        assert "orders (user_id) 2 rows deleted with them" in told(pilot)
        assert "found out" not in told(pilot)
        assert rows(path) == before
        await press(pilot, "enter")
        assert len(rows(path)) == len(before) - 1


async def test_who_does_not_wait_for_what_follows_is_told_that_it_is_not_known(
    open_app, sqlite_file, monkeypatch
):
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(change_review, "effects", never)
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "d")
        await pilot.press("w")
        await until(lambda: "foreign keys" in told(pilot))
        await answerable(pilot)
        await pilot.press("s")
        await settle(pilot)
        assert "what follows is not known: you stopped looking" in told(pilot)
        assert keys(pilot).startswith("enter apply all the same")
        await press(pilot, "enter")
        assert len(rows(path)) == 2


async def test_a_set_that_no_database_would_take_is_not_offered_to_be_applied(
    open_app, sqlite_file
):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "d")
        write(path, "ALTER TABLE users RENAME TO people", "CREATE TABLE users (other TEXT)")
        await press(pilot, "w")
        assert "nothing was changed" in said(pilot)
        assert "apply" not in keys(pilot)


def told(pilot) -> str:
    """What the review says of what follows; nothing before it is there."""
    found = pilot.app.screen.query("#effects").results(Static)
    return "".join(str(one.content) for one in found)


async def test_no_line_of_keys_is_cut_in_a_word(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users", size=(80, 24)) as pilot:
        await press(pilot, "d", "w")
        assert keys(pilot).endswith("? keys")
        assert len(keys(pilot)) <= 78
        await press(pilot, "question_mark")
        assert isinstance(pilot.app.screen, Help)


async def test_the_changed_value_is_seen_at_80_columns(open_app, sqlite_file):
    key = "a-key-of-forty-eight-characters-that-names-a-row"
    path = sqlite_file(
        "CREATE TABLE things (name TEXT PRIMARY KEY, kind TEXT, a TEXT, b TEXT)",
        f"INSERT INTO things VALUES ('{key}', 'login of somebody', '{'a' * 400}', 'b')",
    )
    async with open_app(path, table="things", size=(80, 24)) as pilot:
        await press(pilot, "right", "e", "text: else", "enter", "w")
        (line,) = lines(pilot, "changes")
        assert len(line) <= 80
        assert "kind: 'login of somebody' → 'login of somebody else'" in line
        assert "things  name = " in line
        assert len(lines(pilot, "sql")) < 8
        assert "and 3 values as seen" in " ".join(lines(pilot, "sql"))


async def test_cascades_and_triggers_are_told_before(open_app, sqlite_file):
    async with open_app(sqlite_file(*ORDERS), table="users") as pilot:
        await press(pilot, "d", "w")
        told = str(review(pilot).query_one("#effects", Static).content)
        assert "orders (user_id) 2 rows deleted with them" in told
        assert "triggers: gone on DELETE" in told
        assert "undo runs the triggers of" in told


async def test_a_cascade_added_since_the_last_review_is_told(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "d", "w")
        assert "orders" not in str(review(pilot).query_one("#effects", Static).content)
        await press(pilot, "escape")
        write(path, *ORDERS[len(USERS) :])
        await press(pilot, "w")
        told = str(review(pilot).query_one("#effects", Static).content)
        assert "orders (user_id) 2 rows deleted with them" in told


async def test_one_added_on_postgresql_is_told_and_taken_back(open_app, postgres):
    run_sql(
        postgres,
        "CREATE TABLE users (id int PRIMARY KEY, name text)",
        "INSERT INTO users VALUES (1, 'Ada'), (2, 'Bob')",
    )
    async with open_app(postgres, table="users") as pilot:
        await press(pilot, "d", "w")
        assert "orders" not in str(review(pilot).query_one("#effects", Static).content)
        await press(pilot, "escape")
        run_sql(
            postgres,
            "CREATE TABLE orders (id int, user_id int REFERENCES users ON DELETE CASCADE)",
            "INSERT INTO orders VALUES (7, 1)",
        )
        await press(pilot, "w")
        told = str(review(pilot).query_one("#effects", Static).content)
        assert "orders (user_id) 1 row deleted with" in told
        await press(pilot, "enter")
        assert run_sql(postgres, "SELECT * FROM orders") == []
        await press(pilot, "ctrl+p", "text:undo last apply", "enter", "enter")
        assert run_sql(postgres, "SELECT * FROM orders") == [(7, 1)]


async def test_a_trial_counts_everything_and_changes_nothing(open_app, sqlite_file):
    path = sqlite_file(*ORDERS)
    before = rows(path)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "d", "w", "t")
        assert "rolled back, 1 statement, 4 rows would change" in said(pilot)
        assert "orders 2" in said(pilot)
        assert rows(path) == before
        await press(pilot, "enter")
        assert len(rows(path)) == len(before) - 1
        assert rows(path, "SELECT id FROM orders") == [(3,)]


async def test_other_tabs_show_what_cascades_and_triggers_did(open_app, sqlite_file):
    path = sqlite_file(*ORDERS, "CREATE VIEW named AS SELECT name FROM users")
    async with open_app(path, table="users") as pilot:
        for table in ("orders", "log", "named", "users"):
            await press(pilot, "t", f"text:{table}", "enter")
            await settle(pilot)
        await press(pilot, "d", "w", "enter")
        await settle(pilot)
        assert column(pilot, "id") == [2, 3]
        for table, name, values in (
            ("orders", "id", [3]),
            ("log", "what", ["Ada"]),
            ("named", "name", ["Bob", "Cyd"]),
        ):
            await press(pilot, "t", f"text:{table}", "enter")
            await settle(pilot)
            assert column(pilot, name) == values


async def test_the_catalog_counts_again_what_was_applied(open_app, sqlite_file):
    async with open_app(sqlite_file(*ORDERS), table="users") as pilot:
        tree = main(pilot).tree_pane
        await press(pilot, "d", "w", "enter")
        await settle(pilot)
        found = {summary.ref.name: summary.row_estimate for summary in tree.summaries}
        assert (found["users"], found["orders"]) == (2, 1)
        await press(pilot, "ctrl+p", "text:undo last apply", "enter", "enter")
        await settle(pilot)
        found = {summary.ref.name: summary.row_estimate for summary in tree.summaries}
        assert (found["users"], found["orders"]) == (3, 3)


async def test_changes_are_dropped_one_by_one_and_brought_back(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "d", "down", "d", "down", "d", "w", "down", "minus")
        assert len(lines(pilot, "changes")) == 2
        await press(pilot, "u")
        assert len(lines(pilot, "changes")) == 3
        await press(pilot, "minus", "enter")
        assert [row[0] for row in rows(path)] in ([1], [2], [3])


async def test_dropping_the_last_change_closes_the_review(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "d", "w", "minus")
        assert pilot.app.screen is main(pilot)
        assert signs(pilot) == "..."


async def test_the_script_is_saved_and_never_over_a_file(open_app, sqlite_file, tmp_path):
    target = tmp_path / "out.sql"
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "d", "w")
        for _ in range(2):
            await press(pilot, "o")
            pilot.app.screen.query_one(Input).value = str(target)
            await press(pilot, "enter")
        assert "exists already" in said(pilot)
    script = target.read_text()
    assert script.startswith("BEGIN IMMEDIATE;\nDELETE FROM")
    assert script.endswith("COMMIT;\n")


async def test_a_conflict_shows_was_yours_now_and_mine_wins_when_taken(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "right", "e", "text:!", "enter")
        write(path, "UPDATE users SET name = 'Eva', age = 1 WHERE id = 1")
        await press(pilot, "w", "enter")
        assert isinstance(pilot.app.screen, Conflicts)
        assert rows(path)[0] == (1, "Eva", 1, None)
        first = lines(pilot, "columns")[0].split()
        assert first == ["!", "name", "'Ada'", "▸", "'Ada!'", "'Eva'"]
        await press(pilot, "m")
        assert isinstance(pilot.app.screen, Review)
        await press(pilot, "enter")
        assert rows(path)[0] == (1, "Ada!", 1, None)


async def test_a_conflict_is_edited_again_over_what_is_there_now(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "right", "e", "text:!", "enter")
        write(path, "UPDATE users SET name = 'Eva', age = 1 WHERE id = 1")
        await press(pilot, "w", "enter", "e")
        assert tab(pilot).rows.grid.cursor == (0, 1)
        await press(pilot, "e", "text:?", "enter", "w", "enter")
        assert rows(path)[0] == (1, "Ada!?", 1, None)


async def test_theirs_drops_the_change(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "right", "e", "text:!", "enter")
        write(path, "UPDATE users SET name = 'Eva' WHERE id = 1")
        await press(pilot, "w", "enter", "t")
        assert not len(staging(pilot).changes)
        assert pilot.app.screen is main(pilot)


async def test_a_conflict_is_settled_column_by_column(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(
            pilot, "right", "e", "text:!", "enter", "right", "e", "ctrl+u", "text:160", "enter"
        )
        write(path, "UPDATE users SET name = 'Eva', age = 1 WHERE id = 1")
        await press(pilot, "w", "enter")
        assert [line.split()[1] for line in lines(pilot, "columns")[:2]] == ["name", "age"]
        await press(pilot, "space", "enter", "enter")
        assert rows(path)[0] == (1, "Eva", 160, None)


async def test_a_row_that_is_gone_can_be_made_anew(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "right", "e", "text:!", "enter")
        write(path, "DELETE FROM users WHERE id = 1")
        await press(pilot, "w", "enter")
        assert "gone" in str(pilot.app.screen.query_one("#said", Static).content)
        await press(pilot, "m", "enter")
        assert rows(path)[0] == (1, "Ada!", 36, None)


async def test_a_refusal_is_told_in_words_and_leads_to_the_cell(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "down", "right", "right", "e", "text:9", "enter", "home", "w", "enter")
        assert "age" in said(pilot)
        assert "nothing was changed" in said(pilot)
        assert rows(path)[1][2] == 41
        await press(pilot, "e")
        assert tab(pilot).rows.grid.cursor == (1, 2)
        await press(pilot, "e", "backspace", "enter", "w")
        assert not len(staging(pilot).changes)


async def test_a_refused_new_row_leads_to_itself(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "i", "down", "down", "w", "enter", "e")
        assert tab(pilot).rows.grid.cursor == (1, 1)


async def test_a_deferred_constraint_says_which_row(open_app, postgres):
    run_sql(
        postgres,
        "CREATE TABLE a (id int PRIMARY KEY)",
        "CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a DEFERRABLE INITIALLY DEFERRED)",
        "INSERT INTO a VALUES (1)",
        "INSERT INTO b VALUES (1, 1)",
    )
    async with open_app(postgres, table="b") as pilot:
        await press(pilot, "right", "e", "text:99", "enter", "w", "enter")
        assert "no row of public.a has id = '99'" in said(pilot)
        assert run_sql(postgres, "SELECT a FROM b") == [(1,)]


async def test_production_asks_for_the_tables_name(open_app, sqlite_file):
    path = sqlite_file(*USERS, name="prod.db")
    settings = Settings(production=("prod.db",))
    async with open_app(path, table="users", settings=settings) as pilot:
        await press(pilot, "d", "w", "enter")
        assert isinstance(pilot.app.screen, AskText)
        await press(pilot, "text:user", "enter")
        assert len(rows(path)) == 3
        assert "nothing was sent" in said(pilot)
        await press(pilot, "enter", "text:users", "enter")
        assert len(rows(path)) == 2


async def test_the_last_applied_set_is_taken_back(open_app, sqlite_file):
    path = sqlite_file(*ORDERS)
    before, orders = rows(path), rows(path, "SELECT * FROM orders")
    async with open_app(path, table="users") as pilot:
        await press(pilot, "d", "w", "enter")
        assert rows(path, "SELECT count(*) FROM orders") == [(1,)]
        await press(pilot, "ctrl+p", "text:undo last apply", "enter")
        assert isinstance(pilot.app.screen, UndoReview)
        title = str(pilot.app.screen.query_one("#title", Static).content)
        assert title.startswith("Take back set 1: users 1, orders 2 on ")
        assert title.endswith(": 3 changes in one transaction")
        shown_lines = "\n".join(lines(pilot, "changes"))
        assert "+ users  id=1, name='Ada', age=36, note=∅" in shown_lines
        assert "+ orders  id=2, user_id=1, total=3.5" in shown_lines
        assert "INSERT INTO" in "\n".join(lines(pilot, "sql"))
        assert keys(pilot).startswith("enter take it back   esc back   t dry run")
        await press(pilot, "t")
        assert "rolled back, 3 statements, 3 rows would change" in said(pilot)
        await press(pilot, "enter")
        assert rows(path) == before
        assert rows(path, "SELECT * FROM orders") == orders
        assert "taken back" in notices(pilot)
        assert shown(pilot, 0)[1] == "Ada"


async def test_a_set_whose_rows_changed_since_is_not_taken_back(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "right", "e", "text:!", "enter", "w", "enter")
        write(path, "UPDATE users SET name = 'Zed' WHERE id = 1")
        await press(pilot, "ctrl+p", "text:undo last apply", "enter", "enter")
        result = str(pilot.app.screen.query_one("#result", Static).content)
        assert "nothing was changed" in result
        assert "! ~ users  id = 1   name: 'Ada!' → 'Ada'" in lines(pilot, "changes")[0]
        assert rows(path)[0][1] == "Zed"


async def test_a_set_that_was_taken_back_is_not_offered_again(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "right", "e", "text:!", "enter", "w", "enter")
        await press(pilot, "ctrl+p", "text:undo last apply", "enter", "enter")
        assert "set 1 taken back: 1 row ·" in notices(pilot)
        await press(pilot, "ctrl+p", "text:applied sets", "enter", "down", "enter")
        assert isinstance(pilot.app.screen, UndoReview)
        assert "taken back already, by set 2" in said(pilot)
        assert "take it back" not in keys(pilot)
        await press(pilot, "enter")
        assert rows(path)[0][1] == "Ada"


async def test_enter_on_a_conflict_stages_and_writes_nothing(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "right", "e", "text:!", "enter")
        write(path, "UPDATE users SET name = 'Eva' WHERE id = 1")
        await press(pilot, "w", "enter")
        assert isinstance(pilot.app.screen, Conflicts)
        assert keys(pilot).startswith("enter stage what ▸ marks   esc later")
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, Review)
        assert "nothing is written yet" in said(pilot)
        assert rows(path)[0][1] == "Eva"


@pytest.mark.parametrize("undo", [False, True])
async def test_a_wait_for_a_lock_says_who_holds_it(open_app, postgres, undo):
    run_sql(postgres, "CREATE TABLE t (id int PRIMARY KEY, v text)", "INSERT INTO t VALUES (1,'a')")
    import psycopg  # noqa: PLC0415 only here somebody must hold a lock

    async with open_app(postgres, table="t") as pilot:
        await press(pilot, "right", "e", "text:!", "enter", "w")
        if undo:
            await press(pilot, "enter", "ctrl+p", "text:undo last apply", "enter")
        with psycopg.connect(postgres, application_name="the nightly job") as other:
            other.execute("SELECT * FROM t FOR UPDATE")
            await answerable(pilot)
            await pilot.press("enter")
            await until(lambda: "the nightly job (pid" in said(pilot))
            assert "the lock is held by" in said(pilot)
        await settle(pilot)
        assert run_sql(postgres, "SELECT v FROM t") == [("a" if undo else "a!",)]


async def test_applied_sets_are_listed(open_app, sqlite_file):
    async with open_app(sqlite_file(*USERS), table="users") as pilot:
        await press(pilot, "d", "w", "enter", "d", "w", "enter")
        await press(pilot, "ctrl+p", "text:applied sets", "enter")
        listed = pilot.app.screen
        assert isinstance(listed, AppliedSets)
        await until(lambda: [entry.id for entry in listed._shown] == [2, 1])


async def test_a_wait_for_a_file_says_who_holds_it(open_app, tmp_path, monkeypatch):
    # A busy machine may not see who it is within the two seconds that are waited.
    opened = "studio.backends.sqlite.connecting._open.__defaults__"
    monkeypatch.setattr(opened, (600.0,))
    path = tmp_path / "live.db"
    program = Program(path)
    for statement in USERS:
        program.sql(statement)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "d", "w")
        program.sql("BEGIN IMMEDIATE")
        await answerable(pilot)
        await pilot.press("enter")
        await until(lambda: "the lock is held by" in said(pilot))
        assert "(pid " in said(pilot)
        program.sql("ROLLBACK")
        await settle(pilot)
        assert len(rows(path)) == 2
    program.close()


async def test_esc_before_commit_rolls_back_and_says_so(open_app, postgres):
    run_sql(postgres, "CREATE TABLE t (id int PRIMARY KEY, v text)", "INSERT INTO t VALUES (1,'a')")
    import psycopg  # noqa: PLC0415 only here somebody must hold a lock

    with psycopg.connect(postgres) as other:
        other.execute("SELECT * FROM t FOR UPDATE")
        async with open_app(postgres, table="t") as pilot:
            await press(pilot, "right", "e", "text:!", "enter", "w")
            await answerable(pilot)
            await pilot.press("enter")
            await until(lambda: _waits(postgres))
            await pilot.press("escape")
            await settle(pilot)
            assert "stopped before COMMIT" in said(pilot)
            assert len(staging(pilot).changes) == 1
            other.rollback()
            assert run_sql(postgres, "SELECT v FROM t") == [("a",)]
            await press(pilot, "enter")
            assert run_sql(postgres, "SELECT v FROM t") == [("a!",)]


def _waits(postgres: str) -> bool:
    return bool(run_sql(postgres, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))


async def test_what_was_staged_is_offered_on_the_next_start(open_app, sqlite_file, tmp_path):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "right", "e", "text:!", "enter", "i")
    kept = list((tmp_path / "state").rglob("staged-*.jsonl"))
    assert len(kept) == 1
    assert stat.S_IMODE(kept[0].stat().st_mode) == 0o600
    async with open_app(path, table="users") as pilot:
        assert isinstance(pilot.app.screen, TakeUp)
        await press(pilot, "t")
        assert len(staging(pilot).changes) == 2
        assert shown(pilot, 0)[1] == "Ada!"
        await press(pilot, "W", "y")
    assert not list((tmp_path / "state").rglob("staged-*.jsonl"))


@pytest.mark.parametrize(("keys", "left"), [("Dy", 0), ("Dnl", 1), ("l", 1), ("d", 1)])
async def test_they_can_be_discarded_or_left_for_later(open_app, sqlite_file, tmp_path, keys, left):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "d")
    async with open_app(path, table="users") as pilot:
        await press(pilot, *keys)
        assert not len(staging(pilot).changes)
    assert len(list((tmp_path / "state").rglob("staged-*.jsonl"))) == left


async def test_steps_that_cannot_be_kept_are_told(open_app, sqlite_file, monkeypatch):
    path = sqlite_file(*USERS)

    def full(self: EditJournal) -> None:
        raise OSError(28, "No space left on device")

    async with open_app(path, table="users") as pilot:
        monkeypatch.setattr(EditJournal, "keep_staged", full)
        await press(pilot, "d")
        await until(lambda: "not being kept" in notices(pilot))
        await press(pilot, "q")
        assert "not kept on disk (No space left on device)" in pilot.app.screen._question
        await press(pilot, "n")
        assert len(staging(pilot).changes) == 1
