"""The queries of one statement, and the tables whose columns each can see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, code, unquoted


class SourceKind(Enum):
    """What a FROM item is."""

    TABLE = "table"
    CTE = "cte"
    SUBQUERY = "subquery"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True)
class Source:
    """One item of FROM, or the target of a write."""

    alias: str
    """What columns are qualified with: the alias, or the name; "" for a subquery without one."""
    name: str
    """The table, CTE or function, as the engine folds it; "" for a subquery."""
    schema: str | None = None
    kind: SourceKind = SourceKind.TABLE


_CLAUSES = frozenset(
    {"SELECT", "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH"}
    | {"ON", "USING", "SET", "VALUES", "RETURNING", "INTO", "UPDATE", "DELETE", "INSERT", "JOIN"}
    | {"WITH", "TABLE", "MERGE"}
)
_TWO_WORDS = {"GROUP": "GROUP BY", "ORDER": "ORDER BY"}
_OPEN_SOURCES = frozenset({"FROM", "JOIN", "UPDATE", "INTO", "USING", "TABLE"})
"""Words that a table follows."""
_QUERY_WORDS = frozenset(
    {"SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE"}
)
_SET_OPERATIONS = frozenset({"UNION", "INTERSECT", "EXCEPT", "MINUS"})
_BEFORE_NAME = frozenset({"ONLY", "LATERAL", "TABLE"})
_NOT_AN_ALIAS = (
    _CLAUSES
    | _SET_OPERATIONS
    | frozenset(
        {"INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "OUTER", "FOR", "TABLESAMPLE", "AS"}
        | {"INDEXED", "NOT", "DEFAULT", "DO", "WHEN", "AND", "OR", "THEN", "STRAIGHT_JOIN", "ASOF"}
        | {"SELECT", "WITH", "OVERRIDING", "LATERAL", "PIVOT", "UNPIVOT", "QUALIFY"}
    )
)


@dataclass
class ScopedQuery:
    """One query of a statement, while its tokens go by."""

    start: int
    parent: "ScopedQuery | None" = None
    end: int | None = None
    sources: list[Source] = field(default_factory=list)
    clauses: list[tuple[int, str]] = field(default_factory=list)
    """Where each clause starts."""
    wants_source: bool = False
    is_query: bool = True
    """False for parentheses that are only an expression or a list."""

    def outward(self) -> Iterator["ScopedQuery"]:
        """This query and those around it."""
        level: ScopedQuery | None = self
        while level is not None:
            yield level
            level = level.parent

    def clause_at(self, position: int) -> str:
        """The clause `position` is in; parentheses without clauses are in their parent's."""
        for level in self.outward():
            for start, clause in reversed(level.clauses):
                if start < position:
                    return clause
            if level.is_query:
                return ""
        return ""


