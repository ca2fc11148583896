"""`studio doctor`: exit codes, the document, what is ignored, what could not look."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from studio.cli.main import main
from studio.doctor.ignoring import read_ignores
from studio.model.errors import ConfigInvalid
from tests.doctor.sample_databases import make_sqlite


@pytest.fixture(scope="module")
def wizard(tmp_path_factory):
    return str(make_sqlite("sq_wizard", tmp_path_factory.mktemp("doctor")))


def document(capsys, *arguments):
    code = main(["doctor", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_document_has_everything_the_readme_names(wizard, capsys):
    code, found = document(capsys, wizard)
    assert code == 0
    assert found["complete"] is True
    assert (found["blind"], found["not_run"], found["ignored"]) == ([], [], [])
    first = found["findings"][0]
    assert first["severity"] == "error"
    assert first.keys() == {
        "check", "object", "severity", "scope", "says", "evidence", "fix", "cost", "doubt",
        "since_last", "since", "schema",
    }  # fmt: skip
    ranks = [("error", "warning", "notice").index(f["severity"]) for f in found["findings"]]
    assert ranks == sorted(ranks)
    assert sum(found["counts"].values()) == len(ranks)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 0),
        (("--fail-on", "error"), 1),
        (("--fail-on", "warning", "--only", "duplicate_index"), 1),
        (("--fail-on", "error", "--only", "duplicate_index"), 0),
        (("--fail-on", "error", "--table", "messages"), 0),
        (("--only", "no_such_check"), 2),
        (("--ignore", "timestamp_default_text,mixed_timestamp_format", "--fail-on", "error"), 0),
    ],
)
def test_the_exit_code_says_whether_what_was_asked_failed(wizard, arguments, code, capsys):
    assert main(["doctor", wizard, *arguments]) == code
    capsys.readouterr()


def test_no_database_is_no_health(tmp_path, capsys):
    assert main(["doctor", str(tmp_path / "none.db")]) == 3
    text = tmp_path / "text.db"
    text.write_text("no database at all, whatever its name says" * 10)
    assert main(["doctor", str(text)]) == 3
    assert main(["doctor"]) == 2
    assert main(["doctor", str(tmp_path / "none.db"), "--only", "no_such_check"]) == 2
    assert main(["doctor", "duckdb:////tmp/none.duckdb"]) == 4
    assert "does not know what to look for" in capsys.readouterr().err
    capsys.readouterr()


def test_a_line_a_finding_for_other_programs(wizard, capsys):
    assert main(["doctor", wizard, "--only", "duplicate_index"]) == 0
    line = capsys.readouterr().out.splitlines()
    assert len(line) == 1
    assert line[0].split("\t")[:3] == ["warning", "duplicate_index", "user_sessions_token_idx"]


def test_ignored_findings_are_counted_with_their_reason(wizard, capsys, monkeypatch, tmp_path):
    (tmp_path / "config.toml").write_text(
        '[doctor]\nignore = ["duplicate_index:user_*_idx -- the index of the ORM"]\n'
    )
    monkeypatch.setattr("studio.config.settings.config_folder", lambda: tmp_path)
    _, found = document(capsys, wizard, "--only", "duplicate_index")
    assert (found["findings"], found["counts"]["ignored"]) == ([], 1)
    assert found["ignored"] == [
        {
            "check": "duplicate_index",
            "object": "user_sessions_token_idx",
            "by": f"{tmp_path}/config.toml:2",
            "reason": "the index of the ORM",
        }
    ]


@pytest.mark.parametrize(
    ("address", "count"),
    [("{0}", 1), ("*/{1}", 1), ("{0}2", 0), ("{1}", 0), ("postgresql://*", 0)],
)
def test_what_is_ignored_at_one_connection_is_told_at_others(
    wizard, capsys, monkeypatch, tmp_path, address, count
):
    """By the whole address of a connection, where `*` stands for any text."""
    path = Path(wizard).resolve()
    address = address.format(path, path.name)
    (tmp_path / "config.toml").write_text(
        '[doctor]\nignore = ["unused_index"]\n'
        f'[doctor."{address}"]\nignore = ["duplicate_index -- of the ORM"]\n'
    )
    monkeypatch.setattr("studio.config.settings.config_folder", lambda: tmp_path)
    monkeypatch.chdir(path.parent)
    for name in (str(path), path.name, f"sqlite:///{path}"):
        _, found = document(capsys, name, "--only", "duplicate_index")
        assert (len(found["findings"]), found["counts"]["ignored"]) == (1 - count, count)
        if count:
            assert found["ignored"][0]["by"] == f"{tmp_path}/config.toml:4"
            assert found["ignored"][0]["reason"] == "of the ORM"


@pytest.mark.parametrize("said", ["ignored = []", 'ignore = "a"', "[doctor.x.y]"])
def test_what_a_connection_s_section_may_not_say_is_named(
    wizard, capsys, monkeypatch, tmp_path, said
):
    (tmp_path / "config.toml").write_text(f"[doctor.x]\n{said}\n")
    monkeypatch.setattr("studio.config.settings.config_folder", lambda: tmp_path)
    assert main(["doctor", wizard]) == 2
    assert '[doctor."x"]' in capsys.readouterr().err


def test_a_line_that_ignores_nothing_is_refused():
    assert next(read_ignores(["a:b(c, d)"], "")).object == "b(c, d)"
    with pytest.raises(ConfigInvalid):
        list(read_ignores(["Not a check"], ""))


def test_the_list_needs_no_database(capsys):
    assert main(["doctor", "--list"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert all(len(line) == 4 for line in lines)
    assert "foreign_key_violation" in {line[0] for line in lines}


def test_what_could_not_be_read_is_blind_and_the_rest_still_looks(tmp_path, capsys):
    path = tmp_path / "damaged.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        made.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT)")
        made.executemany("INSERT INTO a (v) VALUES (?)", [("x" * 500,)] * 500)
        made.execute("CREATE TABLE b (v TEXT)")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)
    code, found = document(capsys, str(path))
    assert code == 0
    assert {"integrity", "no_primary_key"} <= {f["check"] for f in found["findings"]}
    assert any("a cannot be read" in b["why"] or "malformed" in b["why"] for b in found["blind"])


def test_hostile_names_steer_no_terminal(tmp_path, capsys):
    path = tmp_path / "hostile.db"
    name = 'a"b\x1b[31m\u202e\nc'
    with closing(sqlite3.connect(path, isolation_level=None)) as made:
        quoted = name.replace('"', '""')
        made.execute(f'CREATE TABLE "{quoted}" ("{quoted}_price" REAL)')
    main(["doctor", str(path)])
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "\u202e" not in text
    _, found = document(capsys, str(path))
    assert name in {f["object"] for f in found["findings"]}
    for check in ("no_primary_key", "money_as_float"):
        _, found = document(capsys, str(path), "--only", check)
        with closing(sqlite3.connect(path, isolation_level=None)) as made:
            made.executescript(found["findings"][0]["fix"])
    _, again = document(capsys, str(path))
    assert {f["check"] for f in again["findings"]} == {"journal_not_wal"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--fail-on", "error", "--table", "mesages"), "did you mean messages?"),
        (("--table", "main.nothing_like_it"), "there is no table called"),
        (("--ignore", "nope:messages"), "there is no check called 'nope'"),
        (("--ignore", "duplicate_indx"), "did you mean duplicate_index?"),
    ],
)
def test_a_name_nobody_knows_is_no_health(wizard, capsys, arguments, said):
    assert main(["doctor", wizard, *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


@pytest.mark.parametrize("nothing", [("--only", ""), ("--only", ","), ("--table", "")])
def test_an_empty_variable_of_a_shell_is_not_everything(wizard, capsys, nothing):
    assert main(["doctor", wizard, *nothing]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{nothing[0]} names no" in err


def test_the_list_is_json_where_that_is_asked_for(capsys):
    assert main(["doctor", "--list", "--json"]) == 0
    checks = {one["check"]: one for one in json.loads(capsys.readouterr().out)}
    assert checks["foreign_key_violation"]["engines"] == ["sqlite"]
    assert checks["foreign_key_violation"]["severities"][0] == "error"


def test_each_ignored_finding_is_told_with_its_own_line_and_an_unknown_check_is_named(
    wizard, capsys, monkeypatch, tmp_path
):
    (tmp_path / "config.toml").write_text(
        '[doctor]\nignore = [\n  "unused_index",\n  "duplicate_indx",\n  "duplicate_index",\n]\n'
    )
    monkeypatch.setattr("studio.config.settings.config_folder", lambda: tmp_path)
    assert main(["doctor", wizard, "--only", "duplicate_index", "--json"]) == 0
    out, err = capsys.readouterr()
    assert [one["by"] for one in json.loads(out)["ignored"]] == [f"{tmp_path}/config.toml:5"]
    assert "config.toml:4: there is no check called 'duplicate_indx' (did you mean" in err
    assert "unused_index" not in err


def test_what_another_engine_checks_may_be_ignored_here(wizard, capsys):
    assert main(["doctor", wizard, "--ignore", "unlogged_table"]) == 0
    capsys.readouterr()


def test_a_table_is_found_whatever_its_case(wizard, capsys):
    """As everywhere else a person names one."""
    _, exact = document(capsys, wizard, "--table", "messages")
    _, loose = document(capsys, wizard, "--table", "MESSAGES")
    assert loose["findings"] == exact["findings"]
