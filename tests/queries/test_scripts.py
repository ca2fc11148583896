"""Scripts through `studio query --report`: every sample exactly as it is written down."""

import json
from pathlib import Path

import pytest

from studio.cli.main import main

SAMPLES = Path(__file__).parents[1] / "samples" / "scripts"


def samples(engine):
    return sorted((SAMPLES / engine).glob("*.sql"), key=lambda path: path.stem)


def reported(capsys, target, script, *options):
    """Exit code, statements, and what was said."""
    code = main(["query", str(target), "--file", str(script), "--report", *options])
    said = capsys.readouterr()
    return code, json.loads(said.out)["statements"], said.err


def parameters(given):
    for name, value in given.items():
        kind = f":{value['type']}" if "type" in value else ""
        yield from ("--param", f"{name}{kind}={value['value']}")


def check(capsys, target, script):
    expected = json.loads(script.with_suffix(".json").read_text())
    code, statements, _ = reported(
        capsys,
        target,
        script,
        "--write",
        *("--mode", expected["mode"], "--on-error", expected["on_error"]),
        *parameters(expected.get("parameters", {})),
    )
    assert statements == expected["statements"]
    assert code == (4 if any("error" in each for each in statements) else 0)


@pytest.mark.parametrize("script", samples("postgresql"), ids=lambda path: path.stem)
def test_every_sample_on_postgresql(capsys, postgres, script):
    check(capsys, postgres, script)


@pytest.mark.parametrize("script", samples("sqlite"), ids=lambda path: path.stem)
def test_every_sample_on_sqlite(capsys, tmp_path, script):
    target = tmp_path / "empty.db"
    target.touch()
    check(capsys, target, script)


# -- beyond the samples ----------------------------------------------------------------------------


@pytest.fixture
def run(capsys, tmp_path, request):
    """Run a script's text on an engine; what came of each statement, in a word or two."""

    def ran(target, text, *options):
        script = tmp_path / "script.sql"
        script.write_bytes(text.encode())
        code, statements, said = reported(capsys, target, script, *options)
        return code, [told(each) for each in statements], said

    return ran


def told(statement):
    error = statement.get("error", {})
    place = (error["line"], error["column"]) if "line" in error else ()
    rows = tuple(map(tuple, statement.get("rows", ())))
    words = (statement["outcome"], statement.get("transaction"), rows, error.get("code"), *place)
    return tuple(word for word in words if word not in (None, (), "none"))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.db"
    path.touch()
    return path


CONTINUE = ("--write", "--on-error", "continue")


def test_psql_lines_are_told_and_what_decides_refuses_all(run, postgres, capsys, tmp_path):
    text = "create table t (a int);\n\\timing on\n\\d t\nselect 1 \\g\nselect 2\\gx\n\\restrict x\n"
    code, statements, _ = run(postgres, text, "--write")
    assert code == 0
    assert statements == [
        ("done",), ("not sql",), ("not sql",), ("rows", (("1",),)), ("rows", (("2",),)),
        ("not sql",),
    ]  # fmt: skip
    for line in (
        "\\if true",
        "\\i x.sql",
        "\\connect other",
        "select 1 \\gset",
        "\\copy t from stdin",
    ):
        script = tmp_path / "refused.sql"
        script.write_text(f"drop table t;\n{line}\n1\n")
        assert main(["query", postgres, "--file", str(script), "--write"]) == 5
        assert "line 2" in capsys.readouterr().err
    assert run(postgres, "select count(*) from t")[1] == [("rows", (("0",),))]


def test_copies_go_both_ways(run, postgres):
    text = (
        'create table t (a int, b text);\ncopy t from stdin with (format csv);\n1,"x\ny"\n\\.\n'
        "copy t to stdout;\nbegin; copy t from stdin;\n\\.\ncommit; select count(*) from t"
    )
    code, statements, _ = run(postgres, text, "--write")
    assert code == 0
    assert statements[1:] == [
        ("copied",), ("copied", (("1\tx\\ny",),)), ("done", "open"), ("copied", "open"), ("done",),
        ("rows", (("1",),)),
    ]  # fmt: skip


def test_manual_mode_begins_and_keeps_what_is_committed(run, postgres):
    text = "set timezone = 'UTC'; create table t (a int); commit; insert into t values (1)"
    code, statements, said = run(postgres, text, "--write", "--mode", "manual")
    assert (code, statements) == (5, [("done",), ("done", "open"), ("done",), ("done", "open")])
    assert "rolled back" in said
    assert run(postgres, "select * from t")[1] == [("rows",)]


