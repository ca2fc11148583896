"""The reader keeps what it read between two keys, and says the same as a fresh one."""

from hypothesis import given
from hypothesis import strategies as st

from studio.sqltext.places.around import StatementReader
from studio.sqltext.places.finder import look
from studio.sqltext.syntax import POSTGRESQL, SQLITE

PIECES = st.sampled_from(
    ["select ", "from t ", "(", ")", ", ", ";", "'", '"', "a", ".", "--", "\n", "/*", "*/", "$$",
     "where ", "with x as ", "insert into t ", "values ", "\n\nselect ", "order by ", "on ", "1",
     "join ", "union ", "create trigger t begin ", "case when ", "end ", "= ", "::", "[", "update "]
)  # fmt: skip
EDITS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 6), PIECES), max_size=12)


@given(
    start=st.lists(PIECES, max_size=15), edits=EDITS, syntax=st.sampled_from([POSTGRESQL, SQLITE])
)
def test_a_reader_that_followed_every_edit_says_what_a_new_one_says(start, edits, syntax):
    text = "".join(start)
    reader = StatementReader(syntax)
    reader.around(text, len(text))
    for place, removed, piece in edits:
        at = min(place, len(text))
        text = text[:at] + piece + text[at + removed :]
        cursor = at + len(piece)
        around = reader.around(text, cursor)
        assert around == StatementReader(syntax).around(text, cursor)
        look(around, syntax)


def test_ten_thousand_parentheses_are_no_matter():
    text = "select " + "(" * 10_000
    look(StatementReader(SQLITE).around(text, len(text)), SQLITE)
