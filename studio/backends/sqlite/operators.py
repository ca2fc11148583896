"""The operators of SQLite that a filter takes as they stand."""

from studio.backends.halves.operators import ARITHMETIC, Operators

_BITS, _TIGHTEST = 5, 8

OPERATORS = Operators(
    words=frozenset({"glob", "match"}),
    computes=dict(ARITHMETIC)
    | dict.fromkeys(("&", "|", "<<", ">>"), _BITS)
    | dict.fromkeys(("->", "->>", "||"), _TIGHTEST),
    has_json_path=True,
)