def test_one_single_transaction_is_all_or_nothing(run, file):
    text = "create table t (a unique); insert into t values (1); insert into t values (1)"
    code, statements, _ = run(file, text, "--write", "--single-transaction")
    assert (code, statements[2]) == (4, ("error", "open", "SQLITE_CONSTRAINT_UNIQUE"))
    assert run(file, "select name from sqlite_schema")[1] == [("rows",)]
    assert run(file, "create table t (a); insert into t values (1)", *CONTINUE[:1])[0] == 0
    assert run(file, "select * from t")[1] == [("rows", ((1,),))]


def test_without_write_the_database_refuses(run, postgres, file):
    assert run(postgres, "create table t (a int)", "--write")[0] == 0
    text = "select 1; insert into t values (1); select 2"
    code, statements, _ = run(postgres, text, "--on-error", "continue")
    assert (code, statements) == (5, [("rows", (("1",),)), ("error", "25006"), ("rows", (("2",),))])
    text = "select 1; create table t (a int); select 2"
    code, statements, _ = run(file, text, "--on-error", "continue")
    assert (code, statements[1]) == (5, ("error", "SQLITE_READONLY"))
    assert file.read_bytes() == b""


def test_what_is_not_wanted_or_too_slow_is_stopped_and_the_session_goes_on(run, postgres, file):
    text = "begin; select 1; select generate_series(1, 9); select generate_series(1, 99999999)"
    rows = ("rows", "open", (("1",), ("2",)))
    code, statements, _ = run(
        postgres, "select generate_series(1, 99999999); select 1", "--max-rows", "2"
    )
    assert (code, statements) == (0, [("rows", rows[2]), ("rows", (("1",),))])
    code, statements, _ = run(postgres, text, *CONTINUE, "--timeout", "0.5", "--max-rows", "2")
    assert statements[2:] == [rows, ("error", "failed", "timeout")]
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select"
    text = (
        f"create table t (a); begin; {endless} i from n; insert into t {endless} i from n; select 1"
    )
    code, statements, _ = run(file, text, *CONTINUE, "--timeout", "0.3", "--max-rows", "1")
    # An insert that is interrupted takes its transaction along.
    assert statements[2:] == [("rows", "open", ((1,),)), ("error", "timeout"), ("rows", ((1,),))]


def test_a_lost_connection_ends_the_script(run, postgres):
    text = "set timezone = 'UTC'; select pg_terminate_backend(pg_backend_pid()); select 1"
    code, statements, _ = run(postgres, text, *CONTINUE)
    assert (code, [each[0] for each in statements]) == (3, ["done", "error", "skipped"])


def test_places_count_in_what_was_written_whatever_was_bound(run, postgres, file):
    text = "\ufeffselect :a::int,\r\n 'x' || :bb, nope"
    _, statements, _ = run(postgres, text, *CONTINUE, "--param", "a=12345", "--param", "bb=1")
    assert statements == [("error", "42703", 2, 14)]
    text = "select ?, ?2, :c;\nselect (1;\nrelease x; select :missing; explain select a b c from t"
    given = ("--param", "1=5", "--param", "2:text=7", "--param", "c:null")
    _, statements, _ = run(file, text, *CONTINUE, *given)
    assert statements[1:] == [
        ("error", "SQLITE_ERROR", 2, 10), ("error", "SQLITE_ERROR", 3, 9), ("error", ""),
        ("error", "SQLITE_ERROR", 3, 48),
    ]  # fmt: skip


def test_people_are_told_on_stderr_and_stdout_is_rows(capsys, tmp_path, file):
    script = tmp_path / "s.sql"
    script.write_text("create table t (a); insert into t values (1);\nselect a from t;\nselect :b")
    assert main(["query", str(file), f"@{script}", "--write", "--format", "csv"]) == 4
    out, said = capsys.readouterr()
    assert out == "a\n1\n"
    assert said.splitlines() == [
        "1 row changed",
        f"studio: {script}:3: the statement has a parameter without a value",
        "  hint: Write the value in its place, or name it (:name) and give --param name=value",
        "  no value was given for :b: --param b=…",
    ]


def test_json_of_a_script_numbers_its_statements_and_tells_errors(capsys, tmp_path, file):
    script = tmp_path / "s.sql"
    script.write_text("create table t (a); select 1 as a;\nselect b c d from t; select 2 as a")
    given = ["query", str(file), f"@{script}", *CONTINUE, "--format", "json"]
    assert main(given) == 4
    assert json.loads(capsys.readouterr().out) == {
        "results": [
            {"statement": 1, "rows": []},
            {"statement": 2, "rows": [{"a": 1}]},
            {
                "statement": 3,
                "rows": [],
                "error": {
                    "code": "SQLITE_ERROR",
                    "message": 'near "d": syntax error',
                    "line": 2,
                    "column": 12,
                },
            },
            {"statement": 4, "rows": [{"a": 2}]},
        ]
    }


