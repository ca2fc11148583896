import json

import pytest

from studio.cli.main import main


def complete(capsys, *arguments: str) -> dict:
    assert main(["complete", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def shop(sqlite_file):
    return str(
        sqlite_file(
            "CREATE TABLE orders (id INTEGER, status TEXT CHECK (status IN ('a', 'b')))",
            'CREATE TABLE "Audit Log" (id INTEGER PRIMARY KEY, note TEXT)',
        )
    )


def test_the_document_has_what_is_inserted_and_the_text_afterwards(capsys, shop):
    found = complete(capsys, shop, "select * from aud")
    assert found["engine"] == "sqlite"
    assert found["candidates"][0] == {
        "text": '"Audit Log"',
        "kind": "table",
        "detail": "table",
        "after": 'select * from "Audit Log"|',
        "cursor": 25,
    }


def test_the_cursor_may_stand_inside_and_a_bar_is_a_bar(capsys, shop):
    text = "select i, id || note from orders"
    first = complete(capsys, shop, text, "--at", "8")["candidates"][0]
    assert first["after"] == "select id|, id || note from orders"
    assert first["cursor"] == 9


def test_values_of_a_check_from_a_file_and_only_the_first_have_the_whole_text(
    capsys, shop, tmp_path
):
    file = tmp_path / "q.sql"
    file.write_text("select * from orders where status = ")
    found = complete(capsys, shop, f"@{file}")["candidates"]
    assert [c["text"] for c in found[:2]] == ["'a'", "'b'"]
    assert all(("after" in c) == (place < 12) for place, c in enumerate(found))


def test_without_json_one_line_each(capsys, shop):
    assert main(["complete", shop, "select * from orders where st"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "status               column · orders · TEXT"


def test_a_place_outside_the_text_is_refused(capsys, shop):
    assert main(["complete", shop, "select", "--at", "7"]) == 2
    assert "--at takes 0 to 6" in capsys.readouterr().err


def test_a_guest_without_words_of_its_own_still_completes(capsys, tmp_path):
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER, status VARCHAR)")
    found = complete(capsys, f"duckdb:///{path}", "select st from orders", "--at", "9")
    assert found["candidates"][0]["text"] == "status"
