import json
import sqlite3

import psycopg
import pytest

from studio.cli.main import main

KEYS = {
    "name", "schema", "kind", "columns", "primary_key", "foreign_keys", "indexes", "checks",
    "triggers", "row_estimate", "bytes", "comment", "sql",
}  # fmt: skip
COLUMN_KEYS = {"name", "type", "nullable", "default", "generated", "comment"}


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        """
        CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, vip BOOL);
        CREATE TABLE orders (
            id INTEGER PRIMARY KEY, customer_id INT REFERENCES customers (id) ON DELETE CASCADE,
            total DECIMAL(10, 2) DEFAULT 0 CHECK (total >= 0),
            vat GENERATED ALWAYS AS (total * 0.2) STORED
        );
        CREATE INDEX big ON orders (total DESC) WHERE total > 100;
        CREATE VIEW totals AS SELECT sum(total) AS total FROM orders;
        CREATE TRIGGER note AFTER INSERT ON orders BEGIN SELECT 1; END;
        """
    )
    connection.close()
    return path


def tables_of(capsys, *arguments: str) -> dict[str, dict]:
    assert main(["schema", *arguments, "--format", "json"]) == 0
    return {table["name"]: table for table in json.loads(capsys.readouterr().out)}


def test_json_is_one_object_a_table_with_the_promised_keys(capsys, shop):
    tables = tables_of(capsys, str(shop))
    assert tables.keys() == {"customers", "orders", "totals"}
    for table in tables.values():
        assert table.keys() == KEYS
        for column in table["columns"]:
            assert column.keys() == COLUMN_KEYS
    orders = tables["orders"]
    assert orders["primary_key"] == ["id"]
    types = {column["name"]: column["type"] for column in orders["columns"]}
    assert types == {"id": "INTEGER", "customer_id": "INT", "total": "DECIMAL(10, 2)", "vat": ""}
    (key,) = orders["foreign_keys"]
    assert key["columns"] == ["customer_id"]
    assert key["target"]["name"] == "customers"
    assert key["on_delete"] == "CASCADE"
    (index,) = orders["indexes"]
    assert index["columns"] == ["total DESC"]
    assert index["where"] == "total > 100"
    assert [check["expression"] for check in orders["checks"]] == ["total >= 0"]
    assert orders["triggers"][0]["events"] == ["INSERT"]
    assert [c["generated"] for c in orders["columns"]][-1] == "total * 0.2"
    assert tables["totals"]["kind"] == "view"


def test_ddl_makes_the_same_database_again(capsys, shop):
    assert main(["schema", str(shop), "--format", "ddl"]) == 0
    again = sqlite3.connect(":memory:")
    for statement in capsys.readouterr().out.split(";\n\n"):
        again.executescript(statement)
    names = again.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
    assert {"customers", "orders", "totals"} <= {name for (name,) in names}
    again.close()


def test_text_is_for_people(capsys, shop):
    assert main(["schema", str(shop), "--table", "orders"]) == 0
    text = capsys.readouterr().out
    assert "orders" in text
    assert "→ (customer_id) references" in text
    assert "\x1b" not in text


def test_postgresql_names_schema_and_types_as_written(capsys, postgres):
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA app")
        connection.execute(
            "CREATE TABLE app.t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
            "tags varchar(20)[] NOT NULL DEFAULT '{}', at timestamptz(3))"
        )
        connection.execute("COMMENT ON COLUMN app.t.at IS 'when'")
    table = tables_of(capsys, postgres, "--table", "app.t")["t"]
    assert table["schema"] == "app"
    assert [c["type"] for c in table["columns"]] == [
        "bigint", "character varying(20)[]", "timestamp(3) with time zone",
    ]  # fmt: skip
    assert table["columns"][2]["comment"] == "when"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["schema", "{folder}/none.db"], 3, "there is no file"),
        (["schema", "{folder}"], 3, "folder"),
        (["schema", "{folder}/text.txt"], 3, "not an SQLite database"),
        (["schema", "postgresql://nobody@127.0.0.1:1/x"], 3, "Connection refused"),
        (["schema", "nosuchdialect://x"], 3, "nosuchdialect"),
        (["schema", ""], 2, "no database given"),
        (["schema", "{shop}", "--table", "none"], 2, "no table called"),
    ],
)
def test_failures_have_their_exit_code_and_a_sentence(
    capsys, tmp_path, shop, arguments, code, says
):
    (tmp_path / "text.txt").write_text("hello, this is no database at all\n" * 40)
    words = [word.format(folder=tmp_path, shop=shop) for word in arguments]
    assert main(words) == code
    written = capsys.readouterr()
    assert written.out == ""
    assert says in written.err
    assert "Traceback" not in written.err
    assert not (tmp_path / "none.db").exists()


def test_a_wrong_command_line_is_exit_2(capsys):
    with pytest.raises(SystemExit) as raised:
        main(["schema", "x.db", "--format", "xml"])
    assert raised.value.code == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("words", [["--help"], ["schema", "--help"], ["demo", "--help"]])
def test_help_shows_an_example(capsys, words):
    with pytest.raises(SystemExit) as raised:
        main(words)
    assert raised.value.code == 0
    assert "example" in capsys.readouterr().out


def test_a_password_in_the_address_is_never_said(capsys):
    assert main(["schema", "postgresql://ada:hunter2@127.0.0.1:1/x"]) == 3
    written = capsys.readouterr()
    assert "hunter2" not in written.out + written.err
