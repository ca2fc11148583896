"""What a statement does, as far as its text tells.

Nothing that is seen to write is ever called a read, and what cannot be understood is unknown.
A text cannot show everything: a SELECT that calls a user's volatile function, or reads a view
with one inside, looks like any other and is called a read. So a read still runs where the
database itself refuses writes; the classification decides what to ask and where to run.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from studio.sqltext import keywords
from studio.sqltext.split import split
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, code, lex, unquoted


class StatementKind(Enum):
    """What a statement is for."""

    READ = "read"
    WRITE = "write"
    """Changes or locks rows."""
    SCHEMA = "schema"
    TRANSACTION = "transaction"
    UTILITY = "utility"
    """Sessions, files, maintenance, cursors: changes something that is not a row or a schema."""
    UNKNOWN = "unknown"
    """Opaque (DO, CALL, EXECUTE), several statements at once, or not understood."""
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Classification:
    """A statement's kind, and what follows for running it."""

    kind: StatementKind
    keyword: str = ""
    """The first word in capitals; EXPLAIN's own when the statement is an EXPLAIN."""
    returns_rows: bool | None = False
    """None: only the database knows."""
    is_explainable: bool = False
    """EXPLAIN may stand in front of it."""
    analyze_writes: bool = False
    """EXPLAIN ANALYZE would do what it does, and that is or may be a write."""
    outside_transaction: bool = False
    """The engine refuses it, or ignores it, inside a transaction block."""


@dataclass(frozen=True, slots=True)
class WithoutExplain:
    """A statement without its EXPLAIN."""

    statement: str
    start: int
    """Where `statement` starts in the text that was stripped."""
    is_explain: bool = False
    analyze: bool = False
    """It would have executed the statement."""
    query_plan: bool = False
    """SQLite's EXPLAIN QUERY PLAN."""
    options: tuple[tuple[str, str], ...] = ()
    """As written, names in capitals, in order: (("ANALYZE", ""), ("FORMAT", "json"))."""


def classify(text: str, syntax: Syntax) -> Classification:
    """What the one statement in `text` does; two statements are unknown."""
    statements = [statement for statement in split(text, syntax) if statement.text]
    if not statements:
        return Classification(StatementKind.EMPTY)
    tokens = code(lex(statements[0].text, syntax))
    keyword = _first_word(tokens)
    # psql's \\gexec and \\g do more with a query than run it.
    if len(statements) > 1 or statements[0].terminator not in {"", ";"}:
        return Classification(StatementKind.UNKNOWN, keyword, None)
    if keyword == "EXPLAIN":
        return _explain(statements[0].text, tokens, syntax)
    return _Reader(text, tokens, syntax).classification(keyword)


def strip_explain(text: str, syntax: Syntax) -> WithoutExplain:
    """The statement an EXPLAIN explains; a text that is no EXPLAIN comes back as it is."""
    tokens = code(lex(text, syntax))
    if not tokens or tokens[0].word != "EXPLAIN":
        return WithoutExplain(text, 0)
    index, options = _explain_options(tokens)
    query_plan = not syntax.explain_runs and _words(tokens, 1, 3) == "QUERY PLAN"
    index = 3 if query_plan else index
    start = tokens[index].start if index < len(tokens) else len(text)
    analyze = syntax.explain_runs and any(
        name.startswith("ANALY") and value.lower() not in _OFF for name, value in options
    )
    return WithoutExplain(text[start:], start, True, analyze, query_plan, options)


_OFF = frozenset({"false", "off", "0"})
_BARE_OPTIONS = frozenset({"ANALYZE", "ANALYSE", "VERBOSE"})


def _explain_options(tokens: Sequence[Token]) -> tuple[int, tuple[tuple[str, str], ...]]:
    """The index behind EXPLAIN's options, and the options."""
    if len(tokens) > 1 and tokens[1].text == "(" and not _is_query(tokens, 2):
        closing = next((i for i, token in enumerate(tokens) if token.text == ")"), len(tokens) - 1)
        return closing + 1, _option_list(tokens[2:closing])
    index = 1
    while index < len(tokens) and tokens[index].word in _BARE_OPTIONS:
        index += 1
    return index, tuple((token.word, "") for token in tokens[1:index])


def _is_query(tokens: Sequence[Token], index: int) -> bool:
    """Whether parentheses hold a query: EXPLAIN (SELECT 1) has no options."""
    while index < len(tokens) and tokens[index].text == "(":
        index += 1
    return index < len(tokens) and tokens[index].word in keywords.QUERIES


def _option_list(tokens: Sequence[Token]) -> tuple[tuple[str, str], ...]:
    options: list[tuple[str, str]] = []
    pending: list[str] = []
    for token in tokens:
        if token.text == ",":
            options.append((pending[0].upper(), " ".join(pending[1:])) if pending else ("", ""))
            pending = []
        else:
            pending.append(token.text.strip("'\""))
    if pending:
        options.append((pending[0].upper(), " ".join(pending[1:])))
    return tuple(options)


