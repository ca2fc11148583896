"""The whole command in a real terminal, as a person at a keyboard meets it."""

import re
import shutil
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.postgres import Server
from tests.scenes import everything_wrong
from tests.terminal import Terminal

STUDIO = [sys.executable, "-m", "studio"]
ELSEWHERE = {"PYTHONPATH": str(Path(__file__).parents[2])}
"""For a terminal in another folder than this checkout."""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home: nothing remembered, nothing configured."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return folder


def many_rows(path, count):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, note TEXT)")
    connection.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO events SELECT i, 'note ' || i FROM n",
        (count,),
    )
    connection.close()


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (160, 45)])
def test_the_demo_is_built_opened_and_read(home, columns, rows):
    with Terminal([*STUDIO, "demo", "--rows", "3000"], columns=columns, rows=rows) as terminal:
        terminal.wait_for("conversation_id")
        terminal.wait_for("row 1 of")
        terminal.press("t")
        terminal.press(*"messages", "enter")
        terminal.wait_for("conversation_id")
        terminal.press("G")
        terminal.wait_for("1,440")
        terminal.press("?")
        terminal.wait_for("Next row")
        terminal.press("escape")
        terminal.wait_for(lambda t: "Next row" not in t.text())
        terminal.press("q")
        assert terminal.wait_exit() == 0
    folder = home / ".local" / "share" / "studio" / "demo"
    assert sorted(p.name for p in folder.iterdir()) == [
        "demo.db", "drizzle", "drizzle.config.ts", "package.json",
    ]  # fmt: skip


@pytest.mark.parametrize("variable", [{"LANG": "C"}, {"LC_ALL": "POSIX"}, {"TERM": "linux"}])
def test_an_ascii_terminal_gets_ascii_only(home, tmp_path, monkeypatch, variable):
    path = tmp_path / "app.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, note TEXT)")
    connection.execute("INSERT INTO t VALUES (1, '日本 é 🙂'), (2, NULL)")
    connection.close()
    for name in ("LANG", "LC_ALL", "LC_CTYPE"):
        monkeypatch.delenv(name, raising=False)
    with Terminal([*STUDIO, str(path)], columns=100, rows=30, env=variable) as terminal:
        terminal.wait_for("row 1 of 2")
        seen = terminal.text()
        for keys, shown in (
            ("?", "Next row"),
            ("ctrl+p", "whole value"),
            ("t", "table"),
            ("enter", "1"),
        ):
            terminal.press(keys)
            terminal.wait_for(shown)
            terminal.settle()
            seen += terminal.text()
            terminal.press("escape")
            terminal.settle()
        assert seen.isascii(), sorted({c for c in seen if not c.isascii()})
        assert "+---" in seen
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_a_large_file_is_read_at_both_ends_without_a_trace(home, tmp_path):
    path = tmp_path / "large.db"
    many_rows(path, 500_000)
    before = (path.stat().st_mtime_ns, sorted(p.name for p in tmp_path.iterdir()))
    with Terminal([*STUDIO, str(path)], columns=100, rows=30) as terminal:
        terminal.wait_for("note 1")
        terminal.press("G")
        terminal.wait_for("note 500000")
        terminal.press("pageup")
        terminal.press("g", "g")
        terminal.wait_for("note 13")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert (path.stat().st_mtime_ns, sorted(p.name for p in tmp_path.iterdir())) == before


