"""Pastes and bursts in a real terminal: text is text, and nobody's answer."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.examples import some
from tests.terminal import Terminal
from tests.ui.editing.driving import USERS, rows

START, END = b"\x1b[200~", b"\x1b[201~"
HARMFUL = (
    b" note \x1b[0m dw\r",
    b"\x1b[31mred\x1b[0m\rdw\r\r",
    b"\x1bdw\r",
    b"\x1b\x1b\x1bdw\r",
    b"\x12\x07dw\r\x1b[B\rWy",
    b"\x1b[200~dw\r",
    b"\x1b[201dw\r\x1b[201",
    b"\xff\xc3dw\r\x9b201~dw\r",
    b"\x1b]0;t\x07dw\r\x1b[<0;5;5Mdw\r\x1bOPqy\r",
    b"\x1b[99999999999;1udw\r",
)
BEFORE = [(1, "Ada", 36, None), (2, "Bob", 41, ""), (3, "Cyd", 29, "x")]


@pytest.fixture
def path(sqlite_file) -> Path:
    return sqlite_file(*USERS)


@pytest.fixture
def places(tmp_path) -> dict[str, str]:
    """Empty folders of its own, and an editor that leaves a mark."""
    editor = tmp_path / "editor"
    editor.write_text(f"#!/bin/sh\ntouch {tmp_path / 'edited'}\n")
    editor.chmod(0o755)
    folders = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("STATE", "CONFIG", "DATA")}
    return {**folders, "VISUAL": str(editor)}


def started(path: Path, places: dict[str, str], *words: str) -> Terminal:
    return Terminal(
        [sys.executable, "-m", "studio", str(path), *(words or ("--table", "users"))],
        columns=100,
        rows=30,
        env=places,
    )


@pytest.fixture
def studio(path, places) -> Iterator[Terminal]:
    """studio on the table of users."""
    with started(path, places) as terminal:
        terminal.wait_for("row 1 of 3")
        yield terminal


def whole(terminal: Terminal, raw: bytes) -> None:
    terminal.send(raw)


def by_bytes(terminal: Terminal, raw: bytes) -> None:
    for byte in raw:
        terminal.send(bytes([byte]), settle_s=0.0)


def with_pauses(terminal: Terminal, raw: bytes) -> None:
    """Longer than Textual waits for the rest of a sequence, at every ESC and inside the markers."""
    for place, byte in enumerate(raw):
        pause = 0.25 if raw[max(0, place - 1) : place + 1].count(b"\x1b") else 0.0
        terminal.send(bytes([byte]), settle_s=pause)


Sending = Callable[[Terminal, bytes], None]


def seen(studio: Terminal) -> None:
    """Wait until a question was on the screen for so long that it takes answers."""
    studio.settle(0.6)


@pytest.mark.parametrize("text", some(HARMFUL))
def test_a_paste_on_the_rows_is_new_rows_or_nothing(studio, path, text):
    studio.send(START + text + END, settle_s=0.3)
    unharmed(studio, path)


@pytest.mark.parametrize("send", [by_bytes, with_pauses])
def test_it_is_however_it_is_read(studio, path, send: Sending):
    # Each ESC of a text is waited for with pauses.
    for text in some(HARMFUL) if send is with_pauses else HARMFUL:
        send(studio, START + text + END)
        unharmed(studio, path)
        studio.press("up")
        studio.wait_for("row 1 of")


def unharmed(studio: Terminal, path: Path) -> None:
    """Only a key moves the cursor, and nothing else was done."""
    studio.press("down")
    studio.wait_for("row 2 of")
    assert "COMMIT" not in studio.text()
    assert not any("×" in line for line in studio.lines()[3:-1])
    assert rows(path) == BEFORE


@pytest.mark.parametrize("send", some([whole, by_bytes, with_pauses]))
def test_a_paste_in_the_query_tab_is_text_of_the_query(studio, path, tmp_path, send: Sending):
    studio.press("T")
    studio.wait_for("ctrl+r runs the statement")
    send(studio, START + b"select 1 \x1b[0m, \x12\x07 'a\rb'" + END)
    studio.wait_for("line 2, column 3")
    assert "select 1 ␛[0m, ␒␇ 'a" in studio.text()
    assert not (tmp_path / "edited").exists()
    assert "1 row" not in studio.text()
    assert rows(path) == BEFORE


def test_a_paste_in_a_line_of_text_is_one_line_of_text(studio):
    studio.press("/")
    studio.wait_for(lambda t: "row 1 of" in t.text())
    studio.send(START + b"na\x1bme =\r'B\x07ob'\r" + END)
    studio.wait_for("name = 'Bob'")
    assert b"\x1bme" not in studio.received


@pytest.mark.parametrize("text", some([b"\r", b"y\r", b"\x1b[0m\r", b"y", b"tmt\r"]))
def test_a_paste_answers_no_question(studio, path, text):
    studio.press("d")
    studio.wait_for("staged 1")
    for key, shown in (("w", "COMMIT;"), ("W", "Discard 1 staged edit?")):
        studio.press(key)
        studio.wait_for(shown)
        seen(studio)
        studio.send(START + text + END)
        studio.settle(0.3)
        assert shown in studio.text()
        studio.press("escape")
        studio.wait_for(lambda t, shown=shown: shown not in t.text())
    studio.wait_for("staged 1")
    assert rows(path) == BEFORE


@pytest.mark.parametrize("burst", some([b"dw\r", b"abc dw\r", b"dw\r\r\r\r", b"dwt\r"]))
def test_a_burst_without_marks_applies_nothing(studio, path, burst):
    studio.send(burst)
    studio.wait_for("COMMIT;")
    studio.settle(0.3)
    assert rows(path) == BEFORE
    seen(studio)
    # Also when the question was there before.
    studio.send(b"x\r")
    studio.send(b"\rx")
    studio.wait_for("press it again")
    seen(studio)
    assert rows(path) == BEFORE
    studio.press("enter")
    studio.wait_for("applied: ")
    assert rows(path) == BEFORE[1:]


def test_a_burst_answers_no_yes_or_no(studio):
    studio.press("d")
    studio.wait_for("staged 1")
    studio.send(b"Wyes\r")
    studio.wait_for("Discard 1 staged edit?")
    seen(studio)
    studio.send(b"yes")
    studio.settle(0.3)
    assert "Discard 1 staged edit?" in studio.text()
    studio.press("y")
    studio.wait_for("1 staged edit discarded")


def test_a_burst_commits_no_statement(studio, path):
    studio.press("T")
    studio.wait_for("ctrl+r runs the statement")
    studio.send(b"delete from users\x12yy\r")
    for question in ("y run it", "y commit"):
        studio.wait_for(question)
        seen(studio)
        studio.send(b"yes\r")
        studio.settle(0.3)
        assert question in studio.text()
        assert rows(path) == BEFORE
        studio.press("y")
    studio.wait_for(lambda _: rows(path) == [])


def test_a_held_enter_takes_nothing_back(studio, path):
    studio.press("d")
    studio.wait_for("staged 1")
    studio.press("w")
    studio.wait_for("COMMIT;")
    seen(studio)
    studio.press("enter")
    studio.wait_for("applied: ")
    studio.press("ctrl+p", "undo last apply")
    studio.settle(0.3)
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        # Nothing is drawn meanwhile: a key that is held comes every few hundredths of a second.
        studio._write(b"\r")
        time.sleep(0.03)
    studio.settle(0.3)
    assert rows(path) == BEFORE[1:]
    studio.wait_for("take it back")


def test_a_name_pasted_with_enter_is_not_typed(path, places, tmp_path):
    config = tmp_path / "CONFIG" / "studio"
    config.mkdir(parents=True)
    (config / "config.toml").write_text('production = ["app.db"]\n')
    with started(path, places) as studio:
        studio.wait_for("row 1 of 3")
        studio.press("d")
        studio.wait_for("staged 1")
        studio.press("w")
        studio.wait_for("COMMIT;")
        seen(studio)
        studio.press("enter")
        studio.wait_for("Type the table's name")
        seen(studio)
        studio.send(b"users\r")
        studio.settle(0.3)
        assert rows(path) == BEFORE
        studio.press("enter")
        studio.wait_for("applied: ")


SLOW = """
import asyncio, sys, time
from textual import events
from textual.widget import Widget
from studio.ui.query import tab
real, compose = Widget._on_key, tab.QueryTab.compose
async def on_key(self, event):
    if event.key in "Te":
        await asyncio.sleep(1.5)
    await real(self, event)
