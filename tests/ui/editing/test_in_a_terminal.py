"""Edits as a person makes them: the program in a terminal, from the first key to the last."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.answering import answered
from tests.terminal import Terminal
from tests.ui.editing.driving import USERS, rows, write

ORDERS = (
    *USERS,
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id)"
    " ON DELETE CASCADE, total REAL)",
    "INSERT INTO orders VALUES (1, 1, 2.5), (2, 1, 3.5), (3, 2, 1.0)",
)


@pytest.fixture
def path(sqlite_file) -> Path:
    return sqlite_file(*ORDERS)


@pytest.fixture
def studio(path, tmp_path) -> Iterator[Terminal]:
    """studio on the table of users."""
    with started(path, tmp_path) as terminal:
        terminal.wait_for("row 1 of 3")
        yield terminal


def started(path: Path, tmp_path: Path, size: tuple[int, int] = (120, 36), **env: str) -> Terminal:
    return Terminal(
        [sys.executable, "-m", "studio", str(path), "--table", "users"],
        columns=size[0],
        rows=size[1],
        env={"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "c")}
        | env,
    )


def typed(terminal: Terminal, *keys: str) -> None:
    """One key after the other, each handled before the next."""
    for key in keys:
        terminal.press(key)


def test_an_edit_is_applied(studio, path):
    typed(studio, "right", "e")
    studio.wait_for("stage")
    typed(studio, "!", "enter")
    studio.wait_for("staged 1")
    studio.wait_for(lambda screen: any("~" in x and "Ada!" in x for x in screen.lines()))
    typed(studio, "w")
    studio.wait_for("COMMIT;")
    answered(studio, "enter", "applied: ")
    studio.wait_for(lambda screen: "staged" not in screen.lines()[0])
    assert rows(path)[0] == (1, "Ada!", 36, None)


def test_what_is_typed_in_one_go_with_enter_is_staged(studio, path):
    typed(studio, "right", "e")
    studio.wait_for("stage")
    studio.press("!", "enter")
    studio.wait_for("staged 1")
    studio.wait_for(lambda screen: any("~" in x and "Ada!" in x for x in screen.lines()))


def test_a_conflict_is_settled_and_applied(studio, path):
    typed(studio, "right", "e", "!", "enter")
    studio.wait_for("staged 1")
    write(path, "UPDATE users SET name = 'Eva', age = 37 WHERE id = 1")
    typed(studio, "w")
    studio.wait_for("COMMIT;")
    answered(studio, "enter", "take yours")
    for word in ("was", "yours", "now", "'Ada'", "'Ada!'", "'Eva'"):
        assert word in studio.text()
    assert rows(path)[0] == (1, "Eva", 37, None)
    answered(studio, "m", "settled")
    answered(studio, "enter", "applied: ")
    assert rows(path)[0] == (1, "Ada!", 37, None)


def test_a_refusal_is_mended_where_it_says(studio, path):
    typed(studio, "right", "right", "e", "9", "enter")
    studio.wait_for("staged 1")
    typed(studio, "w")
    studio.wait_for("COMMIT;")
    answered(studio, "enter", "nothing was changed")
    assert "age < 200" in studio.text()
    typed(studio, "e")
    studio.wait_for("row 1 of 3")
    typed(studio, "e", "backspace", "backspace", "8", "enter", "w")
    studio.wait_for("COMMIT;")
    answered(studio, "enter", "applied: ")
    assert rows(path)[0][2] == 38


def test_a_trial_tells_of_the_cascade(studio, path):
    typed(studio, "d", "w")
    studio.wait_for("cascades: orders (user_id) 2 rows deleted with them")
    answered(studio, "t", "rolled back, 1 statement, 3 rows would change (orders 2, users 1)")
    assert len(rows(path)) == 3


def test_a_value_goes_through_the_persons_own_editor(path, tmp_path):
    script = tmp_path / "editor.sh"
    script.write_text('#!/bin/sh\nprintf "second\\n" >> "$1"\n')
    script.chmod(0o700)
    terminal = started(path, tmp_path, EDITOR=str(script), VISUAL="")
    with terminal:
        terminal.wait_for("row 1 of 3")
        typed(terminal, "right", "right", "right", "down", "down", "e")
        terminal.wait_for("$EDITOR")
        typed(terminal, "ctrl+o", "ctrl+g")
        terminal.wait_for("second")
        typed(terminal, "enter")
        terminal.wait_for("staged 1")
        typed(terminal, "w")
        terminal.wait_for("COMMIT;")
        answered(terminal, "enter", "applied: ")
    assert rows(path)[2][3] == "x\nsecond\n"


def test_pasted_lines_become_rows(studio, path):
    studio.send(b"\x1b[200~\tFay\t30\r\tGus\t\x1b[201~")
    studio.wait_for("staged 2")
    typed(studio, "w")
    studio.wait_for("COMMIT;")
    answered(studio, "enter", "applied: ")
    assert rows(path)[3:] == [(4, "Fay", 30, None), (5, "Gus", None, None)]


def test_an_applied_set_is_taken_back(studio, path):
    before = rows(path, "SELECT * FROM users JOIN orders ON user_id = users.id ORDER BY orders.id")
    typed(studio, "d", "w")
    studio.wait_for("COMMIT;")
    answered(studio, "enter", "applied: ")
    assert len(rows(path)) == 2
    typed(studio, "ctrl+p", "undo last apply", "enter")
    studio.wait_for("take it back")
    answered(studio, "enter", "taken back")
    after = rows(path, "SELECT * FROM users JOIN orders ON user_id = users.id ORDER BY orders.id")
    assert after == before


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
def test_staged_edits_survive_the_terminal_and_are_taken_up(path, tmp_path, number):
    with started(path, tmp_path) as terminal:
        terminal.wait_for("row 1 of 3")
        typed(terminal, "right", "e", "!", "enter", "down", "d")
        terminal.wait_for("staged 2")
        os.kill(terminal.pid, number)
        code = terminal.wait_exit()
        assert code == (128 + number if number == signal.SIGHUP else -number)
    assert [row[1] for row in rows(path)] == ["Ada", "Bob", "Cyd"]
    with started(path, tmp_path) as terminal:
        terminal.wait_for("2 staged edits")
        answered(terminal, "t", "staged 2")
        terminal.wait_for("Ada!")
        typed(terminal, "w")
        terminal.wait_for("COMMIT;")
        answered(terminal, "enter", "applied: ")
    assert [row[1] for row in rows(path)] == ["Ada!", "Cyd"]


def test_a_terminal_that_is_closed_leaves_nothing_running(path, tmp_path):
    with started(path, tmp_path) as terminal:
        terminal.wait_for("row 1 of 3")
        typed(terminal, "d")
        terminal.wait_for("staged 1")
        terminal.hang_up()
        terminal.wait_exit()
    with started(path, tmp_path) as terminal:
        terminal.wait_for("1 staged edit ")


def test_everything_fits_a_small_terminal(path, tmp_path):
    with started(path, tmp_path, (80, 24)) as terminal:
        terminal.wait_for("row 1 of 3")
        typed(terminal, "right", "e")
        terminal.wait_for("stage")
        typed(terminal, "!", "enter", "w")
        terminal.wait_for("enter apply")
        assert "enter apply" in terminal.lines()[-1]
        assert "esc back" in terminal.lines()[-1]
