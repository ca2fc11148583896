"""`studio query --saved`: by name, with parameters, from the project or one's own folder."""

import json

import pytest

from studio.cli.main import main
from studio.queries.saved import own_folder


@pytest.fixture
def file(sqlite_file, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "queries" / "daily").mkdir(parents=True)
    (tmp_path / "queries" / "late.sql").write_text(
        "-- What is late\nSELECT v FROM t WHERE id >= :since ORDER BY id;\n"
    )
    (tmp_path / "queries" / "daily" / "all.sql").write_text("SELECT count(*) FROM t")
    (tmp_path / "queries" / "broken.sql").write_bytes(b"\xff\xfe")
    own_folder().mkdir(parents=True)
    (own_folder() / "late.sql").write_text("SELECT 'not this one'")
    (own_folder() / "mine.sql").write_text("SELECT 'mine'")
    return sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        "INSERT INTO t VALUES (1, 'one'), (2, 'two')",
    )


def test_one_runs_with_its_values(file, capsys):
    given = ["query", str(file), "--saved", "late", "--param", "since=2", "--format", "csv"]
    assert main(given) == 0
    assert capsys.readouterr().out.splitlines() == ["v", "two"]
    assert main(["query", str(file), "--saved", "mine", "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "mine"


def test_they_are_listed(file, capsys):
    assert main(["query", str(file), "--saved"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "daily/all",
        "late :since  What is late",
        "mine",
    ]
    assert main(["query", str(file), "--format", "json", "--saved"]) == 0
    (_, late, _) = json.loads(capsys.readouterr().out)["saved"]
    assert (late["name"], late["parameters"]) == ("late", ["since"])


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--saved", "absent"], "there are: daily/all, late, mine"),
        (["SELECT 1", "--saved", "late"], "--saved late stands in place of"),
        (["--file", "x.sql", "--saved", "late"], "--file and --saved"),
    ],
)
def test_a_mistake_is_said(file, capsys, more, says):
    assert main(["query", str(file), *more]) == 2
    assert says in capsys.readouterr().err
