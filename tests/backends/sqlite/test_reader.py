"""A process that stays to be asked again: stopped, killed, and gone with who asked."""

from contextlib import suppress

import pytest

from studio.backends.sqlite.wal_history import SQLiteWalHistory
from studio.db.url import parse
from studio.model.errors import ConnectFailed, StudioError
from tests.wal.programs import Program


def test_one_that_was_stopped_or_killed_answers_again(tmp_path):
    path = tmp_path / "app.db"
    program = Program(path)
    program.sql("PRAGMA journal_mode=wal")
    program.sql("CREATE TABLE a (id INTEGER PRIMARY KEY, x)")
    history, target = SQLiteWalHistory().staying(), parse(str(path))
    try:
        history.report(target)
        history.stop()
        with suppress(ConnectFailed):
            history.report(target)
        assert history.report(target)[1].commits
    finally:
        history.close()
        program.close()
    with pytest.raises(StudioError):
        history.report(parse(str(tmp_path / "none.db")))