def slow(self):
    time.sleep(1.5)
    yield from compose(self)
Widget._on_key, tab.QueryTab.compose = on_key, slow
from studio.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(params=["quick", "slow"])
def any_speed(path, places, request) -> Iterator[Terminal]:
    """The same where each step from a key to a tab takes more than a second."""
    program = ["-m", "studio"] if request.param == "quick" else ["-c", SLOW]
    words = [sys.executable, *program, str(path), "--table", "users"]
    with Terminal(words, columns=100, rows=30, env=places) as terminal:
        terminal.wait_for("row 1 of 3")
        yield terminal


def test_what_follows_t_is_for_the_tab_that_opens(any_speed, path):
    studio = any_speed
    studio.press("d")
    studio.wait_for("staged 1")
    studio.press("u")
    studio.wait_for(lambda t: "staged" not in t.lines()[0])
    studio.send(b"T" + START + b"select 40 + 1\r, 'dw'" + END + b", 'dux'\x12")
    studio.wait_for("1 row ·")
    studio.wait_for(
        lambda t: any(
            all(one in line for one in ("41", "dw", "dux")) and "select" not in line
            for line in t.lines()[5:]
        ),
    )
    assert "staged" not in studio.lines()[0]
    assert rows(path) == BEFORE


def test_what_follows_e_is_for_the_editor_that_opens(any_speed, path):
    studio = any_speed
    studio.press("right")
    studio.send(b"e" + START + b"\x1bdW\x07" + END + b"dux\r")
    studio.wait_for("staged 1")
    studio.wait_for("Ada␛dW␇dux")
    assert rows(path) == BEFORE


