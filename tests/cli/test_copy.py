"""COPY over the connection, and other statements drivers do not take as they take most."""

import asyncio
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from studio.backends.base import Purpose
from studio.cli import query
from studio.cli.main import main
from studio.db.lane import Lane
from studio.db.session import Session
from studio.db.url import parse
from studio.model.errors import ConnectionLost, StatementFailed, StudioError
from studio.sqltext.copying import CopyStream, copy_stream
from studio.sqltext.syntax import POSTGRESQL
from tests.postgres import run_sql

STREAMS = {
    "COPY t TO STDOUT": CopyStream.OUT,
    "copy (select 1 from x) to stdin": CopyStream.OUT,
    "/* a /* b */ */ -- c\ncopy public.t (a, b) to stdout with (format csv)": CopyStream.OUT,
    'COPY "from" (a) FROM STDIN': CopyStream.IN,
    "copy t from stdout csv": CopyStream.IN,
    "COPY t TO 'stdout'": None,
    "COPY t FROM PROGRAM 'stdin'": None,
    "COPY": None,
    "COPY t": None,
    "SELECT 'COPY t TO STDOUT'": None,
    "copyt to stdout": None,
}


@pytest.mark.parametrize("text", STREAMS)
def test_which_way_rows_go(text: str) -> None:
    assert copy_stream(text, POSTGRESQL) is STREAMS[text]


@pytest.fixture
def table(postgres: str) -> str:
    run_sql(
        postgres,
        "CREATE TABLE t (a int PRIMARY KEY, b text)",
        "INSERT INTO t VALUES (1, 'x,y'), (2, NULL), (3, E'li\\nne')",
    )
    return postgres


def run(capsys: pytest.CaptureFixture[str], target: str, text: str, *more: str) -> tuple[int, Any]:
    code = main(["query", target, text, "--write", "--format", "json", *more])
    out = capsys.readouterr().out
    return code, json.loads(out) if code == 0 else None


def test_its_rows_are_shown(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [{"copy": "1\tx,y"}, {"copy": "2\t\\N"}, {"copy": "3\tli\\nne"}]
    assert run(capsys, table, "COPY t TO STDOUT") == (0, lines)
    lines = [{"copy": '1,"x,y"'}, {"copy": "2,"}, {"copy": '3,"li\nne"'}]
    assert run(capsys, table, "copy (table t order by a) to stdout csv") == (0, lines)
    assert run(capsys, table, "COPY t TO STDOUT (FORMAT binary)")[0] == 0
    assert run(capsys, table, "COPY (SELECT 1 WHERE false) TO STDOUT") == (0, [])
    code, said = run(capsys, table, "DELETE FROM t WHERE a = 2; COPY t (a) TO STDOUT; SELECT 1")
    assert code == 0
    assert said["results"][1] == {"statement": 2, "rows": [{"copy": "1"}, {"copy": "3"}]}


FAILING = (
    "COPY nowhere TO STDOUT", "COPY (SELECT 1 / (i - 2) FROM generate_series(1, 3) i) TO STDOUT",
    "COPY t FROM STDIN", "copy t (a, b) from stdin csv", "COPY t TO STDOUT (FORMAT nothing)",
)  # fmt: skip


@pytest.mark.parametrize("text", FAILING)
def test_what_fails_is_said_and_nothing_is_kept(
    table: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["query", table, f"DELETE FROM t; {text}", "--write"])
    captured = capsys.readouterr()
    assert code == 4
    assert "studio: " in captured.err
    assert "inside studio" not in captured.err
    assert run_sql(table, "SELECT count(*) FROM t") == [(3,)]
    if "stdin" in text.lower():
        assert "\\copy" in captured.err


# -- what the driver gives up on -------------------------------------------------------------------


def unaware(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if nobody had seen that a statement is a COPY."""
    monkeypatch.setattr(
        "studio.backends.postgresql.copying.copy_stream", lambda _text, _syntax: None
    )


@pytest.mark.parametrize("purpose", [Purpose.EDIT, Purpose.QUERY])
@pytest.mark.parametrize("text", ["COPY t TO STDOUT", "COPY t FROM STDIN"])
async def test_a_connection_left_in_the_middle_is_no_crash(
    table: str, purpose: Purpose, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unaware(monkeypatch)
    session = await Session.open(parse(table))
    try:
        lane = session.lane(purpose)
        with pytest.raises(StudioError):
            async with lane.transaction() as transaction:
                await transaction.fetch(text)
        with pytest.raises(StudioError):
            await lane.fetch(text)
        assert (await lane.fetch("SELECT 1")).rows == (("1",),)
    finally:
        await session.close()


@pytest.mark.parametrize("purpose", [Purpose.EDIT, Purpose.QUERY, Purpose.BROWSE])
async def test_a_connection_the_server_ended_is_no_crash(table: str, purpose: Purpose) -> None:
    session = await Session.open(parse(table))
    try:
        lane = session.lane(purpose)
        with pytest.raises(ConnectionLost):
            await _ended_inside(lane, table)
        assert (await lane.fetch("SELECT 1")).rows == (("1",),)
        # Closed under the lane by nobody it knows.
        await lane.run(lambda connection: _finish(connection.connection.driver_connection))
        assert (await lane.fetch("SELECT 1")).rows == (("1",),)
    finally:
        await session.close()


async def _ended_inside(lane: Lane, table: str) -> None:
    async with lane.transaction() as transaction:
        ((pid,),) = (await transaction.fetch("SELECT pg_backend_pid()")).rows
        await asyncio.to_thread(run_sql, table, f"SELECT pg_terminate_backend({pid})")
        await transaction.fetch("SELECT 1")


def _finish(driver: object) -> None:
    assert isinstance(driver, psycopg.Connection | psycopg.AsyncConnection)
    driver.pgconn.finish()


@pytest.mark.parametrize("text", ["SELECT '\0'", "SELECT 1 \0 2"])
async def test_a_statement_that_cannot_be_sent_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"")
    session = await Session.open(parse(str(path)))
    try:
        with pytest.raises(StatementFailed):
            await session.lane(Purpose.QUERY).fetch(text)
    finally:
        await session.close()


# -- the last resort -------------------------------------------------------------------------------


def test_what_nobody_foresaw_is_a_report_and_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def broken(_text: str) -> str:
        raise LookupError("row 7: hunter2")

    monkeypatch.setattr(query, "given_text", broken)
    assert main(["query", "nowhere.db", "SELECT 1"]) == 70
    said = capsys.readouterr().err
    (report,) = (tmp_path / "studio" / "reports").iterdir()
    assert str(report) in said
    assert "Traceback" not in said
    assert "hunter2" not in said + report.read_text()
    assert "cli/query.py" in report.read_text()