def _explain(text: str, tokens: Sequence[Token], syntax: Syntax) -> Classification:
    """EXPLAIN is a read as long as it executes nothing, or executes a read."""
    explained = strip_explain(text, syntax)
    is_broken = any(token.kind is TokenKind.BROKEN for token in tokens)
    if is_broken or _first_word(code(lex(explained.statement, syntax))) in {"", "EXPLAIN"}:
        return Classification(StatementKind.UNKNOWN, "EXPLAIN", returns_rows=True)
    inner = classify(explained.statement, syntax)
    # SQLite carries out some PRAGMAs while it compiles them, so EXPLAIN does not hold them back.
    runs = explained.analyze or inner.keyword == "PRAGMA" or not syntax.exact
    kind = inner.kind if runs else StatementKind.READ
    return Classification(kind, "EXPLAIN", returns_rows=True)


def names_acting_function(tokens: Sequence[Token], syntax: Syntax) -> bool:
    """Whether `tokens` call one of the engines' own functions that write, signal or run SQL."""
    return any(
        keywords.ACTING_FUNCTION.fullmatch(unquoted(token, syntax))
        for token, after in pairwise(tokens)
        if after.text == "(" and token.kind in {TokenKind.WORD, TokenKind.NAME}
    )


def _first_word(tokens: Sequence[Token]) -> str:
    """The first word, behind opening parentheses; a sign or command stands for itself."""
    for token in tokens:
        if token.text != "(":
            return token.word or token.text
    return ""


def _words(tokens: Sequence[Token], first: int, last: int) -> str:
    return " ".join(token.word or token.text for token in tokens[first:last])


class _Reader:
    """Reads one statement's tokens for the facts."""

    def __init__(self, text: str, tokens: Sequence[Token], syntax: Syntax) -> None:
        self._text = text
        self._tokens = tokens
        self._syntax = syntax
        self._words = [token.word for token in tokens]
        self._sentence = " ".join(word or "·" for word in self._words[:_SENTENCE])
        self._all = frozenset(self._words)

    def classification(self, keyword: str) -> Classification:
        kind = self._kind(keyword)
        if self._is_broken and kind is StatementKind.READ:
            kind = StatementKind.UNKNOWN
        explainable = self._is_explainable(keyword, kind)
        return Classification(
            kind,
            keyword,
            returns_rows=self._returns_rows(keyword, kind),
            is_explainable=explainable,
            analyze_writes=explainable
            and self._syntax.explain_runs
            and not self._runs_only_reads(keyword, kind),
            outside_transaction=self._is_outside(keyword),
        )

    @property
    def _is_broken(self) -> bool:
        odd = {TokenKind.BROKEN, TokenKind.META}
        return any(token.kind in odd for token in self._tokens)

    def _kind(self, keyword: str) -> StatementKind:
        if keyword in keywords.QUERIES:
            return self._query_kind(keyword)
        for words, kind in _FIRST_WORDS:
            if keyword in words:
                return self._refined(keyword, kind)
        return StatementKind.UNKNOWN

    def _refined(self, keyword: str, kind: StatementKind) -> StatementKind:
        """Where a second word changes what the first says."""
        if keyword == "PRAGMA" and self._only_answers():
            return StatementKind.READ
        if keyword == "COPY" and "FROM" in self._all and "TO" not in self._all:
            return StatementKind.WRITE
        if _SESSION_TRANSACTION.match(self._sentence):
            return StatementKind.TRANSACTION
        if keyword in keywords.READING_FIRST_WORDS and self._may_act():
            return StatementKind.UNKNOWN
        return kind

    def _query_kind(self, keyword: str) -> StatementKind:
        if self._changes_data() or "INTO" in self._keywords() or self._locks_rows():
            return StatementKind.WRITE
        if self._may_act():
            return StatementKind.WRITE
        if keyword == "WITH" and not self._all & {"SELECT", "VALUES", "TABLE"}:
            return StatementKind.UNKNOWN
        if not self._syntax.exact and _READ_DIFFERENTLY.search(self._text):
            return StatementKind.UNKNOWN
        return StatementKind.READ

    def _keywords(self) -> frozenset[str]:
        """Words that can be keywords here: not behind a dot, and not a label behind AS."""
        found = set()
        previous = ""
        for word, token in zip(self._words, self._tokens, strict=True):
            if word and previous not in {".", "AS"}:
                found.add(word)
            previous = word or token.text
        return frozenset(found)

    def _changes_data(self) -> bool:
        """Any data-changing word, wherever it stands: WITH hides them at every depth."""
        if self._keywords() & keywords.DATA_CHANGES:
            return True
        following = zip(self._words, [*(t.text for t in self._tokens[1:]), ""], strict=True)
        return any(word == "REPLACE" and after != "(" for word, after in following)

    def _locks_rows(self) -> bool:
        return _ROW_LOCK.search(" ".join(word or "·" for word in self._words)) is not None

    def _may_act(self) -> bool:
        return names_acting_function(self._tokens, self._syntax)

    def _only_answers(self) -> bool:
        """Whether a PRAGMA (SQLite) only tells something."""
        rest = self._tokens[1:]
        if "." in {token.text for token in rest[1:2]}:
            rest = rest[2:]
        if not rest or not self._syntax.pragmas:
            return False
        name = unquoted(rest[0], self._syntax).lower()
        if name in keywords.PRAGMAS_THAT_ONLY_ANSWER:
            return len(rest) == 1 or rest[1].text in {"(", "="}
        return len(rest) == 1 and name in keywords.PRAGMAS_THAT_ANSWER_WITHOUT_ARGUMENT

    def _returns_rows(self, keyword: str, kind: StatementKind) -> bool | None:
        if keyword in keywords.QUERIES and self._changes_data() and not self._locks_rows():
            return "RETURNING" in self._all or None
        if keyword in keywords.QUERIES:
            return "INTO" not in self._keywords()
        if kind is StatementKind.READ or keyword in {"FETCH", "PRAGMA"}:
            return True
        if kind is StatementKind.WRITE:
            return "RETURNING" in self._all
        return None if kind is StatementKind.UNKNOWN else False

    def _is_explainable(self, keyword: str, kind: StatementKind) -> bool:
        if keyword in keywords.QUERIES:
            return True
        if not self._syntax.explain_runs:
            return keyword in keywords.DATA_CHANGES | {"REPLACE"}
        if keyword in keywords.DATA_CHANGES | {"EXECUTE", "DECLARE"}:
            return True
        return _CREATES_FROM_QUERY.match(self._sentence) is not None and (
            keyword == "REFRESH" or "AS" in self._all
        )

    def _runs_only_reads(self, keyword: str, kind: StatementKind) -> bool:
        if keyword == "DECLARE":
            return not (self._changes_data() or self._locks_rows() or self._may_act())
        return kind is StatementKind.READ

    def _is_outside(self, keyword: str) -> bool:
        if keyword == "PRAGMA":
            return self._syntax.pragmas and not self._only_answers()
        return _OUTSIDE_TRANSACTION.match(self._sentence) is not None


