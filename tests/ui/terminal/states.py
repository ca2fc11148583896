"""What a person may be in the middle of, reached by keys; with an edit staged, if one can."""

import contextlib
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.postgres import run_sql
from tests.terminal import Terminal
from tests.ui.editing.driving import USERS

COLUMNS, ROWS = 100, 30
SLOW = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
EDITOR = (
    "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); print('mine'); time.sleep(600)"
)
_COMES_S = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """A database, and the folders of a person who has nothing else."""

    target: str
    folder: Path

    @property
    def command(self) -> list[str]:
        """studio on it."""
        return [sys.executable, "-m", "studio", self.target, "--table", "users"]

    @property
    def environment(self) -> dict[str, str]:
        """What it runs with."""
        editor = self.folder / "editor.py"
        editor.write_text(EDITOR)
        homes = {f"XDG_{kind}_HOME": str(self.folder / kind) for kind in ("STATE", "CONFIG")}
        return {
            **homes,
            "HOME": str(self.folder),
            "VISUAL": f"{sys.executable} {editor}",
            "PYTHONPATH": str(Path(__file__).parents[3]),
        }


def sqlite_place(folder: Path) -> Place:
    """Three users in a file."""
    path = folder / "app.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in USERS:
            connection.execute(statement)
    return Place(str(path), folder)


def postgres_place(folder: Path, url: str) -> Place:
    """The same on a server."""
    run_sql(url, *USERS)
    return Place(url, folder)


# -- reaching them ---------------------------------------------------------------------------------


def _typed(terminal: Terminal, *keys: str) -> None:
    for key in keys:
        terminal.press(key)


def rows_shown(terminal: Terminal) -> None:
    """The grid, nothing else."""
    terminal.wait_for("row 1 of 3", timeout_s=_COMES_S)


def staged(terminal: Terminal) -> None:
    """One edit is staged."""
    rows_shown(terminal)
    _typed(terminal, "d")
    terminal.wait_for("staged 1", timeout_s=_COMES_S)


def _query_tab(terminal: Terminal, text: str = "select 1 as kept") -> None:
    staged(terminal)
    _typed(terminal, "T")
    terminal.wait_for("ctrl+r", timeout_s=_COMES_S)
    terminal.send(text.encode())
    terminal.wait_for(text[-12:], timeout_s=_COMES_S)


def _running(text: str) -> Callable[[Terminal], None]:
    def reach(terminal: Terminal) -> None:
        _query_tab(terminal, text)
        _typed(terminal, "ctrl+r")
        terminal.wait_for("runs", timeout_s=_COMES_S)

    return reach


def _review(terminal: Terminal) -> None:
    staged(terminal)
    _typed(terminal, "w")
    terminal.wait_for("COMMIT;", timeout_s=_COMES_S)


def _applying(terminal: Terminal) -> None:
    _review(terminal)
    _typed(terminal, "enter")


def _cell_editor(terminal: Terminal) -> None:
    staged(terminal)
    _typed(terminal, "down", "right", "right", "right", "e")
    terminal.wait_for("$EDITOR", timeout_s=_COMES_S)


def _outside(terminal: Terminal) -> None:
    _cell_editor(terminal)
    _typed(terminal, "ctrl+g")
    terminal.wait_for("mine", timeout_s=_COMES_S)


def _picker(terminal: Terminal) -> None:
    staged(terminal)
    _typed(terminal, "t")
    terminal.settle()


def _help(terminal: Terminal) -> None:
    staged(terminal)
    _typed(terminal, "?")
    terminal.settle()


def _asked(terminal: Terminal) -> None:
    staged(terminal)
    _typed(terminal, "q")
    terminal.wait_for("Quit all the same?", timeout_s=_COMES_S)


def _starting(terminal: Terminal) -> None:
    terminal.wait_for("studio", timeout_s=_COMES_S)


def _connecting(terminal: Terminal) -> None:
    terminal.wait_for("connecting", timeout_s=_COMES_S)


# -- what stands in the way of each ----------------------------------------------------------------


@contextmanager
def _locked_file(place: Place) -> Iterator[None]:
    """Somebody else writes, for long."""
    with closing(sqlite3.connect(place.target, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


@contextmanager
def _locked_rows(place: Place) -> Iterator[None]:
    with psycopg.connect(place.target) as connection:
        connection.execute("SELECT * FROM users FOR UPDATE")
        yield
        connection.rollback()


@contextmanager
def mute_server(folder: Path) -> Iterator[Place]:
    """A server that lets everybody in and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        port = listening.getsockname()[1]
        yield Place(f"postgresql://someone@127.0.0.1:{port}/nothing", folder)


def _free(_place: Place) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class State:
    """Something a person is in the middle of."""

    reach: Callable[[Terminal], None]
    engine: str = "sqlite"
    hinder: Callable[[Place], AbstractContextManager[None]] = _free
    """Holds up what is under way, until it is over."""
    is_staged: bool = True


STATES = {
    "starting": State(_starting, is_staged=False),
    "connecting": State(_connecting, "mute", is_staged=False),
    "grid": State(rows_shown, is_staged=False),
    "staged": State(staged),
    "query tab": State(_query_tab),
    "running": State(_running(SLOW)),
    "running on a server": State(_running("select pg_sleep(600)"), "postgresql"),
    "review": State(_review),
    "cell editor": State(_cell_editor),
    "$EDITOR": State(_outside),
    "picker": State(_picker),
    "help": State(_help),
    "question": State(_asked),
    "applying": State(_applying, hinder=_locked_file),
    "applying on a server": State(_applying, "postgresql", _locked_rows),
}