def test_a_file_replaced_while_open_is_noticed(home, tmp_path):
    path = tmp_path / "app.db"
    many_rows(path, 2_000)
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other, isolation_level=None)
    connection.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, note TEXT)")
    connection.execute("INSERT INTO events VALUES (1, 'from the new file')")
    connection.close()
    with Terminal([*STUDIO, str(path)], columns=100, rows=30) as terminal:
        terminal.wait_for("note 1")
        other.replace(path)
        terminal.press("R")
        terminal.wait_for("from the new file")
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_a_server_killed_while_scrolling_comes_back(home):
    server = Server()
    try:
        server.create()
        with server.database() as name:
            url = server.url(name)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(
                    "CREATE TABLE events AS "
                    "SELECT i AS id, 'note ' || i AS note FROM generate_series(1, 5000) i"
                )
                connection.execute("ALTER TABLE events ADD PRIMARY KEY (id)")
            with Terminal([*STUDIO, url], columns=100, rows=30) as terminal:
                terminal.wait_for("row 1 of")
                terminal.press("pagedown")
                server.stop()
                terminal.press("G")
                terminal.wait_for("PostgreSQL")
                server.start()
                terminal.press("R")
                terminal.press("G")
                terminal.wait_for("note 5000")
                terminal.press("q")
                assert terminal.wait_exit() == 0
    finally:
        server.remove()


def test_a_wrong_target_is_a_sentence_and_a_choice(home, tmp_path):
    with Terminal([*STUDIO, str(tmp_path / "none.db")], columns=80, rows=24) as terminal:
        terminal.wait_for("there is no file")
        many_rows(tmp_path / "real.db", 10)
        terminal.press(*str(tmp_path / "real.db"), "enter")
        terminal.wait_for("note 10")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert not (tmp_path / "none.db").exists()


def test_hostile_text_never_reaches_the_terminal_raw(home, tmp_path):
    path = tmp_path / "hostile.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("CREATE TABLE t (v TEXT)")
    attacks = [
        "\x1b]0;owned\x07",
        "\x1b[2J",
        "\x1b]52;c;aGk=\x07",
        "a\nb\rc",
        "\u202eevil",
        "\x9b31m",
    ]
    connection.executemany("INSERT INTO t VALUES (?)", [(attack,) for attack in attacks])
    connection.close()
    with Terminal([*STUDIO, str(path)], columns=80, rows=24) as terminal:
        terminal.wait_for("row 1 of 6")
        for _ in attacks:
            terminal.press("enter")
            terminal.press("escape")
            terminal.press("down")
        assert terminal.title != "owned"
        assert "\u202e" not in terminal.text()
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_no_color_is_readable(home, tmp_path):
    path = tmp_path / "app.db"
    many_rows(path, 50)
    with Terminal([*STUDIO, str(path)], columns=80, rows=24, env={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for("note 1")
        shown = [terminal.style_at(c, 5) for c in range(20)]
        for char in shown:
            assert char.fg == "default" or len({char.fg[i : i + 2] for i in (0, 2, 4)}) == 1
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_a_read_only_folder_is_no_obstacle(home, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    many_rows(folder / "app.db", 100)
    folder.chmod(0o555)
    try:
        with Terminal([*STUDIO, str(folder / "app.db")], columns=80, rows=24) as terminal:
            terminal.wait_for("note 1")
            terminal.press("q")
            assert terminal.wait_exit() == 0
        assert [path.name for path in folder.iterdir()] == ["app.db"]
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 36)])
def test_the_migrations_board_in_a_project(home, tmp_path, columns, rows):
    everything_wrong(tmp_path)
    with Terminal(STUDIO, columns=columns, rows=rows, cwd=tmp_path, env=ELSEWHERE) as terminal:
        terminal.wait_for("Prisma, prisma")
        terminal.press("enter")
        terminal.wait_for("migrations   ctrl+p" if columns > 100 else "1 changed")
        terminal.press("g", "m")
        terminal.wait_for("20260110090000_merged")
        terminal.wait_for("≠ drift")
        terminal.press("D")
        terminal.wait_for("tmp_import  extra table")
        terminal.press("escape")
        terminal.wait_for(lambda t: "esc close" not in t.text())
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_a_migration_opens_in_the_editor_and_the_board_comes_back(home, tmp_path):
    everything_wrong(tmp_path)
    seen = tmp_path / "seen"
    program = tmp_path / "editor"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > {seen}\n')
    program.chmod(0o755)
    arguments = [*STUDIO, str(tmp_path / "prisma" / "shop.db")]
    editor = {**ELSEWHERE, "EDITOR": str(program), "VISUAL": ""}
    with Terminal(arguments, columns=100, rows=30, cwd=tmp_path, env=editor) as terminal:
        terminal.wait_for("Order")
        terminal.wait_for("no rows")
        terminal.press("g", "m")
        terminal.wait_for("≠ drift")
        terminal.press("o")
        terminal.wait_for(lambda _: seen.exists() and seen.read_text() != "")
        terminal.press("end")
        terminal.wait_for("drift: compared")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert seen.read_text().endswith("20260101090000_init/migration.sql")


