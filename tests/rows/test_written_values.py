"""Values written into a statement stay values, however a session reads strings."""

from studio.model.page import PageRequest
from studio.rows.question import Question
from studio.rows.wrapped import wrapped
from studio.rows.written import page_sql
from tests.rows.places import Place

HOSTILE = (
    "\\' OR true OR v = '",
    "\\",
    "it's",
    "%",
    "a\\'",
    "'; DROP TABLE t; --",
    "\\\\''",
    "é\n",
)


def found(place: Place, sql: str) -> list[int]:
    return [int(row[0]) for row in place.browse.exec_driver_sql(sql).fetchall()]


def test_each_text_finds_itself_alone(place: Place) -> None:
    table = place.make("id int primary key, v text", list(enumerate(HOSTILE)))
    for settings in (("on", "safe_encoding"), ("off", "on"), ("off", "off")):
        if place.name == "postgresql":
            place.browse.exec_driver_sql(f"SET standard_conforming_strings = {settings[0]}")
            place.browse.exec_driver_sql(f"SET backslash_quote = {settings[1]}")
        for number, text in enumerate(HOSTILE):
            question = Question().with_value("v", text)
            around = wrapped(place.browse, "SELECT * FROM t", table, question, place.backend)
            request = PageRequest(table.ref, filters=question.filters)
            page = page_sql(place.browse, table, request, place.backend)
            assert found(place, around) == found(place, page) == [number], text