def test_what_a_script_sets_does_not_reach_what_a_program_reads(capsys, tmp_path, postgres):
    script = tmp_path / "s.sql"
    script.write_text(
        "set datestyle = 'SQL, DMY'; set intervalstyle = 'iso_8601'; set bytea_output = 'escape';"
        "set extra_float_digits = -15; select date '2024-06-01' as d, interval '1 mon' as i,"
        "'\\x00ff'::bytea as b, 0.1::float8 + 0.2::float8 as f; begin; set datestyle = 'German';"
        "select date '2024-06-01' as d; rollback; select date '2024-06-01' as d; show datestyle"
    )
    given = ["query", postgres, "--file", str(script), "--write", "--format", "json"]
    assert main(given) == 0
    found = json.loads(capsys.readouterr().out)["results"]
    rows = [row for each in found for row in each["rows"]]
    bytes_ = {"$type": "bytes", "hex": "00ff"}
    assert rows[0] == {"d": "2024-06-01", "i": "1 mon", "b": bytes_, "f": 0.30000000000000004}
    assert [row["d"] for row in rows[1:3]] == ["2024-06-01"] * 2


@pytest.mark.parametrize("line", ["GO", "DELIMITER //", "/"])
def test_lines_of_other_tools_are_pointed_at_before_anything_runs(capsys, tmp_path, file, line):
    script = tmp_path / "s.sql"
    script.write_text(f"create table t (a)\n{line}\nselect 1;")
    assert main(["query", str(file), "--file", str(script), "--write"]) == 5
    assert f"line 2: {line.split()[0]} is for another" in capsys.readouterr().err
    assert file.read_bytes() == b""


def test_lines_of_sqlites_shell_are_pointed_at_where_a_statement_would_begin(run, capsys, file):
    for text, place in (
        (".mode csv\nselect 1;", "line 1: .mode"),
        ("create table u (a);\n-- all\n.tables\nselect 2", "line 3: .tables"),
    ):
        assert main(["query", str(file), "--write", "--report", text]) == 5
        assert f"{place} is for SQLite's shell" in capsys.readouterr().err
    assert file.read_bytes() == b""
    made = "create table t (a); insert into t values (1); select t\n.a from t; select .5"
    assert run(file, made, "--write")[1][-2:] == [("rows", ((1,),)), ("rows", ((0.5,),))]


def test_a_column_may_be_called_go(run, file):
    text = (
        "create table t (a,\ngo);\nselect\ngo\nfrom t;\nselect a,\ngo\nfrom t; select 4\n/\n2 as x"
    )
    assert run(file, text, "--write")[1][-1] == ("rows", ((2,),))


def test_a_file_stands_in_place_of_an_argument(capsys, tmp_path, file):
    script = tmp_path / "s.sql"
    script.write_text("select 1")
    assert main(["query", str(file), "--format", "csv", "--file", str(script)]) == 0
    assert main(["query", str(file), "--file", str(script), "select 2"]) == 2
    assert "stands in place of" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["query", str(file), "--format", "csv"])


FAILS = "create table t (a int unique);\ninsert into t values (1), (2);\ninsert into t values (1)"
NOTHING = "studio: rolled back: nothing of this script was kept"


@pytest.mark.parametrize("engine", ["postgres", "file"])
@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (FAILS, ("--single-transaction",), NOTHING),
        (FAILS, ("--mode", "manual"), NOTHING),
        (f"begin; {FAILS}; select 1", (), NOTHING),
        (f"create table u (a int);\nbegin;\n{FAILS}", (), "rolled back: nothing from line 2 on"),
        (
            "begin; create table u (a int)",
            (),
            f"left its transaction open, so it was {NOTHING[8:]}",
        ),
        (FAILS, (), ""),
    ],
)
def test_what_was_not_kept_is_said(request, run, engine, text, options, said):
    target = request.getfixturevalue(engine)
    _, _, err = run(target, text, "--write", *options)
    last = err.splitlines()[-1] if err else ""
    assert said in last
    assert ("kept" in last) == bool(said)


def test_a_conflict_that_takes_the_transaction_along_is_said(run, file):
    text = f"begin;\n{FAILS.replace('(a int unique)', '(a unique on conflict rollback)')}"
    _, statements, err = run(file, f"{text};\ncreate table after (a)", *CONTINUE)
    assert statements[-1] == ("done",)
    assert err.splitlines()[-1] == "studio: rolled back: nothing from line 1 to line 4 was kept"


@pytest.mark.parametrize("engine", ["postgres", "file"])
@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        ("begin; create table u (a int)", ("--write",), 5),
        ("create table u (a int)", ("--write", "--mode", "manual"), 5),
        ("begin; create table u (a int); commit", ("--write",), 0),
    ],
)
def test_what_a_script_left_open_is_not_done(request, run, engine, text, options, code):
    assert run(request.getfixturevalue(engine), text, *options)[0] == code


