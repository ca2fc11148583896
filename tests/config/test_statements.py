"""What is kept of statements, and what never is."""

import os

import pytest

from studio.config.statements import QueryTexts


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


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
