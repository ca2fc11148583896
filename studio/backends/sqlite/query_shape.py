"""The shape of a statement: which tables a query reads, under which names, by which conditions.

EXPLAIN QUERY PLAN prints aliases only and no residual conditions at all; both are in the SQL. This
reads SELECT, UPDATE and DELETE well enough for that. It is no validator: what it does not
understand gives no term, and so no advice.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

LONGEST = 200_000
TOKEN = re.compile(
    r"""
    (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
  | (?P<blob>[xX]'[^']*')
  | (?P<string>'(?:[^']|'')*')
  | (?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
  | (?P<name>[A-Za-z_\u0080-\uffff][\w$]*)
  | (?P<number>[0-9][0-9.eExXa-fA-F_]*)
  | (?P<parameter>[?:@$][\w:]*)
  | (?P<operator>\|\||->>|->|==|<=|>=|<>|!=|<<|>>|[-+*/%<>=&|~])
  | (?P<mark>[().,;])
  | (?P<other>\S)
    """,
    re.VERBOSE | re.DOTALL,
)
CLAUSES = {
    "SELECT": "select", "FROM": "from", "WHERE": "where", "GROUP": "group", "HAVING": "having",
    "ORDER": "order", "LIMIT": "limit", "WINDOW": "window", "SET": "set", "RETURNING": "returning",
    "VALUES": "values",
}  # fmt: skip
COMPOUNDS = frozenset(("UNION", "EXCEPT", "INTERSECT"))
JOIN_WORDS = frozenset(("JOIN", "LEFT", "RIGHT", "FULL", "OUTER", "INNER", "CROSS", "NATURAL"))
AFTER_ITEM = JOIN_WORDS | {"ON", "USING", "INDEXED", "NOT"}
COMPARING = frozenset(("=", "==", "<", ">", "<=", ">=", "IS", "IN", "LIKE", "GLOB", "BETWEEN"))
ROW_COMPARING = frozenset(("=", "==", "IS", "<", ">", "<=", ">="))
RANGES = frozenset(("<", ">", "<=", ">=", "BETWEEN"))
WORDS = frozenset(
    ("AND", "OR", "NOT", "IS", "NULL", "IN", "LIKE", "GLOB", "BETWEEN", "ISNULL", "NOTNULL",
     "MATCH", "REGEXP", "ESCAPE", "COLLATE", "CASE", "WHEN", "THEN", "ELSE", "END", "CAST", "AS",
     "EXISTS", "SELECT", "DISTINCT", "ASC", "DESC", "NULLS", "FIRST", "LAST", "TRUE", "FALSE",
     "BY", "FROM", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """One word of SQL."""

    kind: str
    text: str

    @property
    def word(self) -> str:
        """The keyword it could be, upper case; empty for anything quoted."""
        return self.text.upper() if self.kind == "name" else ""

    @property
    def name(self) -> str:
        """The identifier it stands for, lower case; empty when it is none."""
        if self.kind == "quoted":
            inner = self.text[1:-1]
            return inner.replace(self.text[0] * 2, self.text[0]).lower()
        return self.text.lower() if self.kind == "name" else ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in a FROM clause."""

    alias: str
    """How the plan calls it, lower case."""
    table: str
    """The table's name, lower case; empty for a subquery."""
    join: str = ""
    forced: bool = False
    """INDEXED BY or NOT INDEXED: the planner has no choice here."""
    """LEFT, RIGHT, FULL, CROSS or nothing."""


@dataclass(slots=True)
class Scope:
    """One SELECT (or UPDATE, DELETE) and its clauses."""

    clauses: dict[str, list[Token]] = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    on_terms: list[tuple[str, list[Token]]] = field(default_factory=list)
    """Join conditions with the alias of the item they were written after."""
    compound: bool = False
    outer: "Scope | None" = None

    def clause(self, name: str) -> list[Token]:
        """The tokens of a clause; empty when there is none."""
        return self.clauses.get(name, [])

    @property
    def words(self) -> frozenset[str]:
        """Keywords of the select list: DISTINCT among them, when it is written."""
        return frozenset(token.word for token in self.clause("select")[:1])

    def has_right_join(self) -> bool:
        """Whether rows of an earlier item may be missing: no condition narrows its scan then."""
        return any(item.join in {"RIGHT", "FULL"} for item in self.items)


def lex(sql: str) -> list[Token]:
    """Cut SQL into tokens, comments and whitespace dropped."""
    return [
        Token(found.lastgroup or "other", found.group())
        for found in TOKEN.finditer(sql[:LONGEST])
        if found.lastgroup != "comment"
    ]


def scopes(sql: str) -> tuple[Scope, ...]:
    """Every SELECT of a statement, outer ones first."""
    reader = _Reader()
    for token in lex(sql):
        if token.text == ";":
            break
        reader.take(token)
    for scope in reader.found:
        _read_from(scope)
    return tuple(reader.found)


class _Reader:
    """Sorts tokens into the clauses of the SELECT they belong to, brackets on a stack."""

    def __init__(self) -> None:
        self.found: list[Scope] = []
        self._levels: list[tuple[Scope | None, str]] = [(None, "")]
        self._verb = ""

    def take(self, token: Token) -> None:
        """Sort in one token."""
        scope, clause = self._levels[-1]
        if token.text == "(":
            self._add(token)
            self._levels.append((None, ""))
        elif token.text == ")":
            if len(self._levels) > 1:
                self._levels.pop()
            self._add(token)
        elif token.word == "SELECT" or (scope is None and token.word in {"UPDATE", "DELETE"}):
            self._open(token)
        elif scope is not None and token.word in CLAUSES and not self._inside_name(scope, clause):
            self._levels[-1] = (scope, CLAUSES[token.word])
            scope.clauses.setdefault(CLAUSES[token.word], [])
        elif scope is not None and token.word in COMPOUNDS:
            scope.compound = True
            self._levels[-1] = (scope, "compound")
        else:
            self._add(token)

    @staticmethod
    def _inside_name(scope: Scope, clause: str) -> bool:
        """Whether the word before was a dot: then this is a column, whatever it is called."""
        before = scope.clause(clause)
        return bool(before) and before[-1].text == "."

    def _open(self, token: Token) -> None:
        """Begin a scope; its tokens also stay visible to the brackets around it."""
        before = self._levels[-1][0]
        outer = next((s for s, _ in reversed(self._levels[:-1]) if s is not None), None)
        scope = Scope(outer=outer, compound=before is not None)
        self.found.append(scope)
        for place in range(len(self._levels) - 1):
            self._append(place, token)
        first = {"SELECT": "select", "UPDATE": "from", "DELETE": "verb"}[token.word]
        scope.clauses[first] = []
        self._levels[-1] = (scope, first)

    def _add(self, token: Token) -> None:
        for place in range(max(0, len(self._levels) - NESTING), len(self._levels)):
            self._append(place, token)

    def _append(self, place: int, token: Token) -> None:
        scope, clause = self._levels[place]
        if scope is not None:
            scope.clauses.setdefault(clause, []).append(token)


BRACKETS = 10
"""Levels of `(a AND b) AND c` that are taken apart."""
NESTING = 12
"""Levels of brackets up to which an outer clause also holds the tokens of what is inside it."""


def _depths(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    depth = 0
    for token in tokens:
        depth -= token.text == ")"
        yield depth, token
        depth += token.text == "("


def split(tokens: Sequence[Token], separators: frozenset[str]) -> list[list[Token]]:
    """Cut at separators outside brackets; the AND of BETWEEN does not separate."""
    parts: list[list[Token]] = [[]]
    between = False
    for depth, token in _depths(tokens):
        word = token.word or token.text
        if depth == 0 and word == "BETWEEN":
            between = True
        if depth == 0 and word in separators and not (word == "AND" and between):
            parts.append([])
            continue
        if depth == 0 and word == "AND":
            between = False
        parts[-1].append(token)
    return [part for part in parts if part]


def _read_from(scope: Scope) -> None:
    """Items and join conditions out of the FROM clause."""
    items: list[Item] = []
    join: list[str] = []
    current: list[Token] = []
    depth_zero = list(_depths(scope.clause("from")))

    def close() -> None:
        item = _item(current, join)
        if item:
            items.append(item)
            condition = _after(current, "ON")
            if condition:
                scope.on_terms.append((item.alias, condition))
        current.clear()
        join.clear()

    for depth, token in depth_zero:
        starts = depth == 0 and (token.text == "," or token.word in JOIN_WORDS)
        if starts and current:
            close()
        if starts:
            join.append(token.word)
        else:
            current.append(token)
    close()
    scope.items = tuple(items)


def _after(tokens: Sequence[Token], word: str) -> list[Token]:
    for place, (depth, token) in enumerate(_depths(tokens)):
        if depth == 0 and token.word == word:
            return list(tokens[place + 1 :])
    return []


def _item(tokens: Sequence[Token], join: Sequence[str]) -> Item | None:
    if not tokens:
        return None
    kind = next((word for word in join if word in {"LEFT", "RIGHT", "FULL", "CROSS"}), "")
    place, table = 0, ""
    if tokens[0].text == "(":
        inside = [depth for depth, _ in _depths(tokens)]
        place = inside.index(0, 1) + 1 if 0 in inside[1:] else len(tokens)
    else:
        while place < len(tokens) and tokens[place].name:
            table = tokens[place].name
            place += 1
            if place >= len(tokens) or tokens[place].text != ".":
                break
            place += 1
    rest = [token for depth, token in _depths(tokens[place:]) if depth == 0 and token.name]
    if rest and rest[0].word == "AS":
        rest = rest[1:]
    alias = rest[0].name if rest and rest[0].word not in AFTER_ITEM else table
    forced = any(token.word == "INDEXED" for token in rest)
    return Item(alias, table, kind, forced) if alias or table else None


@dataclass(frozen=True, slots=True)
class Term:
    """One condition on a column of one FROM item."""

    alias: str
    column: str
    """A column, or the SQL of an expression over this item's columns alone."""
    use: str
    """equality, range, like, other; arm: one side of an OR, of which each needs its index."""
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
            return next(iter(self.by_alias))
        return owners[0] if len(owners) == 1 else ""


def terms(scope: Scope, columns: Columns) -> tuple[Term, ...]:
    """Every usable condition of a scope: its WHERE and its join conditions."""
    found: list[Term] = []
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
    if any(depth == 0 and token.word == "OR" for depth, token in _depths(whole)):
        return [whole]
    parts = split(whole, frozenset(("AND",)))
    if len(parts) < 2 or not levels:  # noqa: PLR2004 - one condition is no conjunction
        return parts
    return [inner for part in parts for inner in conjuncts(part, levels - 1)]


def unwrap(tokens: Sequence[Token]) -> list[Token]:
    """Without brackets around the whole."""
    kept = list(tokens)
    while len(kept) > 1 and kept[0].text == "(" and kept[-1].text == ")":
        inside = [depth for depth, _ in _depths(kept)]
        if 0 in inside[1:-1]:
            break
        kept = kept[1:-1]
    return kept


def _terms(tokens: list[Token], columns: Columns) -> list[Term]:
    """One condition, seen from each side."""
    words = [token.word for depth, token in _depths(tokens) if depth == 0]
    if "OR" in words:
        return _arms(tokens, columns)
    if not tokens or "NOT" in words:
        return []
    operator = next(
        (
            place
            for place, (depth, token) in enumerate(_depths(tokens))
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


def _arms(tokens: list[Token], columns: Columns) -> list[Term]:
    """The first usable condition of each side of an OR; nothing when one side has none."""
    found: list[Term] = []
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
        [*name, Token("operator", word), *value] for name, value in zip(names, values, strict=True)
    ]
    return pairs if word in {"=", "==", "IS"} else pairs[:1]


def _side(
    tokens: Sequence[Token], other: Sequence[Token], word: str, columns: Columns
) -> list[Term]:
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
    use = "range" if word in RANGES else "like" if word == "LIKE" else "equality"
    if word == "GLOB":
        use = "range" if _pattern(other)[:1] not in {"", "*", "?", "["} else "other"
    if column:
        return [Term(alias, column, use, False, frozenset(needed), _pattern(other))]
    return [Term(alias, written(tokens), use, True, frozenset(needed), _pattern(other))]


def _pattern(tokens: Sequence[Token]) -> str:
    return tokens[0].text[1:-1] if tokens and tokens[0].kind == "string" else ""


def _column(tokens: Sequence[Token]) -> str:
    names = [token for token in tokens if token.text != "."]
    plain = all(token.name for token in names) and len(tokens) == 2 * len(names) - 1
    if len(tokens) > 2 and tokens[-2].word == "COLLATE":  # noqa: PLR2004 - column COLLATE name
        return ""
    return names[-1].name if names and plain else ""


def _owners(tokens: Sequence[Token], columns: Columns) -> set[str]:
    """Aliases whose columns an expression reads; "" among them for a name nobody owns."""
    found: set[str] = set()
    for place, token in enumerate(tokens):
        before = tokens[place - 1] if place else None
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        if not token.name or (token.kind == "name" and token.word in WORDS):
            continue
        if after and after.text in {"(", "."}:
            continue
        if before and before.word in {"COLLATE", "AS"}:
            continue
        qualified = before is not None and before.text == "."
        qualifier = tokens[place - 2].name if qualified and place > 1 else ""
        found.add(columns.owner(qualifier, token.name))
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
    """`ORDER BY a.x DESC, y` → (alias, column, descending); nothing when it is not all columns."""
    found: list[tuple[str, str, bool]] = []
    body = [token for token in tokens if token.word != "BY"]
    for part in split(body, frozenset((",",))):
        words = [token.word for token in part]
        kept = [token for token in part if token.word not in {"ASC", "DESC"}]
        column, owners = _column(kept), _owners(kept, columns)
        if not column or len(owners) != 1 or "NULLS" in words:
            return ()
        found.append((next(iter(owners)), column, "DESC" in words))
    return tuple(found)


def window_order(scope: Scope) -> list[Token]:
    """The tokens of the first OVER (PARTITION BY a ORDER BY b), as one list of sort terms."""
    tokens = scope.clause("select")
    for place, token in enumerate(tokens):
        if token.word == "OVER" and place + 1 < len(tokens) and tokens[place + 1].text == "(":
            inside: list[Token] = []
            for depth, inner in _depths(tokens[place + 1 :]):
                if depth == 0 and inner.text == ")":
                    break
                if depth == 1:
                    inside.append(inner)
            return _window_terms(inside)
    return []


def _window_terms(tokens: list[Token]) -> list[Token]:
    comma = Token("mark", ",")
    terms_found: list[Token] = []
    for token in tokens:
        if token.word in {"ROWS", "RANGE", "GROUPS"}:
            break
        if token.word == "ORDER" and terms_found:
            terms_found.append(comma)
        elif token.word not in {"PARTITION", "BY", "ORDER"}:
            terms_found.append(token)
    return terms_found


def single_extreme(scope: Scope) -> str:
    """The column of `SELECT max(c)` or `min(c)` when that is all a query asks for."""
    tokens = scope.clause("select")
    inner = tokens[2:-1]
    if len(tokens) > 3 and tokens[0].word in {"MIN", "MAX"} and tokens[-1].text == ")":  # noqa: PLR2004 - f ( c )
        return _column(inner)
    return ""
