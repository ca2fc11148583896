"""The line of a DO block that failed."""

import pytest

from studio.backends.postgresql.blocks import place_in_block

BLOCK = "do language plpgsql $x$\nbegin\n  perform 1/0;\nend $x$"


@pytest.mark.parametrize(
    ("text", "frames", "there"),
    [
        (BLOCK, ['SQL statement "SELECT 1/0"', "f inline_code_block line 3 at PERFORM"], "perform"),
        (BLOCK, ["inline_code_block: 2 of x"], "begin"),
        ("do $$ begin perform 1/0; end $$", ["inline_code_block line 1 at PERFORM"], "$$ begin"),
        (BLOCK, ["inline_code_block line 9 at PERFORM"], None),
        (BLOCK, ["PL/pgSQL function f(integer) line 3 at RETURN"], None),
        ("select 1", ["inline_code_block line 1"], None),
    ],
)
def test_it_is_counted_from_the_opening_quote(text, frames, there):
    found = place_in_block(text, frames)
    assert (None if found is None else text[found:].startswith(there)) == (there and True)