_SENTENCE = 24
"""How many tokens the patterns below may look at."""

_FIRST_WORDS = (
    (keywords.DATA_CHANGES | {"REPLACE", "TRUNCATE", "REFRESH"}, StatementKind.WRITE),
    (keywords.SCHEMA_CHANGES, StatementKind.SCHEMA),
    (keywords.TRANSACTIONS, StatementKind.TRANSACTION),
    (keywords.MAINTENANCE, StatementKind.UTILITY),
    (keywords.READING_FIRST_WORDS, StatementKind.READ),
    (keywords.OPAQUE, StatementKind.UNKNOWN),
)

_ROW_LOCK = re.compile(r"\bFOR (?:NO )?(?:KEY )?(?:UPDATE|SHARE)\b|\bLOCK IN SHARE MODE\b")

_SESSION_TRANSACTION = re.compile(
    r"PREPARE TRANSACTION\b"
    r"|SET (?:LOCAL |SESSION )?(?:TRANSACTION|CONSTRAINTS|SESSION CHARACTERISTICS)\b"
)

_CREATES_FROM_QUERY = re.compile(
    r"CREATE (?:(?:GLOBAL |LOCAL )?(?:TEMP |TEMPORARY |UNLOGGED ))?TABLE\b"
    r"|(?:CREATE|REFRESH) MATERIALIZED VIEW\b"
)

_OUTSIDE_TRANSACTION = re.compile(
    r"VACUUM\b|DETACH\b|DISCARD ALL\b|REPACK\b"
    r"|(?:CREATE|DROP) (?:DATABASE|TABLESPACE|SUBSCRIPTION)\b"
    r"|(?:CREATE (?:UNIQUE )?|DROP )INDEX CONCURRENTLY\b"
    r"|REINDEX (?:·.*· )?(?:(?:DATABASE|SYSTEM|SCHEMA)|(?:TABLE|INDEX) CONCURRENTLY)\b"
    r"|REINDEX · (?:.* )?CONCURRENTLY\b"
    r"|ALTER SYSTEM\b|ALTER DATABASE (?:\w+|·) SET TABLESPACE\b"
    r"|ALTER SUBSCRIPTION (?:\w+|·) (?:REFRESH|ADD|DROP|SET) PUBLICATION\b"
    r"|ALTER TABLE .*\bDETACH PARTITION .*\bCONCURRENTLY\b"
    r"|CLUSTER(?: ·)*(?: VERBOSE)?(?: ·)*$"
    r"|(?:COMMIT|ROLLBACK) PREPARED\b"
)

_READ_DIFFERENTLY = re.compile(r"""\\|\#|\$|/\*!|--\S|\r|\[[^\]]*['"`]|`[^`]*['"]""")
"""Where engines disagree on what is text and what is code: backslashes in strings, `#` comments,
dollar quotes, comments that MySQL executes, `--` without a space, quotes inside other quotes."""
