"""What a person does all day, in a real terminal: find, follow, understand, take away."""

import base64
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.terminal import Condition, Terminal

STUDIO = [sys.executable, "-m", "studio"]
CHATS = (
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)",
    "CREATE TABLE conversations (id INTEGER PRIMARY KEY, title TEXT)",
    "CREATE TABLE messages (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id),"
    " conversation_id INTEGER REFERENCES conversations (id), role TEXT, meta JSON)",
)


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


def chats(path: Path) -> Path:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in CHATS:
            connection.execute(statement)
        connection.execute("INSERT INTO users VALUES (1, 'Ada'), (2, 'Bob')")
        connection.execute("INSERT INTO conversations VALUES (10, 'engines'), (11, 'of the bees')")
        connection.executemany(
            "INSERT INTO messages VALUES (?, ?, ?, ?, ?)",
            (
                (i, 1 + i % 2, 10 + i % 2, "user" if i % 4 else "system",
                 json.dumps({"model": f"m{i % 3}", "usage": {"tokens": i}}))
                for i in range(1, 41)
            ),
        )  # fmt: skip
    return path


def go(terminal: Terminal, *keys: str, to: Condition) -> None:
    """Press keys, and wait for what they lead to, which did not stand there before."""
    assert not (isinstance(to, str) and to in terminal.text()), to
    terminal.press(*keys)
    terminal.wait_for(to)


def answer(terminal: Terminal, key: str, question: str) -> None:
    """A question takes its answer only once it stood there for a moment, and out of no burst."""
    while question in terminal.text():
        terminal.press(key, settle_s=1.0)


def test_users_their_messages_a_conversation_a_value_and_away_with_them(home, tmp_path):
    path, out = chats(tmp_path / "chats.db"), tmp_path / "some.jsonl"
    command = [*STUDIO, str(path), "--table", "users"]
    with Terminal(command, columns=100, rows=30) as terminal:
        terminal.wait_for("row 1 of 2")
        go(terminal, "down", to="row 2 of 2")
        # Rows that point here, then the row that one of those points to, and back twice.
        go(terminal, "r", to="← messages")
        terminal.wait_for("20 rows")
        go(terminal, "enter", to="row 1 of 20 ")
        go(terminal, "right", "right", "r", to="→ conversations")
        go(terminal, "enter", to="row 1 of 1 ")
        assert "of the bees" in terminal.text()
        go(terminal, "backspace", to="row 1 of 20 ")
        terminal.press("backspace")
        terminal.wait_for(lambda t: "where" not in t.text() and "Bob" in t.text())
        # A JSON value, and the rows that have the same in it.
        go(terminal, "t", to="go to table…")
        go(terminal, *"messages", "enter", to="row 1 of 40 ")
        go(terminal, "end", "enter", to="as json")
        go(terminal, "down", to="$.model")
        go(terminal, "f", to="where  meta ->> '$.model' = m1")
        terminal.wait_for("row 1 of 14 ")
        # What a column is like there.
        go(terminal, "left", "p", to="top values")
        terminal.wait_for("rows        14")
        terminal.press("escape")
        terminal.wait_for(lambda t: "top values" not in t.text())
        # A copy of the row, and the rows as a file.
        go(terminal, "y", to="as INSERT")
        terminal.press("j")
        terminal.wait_for(lambda t: "as INSERT" not in t.text())
        copied = b"]52;c;"
        terminal.wait_for(lambda t: copied in t.received)
        sent = bytes(terminal.received).rsplit(copied, 1)[1].split(b"\x07")[0].split(b"\x1b")[0]
        assert json.loads(base64.b64decode(sent))["id"] == 1
        go(terminal, "X", to="messages.csv")
        terminal.press("end", "ctrl+u")
        go(terminal, *str(out), "enter", to="14 rows in")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    written = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["id"] for row in written] == [i for i in range(1, 41) if i % 3 == 1]

    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other, isolation_level=None)) as connection:
        for statement in CHATS:
            connection.execute(statement.replace("REFERENCES users (id)", ""))
        connection.execute("INSERT INTO conversations VALUES (10, 'engines'), (11, 'of the bees')")
    with Terminal([*STUDIO, str(other), "--table", "messages"], columns=100, rows=30) as terminal:
        terminal.wait_for("no rows")
        go(terminal, "I", to="Import")
        go(terminal, *str(out), "enter", to="stages 14 new rows")
        answer(terminal, "y", "stages 14 new rows")
        terminal.wait_for("staged 14")
        go(terminal, "w", to="INSERT INTO")
        answer(terminal, "enter", "INSERT INTO")
        terminal.wait_for("14 rows")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(other)) as two:
        same = "SELECT * FROM messages WHERE meta ->> '$.model' = 'm1' ORDER BY id"
        assert two.execute(same).fetchall() == one.execute(same).fetchall()
        assert two.execute("SELECT count(*) FROM messages").fetchall() == [(14,)]
