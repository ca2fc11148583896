"""What is offered while a filter is typed."""

import pytest

from studio.model.catalog import Column, ColumnKind, Table, TableKind, TableRef
from studio.rows.filter_completion import continued
from studio.rows.parse import parse_filters
from tests.rows.places import Place

USERS = Table(
    TableRef("main", "users"),
    TableKind.TABLE,
    (
        Column("id", "INTEGER", ColumnKind.INTEGER),
        Column("role", "TEXT", ColumnKind.TEXT, choices=("admin", "member")),
        Column("role_since", "TEXT", ColumnKind.TEXT),
        Column("city", "TEXT", ColumnKind.TEXT),
        Column("active", "BOOLEAN", ColumnKind.BOOLEAN),
        Column("due date", "TEXT", ColumnKind.TEXT),
    ),
)
SEEN = {"city": ("Berlin", "New York", "it's\x1b[2J", "Köln"), "id": (5, 17)}


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("ro", "role"),
        ("RO", "ROle"),
        ("role", "role_since"),
        ("role ", "role = "),
        ("role c", "role contains "),
        ("role is", "role is null"),
        ("role is n", "role is null"),
        ("role is not", "role is not null"),
        ("role = ", "role = admin"),
        ("role = m", "role = member"),
        ("role != m", "role != member"),
        ("role in (", "role in (admin"),
        ("role in (admin, m", "role in (admin, member"),
        ("id = 5 and ci", "id = 5 and city"),
        ("id = 5 and (city = B", "id = 5 and (city = Berlin"),
        ("city = b", None),
        ("city = 'N", "city = 'New York'"),
        ("city = 'K", "city = 'Köln'"),
        ("not ci", "not city"),
        ("id = 1", "id = 17"),
        ("active ", "active = true"),
        ("", None),
        ("xyz", None),
        ("id = 5 ", None),
        ("city = 'a and ci", None),
        ("role = owner", None),
        ("where lower(ci", None),
        ("due date = ", None),
    ],
)
def test_what_could_follow(sqlite: Place, text: str, whole: str | None) -> None:
    found = continued(text, USERS, sqlite.backend, lambda name: SEEN.get(name, ()))
    assert found == whole


def test_what_is_offered_as_a_value_can_be_read(sqlite: Place) -> None:
    for name, seen in (*SEEN.items(), ("role", ())):
        for value in seen or USERS.column(name).choices:
            line = continued(f"{name} = ", USERS, sqlite.backend, lambda _, v=value: (v,))
            if line is not None:
                parse_filters(line, USERS, sqlite.backend)