@pytest.mark.parametrize("given", ["argument", "file"])
def test_people_are_told_that_nothing_was_kept(capsys, tmp_path, file, given):
    script = tmp_path / "s.sql"
    script.write_text(FAILS)
    how = ["--file", str(script), "--single-transaction"] if given == "file" else [FAILS]
    assert main(["query", str(file), *how, "--write"]) == 4
    assert capsys.readouterr().err.splitlines()[-1] == NOTHING


def test_nothing_follows_a_single_transaction_that_an_error_ended(run, file):
    text = (
        f"{FAILS.replace('(a int unique)', '(a unique on conflict rollback)')};\ncreate table n (a)"
    )
    _, statements, err = run(file, text, *CONTINUE, "--single-transaction")
    assert statements[-1] == ("skipped",)
    assert err.splitlines()[-1] == NOTHING
    assert run(file, "select name from sqlite_schema")[1] == [("rows",)]


UNENDED = "create table v (a text);\ncopy v from stdin;\ndrop table v;\nselect 1\n"


@pytest.mark.parametrize("options", [(), ("--single-transaction",)])
def test_rows_that_no_line_ends_go_on_to_the_end_and_never_run(run, postgres, options):
    code, statements, _ = run(postgres, UNENDED, "--write", *options)
    assert code == 0
    assert [each[0] for each in statements] == ["done", "copied"]
    _, kept, _ = run(postgres, "select a from v order by a")
    assert kept == [("rows", (("drop table v;",), ("select 1",)))]


@pytest.mark.parametrize(
    "text",
    [
        "copy v from stdin \\g\ndrop table v;\n",
        "copy v from stdin; drop table v;\n",
        "copy v from stdin; /* rows */\ndrop table v;\n",
        "copy v from stdin; drop table v;\na\n\\.\n",
    ],
)
def test_rows_that_do_not_stand_behind_their_statement_refuse_all(run, postgres, text, capsys):
    run(postgres, "create table v (a text)", "--write")
    assert main(["query", postgres, "--write", "--report", text]) == 5
    assert "line 1: the rows of COPY" in capsys.readouterr().err
    assert run(postgres, "table v")[0] == 0


def test_a_copy_without_rows_has_none(run, postgres):
    for end in ("", ";", ";\n", "; -- none\n\n"):
        text = f"create temp table v (a text);\ncopy v from stdin{end}"
        assert run(postgres, text, "--write")[1][1][:1] == ("copied",), end


def test_strings_are_read_as_the_session_reads_them(run, postgres):
    text = (
        "set escape_string_warning = off; set standard_conforming_strings = off;\n"
        "select 'a\\'; select 1/0; --' as x;\n"
        "set standard_conforming_strings to on; select 'b\\' as y; select 3"
    )
    code, statements, _ = run(postgres, text, "--write")
    assert code == 0
    assert statements[2:] == [
        ("rows", (("a'; select 1/0; --",),)), ("done",), ("rows", (("b\\",),)), ("rows", (("3",),)),
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["an argument", "a file"])
def test_what_a_script_listens_to_is_told(capsys, tmp_path, postgres, form):
    text = "LISTEN news; NOTIFY news, E'\\x1b[1mhi'; SELECT pg_notify('news', 'yo')"
    script = tmp_path / "script.sql"
    script.write_text(text)
    assert (
        main(["query", postgres, "--write", text if form == "an argument" else f"@{script}"]) == 0
    )
    said = capsys.readouterr().err
    assert "news told by pid" in said
    assert said.index("[1mhi") < said.index(": yo")
    assert "\x1b" not in said


def test_a_script_ends_where_nobody_knows_how_its_strings_are_read(run, postgres):
    text = (
        "select set_config('standard_conforming_strings', 'off', false);\n"
        "select 'a\\b'; select 'a\\'; select 1/0; --';\nselect 2"
    )
    code, statements, _ = run(postgres, text, *CONTINUE)
    assert code == 5
    assert [each[0] for each in statements] == ["rows", "rows", "error", "skipped", "skipped"]


def test_a_file_that_only_a_statement_names_is_not_the_database(run, file, tmp_path):
    (tmp_path / "x.txt").write_text("no database, and long enough to be looked at as one")
    folder = tmp_path / "gone"
    text = (
        f"vacuum into '{folder}/y.db'; select 1; attach '{tmp_path}/x.txt' as x;"
        f" vacuum into '{tmp_path}/x.txt'; select 2"
    )
    code, statements, _ = run(file, text, *CONTINUE)
    assert (code, statements) == (
        4,
        [
            ("error", "SQLITE_CANTOPEN"), ("rows", ((1,),)), ("error", "SQLITE_NOTADB"),
            ("error", "SQLITE_NOTADB"), ("rows", ((2,),)),
        ],
    )  # fmt: skip