class QueryScopes:
    """The queries of one statement and what each can see."""

    def __init__(self, tokens: Sequence[Token], syntax: Syntax) -> None:
        self._code = code(tuple(tokens))
        self._syntax = syntax
        self.found: list[Source] = []
        self.ctes: dict[str, None] = dict.fromkeys(_cte_names(self._code, syntax))
        self._queries = [ScopedQuery(0)]
        self._stack = [self._queries[0]]
        self._pending: list[bool] = []
        """For each open parenthesis, whether an alias may follow when it closes."""
        self._read()

    def at(self, position: int) -> ScopedQuery:
        """The innermost query around `position`."""
        inside = [
            query
            for query in self._queries
            if query.start <= position and (query.end is None or position <= query.end)
        ]
        return inside[-1] if inside else self._queries[0]

    def _read(self) -> None:
        index = 0
        while index < len(self._code):
            token = self._code[index]
            index += 1
            if token.text == "(":
                self._open(token, index)
            elif token.text == ")":
                index = self._close(token, index)
            elif token.word and not _is_name_part(self._code, index - 1):
                self._word(token, index)
            elif token.text == "," and self._last_clause() in {"FROM", "USING"}:
                self._stack[-1].wants_source = True
            if self._wants(index):
                index = self._source(index)

    def _last_clause(self) -> str:
        clauses = self._stack[-1].clauses
        return clauses[-1][1] if clauses else ""

    def _wants(self, index: int) -> bool:
        return (
            self._stack[-1].wants_source
            and index < len(self._code)
            and self._code[index].text not in {"(", ")"}
        )

    def _open(self, token: Token, index: int) -> None:
        query = self._stack[-1]
        begins_query = index < len(self._code) and self._code[index].word in _QUERY_WORDS
        in_from = query.wants_source
        query.wants_source = False
        inner = ScopedQuery(token.end, query, is_query=begins_query)
        if in_from and not begins_query:
            # FROM (a JOIN b …): parentheses around joins, so their items belong to this query.
            inner.sources, inner.clauses = query.sources, [(token.start, "FROM")]
            inner.wants_source = True
        self._pending.append(in_from and begins_query)
        self._queries.append(inner)
        self._stack.append(inner)

    def _close(self, token: Token, index: int) -> int:
        if len(self._stack) == 1 or not self._pending:
            return index
        self._stack.pop().end = token.start
        if not self._pending.pop():
            return index
        alias, index = self._alias(index)
        self._add(Source(alias, "", None, SourceKind.SUBQUERY))
        return index

    def _word(self, token: Token, index: int) -> None:
        word = token.word
        query = self._stack[-1]
        if word in _SET_OPERATIONS:
            self._next_query(token)
        elif word in _CLAUSES and self._is_clause(word, index):
            if word in {"SELECT", "VALUES"} and not query.is_query:
                query.is_query = True
            query.clauses.append((token.start, _TWO_WORDS.get(word, word)))
            query.wants_source = word in _OPEN_SOURCES and not self._is_list(word, index)

    def _is_clause(self, word: str, index: int) -> bool:
        """Whether the word opens a clause: extract(year FROM x) and IS DISTINCT FROM do not."""
        before = [token.word for token in self._code[max(0, index - 3) : index - 1]]
        if word == "FROM":
            return self._stack[-1].is_query and before[-2:] not in (
                ["IS", "DISTINCT"],
                ["NOT", "DISTINCT"],
            )
        if word in {"UPDATE", "DELETE"}:
            return before[-1:] not in (["ON"], ["FOR"], ["KEY"], ["DO"])
        return True

    def _is_list(self, word: str, index: int) -> bool:
        """USING (a, b) names columns; USING t (MERGE, DELETE) names a table."""
        return word == "USING" and index < len(self._code) and self._code[index].text == "("

    def _next_query(self, token: Token) -> None:
        """UNION and its like: a new query beside the one that ends here."""
        ended = self._stack.pop()
        ended.end = token.start
        fresh = ScopedQuery(token.end, ended.parent)
        self._queries.append(fresh)
        self._stack.append(fresh)

    def _source(self, index: int) -> int:
        """Read one FROM item at `index`; the index behind it."""
        query = self._stack[-1]
        if self._code[index].word == "OR":
            index += 2  # UPDATE OR IGNORE t
        while index < len(self._code) and self._code[index].word in _BEFORE_NAME:
            index += 1
        if index < len(self._code) and self._code[index].text == "(":
            return index
        query.wants_source = False
        parts, index = self._name(index)
        if not parts:
            return index
        if self._is_call(index):
            index = _behind_parentheses(self._code, index)
            alias, index = self._alias(index)
            self._add(Source(alias or parts[-1], parts[-1], None, SourceKind.FUNCTION))
            return index
        alias, index = self._alias(index)
        schema = parts[-2] if len(parts) > 1 else None
        is_cte = schema is None and self._key(parts[-1]) in self.ctes
        kind = SourceKind.CTE if is_cte else SourceKind.TABLE
        self._add(Source(alias or parts[-1], parts[-1], schema, kind))
        return index

    def _is_call(self, index: int) -> bool:
        return (
            self._last_clause() in {"FROM", "JOIN"}
            and index < len(self._code)
            and self._code[index].text == "("
        )

    def _key(self, name: str) -> str:
        return name if self._syntax.folds_names else name.lower()

    def _name(self, index: int) -> tuple[list[str], int]:
        """A dotted name at `index`."""
        parts: list[str] = []
        while index < len(self._code) and _is_identifier(self._code[index], first=not parts):
            parts.append(unquoted(self._code[index], self._syntax))
            index += 1
            if index >= len(self._code) or self._code[index].text != ".":
                break
            index += 1
        if index < len(self._code) and parts and self._code[index].text == "*":
            index += 1
        return parts, index

    def _alias(self, index: int) -> tuple[str, int]:
        """An alias at `index`, or "" if there is none."""
        explicit = index < len(self._code) and self._code[index].word == "AS"
        index += explicit
        if index >= len(self._code):
            return "", index
        token = self._code[index]
        if token.kind is TokenKind.NAME or (token.word and token.word not in _NOT_AN_ALIAS):
            return unquoted(token, self._syntax), index + 1
        return "", index

    def _add(self, source: Source) -> None:
        self._stack[-1].sources.append(source)
        self.found.append(source)


def _is_identifier(token: Token, *, first: bool) -> bool:
    """Whether a name part can be here; behind a dot, keywords are names too."""
    if token.kind is TokenKind.NAME:
        return True
    return bool(token.word) and not (first and token.word in _NOT_AN_ALIAS)


def _is_name_part(tokens: Sequence[Token], index: int) -> bool:
    """Whether a word stands behind a dot, or behind AS, where it is no keyword."""
    if index == 0:
        return False
    before = tokens[index - 1]
    if before.text == ".":
        # "a. FROM t" is how a name looks while it is being typed.
        return before.end == tokens[index].start or tokens[index].word not in _CLAUSES
    return before.word == "AS" and tokens[index].word not in _QUERY_WORDS


def _behind_parentheses(tokens: Sequence[Token], index: int) -> int:
    """The index behind the parentheses that open at `index`."""
    depth = 0
    while index < len(tokens):
        depth += {"(": 1, ")": -1}.get(tokens[index].text, 0)
        index += 1
        if depth == 0:
            break
    return index


def _cte_names(tokens: Sequence[Token], syntax: Syntax) -> Iterator[str]:
    """Names that WITH defines: `name [(columns)] AS [NOT] [MATERIALIZED] (`."""
    if all(token.word != "WITH" for token in tokens):
        return
    for index, token in enumerate(tokens):
        if token.word != "AS":
            continue
        ahead = [later.word or later.text for later in tokens[index + 1 : index + 4]]
        while ahead and ahead[0] in {"NOT", "MATERIALIZED"}:
            ahead.pop(0)
        name = _cte_name(tokens, index - 1) if ahead[:1] == ["("] else None
        if name is not None:
            found = unquoted(name, syntax)
            yield found if syntax.folds_names else found.lower()


_COLUMN_LIST = 200
"""How far back a CTE's column list is looked through; keeps hostile text linear."""


def _cte_name(tokens: Sequence[Token], index: int) -> Token | None:
    """The name in front of AS, behind which a column list may stand."""
    lowest = max(0, index - _COLUMN_LIST)
    if index > 0 and tokens[index].text == ")":
        while index > lowest and tokens[index].text != "(":
            index -= 1
        index -= 1
    if index < 1 or not (tokens[index].word or tokens[index].kind is TokenKind.NAME):
        return None
    before = tokens[index - 1]
    return tokens[index] if before.text == "," or before.word in {"WITH", "RECURSIVE"} else None
