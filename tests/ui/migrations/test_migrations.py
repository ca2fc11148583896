"""The migrations board on real projects, driven by keys."""

import hashlib
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from textual.widgets import Static

from studio.db.url import parse
from studio.migrations.candidates import nearby
from studio.migrations.source import MigrationSource
from studio.ui.migrations.board_lines import LineKind
from studio.ui.migrations.board_list import MigrationList
from studio.ui.migrations.source import badge_of
from studio.ui.migrations.tab import MigrationsTab
from studio.ui.shell.main import MainScreen
from studio.ui.shell.top_line import TopLine
from tests.migrations.conftest import VARIABLES
from tests.postgres import run_sql
from tests.scenes import everything_wrong, settle
from tests.ui.test_browse import press

SAMPLES = Path(__file__).parents[2] / "samples" / "migrations"


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    """What this machine has set must not decide what a project means."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def sample(tmp_path):
    """A copy of one sample project."""
    return lambda name: Path(shutil.copytree(SAMPLES / name, tmp_path / name))


def main(pilot) -> MainScreen:
    return next(s for s in pilot.app.screen_stack if isinstance(s, MainScreen))


def board(pilot) -> MigrationsTab:
    shown = main(pilot).tab_stack.current
    assert isinstance(shown, MigrationsTab)
    return shown


def listed(pilot) -> list[str]:
    """The lines of the board as they are on the screen, without blanks at the end."""
    view = board(pilot).board
    return [view.render_line(y).text.rstrip() for y in range(len(view.lines))]


def entries(pilot) -> dict[str, str]:
    lines = board(pilot).board.lines
    return {line.text: line.entry.state.value for line in lines if line.entry is not None}


def title(pilot) -> str:
    return str(board(pilot).query_one("#title", Static).content).rstrip()


def page(pilot) -> list[str]:
    return ["".join(text for text, _ in line) for line in board(pilot).page.page.lines]


def snapshot_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def commit(folder: Path) -> None:
    """Make `folder` a git work tree with everything in it committed."""
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-C", str(folder)]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "as it is"]):
        subprocess.run([*git, *words], check=True, capture_output=True)


async def test_the_demo_has_one_pending_and_one_edited(open_app, demo):
    before = snapshot_of(demo.parent)
    async with open_app(demo) as pilot:
        await press(pilot, "g", "m")
        assert title(pilot).startswith("Drizzle · drizzle/ → __drizzle_migrations · 5 applied, ")
        states = entries(pilot)
        assert states["0003_index_messages"] == "changed"
        assert states["0006_artifacts_status"] == "pending"
        assert list(states.values()).count("applied") == 5
        top = main(pilot).query_one(TopLine)
        assert top.badge == "⚠ 1 pending, 1 changed migrations"
        assert board(pilot).board.current.text == "0003_index_messages"
        pending = next(line for line in listed(pilot) if "0006" in line)
        assert "⚠ Adds status NOT NULL" in pending
        asides = {line.text: line.aside for line in board(pilot).board.lines}
        assert asides["0006_artifacts_status"].startswith("ALTER TABLE `artifacts` ADD")
        assert any("made 2026-01-01" in line for line in listed(pilot))
    assert snapshot_of(demo.parent) == before


async def test_the_palette_has_it(open_app, demo):
    async with open_app(demo) as pilot:
        await press(pilot, "ctrl+p", "text:migrations of", "enter")
        assert isinstance(main(pilot).tab_stack.current, MigrationsTab)


async def test_states_are_cycled_and_text_narrows(open_app, demo):
    async with open_app(demo) as pilot:
        await press(pilot, "g", "m", "f")
        assert set(entries(pilot).values()) == {"changed", "pending"}
        assert "only what needs a look" in title(pilot)
        await press(pilot, "f")
        assert set(entries(pilot).values()) == {"applied"}
        await press(pilot, "f", "f")
        assert set(entries(pilot).values()) == {"pending"}
        await press(pilot, "f")
        assert len(entries(pilot)) == 7
        await press(pilot, "slash", "text:index", "enter")
        assert list(entries(pilot)) == ["0003_index_messages"]
        await press(pilot, "escape")
        assert len(entries(pilot)) == 7
        await press(pilot, "slash", "text:no such thing", "enter")
        assert not entries(pilot)
        assert "F shows everything" in board(pilot).tab_place
        await press(pilot, "F")
        assert len(entries(pilot)) == 7


async def test_enter_shows_the_sql_in_colours_and_follows_the_cursor(open_app, demo):
    async with open_app(demo) as pilot:
        await press(pilot, "g", "m", "home", "enter")
        tab = board(pilot)
        assert any("CREATE TABLE `users`" in line for line in page(pilot))
        tones = {tone for line in tab.page.page.lines for _, tone in line}
        assert "keyword" in tones
        await press(pilot, "end", "up")
        while tab.board.current.entry is None:
            await press(pilot, "up")
        assert "status" in "\n".join(page(pilot))
        assert any(line.startswith("⚠ line") for line in page(pilot))
        await press(pilot, "escape")
        assert not tab.has_class("-page")
        assert tab.board.has_focus


async def test_the_difference_against_git(open_app, demo):
    folder = demo.parent
    path = folder / "drizzle" / "0003_index_messages.sql"
    now = path.read_text()
    ran = now.replace("-- CREATE INDEX `messages_author_idx` ON `messages` (`author_id`);\n", "")
    assert ran != now
    path.write_text(ran)
    commit(folder)
    path.write_text(now)
    async with open_app(demo) as pilot:
        await press(pilot, "g", "m", "d")
        shown = page(pilot)
        assert "its checksum is the recorded one" in " ".join(shown)
        added = [line for line in shown if line.startswith("+--")]
        assert added == ["+-- CREATE INDEX `messages_author_idx` ON `messages` (`author_id`);"]
        tones = {
            tone for line in board(pilot).page.page.lines for text, tone in line if text in added
        }
        assert tones == {"plus"}
        await press(pilot, "home")
        assert "The file is the same." in page(pilot)


async def test_without_git_the_difference_says_so(open_app, demo):
    async with open_app(demo) as pilot:
        await press(pilot, "g", "m", "d")
        assert "git does not know this file" in " ".join(page(pilot))


async def test_objects_are_whole_where_there_is_room(open_app, demo):
    name = "a_table_with_a_name_longer_than_most_have"
    with closing(sqlite3.connect(demo)) as connection:
        connection.execute(f"CREATE TABLE {name} (id integer PRIMARY KEY)")
        connection.commit()
    async with open_app(demo) as pilot:
        await press(pilot, "g", "m")
        listed = board(pilot).query_one(MigrationList)
        place = next(n for n, line in enumerate(listed.lines) if line.text == name)
        y = place - listed.scroll_offset.y
        assert listed.size.width * 2 // 5 < len(name)
        shown = "".join(segment.text for segment in listed.render_line(y))
        assert f"{name} " in shown
        assert "is in the database only" in shown


async def test_drift_in_full_with_both_sides_and_the_statement(open_app, demo, monkeypatch):
    with closing(sqlite3.connect(demo)) as connection:
        connection.execute("ALTER TABLE agents ADD COLUMN nickname text")
        connection.execute("CREATE TABLE stray (id integer PRIMARY KEY)")
        connection.commit()
    before = demo.read_bytes()
    copied: list[str] = []
    monkeypatch.setattr(
        "studio.ui.migrations.tab.copy", lambda _app, text, _called="": copied.append(text)
    )
    async with open_app(demo) as pilot:
        await press(pilot, "g", "m")
        drift = [li for li in board(pilot).board.lines if li.kind is LineKind.DRIFT]
        assert {(li.text, li.aside) for li in drift} >= {
            ("agents.nickname", "is in the database only"),
            ("stray", "is in the database only"),
        }
        await press(pilot, "D")
        text = "\n".join(page(pilot))
        assert "≠ agents.nickname  extra column" in text
        assert "declared  -" in text
        assert 'ALTER TABLE "agents" DROP COLUMN "nickname"' in text
        await press(pilot, "y")
        assert len(copied) == 1
        assert 'DROP TABLE "stray"' in copied[0]
    assert demo.read_bytes() == before


async def test_the_command_is_copied_and_nothing_runs(open_app, demo, monkeypatch):
    copied: list[str] = []
    monkeypatch.setattr(
        "studio.ui.migrations.tab.copy", lambda _app, text, _called="": copied.append(text)
    )
    async with open_app(demo) as pilot:
        await press(pilot, "g", "m", "c")
        assert copied == ["npx drizzle-kit migrate"]


async def test_a_command_that_would_run_more_in_a_shell_is_not_copied(
    open_app, tmp_path, monkeypatch
):
    copied: list[str] = []
    monkeypatch.setattr(
        "studio.ui.migrations.tab.copy", lambda _app, text, _called="": copied.append(text)
    )
    name = "drizzle.other\ntouch owned.config.ts"
    (tmp_path / name).write_text("export default { dialect: 'sqlite', out: './drizzle' };\n")
    (tmp_path / "drizzle" / "meta").mkdir(parents=True)
    (tmp_path / "drizzle" / "meta" / "_journal.json").write_text('{"entries": []}')
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE __drizzle_migrations (id SERIAL PRIMARY KEY, hash text, created_at num)"
        )
        connection.execute("INSERT INTO __drizzle_migrations VALUES (1, '', 1)")
        connection.commit()
    async with open_app(path) as pilot:
        await press(pilot, "g", "m", "c")
        assert not any("\n" in text for text in copied)


async def test_reload_sees_what_a_tool_did_meanwhile(open_app, demo):
    async with open_app(demo) as pilot:
        await press(pilot, "g", "m")
        assert entries(pilot)["0006_artifacts_status"] == "pending"
        path = demo.parent / "drizzle" / "0006_artifacts_status.sql"
        hashed = hashlib.sha256(path.read_bytes()).hexdigest()
        journal = (demo.parent / "drizzle" / "meta" / "_journal.json").read_text()
        when = int(journal.rsplit('"when": ', 1)[1].split(",", 1)[0])
        with closing(sqlite3.connect(demo)) as connection:
            connection.execute(
                "INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)", (hashed, when)
            )
            connection.commit()
        await press(pilot, "R")
        assert entries(pilot)["0006_artifacts_status"] == "applied"
        assert main(pilot).query_one(TopLine).badge == "⚠ 1 changed migration"


async def test_no_editor_is_said(open_app, demo, monkeypatch):
    monkeypatch.setenv("EDITOR", "no-such-editor-here")
    monkeypatch.delenv("VISUAL", raising=False)
    async with open_app(demo) as pilot:
        await press(pilot, "g", "m", "o")
        messages = [note.message for note in pilot.app._notifications]
        assert messages == ["no-such-editor-here is not there: set $EDITOR"]


async def test_a_history_without_a_project(open_app, sample, tmp_path):
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    (empty / "x").mkdir()
    path = Path(shutil.copy(SAMPLES / "history-only" / "kitchen.sqlite3", empty / "x"))
    async with open_app(path, folder=empty / "x") as pilot:
        await press(pilot, "g", "m")
        assert title(pilot) == "Knex · no project here → knex_migrations · 3 recorded"
        assert set(entries(pilot).values()) == {"recorded"}
        assert not main(pilot).query_one(TopLine).badge


async def test_no_migrations_anywhere_is_a_sentence(open_app, sqlite_file):
    path = sqlite_file("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    async with open_app(path) as pilot:
        await press(pilot, "g", "m")
        assert any("no migrations found" in line for line in listed(pilot))
        assert not main(pilot).query_one(TopLine).badge


async def test_a_project_that_does_not_know_the_connected_database_is_not_all_pending(
    open_app, sample, sqlite_file
):
    project = sample("alembic-two-heads")
    other = sqlite_file("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    async with open_app(other, folder=project) as pilot:
        await press(pilot, "g", "m")
        assert sorted(entries(pilot).values()) == ["applied", "applied", "applied", "pending"]
        assert not main(pilot).query_one(TopLine).badge


async def test_the_folder_of_the_file_counts_where_this_one_has_nothing(open_app, demo, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    async with open_app(demo, folder=empty) as pilot:
        await press(pilot, "g", "m")
        assert len(entries(pilot)) == 7


async def test_a_folder_inside_the_project_finds_it(open_app, demo):
    commit(demo.parent)
    deep = demo.parent / "src" / "deep"
    deep.mkdir(parents=True)
    async with open_app(demo, folder=deep) as pilot:
        await press(pilot, "g", "m")
        assert len(entries(pilot)) == 7


async def test_an_unreachable_database_is_a_sentence(open_app, sample, sqlite_file):
    project = sample("alembic-two-heads")
    (project / "orders.db").unlink()
    other = sqlite_file("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    async with open_app(other, folder=project) as pilot:
        await press(pilot, "g", "m")
        assert set(entries(pilot).values()) == {"unknown"}
        problems = [li.text for li in board(pilot).board.lines if li.kind is LineKind.PROBLEM]
        assert len(problems) == 1
        assert "orders.db" in problems[0]
        assert not (project / "orders.db").exists()


async def test_what_is_not_determinable_is_said_in_the_words_of_the_screen(
    open_app, sample, sqlite_file
):
    project = sample("drizzle-pg")
    other = sqlite_file("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    async with open_app(other, folder=project) as pilot:
        await press(pilot, "g", "m")
        notes = [li.text for li in board(pilot).board.lines if li.kind is LineKind.NOTE]
        assert any("not determinable" in n and "g c" in n for n in notes)
        assert not any("--database" in n for n in notes)


async def test_everything_wrong(open_app, tmp_path):
    target = everything_wrong(tmp_path / "wrong")
    before = snapshot_of(tmp_path / "wrong")
    async with open_app(target, folder=tmp_path / "wrong") as pilot:
        await press(pilot, "g", "m")
        shown = set(entries(pilot).values())
        assert shown >= {"applied", "changed", "pending", "failed", "out-of-order", "missing-file"}
        assert any(li.kind is LineKind.DRIFT for li in board(pilot).board.lines)
        badge = main(pilot).query_one(TopLine).badge
        assert badge.startswith("⚠ ")
    after = snapshot_of(tmp_path / "wrong")
    assert after == before


async def test_two_thousand_migrations_are_moved_through_at_once(open_app, tmp_path):
    target = many(tmp_path, 2000)
    async with open_app(target) as pilot:
        await press(pilot, "g", "m")
        view = board(pilot).board
        assert len(view.lines) >= 2000
        made: list[int] = []
        original = view.pieces
        view.pieces = lambda line, width: made.append(1) or original(line, width)
        await press(pilot, "home", "pagedown", "G")
        assert len(made) < 400
        assert "2000" in "".join(listed_on_screen(view))


def listed_on_screen(view) -> list[str]:
    return [view.render_line(y).text for y in range(view.size.height)]


def many(folder: Path, count: int) -> Path:
    """A dbmate project with `count` migrations, all but the last applied."""
    place = folder / "db" / "migrations"
    place.mkdir(parents=True)
    for number in range(1, count + 1):
        text = "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 1;\n"
        (place / f"2026{number:010}_step_{number}.sql").write_text(text)
    path = folder / "app.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY)")
        connection.executemany(
            "INSERT INTO schema_migrations VALUES (?)",
            [(f"2026{n:010}",) for n in range(1, count)],
        )
        connection.commit()
    return path


async def test_hostile_names_reach_the_screen_as_symbols(open_app, tmp_path):
    place = tmp_path / "db" / "migrations"
    place.mkdir(parents=True)
    name = "20260101000000_\x1b]0;owned\x07_[red]x\u202e.sql"
    (place / name).write_text("-- migrate:up\nSELECT '\x1b[2J';\n-- migrate:down\n")
    path = tmp_path / "app.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY)")
        connection.execute("INSERT INTO schema_migrations VALUES ('\x1b[31m\u202e9')")
        connection.commit()
    async with open_app(path) as pilot:
        await press(pilot, "g", "m")
        view = board(pilot).board
        assert len(view.lines) >= 2
        for _ in view.lines:
            await press(pilot, "enter")
            drawn = [*listed(pilot), *listed_on_screen(board(pilot).page)]
            assert not any(c in line for line in drawn for c in "\x1b\x07\u202e")
            await press(pilot, "escape", "down")


async def test_the_badge_comes_by_itself_after_the_first_rows(open_app, demo, monkeypatch):
    async with open_app(demo) as pilot:
        assert not main(pilot).query_one(TopLine).badge
        main(pilot).facts.look_for_badge()
        await settle(pilot)
        assert main(pilot).query_one(TopLine).badge == "⚠ 1 pending, 1 changed migrations"


def test_the_badge_opens_no_other_database(sample, sqlite_file):
    project = sample("alembic-two-heads")
    other = sqlite_file("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    opened: list[str] = []
    source = MigrationSource(project, parse(str(other)))
    connect = source._connect
    source._connect = lambda address: opened.append(address) or connect(address)
    assert source.connected() == ()
    assert set(opened) == {str(other)}
    assert badge_of(project, parse(str(other))) == ""
    assert badge_of(project, parse(str(project / "orders.db"))) == "⚠ 1 pending migration"


def test_a_home_folder_is_nobodys_project(sample, sqlite_file, monkeypatch, tmp_path):
    sample("alembic-two-heads")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "own").mkdir()
    path = sqlite_file("CREATE TABLE t (id INTEGER PRIMARY KEY)", name="own/app.db")
    assert MigrationSource(tmp_path, parse(str(path))).read().board.projects == ()


def test_a_project_offers_the_database_it_names(sample, tmp_path):
    sample("alembic-two-heads")
    sample("prisma-failed")
    found = nearby(tmp_path)
    by_label = {item.label: item.source for item in found}
    orders = by_label["alembic-two-heads/orders.db"]
    assert orders.startswith("Alembic, alembic-two-heads/alembic.ini · ")
    assert "Prisma" in by_label["prisma-failed/prisma/shop.db"]
    assert [item.target for item in found].count(str(tmp_path / "alembic-two-heads/orders.db")) == 1


def test_a_password_a_project_names_is_not_shown(tmp_path):
    (tmp_path / "prisma" / "migrations" / "1_init").mkdir(parents=True)
    (tmp_path / "prisma" / "migrations" / "1_init" / "migration.sql").write_text("SELECT 1;\n")
    (tmp_path / "prisma" / "schema.prisma").write_text(
        'datasource db {\n provider = "postgresql"\n url = "postgresql://ada:s3cret@h/shop"\n}\n'
    )
    (found, *_) = nearby(tmp_path)
    assert "s3cret" in found.target
    assert "s3cret" not in found.label
    assert found.label.endswith("@h/shop")


async def test_two_heads_are_in_the_header(open_app, sample):
    project = sample("alembic-two-heads")
    async with open_app(project / "orders.db") as pilot:
        await press(pilot, "g", "m")
        assert title(pilot).startswith("Alembic · migrations/versions/ (2 heads) → ")


@pytest.mark.parametrize(("read_only", "drifts"), [(False, True), (True, False)])
async def test_a_replay_is_asked_for(open_app, postgres, tmp_path, read_only, drifts):
    up = "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;\n"
    (tmp_path / "db" / "migrations").mkdir(parents=True)
    (tmp_path / "db" / "migrations" / "1_a.sql").write_text(up)
    run_sql(
        postgres,
        "CREATE TABLE schema_migrations (version varchar(128))",
        "INSERT INTO schema_migrations VALUES ('1')",
        "CREATE TABLE a (id int, extra int)",
    )

    def differences(pilot):
        return [line.text for line in board(pilot).board.lines if line.kind is LineKind.DRIFT]

    async with open_app(postgres, folder=tmp_path, read_only=read_only) as pilot:
        await press(pilot, "g", "m")
        assert not differences(pilot)
        assert any("p replays its SQL" in line for line in listed(pilot))
        await press(pilot, "p", "n")
        assert not differences(pilot)
        await press(pilot, "p", "y")
        assert bool(differences(pilot)) is drifts
        if drifts:
            assert differences(pilot) == ["public.a.extra"]
