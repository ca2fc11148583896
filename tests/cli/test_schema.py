import json
import re
import sqlite3
from contextlib import closing
from itertools import pairwise
from xml.etree import ElementTree

import psycopg
import pytest

from studio.cli.main import main
from tests.scenes import demo_folder

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


def written(capsys, *arguments: str) -> str:
    assert main(["schema", *arguments]) == 0
    return capsys.readouterr().out


def described(tables: dict[str, dict]) -> dict[str, dict]:
    """What does not depend on the rows that are in it."""
    return {
        name: {k: v for k, v in table.items() if k not in {"row_estimate", "bytes"}}
        for name, table in tables.items()
    }


def test_ddl_makes_the_same_sqlite_database_again(capsys, tmp_path, shop):
    ddl = written(capsys, str(shop), "--format", "ddl")
    for word in ("INDEX big", "TRIGGER note", "VIEW totals"):
        assert ddl.count(f"CREATE {word}") == 1
    again = tmp_path / "again.db"
    with closing(sqlite3.connect(again)) as connection:
        connection.executescript(ddl)
    assert described(tables_of(capsys, str(again))) == described(tables_of(capsys, str(shop)))


def test_ddl_of_the_demo_makes_its_database_again(capsys, tmp_path):
    demo, again = demo_folder() / "demo.db", tmp_path / "again.db"
    with closing(sqlite3.connect(again)) as connection:
        connection.executescript(written(capsys, str(demo), "--format", "ddl"))
    assert described(tables_of(capsys, str(again))) == described(tables_of(capsys, str(demo)))


POSTGRES_SHOP = """
    CREATE TABLE a_orders (id serial PRIMARY KEY, customer int, up int REFERENCES a_orders);
    CREATE TABLE customers (id int PRIMARY KEY, email text UNIQUE, best int);
    ALTER TABLE a_orders ADD FOREIGN KEY (customer) REFERENCES customers;
    CREATE VIEW a_first AS SELECT min(id) AS id FROM customers;
    CREATE INDEX late ON customers (lower(email)) WHERE id > 5;
    CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
    CREATE TRIGGER noted AFTER UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION noted();
"""


def test_ddl_makes_the_same_postgresql_tables_again(capsys, postgres):
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(POSTGRES_SHOP)
        ddl, before = written(capsys, postgres, "--format", "ddl"), tables_of(capsys, postgres)
        assert ddl.count("CREATE TRIGGER noted") == 1
        connection.execute("DROP TABLE a_orders, customers CASCADE")
        connection.execute(ddl)
    assert described(tables_of(capsys, postgres)) == described(before)
    assert before.keys() == {"a_orders", "customers", "a_first"}


def test_tables_that_reference_each_other_are_each_written_once(capsys, tmp_path):
    path = tmp_path / "cycle.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE a (id INTEGER PRIMARY KEY, b REFERENCES b, c REFERENCES c);"
            "CREATE TABLE b (id INTEGER PRIMARY KEY, a REFERENCES a, gone REFERENCES gone);"
            "CREATE TABLE c (id INTEGER PRIMARY KEY, c REFERENCES c, b REFERENCES b);"
        )
    ddl = written(capsys, str(path), "--format", "ddl")
    assert sorted(re.findall(r"CREATE TABLE (\w)", ddl)) == ["a", "b", "c"]


def test_rows_are_estimated_where_that_is_cheap(capsys, shop):
    with closing(sqlite3.connect(shop)) as connection:
        connection.executemany("INSERT INTO customers (email) VALUES (?)", [(i,) for i in range(9)])
        connection.commit()
    tables = tables_of(capsys, str(shop))
    assert {n: t["row_estimate"] for n, t in tables.items()} == {
        "customers": 9, "orders": 0, "totals": None,
    }  # fmt: skip


