"""Whether two expressions are one: by their spelling, else by how the engine writes both."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from studio.backends.halves import offers
from studio.backends.halves.printing import PRINTING
from studio.backends.halves.syntax import syntax_of
from studio.migrations.drift.queries import body, hides, loosely, plainly
from studio.migrations.history import LiveSchema, Printed
from studio.model.catalog import TableRef
from studio.model.errors import StudioError
from studio.sqltext.syntax import POSTGRESQL, Syntax
from studio.sqltext.tokens import Token, TokenKind, lex, seen, unquoted

_NAMES = frozenset({TokenKind.WORD, TokenKind.NAME})


class Same:
    """Compares expressions; opens a connection only when spelling alone does not tell."""

    def __init__(
        self, syntax: Syntax = POSTGRESQL, printed: Callable[[], Printed | None] = lambda: None
    ) -> None:
        self._syntax = syntax
        self._connect = printed
        self._printed: Printed | None = None
        self._is_tried = False
        self._known: dict[tuple[str, TableRef | None], str | None] = {}
        self.unknown: list[str] = []
        """What could not be told the same or another."""
        self._tables: Mapping[TableRef, TableRef] = {}
        self._columns: Mapping[TableRef, Mapping[str, str]] = {}

    def renamed(
        self,
        tables: Mapping[TableRef, TableRef],
        columns: Mapping[TableRef, Mapping[str, str]],
    ) -> None:
        """What the database still calls things that are given to be compared by other names."""
        self._tables, self._columns = tables, columns

    def expressions(self, one: str, two: str, table: TableRef | None, kind: str = "") -> bool:
        """Whether both mean one thing: over the columns of `table`, as a value of type `kind`."""
        return self.are_spelled_alike(one, two) or self.when_printed(one, two, table, kind)

    def are_spelled_alike(self, one: str, two: str) -> bool:
        """Whether they differ by spaces, quotes of names and brackets around it all only."""
        return self._plain(one) == self._plain(two)

    def with_name(self, text: str | None, old: str, new: str) -> str | None:
        """The expression with a column called otherwise; what stands in literals stays."""
        if text is None:
            return None
        tokens = lex(text, self._syntax)
        return "".join(new if self._is_named(token, old) else token.text for token in tokens)

    def _is_named(self, token: Token, name: str) -> bool:
        return token.kind in _NAMES and unquoted(token, self._syntax) == name

    def _plain(self, text: str) -> list[str]:
        tokens = [
            unquoted(token, self._syntax).lower() if token.kind in _NAMES else token.text
            for token in seen(text, self._syntax)
        ]
        while tokens[:1] == ["("] and _closes_at_end(tokens):
            tokens = tokens[1:-1]
        return tokens

    def when_printed(self, one: str, two: str, table: TableRef | None, kind: str = "") -> bool:
        """Whether the engine writes both alike; False where it cannot be asked."""
        cast = f"::{kind}" if kind else ""
        for new, old in self._columns.get(table, {}).items() if table is not None else ():
            one, two = self.with_name(one, new, old) or one, self.with_name(two, new, old) or two
        place = self._tables.get(table, table) if table is not None else None
        sides = [self._as_printed(f"({side}){cast}", place) for side in (one, two)]
        return sides[0] is not None and sides[0] == sides[1]

    def queries(self, one: str, two: str, schema: str | None, *, printed: bool) -> bool | None:
        """Whether two queries are one; None where that cannot be told.

        `schema` is where names without one are. Spelled alike they are one. Else the engine plans
        both: with other plans they are two. A plan does not show everything, so where a query has
        what it leaves out, the words must be the same too. `printed`: both are in the engine's own
        words, so that other words are another query.
        """
        if plainly(one, schema, self._syntax) == plainly(two, schema, self._syntax):
            return True
        one = self._as_called_there(one)
        plans = [self._plan(query) for query in (one, two)]
        if self._printed is None:
            return plainly(one, schema, self._syntax) == plainly(two, schema, self._syntax)
        is_called_otherwise = bool(self._tables or self._columns)
        otherwise = False if printed and not is_called_otherwise else None
        if not (plans[0] and plans[1]):
            return otherwise
        if plans[0] != plans[1]:
            return False
        words = [loosely(query, schema, self._syntax) for query in (one, two)]
        is_shown = not any(hides(query, self._syntax) for query in (one, two))
        return True if is_shown or words[0] == words[1] else otherwise

    def conditions(self, one: str, two: str, table: TableRef, *, printed: bool) -> bool | None:
        """Whether two conditions on the rows of `table`, which may ask other tables, are one."""
        place = ".".join(_quoted(part) for part in (table.schema, table.name) if part is not None)
        first, second = (f"SELECT ({side}) FROM {place}" for side in (one, two))
        return self.queries(first, second, table.schema, printed=printed)

    def statements(self, one: str, two: str, schema: str | None) -> bool:
        """Whether a declared statement and one that is there say the same, word by word."""
        words = [plainly(text, schema, self._syntax) for text in (self._as_called_there(one), two)]
        return words[0] == words[1]

    def body(self, statement: str) -> str:
        """The query of a CREATE VIEW, or the text itself."""
        return body(statement, self._syntax)

    def spelled(self, query: str, schema: str | None) -> list[str]:
        """Its words without what may be spelled otherwise."""
        return plainly(query, schema, self._syntax)

    def _as_called_there(self, query: str) -> str:
        for new, old in self._tables.items():
            query = self.with_name(query, new.name, _quoted(old.name)) or query
        for names in self._columns.values():
            for new_name, old_name in names.items():
                query = self.with_name(query, new_name, _quoted(old_name)) or query
        return query

    def _plan(self, query: str) -> tuple[str, ...]:
        """The plan, and the columns' names unless something is called otherwise; () for none."""
        if (printed := self._connected()) is None:
            return ()
        try:
            found = printed.query(query.strip().rstrip(";"))
        except StudioError:
            return ()
        return found.plan if self._tables or self._columns else (*found.columns, *found.plan)

    def _as_printed(self, expression: str, table: TableRef | None) -> str | None:
        known = (expression, table)
        if known not in self._known:
            self._known[known] = self._ask(expression, table)
        return self._known[known]

    def _ask(self, expression: str, table: TableRef | None) -> str | None:
        if (printed := self._connected()) is None:
            return None
        try:
            return printed.expression(expression, table)
        except StudioError:
            # A type or a function that is not there: then they are not the same either.
            return None

    def _connected(self) -> Printed | None:
        if not self._is_tried:
            self._is_tried = True
            self._printed = self._connect()
        return self._printed


@contextmanager
def same_in(live: LiveSchema) -> Iterator[Same]:
    """A comparison in one database, whose connection ends with the block."""
    with ExitStack() as opened:

        def connect() -> Printed | None:
            if not offers(live.backend, PRINTING):
                return None
            try:
                return opened.enter_context(live.printing())
            except StudioError:
                return None

        yield Same(syntax_of(live.backend), connect)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _closes_at_end(tokens: list[str]) -> bool:
    depth = 0
    for at, text in enumerate(tokens):
        depth += (text == "(") - (text == ")")
        if depth == 0:
            return at == len(tokens) - 1
    return False
