"""Signs stay beside the statements that were not touched, and go with those that were."""

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.sqltext.signs import StatementMarks
from tests.examples import examples

PIECES = st.lists(st.text("ab;\n ", min_size=1, max_size=6), min_size=1, max_size=6)


@settings(max_examples=examples(60))
@given(PIECES, st.integers(0, 40), st.integers(0, 10), st.text("ab;\n ", max_size=6))
def test_what_keeps_its_sign_says_what_it_said(pieces, place, length, typed):
    text, signs, said = "".join(pieces), StatementMarks(), {}
    signs.begin(text)
    start = 0
    for number, piece in enumerate(pieces):
        signs.add(start, start + len(piece), str(number))
        said[str(number)] = piece
        start += len(piece)
    edited = text[:place] + typed + text[place + length :]
    signs.changed(edited)
    for one in signs._signed.values():
        assert edited[one.start : one.end] == said[one.sign]
    for line, sign in signs.by_line().items():
        assert any(
            one.sign == sign and edited.count("\n", 0, one.start) == line
            for one in signs._signed.values()
        )
    if edited == text:
        assert len(signs._signed) == len(pieces)