def test_mermaid_draws_tables_keys_and_how_many(capsys, shop):
    with closing(sqlite3.connect(shop)) as connection:
        connection.executescript(
            """
            CREATE TABLE "odd ""name" ("1 col" "DOUBLE PRECISION", "é" INT, "" TEXT,
                boss INTEGER NOT NULL UNIQUE REFERENCES customers (id));
            """
        )
    lines = written(capsys, str(shop), "--format", "mermaid").splitlines()
    assert lines[0] == "erDiagram"
    assert '    "customers" |o--o{ "orders" : "customer_id"' in lines
    assert '    "customers" ||--o| "odd _name" : "boss"' in lines
    for line in ("INTEGER id PK", "DOUBLE_PRECISION _1_col", "INT é", "TEXT column"):
        assert f"        {line}" in lines
    assert not any("totals" in line for line in lines)


ODD = """
    CREATE TABLE "a\\" (id INTEGER PRIMARY KEY, "x"" [pk] {" TEXT DEFAULT 'it`s
        \\' NOT NULL UNIQUE REFERENCES customers (email) ON DELETE SET NULL);
    CREATE TABLE pairs (a INT, b INT, c INT, PRIMARY KEY (a, b));
    CREATE INDEX lower_c ON pairs (lower(c), a) WHERE c IS NOT NULL;
    CREATE TABLE "<b>&" (a INT, b INT, FOREIGN KEY (a, b) REFERENCES pairs);
"""


def test_dbml_has_tables_keys_indexes_and_references(capsys, shop):
    with closing(sqlite3.connect(shop)) as connection:
        connection.executescript(ODD)
    lines = written(capsys, str(shop), "--format", "dbml").splitlines()
    assert 'Table "orders" {' in lines
    assert '  "customer_id" "INT"' in lines
    assert '  "total" "DECIMAL(10, 2)" [default: `0`]' in lines
    assert """    ("total") [name: "big", note: 'where total > 100']""" in lines
    assert 'Ref: "orders".("customer_id") > "customers".("id") [delete: cascade]' in lines
    assert 'Ref: "a_".("x_ [pk] {") - "customers".("email") [delete: set null]' in lines
    assert 'Ref: "<b>&".("a", "b") > "pairs".("a", "b")' in lines
    assert '    ("a", "b") [pk]' in lines
    assert not any("totals" in line for line in lines)
    assert not any(a == "  indexes {" and b == "  }" for a, b in pairwise(lines))
    # What a name or a default holds ends nothing: every quote has its other one.
    assert all(line.count('"') % 2 == 0 and line.count("`") % 2 == 0 for line in lines)


def test_dbml_names_the_values_of_enums(capsys, postgres):
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE TYPE mood AS ENUM ('glad', 'it''s so')")
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, mood mood NOT NULL)")
        connection.execute("COMMENT ON TABLE t IS 'it''s \\'")
    said = written(capsys, postgres, "--format", "dbml")
    assert 'Enum "mood" {\n  "glad"\n  "it\'s so"\n}' in said
    assert '  "mood" "mood" [not null]' in said
    assert "  Note: 'it\\'s \\\\'" in said


def test_dot_is_a_graph_whose_labels_are_whole(capsys, shop):
    with closing(sqlite3.connect(shop)) as connection:
        connection.executescript(ODD)
    lines = written(capsys, str(shop), "--format", "dot").splitlines()
    assert (lines[0], lines[-1]) == ("digraph schema {", "}")
    found = [re.fullmatch(r"  t\d+ \[label=<(.*)>\];", line) for line in lines]
    labels = [ElementTree.fromstring(one[1]) for one in found if one]
    names = ["".join(label.find("TR").itertext()) for label in labels]
    assert set(names) == {"customers", "orders", "a\\", "pairs", "<b>&"}
    edges = [line.split(" [")[0].split() for line in lines if "->" in line]
    at = {name: f"t{place}" for place, name in enumerate(names)}
    assert [f"{at['orders']}:c1", "->", f"{at['customers']}:c0"] in edges
    assert [f"{at['<b>&']}:c0", "->", f"{at['pairs']}:c0"] in edges


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
