"""A process that stays to be asked again: stopped, killed, and gone with who asked."""

from contextlib import suppress

import pytest

from studio.backends.sqlite import helper
from studio.backends.sqlite.wal_history import SQLiteWalHistory
from studio.db.url import parse
from studio.model.errors import ConnectFailed, Refused, StudioError
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


def test_an_answer_that_ended_in_the_middle_is_none():
    assert not helper.answered(iter(['{"copied": 1, "of": 2}\n', '{"found": {"comm']), None)


def test_a_name_that_leads_to_another_file_by_now_is_read_as_that_file(tmp_path):
    programs = [Program(tmp_path / name) for name in ("old.db", "new.db")]
    for number, program in enumerate(programs):
        program.sql("PRAGMA journal_mode=wal")
        program.sql(f"CREATE TABLE of_{number} (id INTEGER PRIMARY KEY, x)")
        program.sql(f"INSERT INTO of_{number} VALUES (1, 2)")
    name = tmp_path / "app.db"
    name.symlink_to("old.db")
    history, target = SQLiteWalHistory().staying(), parse(str(name))
    try:
        before = history.report(target)[1]
        other = tmp_path / "other.db"
        other.symlink_to("new.db")
        other.replace(name)
        found, after = history.report(target)
        rows = history.rows_of_commit(target, after.mx_frame)
    finally:
        history.close()
        for program in programs:
            program.close()
    assert found.path == str(tmp_path / "new.db")
    assert before.commits[-1].touched == {"table:of_0": 1}
    assert after.commits[-1].touched == {"table:of_1": 1}
    assert set(rows) == {"of_1"}


def test_a_number_of_another_round_of_the_wal_is_no_commit_of_the_list(tmp_path):
    path = tmp_path / "app.db"
    program = Program(path)
    program.sql("PRAGMA journal_mode=wal")
    program.sql("CREATE TABLE a (id INTEGER PRIMARY KEY, x)")
    history, target = SQLiteWalHistory().staying(), parse(str(path))
    try:
        listed = history.report(target)[1].commits[-1].commit.last_frame
        program.sql("PRAGMA wal_checkpoint(RESTART)")
        for number in range(listed):
            program.sql(f"INSERT INTO a VALUES ({number}, 'later')")
        for ask in (
            lambda: history.rows_of_commit(target, listed),
            lambda: history.visit(target, listed),
            lambda: history.save_state(target, listed, tmp_path / "then.db"),
        ):
            with pytest.raises(Refused, match="begun anew since its commits were listed"):
                ask()
        assert not (tmp_path / "then.db").exists()
        assert history.report(target)[1].commits[0].commit.last_frame == 1
        assert "later" in str(history.rows_of_commit(target, listed))
    finally:
        history.close()
        program.close()
