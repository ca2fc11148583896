"""Assignments of .env files as shells, dotenv and its relatives read them."""

import os

import pytest

from studio.config import dotenv


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch):
    for name in ("A", "B", "C", "D"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A=1\nB = two words # no\n", {"A": "1", "B": "two words"}),
        ("A=\"x # y\"\nB='$z'", {"A": "x # y", "B": "$z"}),
        ("export A=1\n#B=2\nnot a line\n", {"A": "1"}),
        ("\x00\xff", {}),
        ("A=x#y\r\nB=1\r\n", {"A": "x#y", "B": "1"}),
        ("A= # nothing\nB=\nC", {"A": "", "B": ""}),
        ('A="one\ntwo=2"\nB=3', {"A": "one\ntwo=2", "B": "3"}),
        ('A="it\\"s\\n" # said', {"A": 'it"s\n'}),
        ("A: 1\nB=`a'b`\n", {"A": "1", "B": "a'b"}),
        ('A="open\nB=2', {"A": '"open', "B": "2"}),
        ("\ufeffA=1", {"A": "1"}),
    ],
)
def test_files_are_read_as_their_tools_do(tmp_path, text, values):
    (tmp_path / ".env").write_bytes(text.encode())
    assert dotenv.read(tmp_path / ".env") == values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=db\nB=x/${A}/$A", "x/db/db"),
        ("B=${A:-y}${C-z}${D}", "yz"),
        ("B=postgres://u:pa$word@h/d", "postgres://u:pa$word@h/d"),
        ("A=1\nB=\\$A", "$A"),
        ("A=1\nB='${A}'", "${A}"),
    ],
)
def test_references_to_what_was_set_before(text, value):
    assert dotenv.parse(text)["B"] == value


def test_the_process_wins_inside_a_reference(monkeypatch):
    monkeypatch.setenv("A", "outer")
    assert dotenv.parse("A=inner\nB=${A}")["B"] == "outer"


def test_what_is_no_regular_file_is_nothing(tmp_path):
    os.mkfifo(tmp_path / ".env")
    assert dotenv.read(tmp_path / ".env") == {}
    assert dotenv.read(tmp_path / "a\0b") == {}
