"""What the command line says of addresses, parameters and read-only: in words, and no secrets."""

import socket
import sqlite3
import time
from contextlib import closing

import pytest

from studio.cli.main import main
from studio.db.url import parse
from studio.model.errors import ConfigInvalid, ConnectFailed, ReadOnly, StatementFailed

SECRET = "hunter2"


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (id integer PRIMARY KEY)")
        connection.execute("INSERT INTO t VALUES (7)")
        connection.commit()
    return path


def test_a_server_that_never_answers_is_no_connection(capsys) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"postgresql://u@127.0.0.1:{server.getsockname()[1]}/d"
        for more in ([], ["--write"]):
            before = time.monotonic()
            code = main(["query", url, "select 1", "--timeout", "0.5", *more])
            assert code == ConnectFailed.exit_code
            assert time.monotonic() - before < 15
            assert "did not answer" in capsys.readouterr().err


@pytest.mark.parametrize(
    "address",
    [
        f"postgres://u:{SECRET}@127.0.0.1:1/d",
        f"host=127.0.0.1 port=1 user=u password={SECRET}",
        f"postgresql+psycopg://u:{SECRET}@127.0.0.1:1/d",
    ],
)
def test_a_password_on_the_command_line_draws_a_warning(capsys, address: str) -> None:
    assert main(["query", address, "select 1"]) == ConnectFailed.exit_code
    said = capsys.readouterr().err
    assert "STUDIO_PASSWORD" in said
    assert SECRET not in said


@pytest.mark.parametrize(
    "address",
    [
        f"postgres:/u:{SECRET}@h/d",
        f"postgres:u:{SECRET}@h/d",
        f"u:{SECRET}@h/d",
        f"postgresq://u:{SECRET}@h/d",
        f"//u:{SECRET}@h/d",
        f"postgres//u:{SECRET}@h:5432/d",
        f"postgresql://u:{SECRET}@h:port/d",
        f"postgresql://u:{SECRET}@h/d?nope=1",
        f"mysql+nope://u:{SECRET}@h/d",
    ],
)
def test_a_mistyped_address_is_never_repeated(capsys, address: str) -> None:
    for command in (["query", address, "select 1"], ["schema", address], ["explain", address, "x"]):
        assert main(command) != 0
        assert SECRET not in "".join(capsys.readouterr())
    with pytest.raises(SystemExit):
        main(["query", "a.db", "select 1", address])
    assert SECRET not in "".join(capsys.readouterr())


def test_a_missing_parameter_is_named(database, postgres, capsys) -> None:
    for target in (str(database), postgres):
        code = main(["query", target, "select :low, :high", "--param", "low=1"])
        assert code == StatementFailed.exit_code
        said = capsys.readouterr().err
        assert "no value was given for :high" in said
        assert "--param high=" in said
        assert ":low:" not in said


def test_a_refused_write_says_what_to_do(database, postgres, capsys) -> None:
    for target in (str(database), postgres):
        assert main(["query", target, "create table x (i int)"]) == ReadOnly.exit_code
        assert "--write" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("uri", "read_only"),
    [
        ("file:{}", False),
        ("file:{}?mode=ro", True),
        ("file://{}?mode=rw&cache=shared", False),
        ("file://localhost{}?immutable=1", False),
        ("sqlite:///file:{}?mode=ro&uri=true", True),
        ("sqlite:///{}", False),
    ],
)
def test_sqlites_own_addresses_are_understood(database, capsys, uri: str, read_only: bool) -> None:
    address = uri.format(database)
    target = parse(address)
    assert (target.address, target.read_only) == (str(database), read_only)
    assert main(["query", address, "select id from t", "--format", "csv"]) == 0
    assert "7" in capsys.readouterr().out


def test_uris_name_what_is_not_possible() -> None:
    assert parse("file::memory:?cache=shared").address == ":memory:"
    assert parse("file:x?mode=memory").address == ":memory:"
    assert parse("file:a%20b%3Fc.db").address == "a b?c.db"
    for uri in ("file://elsewhere/a.db", "file:a.db?vfs=unix-none"):
        with pytest.raises(ConfigInvalid):
            parse(uri)


@pytest.mark.parametrize("word", ["qurey", "Export", "scheme"])
def test_a_command_that_is_mistyped_is_told_the_nearest(database, capsys, monkeypatch, word):
    monkeypatch.chdir(database.parent)
    with pytest.raises(SystemExit, match="2"):
        main([word, "a.db", "SELECT 1"])
    nearest = {"qurey": "query", "Export": "export", "scheme": "schema"}[word]
    assert f"did you mean `studio {nearest}`?" in capsys.readouterr().err


def test_a_file_called_like_a_command_is_a_file(database, capsys, monkeypatch):
    monkeypatch.chdir(database.parent)
    database.rename(database.parent / "qurey")
    with pytest.raises(SystemExit, match="2"):
        main(["qurey"])
    assert "needs a terminal" in capsys.readouterr().err


def test_the_screen_takes_an_order_that_begins_with_a_dash(database, capsys):
    with pytest.raises(SystemExit, match="2"):
        main([str(database), "--order", "-id"])
    assert "needs a terminal" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["query", "a.db", "SELECT 1", "--json"], "query has no --json: it is `--format json`"),
        (["query", "a.db", "SELECT 1", "--csv=x"], "query has no --csv: it is `--format csv`"),
        (["export", "a.db", "t", "--output", "o", "--xlxs"], "unrecognized arguments: --xlxs"),
        (["query", "a.db", "--flie", "f"], "arguments: --flie: did you mean --file?"),
        (["schema", "a.db", "b.db"], "unrecognized arguments: b.db"),
    ],
)
def test_an_option_that_a_command_has_not_is_told_the_one_it_has(words, told, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith(f"{told}\n")
