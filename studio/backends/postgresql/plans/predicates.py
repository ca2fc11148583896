"""Expressions as PostgreSQL deparses them → terms an index could serve.

The server writes every condition fully parenthesised and with explicit casts; that regularity is
what this reads. Anything it does not recognise is a term no index is advised for.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from studio.backends.postgresql.plans.predicate_words import PredicateWord, lex
from studio.sqltext.tokens import TokenKind


class Use(Enum):
    """What kind of index entry would answer a term."""

    EQUALITY = "equality"
    RANGE = "range"
    PREFIX = "prefix"
    """LIKE 'abc%', `^@`, `~ '^abc'`: a range for an index with text_pattern_ops or of the C
    collation.
    """
    TRIGRAM = "trigram"
    """A pattern that may start anywhere, or a regular expression."""
    CONTAINMENT = "containment"
    """jsonb, array and text search operators: GIN."""
    MEMBER = "member"
    """`7 = ANY (tags)`: no index knows it, but GIN the same asked as `tags @> ARRAY[7]`."""
    TRUTH = "truth"
    """A boolean column by itself: a partial index, when it is rarely so."""
    PRESENCE = "presence"
    """IS NOT NULL: nothing by itself, but it goes with an ordered read."""


@dataclass(frozen=True, slots=True)
class PredicateTerm:
    """One condition on one column, or on one expression over columns of one table."""

    column: str
    """As SQL would name it inside CREATE INDEX, without a qualifier."""
    use: Use
    is_expression: bool
    joins: bool
    """The other side is a column of another table."""
    constant: str = ""
    relabelled: bool = False
    """Written `(c)::text`: harmless on a varchar, a true cast on everything that is no text."""
    then: tuple[str, ...] = ()
    """Further columns of a row comparison, `ROW(a, b) > ROW(1, 2)`."""


RANGES = frozenset(("<", ">", "<=", ">="))
CONTAINMENTS = frozenset(("@>", "<@", "?", "?|", "?&", "@@", "@@@", "&&", "@?"))
PATTERNS = frozenset(("~~", "~~*", "~", "~*", "^@"))
BEGINNING = re.compile(r"\^(?:\(\?:)?[\w /:@-]+(?:\.\*)?\)?\$?")
"""A regular expression that is a beginning and then anything, as SIMILAR TO writes it too."""
FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "@>": "<@", "<@": "@>"}
COMPARISONS = RANGES | CONTAINMENTS | PATTERNS | {"=", "<>", "!~~", "!~~*", "!~", "!~*"}
BEGINS_WITH = PredicateWord(TokenKind.OPERATOR, "^@")
ANY_OF_ONE = len(("ANY", "(", "tags", ")"))
RELABELLED = frozenset(("text", "bpchar", "character varying", "varchar"))
"""A varchar column is written `(c)::text`; the cast costs nothing and its index still serves."""


def terms(expression: str, qualifiers: Sequence[str]) -> tuple[PredicateTerm, ...]:
    """The usable conditions of one table among everything joined by AND.

    `qualifiers`: the names that mean this table in the plan: its alias first.
    """
    found = (_term(part, qualifiers) for part in conjuncts(lex(expression)))
    return tuple(term for term in found if term)


def arms(expression: str, qualifiers: Sequence[str]) -> tuple[PredicateTerm, ...]:
    """The conditions of `a OR b OR c`, when every arm is one an index could serve; else nothing."""
    parts = _split(unwrap(lex(expression)), "OR")
    if len(parts) == 1:
        return ()
    found = [_term(unwrap(part), qualifiers) for part in parts]
    served = {Use.EQUALITY, Use.RANGE, Use.PREFIX}
    usable = [term for term in found if term and term.use in served]
    return tuple(usable) if len(usable) == len(parts) else ()


def conjuncts(tokens: list[PredicateWord]) -> list[list[PredicateWord]]:
    """The parts joined by AND, each without its own brackets."""
    parts = _split(unwrap(tokens), "AND")
    return [unwrap(part) for part in parts]


def only_subplans(expression: str) -> bool:
    """Whether every condition is the answer of a SubPlan, so that no index here could help."""
    parts = conjuncts(lex(expression))
    return all(any(token.text == "SubPlan" for token in part) for part in parts)


def depends_on_query(expression: str) -> bool:
    """Whether a condition names a parameter, an InitPlan or a SubPlan."""
    return any(
        token.kind is TokenKind.PARAMETER or token.text == "SubPlan" for token in lex(expression)
    )


def calls_function(expression: str) -> bool:
    """Whether some function is called; type modifiers like `numeric(10,2)` are none."""
    tokens = lex(expression)
    for place, token in enumerate(tokens[:-1]):
        adjacent = expression_adjacent(expression, token, tokens[place + 1])
        cast = any(before.is_cast for before in tokens[max(0, place - 3) : place])
        if token.is_name and adjacent and not cast and token.text not in KEYWORDS:
            return True
    return False


KEYWORDS = frozenset(
    ("ANY", "ALL", "AND", "OR", "NOT", "IN", "ROW", "SubPlan", "IS", "ARRAY", "EXISTS", "COALESCE",
     "NULLIF", "GREATEST", "LEAST", "CASE")
)  # fmt: skip
"""Words written before a bracket that call nothing of their own."""


def expression_adjacent(expression: str, name: PredicateWord, bracket: PredicateWord) -> bool:
    """Whether `name(` is written without a space, as a function call is."""
    return bracket.text == "(" and f"{name.text}(" in expression


def unwrap(tokens: list[PredicateWord]) -> list[PredicateWord]:
    """Without the brackets that enclose the whole."""
    while len(tokens) > 1 and tokens[0].text == "(" and _closing(tokens, 0) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def _closing(tokens: list[PredicateWord], start: int) -> int:
    depth = 0
    for place in range(start, len(tokens)):
        if tokens[place].text in {"(", "["}:
            depth += 1
        elif tokens[place].text in {")", "]"}:
            depth -= 1
            if depth == 0:
                return place
    return -1


def _split(tokens: list[PredicateWord], word: str) -> list[list[PredicateWord]]:
    parts: list[list[PredicateWord]] = [[]]
    for depth, token in _depths(tokens):
        if depth == 0 and token.is_name and token.text == word:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _depths(tokens: list[PredicateWord]) -> Iterator[tuple[int, PredicateWord]]:
    depth = 0
    for token in tokens:
        if token.text in {")", "]"}:
            depth -= 1
        yield depth, token
        if token.text in {"(", "["}:
            depth += 1


def _term(tokens: list[PredicateWord], qualifiers: Sequence[str]) -> PredicateTerm | None:
    if not tokens or tokens[0].text == "NOT" or any(t.text == "SubPlan" for t in tokens):
        return None
    if len(tokens) == 1 and tokens[0].is_name:
        column = _own(tokens[0], qualifiers)
        return PredicateTerm(column, Use.TRUTH, False, False) if column else None
    words = [token.text for token in tokens]
    if words[-2:] == ["IS", "TRUE"]:
        return _sided(tokens[:-2], Use.TRUTH, [], qualifiers)
    if words[-2:] == ["IS", "NULL"]:
        return _sided(tokens[:-2], Use.EQUALITY, [], qualifiers)
    if words[-3:] == ["IS", "NOT"] or words[-3:] == ["IS", "NOT", "NULL"]:
        return _sided(tokens[:-3], Use.PRESENCE, [], qualifiers)
    return _comparison(_as_operator(tokens, words), qualifiers)


def _as_operator(tokens: list[PredicateWord], words: Sequence[str]) -> list[PredicateWord]:
    """`starts_with(a, b)` as the `a ^@ b` it is."""
    if words[:2] != ["starts_with", "("] or words.count(",") != 1 or words[-1] != ")":
        return tokens
    comma = words.index(",")
    return [*tokens[2:comma], BEGINS_WITH, *tokens[comma + 1 : -1]]


def _comparison(tokens: list[PredicateWord], qualifiers: Sequence[str]) -> PredicateTerm | None:
    places = [
        place
        for place, (depth, token) in enumerate(_depths(tokens))
        if depth == 0 and token.kind is TokenKind.OPERATOR and token.text in COMPARISONS
    ]
    if len(places) != 1:
        return None
    place = places[0]
    operator, left, right = tokens[place].text, tokens[:place], tokens[place + 1 :]
    if _mentions(right, qualifiers):
        if _mentions(left, qualifiers) or operator not in FLIPPED:
            return None
        left, right, operator = right, left, FLIPPED[operator]
    if operator == "=" and (member := _member(left, right, qualifiers)):
        return member
    use = _use(operator, right)
    return _sided(left, use, right, qualifiers) if use else None


def _member(
    left: list[PredicateWord], right: list[PredicateWord], qualifiers: Sequence[str]
) -> PredicateTerm | None:
    """`ANY (tags)`, of a bare column, that is to hold what stands on the other side."""
    if [piece.text for piece in left[:2]] != ["ANY", "("] or len(left) != ANY_OF_ONE:
        return None
    column = _own(left[2], qualifiers) if left[2].is_name else ""
    # What a parameter or an InitPlan is called in the plan, nobody can write.
    known = not any(piece.kind is TokenKind.PARAMETER for piece in right)
    value = written(right, ()) if known else "…"
    return PredicateTerm(column, Use.MEMBER, False, False, value) if column else None


def _use(operator: str, right: list[PredicateWord]) -> Use | None:
    if operator == "=":
        return Use.EQUALITY
    if operator in RANGES:
        return Use.RANGE
    if operator in CONTAINMENTS:
        return Use.CONTAINMENT
    if operator not in PATTERNS:
        return None
    pattern = next((token.text for token in right if token.kind is TokenKind.STRING), "")
    body = pattern[pattern.find("'") + 1 : -1]
    if operator == "^@" or any(token.text == "citext" for token in right):
        # citext compares otherwise than any operator class of text sorts.
        return Use.PREFIX if body and operator == "^@" else None
    anchored = operator == "~~" and bool(body) and body[0] not in "%_"
    begins = operator == "~" and BEGINNING.fullmatch(body) is not None
    return Use.PREFIX if anchored or begins else Use.TRIGRAM


def _sided(
    side: list[PredicateWord], use: Use, other: list[PredicateWord], qualifiers: Sequence[str]
) -> PredicateTerm | None:
    """A term for `side`, when it is a column or an expression over columns of this table alone."""
    written_as = len(unwrap(side))
    side = _bare(side)
    if not side or side[0].text in {"ANY", "ALL"}:
        return None
    if side[0].text == "ROW":
        return _row(side[1:], use, qualifiers)
    if not _mentions(side, qualifiers) or _mentions_others(side, qualifiers):
        return None
    joins = any(token.qualifier for token in other)
    constant = " ".join(token.text for token in other) if not joins else ""
    if len(side) == 1:
        column = _own(side[0], qualifiers)
        relabelled = written_as > 1
        return PredicateTerm(column, use, False, joins, constant, relabelled) if column else None
    return PredicateTerm(written(side, qualifiers), use, True, joins, constant)


def _row(side: list[PredicateWord], use: Use, qualifiers: Sequence[str]) -> PredicateTerm | None:
    """A comparison of whole rows, when they are made of bare columns."""
    columns = [_own(token, qualifiers) for token in side if token.is_name]
    bare = all(token.is_name or token.text in "()," for token in side)
    if not columns or not bare or not all(columns):
        return None
    return PredicateTerm(columns[0], use, False, False, then=tuple(columns[1:]))


def _bare(side: list[PredicateWord]) -> list[PredicateWord]:
    """Without brackets, and without casts that only relabel text."""
    side = unwrap(side)
    for place, token in enumerate(side):
        if token.is_cast:
            target = " ".join(word.text for word in side[place + 1 :])
            if target in RELABELLED and len(unwrap(side[:place])) == 1:
                return unwrap(side[:place])
            break
    return side


def _own(piece: PredicateWord, qualifiers: Sequence[str]) -> str:
    """The column's name when it belongs to this table, else an empty string."""
    if not piece.qualifier:
        return "" if piece.column in WORDS else piece.column
    return piece.column if plain(piece.qualifier) in qualifiers else ""


