"""The conditions and the order of a query, seen from the columns an index could hold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from studio.backends.sqlite.plans.query_shape import SelectScope, depths, name_of, split
from studio.sqltext.tokens import Token, TokenKind

COMPARING = frozenset(("=", "==", "<", ">", "<=", ">=", "IS", "IN", "LIKE", "GLOB", "BETWEEN"))
ROW_COMPARING = frozenset(("=", "==", "IS", "<", ">", "<=", ">="))
RANGES = frozenset(("<", ">", "<=", ">=", "BETWEEN"))
WORDS = frozenset(
    ("AND", "OR", "NOT", "IS", "NULL", "IN", "LIKE", "GLOB", "BETWEEN", "ISNULL", "NOTNULL",
     "MATCH", "REGEXP", "ESCAPE", "COLLATE", "CASE", "WHEN", "THEN", "ELSE", "END", "CAST", "AS",
     "EXISTS", "SELECT", "DISTINCT", "ASC", "DESC", "NULLS", "FIRST", "LAST", "TRUE", "FALSE",
     "BY", "FROM", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP")
)  # fmt: skip
ROWIDS = frozenset(("rowid", "_rowid_", "oid"))
AFTER_KEY = frozenset(("ASC", "DESC", "COLLATE", "NULLS"))
BRACKETS = 10
"""Levels of `(a AND b) AND c` that are taken apart."""


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """One condition on a column of one FROM item."""

    alias: str
    column: str
    """A column, or the SQL of an expression over this item's columns alone."""
    use: str
    """equality, range, like, other; arm: one side of an OR, of which each needs its index;
    hidden: a column behind a unary plus, which no index serves.
    """
    is_expression: bool = False
    others: frozenset[str] = frozenset()
    """Aliases the other side needs; empty for constants and parameters."""
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns the items of a scope have, to place a name without a qualifier."""

    by_alias: dict[str, frozenset[str]]
    outer: frozenset[str] = frozenset()
    """Aliases of the scopes around."""

    def owner(self, qualifier: str, column: str) -> str:
        """The alias a column belongs to; empty when it cannot be told."""
        if qualifier:
            return qualifier if qualifier in self.by_alias or qualifier in self.outer else ""
        owners = [alias for alias, names in self.by_alias.items() if column in names]
        if not owners and len(self.by_alias) == 1:
            # Where its columns are known, another name is one of the result's.
            alias, known = next(iter(self.by_alias.items()))
            return alias if not known or column in ROWIDS else ""
        return owners[0] if len(owners) == 1 else ""


def terms(scope: SelectScope, columns: Columns) -> tuple[QueryTerm, ...]:
    """Every usable condition of a scope: its WHERE and its join conditions."""
    found: list[QueryTerm] = []
    for part in conjuncts(scope.clause("where")):
        found += _terms(unwrap(part), columns)
    for alias, condition in scope.on_terms:
        item = next((item for item in scope.items if item.alias == alias), None)
        for part in conjuncts(condition):
            kept = _terms(unwrap(part), columns)
            if item and item.join == "LEFT":
                kept = [term for term in kept if term.alias == alias]
            found += kept
    return tuple(found)


def conjuncts(tokens: Sequence[Token], levels: int = BRACKETS) -> list[list[Token]]:
    """The conditions that must all hold; one with a bare OR stays whole, for AND binds tighter."""
    whole = unwrap(tokens)
    if any(depth == 0 and token.word == "OR" for depth, token in depths(whole)):
        return [whole]
    parts = split(whole, frozenset(("AND",)))
    if len(parts) < 2 or not levels:  # noqa: PLR2004 - one condition is no conjunction
        return parts
    return [inner for part in parts for inner in conjuncts(part, levels - 1)]


def unwrap(tokens: Sequence[Token]) -> list[Token]:
    """Without brackets around the whole."""
    kept = list(tokens)
    while len(kept) > 1 and kept[0].text == "(" and kept[-1].text == ")":
        inside = [depth for depth, _ in depths(kept)]
        if 0 in inside[1:-1]:
            break
        kept = kept[1:-1]
    return kept


def _terms(tokens: list[Token], columns: Columns) -> list[QueryTerm]:
    """One condition, seen from each side."""
    words = [token.word for depth, token in depths(tokens) if depth == 0]
    if "OR" in words:
        return _arms(tokens, columns)
    if not tokens or "NOT" in words:
        return []
    operator = next(
        (
            place
            for place, (depth, token) in enumerate(depths(tokens))
            if depth == 0 and (token.word or token.text) in COMPARING
        ),
        None,
    )
    if operator is None:
        return []
    word = tokens[operator].word or tokens[operator].text
    left, right = unwrap(tokens[:operator]), tokens[operator + 1 :]
    pairs = _row_values(left, right, word)
    if pairs is not None:
        return [term for pair in pairs for term in _terms(pair, columns)]
    found = _side(left, right, word, columns)
    if word in {"=", "==", "IS", "<", ">", "<=", ">="}:
        found += _side(unwrap(right), left, word, columns)
    return found


def _arms(tokens: list[Token], columns: Columns) -> list[QueryTerm]:
    """The first usable condition of each side of an OR; nothing when one side has none."""
    found: list[QueryTerm] = []
    for part in split(tokens, frozenset(("OR",))):
        inner = [term for one in conjuncts(unwrap(part)) for term in _terms(unwrap(one), columns)]
        usable = [term for term in inner if term.use in {"equality", "range"}]
        if not usable or (found and usable[0].alias != found[0].alias):
            return []
        found.append(replace(usable[0], use="arm"))
    return found


def _row_values(left: list[Token], right: Sequence[Token], word: str) -> list[list[Token]] | None:
    """`(a, b) = (1, 2)` as its conditions one by one; of `(a, b) > (1, 2)` only the first narrows.

    None when it compares no rows.
    """
    comma = frozenset((",",))
    names, values = split(left, comma), split(unwrap(right), comma)
    if len(names) < 2 or len(names) != len(values) or word not in ROW_COMPARING:  # noqa: PLR2004 - a row has two
        return None
    pairs = [
        [*name, Token(TokenKind.OPERATOR, word, name[-1].end), *value]
        for name, value in zip(names, values, strict=True)
    ]
    return pairs if word in {"=", "==", "IS"} else pairs[:1]


def _side(
    tokens: Sequence[Token], other: Sequence[Token], word: str, columns: Columns
) -> list[QueryTerm]:
    owners = _owners(tokens, columns)
    if len(owners) != 1 or any(token.word == "SELECT" for token in tokens):
        return []
    alias = next(iter(owners))
    # An IN list from a query of its own is computed once, whatever it reads.
    of_query = word == "IN" and any(token.word == "SELECT" for token in other)
    needed = set() if of_query else _owners(other, columns)
    if alias in needed or alias not in columns.by_alias:
        return []
    if "" in needed:
        return []
    column = _column(tokens)
    if not column and tokens[0].text == "+" and (plain := _column(unwrap(tokens[1:]))):
        return [QueryTerm(alias, plain, "hidden", False, frozenset(needed))]
    use = "range" if word in RANGES else "like" if word == "LIKE" else "equality"
    if word == "GLOB":
        use = "range" if _pattern(other)[:1] not in {"", "*", "?", "["} else "other"
    # The other side decides what is equal; only an index in that collation knows.
    collation = _collation(other) if column else ""
    key = column if column and not collation else written(tokens) + collation
    is_expression = key != column
    return [QueryTerm(alias, key, use, is_expression, frozenset(needed), _pattern(other))]


def _collation(tokens: Sequence[Token]) -> str:
    """` COLLATE NOCASE` when that ends an operand; it says how both sides are compared."""
    if len(tokens) > 2 and tokens[-2].word == "COLLATE":  # noqa: PLR2004 - operand COLLATE name
        return f" COLLATE {tokens[-1].text}"
    return ""


def _pattern(tokens: Sequence[Token]) -> str:
    return tokens[0].text[1:-1] if _is_text(tokens) else ""


def _is_text(tokens: Sequence[Token]) -> bool:
    """Whether a string comes first; a blob is none."""
    return bool(tokens) and tokens[0].kind is TokenKind.STRING and tokens[0].text[0] == "'"


def _column(tokens: Sequence[Token]) -> str:
    names = [token for token in tokens if token.text != "."]
    plain = all(name_of(token) for token in names) and len(tokens) == 2 * len(names) - 1
    if len(tokens) > 2 and tokens[-2].word == "COLLATE":  # noqa: PLR2004 - column COLLATE name
        return ""
    return name_of(names[-1]) if names and plain else ""


def _owners(tokens: Sequence[Token], columns: Columns) -> set[str]:
    """Aliases whose columns an expression reads; "" among them for a name nobody owns."""
    found: set[str] = set()
    for place, token in enumerate(tokens):
        before = tokens[place - 1] if place else None
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        name = name_of(token)
        if not name or token.word in WORDS:
            continue
        if after and after.text in {"(", "."}:
            continue
        if before and before.word in {"COLLATE", "AS"}:
            continue
        qualified = before is not None and before.text == "."
        qualifier = name_of(tokens[place - 2]) if qualified and place > 1 else ""
        found.add(columns.owner(qualifier, name))
    return found


def written(tokens: Sequence[Token]) -> str:
    """Tokens as SQL again, qualifiers taken off."""
    kept = [
        token
        for place, token in enumerate(tokens)
        if token.text != "." and not (place + 1 < len(tokens) and tokens[place + 1].text == ".")
    ]
    text = ""
    for token in kept:
        tight = not text or text[-1] == "(" or token.text in {"(", ")", ","}
        text += token.text if tight else f" {token.text}"
    return text


def listed(tokens: Sequence[Token], columns: Columns) -> tuple[tuple[str, str, bool], ...]:
    """`ORDER BY a.x DESC, y` → (alias, column, descending); an expression over one item's columns
    is written as SQL. Nothing when more than one item, a query or a NULLS is in a term.
    """
    found: list[tuple[str, str, bool]] = []
    body = [token for token in tokens if token.word != "BY"]
    for part in split(body, frozenset((",",))):
        words = [token.word for token in part]
        kept = [token for token in part if token.word not in {"ASC", "DESC"}]
        column, owners = _column(kept) or written(kept), _owners(kept, columns)
        if len(owners) != 1 or owners == {""} or {"NULLS", "SELECT"} & set(words):
            return ()
        found.append((next(iter(owners)), column, "DESC" in words))
    return tuple(found)


def order_of(scope: SelectScope) -> list[Token]:
    """The terms of ORDER BY; names and places of the select list as what they stand for."""
    comma = frozenset((",",))
    chosen = split(scope.clause("select"), comma)
    found: list[Token] = []
    body = [token for token in scope.clause("order") if token.word != "BY"]
    for part in split(body, comma):
        if found:
            found.append(Token(TokenKind.PUNCTUATION, ",", 0))
        is_alone = len(part) == 1 or part[1].word in AFTER_KEY
        found += [*(_stands_for(part[0], chosen) or part[:1]), *part[1:]] if is_alone else part
    return found


def _stands_for(token: Token, chosen: list[list[Token]]) -> list[Token]:
    """What a number or a name in ORDER BY means in the select list; nothing for a column."""
    named = {name_of(part[-1]): part[:-2] for part in chosen if _has_alias(part)}
    starred = any(part[-1].text == "*" for part in chosen)
    if token.text.isdecimal() and not starred and 0 < int(token.text[:6]) <= len(chosen):
        part = chosen[int(token.text[:6]) - 1]
        return part[:-2] if _has_alias(part) else part
    return named.get(name_of(token), [])


def _has_alias(part: list[Token]) -> bool:
    return len(part) > 2 and part[-2].word == "AS"  # noqa: PLR2004 - expression AS name


def window_order(scope: SelectScope) -> list[Token]:
    """The tokens of the first OVER (PARTITION BY a ORDER BY b), as one list of sort terms."""
    tokens = scope.clause("select")
    for place, token in enumerate(tokens):
        if token.word == "OVER" and place + 1 < len(tokens) and tokens[place + 1].text == "(":
            inside: list[Token] = []
            for depth, inner in depths(tokens[place + 1 :]):
                if depth == 0 and inner.text == ")":
                    break
                if depth == 1:
                    inside.append(inner)
            return _window_terms(inside)
    return []


def _window_terms(tokens: list[Token]) -> list[Token]:
    comma = Token(TokenKind.PUNCTUATION, ",", 0)
    terms_found: list[Token] = []
    for token in tokens:
        if token.word in {"ROWS", "RANGE", "GROUPS"}:
            break
        if token.word == "ORDER" and terms_found:
            terms_found.append(comma)
        elif token.word not in {"PARTITION", "BY", "ORDER"}:
            terms_found.append(token)
    return terms_found


def single_extreme(scope: SelectScope) -> str:
    """The column of `SELECT max(c)` or `min(c)` when that is all a query asks for."""
    found = extremes(scope)
    return found[0][1] if len(found) == 1 else ""


def extremes(scope: SelectScope) -> tuple[tuple[str, str], ...]:
    """`SELECT min(a), max(b)` → (min(a), a), (max(b), b); nothing when it asks for more."""
    found = []
    for part in split(scope.clause("select"), frozenset((",",))):
        inner = part[2:-1]
        is_one = len(part) > 3 and part[0].word in {"MIN", "MAX"} and part[-1].text == ")"  # noqa: PLR2004 - f ( c )
        column = _column(inner) if is_one else ""
        if not column:
            return ()
        found.append((written(part), column))
    return tuple(found)


def counted_distinct(scope: SelectScope) -> list[Token]:
    """The argument of the first count(DISTINCT c) in a select list."""
    tokens = scope.clause("select")
    for place, token in enumerate(tokens[:-2]):
        if token.word == "COUNT" and tokens[place + 2].word == "DISTINCT":
            inside = list(depths(tokens[place + 1 :]))
            end = next((n for n, (depth, t) in enumerate(inside) if t.text == ")" and not depth), 0)
            return [inner for _, inner in inside[2:end]]
    return []


def limited_rows(scope: SelectScope) -> int | None:
    """Rows up to which `LIMIT n` reads, those it skips included; None where that is no literal, or
    where a call may make one row of all.
    """
    tokens = [token.text for token in scope.clause("limit")]
    select = scope.clause("select")
    if any(token.text == "(" for token in select) or "DISTINCT" in scope.words or not tokens:
        return None
    numbers = [int(text[:18]) for text in tokens if text.isdecimal()]
    shapes = {1: (), 3: ("OFFSET", ",")}
    words = tuple(text.upper() for text in tokens if not text.isdecimal())
    known = shapes.get(len(tokens))
    if known is None or len(numbers) + len(words) != len(tokens) or len(words) > 1:
        return None
    return sum(numbers) if not words or words[0] in known else None


def skipped_rows(scope: SelectScope) -> int:
    """The literal of `OFFSET n`, or of `LIMIT n, m`; 0 where there is none."""
    tokens = scope.clause("limit")
    for place, token in enumerate(tokens):
        if token.word == "OFFSET" and place + 2 == len(tokens) and tokens[-1].text.isdecimal():
            return int(tokens[-1].text[:18])
        if token.text == "," and place == 1 and tokens[0].text.isdecimal():
            return int(tokens[0].text[:18])
    return 0