def test_what_follows_a_table_is_for_its_rows(studio):
    studio.send(b"tusers\rj")
    studio.wait_for("row 2 of 3")
    studio.send(b"gsTselect 'gd'")
    studio.wait_for("select 'gd'")


def test_what_is_typed_before_there_is_a_connection_reaches_the_tab_it_asked_for(path, places):
    with started(path, places) as studio:
        studio.arrives("\x1b[?2004h")
        studio.send(b"T" + START + b"select 'dw'" + END)
        studio.wait_for("select 'dw'")
        assert "staged" not in studio.lines()[0]


def test_a_paste_before_the_program_listens_is_text(path, places):
    with started(path, places) as studio:
        studio.arrives("\x1b[?2004h")
        studio.send(START + b"\x1b[0mdw\r" + END)
        studio.wait_for("row 1 of 3")
        studio.press("down")
        studio.wait_for("row 2 of 3")
        assert "COMMIT" not in studio.text()
        assert rows(path) == BEFORE


def test_a_large_paste_is_taken_whole(studio):
    studio.press("T")
    studio.wait_for("ctrl+r runs the statement")
    lines = [f"select {i} -- {'x' * 40}" for i in range(2000)]
    raw = START + "\r".join(lines).encode() + END
    for at in range(0, len(raw), 1000):
        studio.send(raw[at : at + 1000], settle_s=0.0)
    studio.wait_for("line 2000, column")
