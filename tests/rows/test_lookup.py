"""Finding the row a foreign key could refer to."""

import sqlite3

import pytest

from studio.backends.base import Purpose
from studio.db.session import Session
from studio.db.url import parse
from studio.model.relation import TableRef
from studio.rows.lookup import FOUND_ROWS, label_columns, with_key, with_label


@pytest.fixture
async def users(tmp_path):
    path = tmp_path / "users.db"
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE users (id INTEGER PRIMARY KEY, bio TEXT, email TEXT, full_name TEXT)"
        )
        connection.executemany(
            "INSERT INTO users VALUES (?, 'x', ?, ?)",
            ((i, f"u{i}@x", f"User {i}") for i in range(1, 201)),
        )
    connection.close()
    session = await Session.open(parse(str(path)))
    yield session, await session.table(TableRef(None, "users"))
    await session.close()


async def test_labels_are_what_people_call_a_row(users):
    _, table = users
    assert label_columns(table, ("id",)) == ("email", "full_name")


async def test_a_typed_key_is_found_by_itself(users):
    session, table = users
    lane = session.lane(Purpose.BROWSE)
    (found,) = await with_key(lane, table, ("id",), " 77 ")
    assert found.key == (77,)
    assert found.labels == ("u77@x", "User 77")
    assert await with_key(lane, table, ("id",), "no number") == ()


async def test_rows_are_found_by_any_part_of_a_label(users):
    session, table = users
    lane = session.lane(Purpose.BROWSE)
    assert [row.key for row in await with_label(lane, table, ("id",), "USER 19")] == [
        (19,), *((i,) for i in range(190, 200))
    ]  # fmt: skip
    assert len(await with_label(lane, table, ("id",), "")) == FOUND_ROWS
    assert await with_label(lane, table, ("id",), "%") == ()