def plain(name: str) -> str:
    """An identifier without its quotes."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


WORDS = frozenset(
    ("AND", "OR", "NOT", "IS", "NULL", "TRUE", "FALSE", "true", "false", "ANY", "ALL", "DISTINCT",
     "FROM", "CASE", "WHEN", "THEN", "ELSE", "END", "ARRAY", "ROW", "COLLATE", "AT", "TIME", "ZONE")
)  # fmt: skip


def _mentions(tokens: list[PredicateWord], qualifiers: Sequence[str]) -> bool:
    return any(_own(token, qualifiers) for token in _columns(tokens))


def _mentions_others(tokens: list[PredicateWord], qualifiers: Sequence[str]) -> bool:
    return any(token.qualifier and not _own(token, qualifiers) for token in _columns(tokens))


def _columns(tokens: list[PredicateWord]) -> Iterator[PredicateWord]:
    """Names that are columns: neither functions, nor types after `::`, nor words of SQL."""
    casting = False
    for place, token in enumerate(tokens):
        following = tokens[place + 1].text if place + 1 < len(tokens) else ""
        if token.is_cast:
            casting = True
        elif not token.is_name:
            casting = False
        elif not casting and following != "(" and token.text not in WORDS:
            yield token


def written(tokens: list[PredicateWord], qualifiers: Sequence[str]) -> str:
    """Tokens as SQL again, with this table's qualifier taken off its columns."""
    text = ""
    for token in tokens:
        word = (token.is_name and _own(token, qualifiers)) or token.text
        tight = not text or text[-1] in "([:" or token.text in "()[],:" or token.is_cast
        text += word if tight else f" {word}"
    return text
