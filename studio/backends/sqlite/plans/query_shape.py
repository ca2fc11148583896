"""The shape of a statement: which tables a query reads, under which names, by which conditions.

EXPLAIN QUERY PLAN prints aliases only and no residual conditions at all; both are in the SQL. This
reads SELECT, UPDATE and DELETE well enough for that. It is no validator: what it does not
understand gives no term, and so no advice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from studio.sqltext.syntax import SQLITE
from studio.sqltext.tokens import Token, TokenKind, seen, unquoted

LONGEST = 200_000
"""Characters of a statement that are read."""
CLAUSES = {
    "SELECT": "select", "FROM": "from", "WHERE": "where", "GROUP": "group", "HAVING": "having",
    "ORDER": "order", "LIMIT": "limit", "WINDOW": "window", "SET": "set", "RETURNING": "returning",
    "VALUES": "values",
}  # fmt: skip
COMPOUNDS = frozenset(("UNION", "EXCEPT", "INTERSECT"))
JOIN_WORDS = frozenset(("JOIN", "LEFT", "RIGHT", "FULL", "OUTER", "INNER", "CROSS", "NATURAL"))
AFTER_ITEM = JOIN_WORDS | {"ON", "USING", "INDEXED", "NOT"}


@dataclass(frozen=True, slots=True)
class FromItem:
    """One thing in a FROM clause."""

    alias: str
    """How the plan calls it, lower case."""
    table: str
    """The table's name, lower case; empty for a subquery."""
    join: str = ""
    """LEFT, RIGHT, FULL, CROSS or nothing."""
    forced: bool = False
    """INDEXED BY or NOT INDEXED: the planner has no choice here."""


@dataclass(slots=True)
class SelectScope:
    """One SELECT (or UPDATE, DELETE) and its clauses."""

    clauses: dict[str, list[Token]] = field(default_factory=dict)
    items: tuple[FromItem, ...] = ()
    on_terms: list[tuple[str, list[Token]]] = field(default_factory=list)
    """Join conditions with the alias of the item they were written after."""
    compound: bool = False
    outer: "SelectScope | None" = None

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
    """The tokens SQLite sees."""
    return seen(sql[:LONGEST], SQLITE)


def name_of(token: Token) -> str:
    """The identifier a token stands for, lower case like all names of a plan; "" for none."""
    if token.kind is TokenKind.WORD:
        return token.text.lower()
    return unquoted(token, SQLITE).lower() if token.kind is TokenKind.NAME else ""


def scopes(sql: str) -> tuple[SelectScope, ...]:
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
        self.found: list[SelectScope] = []
        self._levels: list[tuple[SelectScope | None, str]] = [(None, "")]
        self._verb = ""

    def take(self, token: Token) -> None:
        """Put a token where it belongs: a parenthesis, a clause's word, or part of a clause."""
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
    def _inside_name(scope: SelectScope, clause: str) -> bool:
        """Whether the word before was a dot: then this is a column, whatever it is called."""
        before = scope.clause(clause)
        return bool(before) and before[-1].text == "."

    def _open(self, token: Token) -> None:
        """Begin a scope; its tokens also stay visible to the brackets around it."""
        before = self._levels[-1][0]
        outer = next((s for s, _ in reversed(self._levels[:-1]) if s is not None), None)
        scope = SelectScope(outer=outer, compound=before is not None)
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


NESTING = 12
"""Levels of brackets up to which an outer clause also holds the tokens of what is inside it."""


def depths(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """Each token with the number of brackets open around it."""
    depth = 0
    for token in tokens:
        depth -= token.text == ")"
        yield depth, token
        depth += token.text == "("


def split(tokens: Sequence[Token], separators: frozenset[str]) -> list[list[Token]]:
    """Cut at separators outside brackets; the AND of BETWEEN does not separate."""
    parts: list[list[Token]] = [[]]
    between = False
    for depth, token in depths(tokens):
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


def _read_from(scope: SelectScope) -> None:
    """Items and join conditions out of the FROM clause."""
    items: list[FromItem] = []
    join: list[str] = []
    current: list[Token] = []
    depth_zero = list(depths(scope.clause("from")))

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
    for place, (depth, token) in enumerate(depths(tokens)):
        if depth == 0 and token.word == word:
            return list(tokens[place + 1 :])
    return []


def _item(tokens: Sequence[Token], join: Sequence[str]) -> FromItem | None:
    if not tokens:
        return None
    kind = next((word for word in join if word in {"LEFT", "RIGHT", "FULL", "CROSS"}), "")
    place, table = 0, ""
    if tokens[0].text == "(":
        inside = [depth for depth, _ in depths(tokens)]
        place = inside.index(0, 1) + 1 if 0 in inside[1:] else len(tokens)
    else:
        while place < len(tokens) and name_of(tokens[place]):
            table = name_of(tokens[place])
            place += 1
            if place >= len(tokens) or tokens[place].text != ".":
                break
            place += 1
    rest = [token for depth, token in depths(tokens[place:]) if depth == 0 and name_of(token)]
    if rest and rest[0].word == "AS":
        rest = rest[1:]
    alias = name_of(rest[0]) if rest and rest[0].word not in AFTER_ITEM else table
    forced = any(token.word == "INDEXED" for token in rest)
    return FromItem(alias, table, kind, forced) if alias or table else None
