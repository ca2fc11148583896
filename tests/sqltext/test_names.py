"""Dotted names and their places."""

from studio.sqltext.names import dotted_names, name_at
from studio.sqltext.syntax import POSTGRESQL, SQLITE


def test_names_are_cut_at_their_dots_and_folded_as_the_engine_does() -> None:
    text = 'x AS "Odd.one", A.b . "C"'
    names = list(dotted_names(text, POSTGRESQL))
    assert [name.parts for name in names] == [("x",), ("as",), ("Odd.one",), ("a", "b", "C")]
    assert [text[name.start : name.end] for name in names][-2:] == ['"Odd.one"', 'A.b . "C"']
    assert names[2].after == "AS"


def test_a_place_has_its_name_and_between_names_there_is_none() -> None:
    assert name_at("a, 'text', bc", 11, SQLITE).parts == ("bc",)
    assert name_at("a, 'text', bc", 4, SQLITE) is None
    assert name_at("", 0, SQLITE) is None
