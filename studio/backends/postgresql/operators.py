"""The operators of PostgreSQL that a filter takes as they stand."""

from studio.backends.halves.operators import ARITHMETIC, Operators

_REGULAR = frozenset({"~", "~*", "!~", "!~*", "~~", "~~*", "!~~", "!~~*"})
_OTHER = 5
"""Every operator but arithmetic and comparison binds alike, looser than a sum."""

OPERATORS = Operators(
    compares=_REGULAR
    | {"@>", "<@", "&&", "?", "?|", "?&", "@@", "@@@", "@?"}
    | {"<<", ">>", "<<=", ">>=", "&<", "&>", "-|-", "^@"},
    words=frozenset({"similar to"}),
    computes=dict(ARITHMETIC)
    | {"^": 8}
    | dict.fromkeys(("->", "->>", "#>", "#>>", "#-", "||", "&", "|", "#", "<->"), _OTHER),
    makes_text=frozenset({"->>", "#>>"}),
    matches_text=_REGULAR | {"^@", "similar to"},
    infers=True,
    has_any=True,
)
