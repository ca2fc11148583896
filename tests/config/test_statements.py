"""What is kept of statements, and what never is."""

import os

import pytest

from studio.config import paths
from studio.config.statements import MOST_KEPT, QueryTexts, Ran, StatementHistory


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def ran(sql: str) -> Ran:
    return Ran("2026-01-01T00:00:00+00:00", sql, 1.5, 3)


def test_history_is_per_connection_private_and_in_order():
    here, there = StatementHistory("a.db"), StatementHistory("b.db")
    here.add(ran("SELECT 1"))
    here.add(ran("SELECT 'ü\n'"))
    assert [entry.sql for entry in here.entries()] == ["SELECT 1", "SELECT 'ü\n'"]
    assert there.entries() == ()
    (file,) = paths.state_folder().glob("history/*")
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER ROLE me PASSWORD 'hush'",
        "CREATE USER me WITH ENCRYPTED PASSWORD\n'hush'",
        "SELECT dblink('postgresql://me:hush@host/db', 'SELECT 1')",
        "CREATE SERVER s OPTIONS (password='hush')",
    ],
)
def test_a_statement_that_names_a_password_is_not_kept(sql):
    history = StatementHistory("a.db")
    history.add(ran(sql))
    assert history.entries() == ()


def test_a_broken_line_costs_only_itself():
    history = StatementHistory("a.db")
    history.add(ran("SELECT 1"))
    (file,) = paths.state_folder().glob("history/*")
    with file.open("ab") as handle:
        handle.write(b'{"sql": \xff\n[]\n{"at": 1}\n')
    history.add(ran("SELECT 2"))
    assert [entry.sql for entry in history.entries()] == ["SELECT 1", "SELECT 2"]


def test_a_long_history_keeps_its_newest(monkeypatch):
    monkeypatch.setattr("studio.config.statements._TRIM_BYTES", 2_000)
    history = StatementHistory("a.db")
    for number in range(MOST_KEPT):
        history.add(ran(f"SELECT {number}"))
    entries = history.entries()
    assert entries[-1].sql == f"SELECT {MOST_KEPT - 1}"
    assert len(entries) <= MOST_KEPT


def test_texts_are_kept_by_number_and_connection():
    texts = QueryTexts("a.db")
    texts.save(1, "SELECT '\ud800'")
    texts.save(2, "two")
    assert texts.load(1) == "SELECT '?'"
    assert texts.load(2) == "two"
    assert texts.load(3) == ""
    assert QueryTexts("b.db").load(1) == ""


def test_a_claimed_number_is_nobody_elses_until_it_is_given_back():
    texts, others = QueryTexts("a.db"), QueryTexts("a.db")
    assert [texts.claim(), others.claim(), texts.claim()] == [1, 2, 3]
    texts.save(1, "one")
    texts.release(1)
    texts.release(3)
    assert others.claim() == 3
    assert [draft.text for draft in others.drafts()] == ["one"]


def test_drafts_come_newest_first_and_each_text_once():
    texts = QueryTexts("a.db")
    for number, text in enumerate(("same", "other", " \n", "same"), start=1):
        texts.save(number, text)
        os.utime(texts._path(number), (number, number))
    assert [draft.number for draft in texts.drafts()] == [4, 2]
