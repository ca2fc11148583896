"""A standby: it is browsed, and everything that writes is refused in words, exit 5."""

import json
from collections.abc import Iterator

import pytest

from studio.backends.base import Purpose
from studio.cli.main import main
from studio.db.session import Session, described
from studio.db.url import parse
from studio.model.errors import ReadOnly
from tests.postgres import Server, run_sql


@pytest.fixture(scope="module")
def standby() -> Iterator[str]:
    """The URL of a server that recovers for ever and takes readers."""
    server = Server()
    try:
        server.create()
        run_sql(
            server.conninfo(),
            "CREATE TABLE t (id int PRIMARY KEY, v text)",
            "INSERT INTO t VALUES (1, 'x')",
        )
        server.stop("fast")
        (server.data / "standby.signal").touch()
        server.start()
        yield server.url()
    finally:
        server.remove()


async def test_the_top_line_says_that_it_only_reads_and_why(standby: str) -> None:
    session = await Session.open(parse(standby))
    try:
        server = await session.identify()
        assert "· read-only (standby)" in described(server, session.opening)
        assert not session.opening.writable
        assert (await session.lane(Purpose.BROWSE).fetch("SELECT v FROM t")).rows == (("x",),)
        with pytest.raises(ReadOnly, match="connect to the primary"):
            session.lane(Purpose.EDIT)
    finally:
        await session.close()


def test_every_command_that_writes_exits_with_5(standby: str, tmp_path, capsys) -> None:
    change = {"op": "update", "table": "t", "identity": {"id": 1}, "after": {"v": "y"}}
    changes = tmp_path / "changes.json"
    changes.write_text(json.dumps({"changes": [change]}))
    for command in (
        ["query", standby, "--write", "update t set v = 'y'"],
        ["apply", standby, str(changes)],
    ):
        assert main(command) == ReadOnly.exit_code, command
        said = capsys.readouterr()
        assert "standby" in said.err + said.out
        assert "primary" in said.err + said.out


def test_the_doctor_says_what_a_standby_cannot_know(standby: str, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert main(["doctor", standby, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["complete"]
    blind = {one["check"]: one["why"] for one in found["blind"]}
    assert "standby" in blind["unused_index"]
    assert "unused_index" not in {one["check"] for one in found["findings"]}


def test_activity_of_a_standby_says_that_it_is_one(standby: str, capsys) -> None:
    assert main(["activity", standby, "--json", "--cluster"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["server"]["in_recovery"] is True
    # It was sent nothing: how much is not known, and not 0.
    assert found["cluster"]["wal_bytes"] is None
    assert main(["activity", standby]) == 0
    assert "standby" in capsys.readouterr().out