HANGING = """
import os, sys, time
real = os.scandir
def scandir(path="."):
    if os.fspath(path).endswith("slow"):
        open({mark!r}, "w").close()
        time.sleep(600)
    return real(path)
os.scandir = scandir
from studio.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("opens", [True, False])
def test_a_folder_that_hangs_does_not_keep_it_from_quitting(home, tmp_path, opens):
    project = tmp_path / "project"
    (project / "slow").mkdir(parents=True)
    many_rows(project / "app.db", 30)
    mark = tmp_path / "hangs"
    words = [sys.executable, "-c", HANGING.format(mark=str(mark)), *(["app.db"] if opens else [])]
    with Terminal(words, cwd=project, env=ELSEWHERE) as terminal:
        terminal.wait_for("note 12" if opens else "looking around")
        terminal.wait_for(lambda _t: mark.exists())
        if opens:
            terminal.press("j", "j")
            terminal.wait_for("row 3 of")
        else:
            terminal.press("escape")
            terminal.wait_for("esc again")
        terminal.press("q" if opens else "escape")
        assert terminal.wait_exit() == 0


def test_the_board_opened_while_the_first_rows_are_only_a_preview(home, tmp_path):
    target = everything_wrong(tmp_path / "wrong")
    with Terminal([*STUDIO, str(target)], cwd=target.parent.parent, env=ELSEWHERE) as terminal:
        terminal.wait_for("productId")
        terminal.press("g", "m")
        terminal.wait_for("tmp_import")
        terminal.wait_for("migrations ⚠")
        terminal.wait_for(lambda t: "productId" not in t.text())
        terminal.press("D")
        terminal.wait_for("Prisma: drift")
        terminal.press("escape")
        terminal.wait_for(lambda t: "Prisma: drift" not in t.text())
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_the_top_line_follows_a_program_that_writes(home, tmp_path):
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as program:
        program.execute("PRAGMA journal_mode = WAL")
        program.execute("CREATE TABLE t (v)")
        with Terminal([*STUDIO, str(path)], columns=120, rows=14) as terminal:
            terminal.wait_for("/ filter")
            terminal.wait_for("not checkpointed")
            program.execute("INSERT INTO t VALUES (randomblob(100000))")
            size = Path(f"{path}-wal").stat().st_size
            terminal.wait_for(f"WAL {size / 1000:.1f} kB")
            assert "not checkpointed" not in terminal.text()


@pytest.fixture
def silent_server():
    """The address of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        yield f"postgresql://someone@127.0.0.1:{port}/shop?sslmode=disable&connect_timeout=60"


@pytest.mark.parametrize("after", [r"connecting \d", r"connecting ([2-9]|\d\d)"])
def test_connecting_stops_on_escape_and_another_choice_is_offered(home, silent_server, after):
    with Terminal([*STUDIO, silent_server], columns=90, rows=14) as terminal:
        terminal.wait_for(re.compile(after))
        terminal.press("escape")
        terminal.wait_for("connecting was stopped")
        terminal.wait_for(lambda t: "esc stops it" not in t.text())


def test_quitting_does_not_wait_for_a_server_that_never_answers(home, silent_server):
    with Terminal([*STUDIO, silent_server], columns=90, rows=14) as terminal:
        terminal.wait_for(re.compile(r"connecting \d"))
        terminal.press("q")
        assert terminal.wait_exit() == 0
