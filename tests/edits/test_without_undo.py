"""Where nothing can be kept, a set is applied without undo only when that is asked for."""

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.cli.main import main
from tests.edits.databases import Database
from tests.unwritable import WAYS, unwritable


@pytest.fixture(params=WAYS)
def why(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A state folder that takes nothing; what the system says of it."""
    with unwritable(tmp_path / "state", request.param) as said:
        yield said


def apply(database: Database, tmp_path: Path, *flags: str) -> int:
    change = {"op": "insert", "table": "events", "after": {"id": 1, "kind": "x"}}
    file = tmp_path / "set.json"
    file.write_text(json.dumps({"changes": [change]}))
    return main(["apply", database.target, str(file), *flags])


def test_nothing_is_applied_without_undo_unless_asked(
    database: Database, tmp_path: Path, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    database.run("CREATE TABLE events (id integer PRIMARY KEY, kind text)")
    assert apply(database, tmp_path) == 4
    refused = capsys.readouterr()
    assert refused.out == "nothing was changed\n"
    assert "cannot be written" in refused.err
    assert any(words in refused.err for words in why.split("|")), refused.err
    assert "--no-undo" in refused.err
    assert database.run("SELECT * FROM events") == []

    assert apply(database, tmp_path, "--no-undo") == 0
    done = capsys.readouterr()
    assert done.out == "applied: events: 1\n"
    assert "cannot be taken back" in done.err
    assert database.run("SELECT kind FROM events") == [("x",)]


def test_a_set_applied_without_undo_says_so_in_json(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database.run("CREATE TABLE events (id integer PRIMARY KEY, kind text)")
    assert apply(database, tmp_path, "--no-undo", "--json") == 0
    (note,) = json.loads(capsys.readouterr().out)["notes"]
    assert "cannot be taken back" in note
    assert main(["undo", database.target, "--last"]) == 2


def test_nothing_is_taken_back_without_undo_unless_asked(
    database: Database,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The disk fills after the set was applied; what is there can still be read."""
    database.run("CREATE TABLE events (id integer PRIMARY KEY, kind text)")
    assert apply(database, tmp_path) == 0

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    capsys.readouterr()
    assert main(["undo", database.target, "--last"]) == 4
    refused = capsys.readouterr()
    assert refused.out == "nothing was changed\n"
    assert "No space left" in refused.err
    assert "--no-undo takes it back" in refused.err
    assert len(database.run("SELECT * FROM events")) == 1

    assert main(["undo", database.target, "--last", "--no-undo"]) == 0
    done = capsys.readouterr()
    assert done.out == "applied: events: 1\n"
    assert "nothing of it is written down" in done.err
    assert database.run("SELECT * FROM events") == []
