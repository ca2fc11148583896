"""Drizzle's schema files: `export const users = pgTable('users', { … })`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from studio.migrations.declarations.places import Declaration, DeclaredTable, line_at
from studio.migrations.javascript import END, Kind, ScriptToken, tokens

_TABLES = frozenset({"sqliteTable", "pgTable", "mysqlTable"})
_INDEXES = frozenset({"index", "uniqueIndex", "unique"})
_OPENS, _CLOSES = frozenset("([{"), frozenset(")]}")


def tables(path: Path, source: str) -> Iterator[DeclaredTable]:
    """The tables of one file whose names are literals."""
    yield from _File(path, source).tables()


class _File:
    def __init__(self, path: Path, source: str) -> None:
        self._path = path
        self._source = source
        self._tokens = tokens(source)

    def tables(self) -> Iterator[DeclaredTable]:
        for at in range(len(self._tokens)):
            if (table := self._table(at)) is not None:
                yield table

    def _token(self, at: int) -> ScriptToken:
        return self._tokens[at] if 0 <= at < len(self._tokens) else END

    def _table(self, at: int) -> DeclaredTable | None:
        """The table whose maker is the token at `at`: `pgTable(` or `schema.table(`."""
        maker = self._token(at)
        is_method = maker.text == "table" and self._token(at - 1).text == "."
        if maker.kind is not Kind.NAME or not (maker.text in _TABLES or is_method):
            return None
        name = self._token(at + 2)
        if self._token(at + 1).text != "(" or name.kind is not Kind.STRING:
            return None
        end = self._end(at + 1)
        before = at - 3 if is_method else at - 1
        sign = self._token(before - 1).text if self._token(before).text == "=" else name.text
        place = self._declaration(at, at + 3, sign, sign)
        table = DeclaredTable(name.text, None, place)
        if self._token(at + 4).text == "{":
            for key, first, last in self._entries(at + 4):
                table.columns[self._column(key, first, last)] = self._declaration(
                    first - 2, last, key, ""
                )
        for here in range(at + 3, end):
            token, called = self._token(here), self._token(here + 2)
            is_call = token.text in _INDEXES and self._token(here + 1).text == "("
            if is_call and called.kind is Kind.STRING:
                last = self._until_comma(here, end)
                table.indexes[called.text] = self._declaration(here, last, called.text, "")
        return table

    def _entries(self, opening: int) -> Iterator[tuple[str, int, int]]:
        """Key, first and last token of the value, for each `key: value` of an object."""
        end, at = self._end(opening), opening + 1
        while at < end:
            key, colon = self._token(at), self._token(at + 1)
            last = self._until_comma(at, end)
            if key.kind in {Kind.NAME, Kind.STRING} and colon.text == ":":
                yield key.text, at + 2, last
            at = last + 2

    def _column(self, key: str, first: int, last: int) -> str:
        """The column's name: the first argument of the first call, else the key."""
        if self._token(first + 1).text == "(" and first + 2 <= last:
            argument = self._token(first + 2)
            if argument.kind is Kind.STRING:
                return argument.text
        return key

    def _until_comma(self, at: int, end: int) -> int:
        """The last token before the comma, or the end, that follows what begins at `at`."""
        depth = 0
        for here in range(at, end):
            text, kind = self._token(here).text, self._token(here).kind
            if kind is not Kind.PUNCTUATION:
                continue
            if text == "," and depth == 0:
                return here - 1
            depth += (text in _OPENS) - (text in _CLOSES)
            if depth < 0:
                return here - 1
        return end - 1

    def _end(self, opening: int) -> int:
        """The token that closes what is opened at `opening`."""
        depth = 0
        for here in range(opening, len(self._tokens)):
            token = self._token(here)
            if token.kind is Kind.PUNCTUATION:
                depth += (token.text in _OPENS) - (token.text in _CLOSES)
                if depth == 0:
                    return here
        return len(self._tokens)

    def _declaration(self, first: int, last: int, key: str, sign: str) -> Declaration:
        begin, after = self._token(first), self._token(last + 1)
        until = after.at if after else len(self._source)
        text = self._source[begin.at : until].strip()
        return Declaration(self._path, line_at(self._source, begin.at), text, key, "drizzle", sign)


def keys_of(table: DeclaredTable, columns: Sequence[str]) -> list[str]:
    """What the schema file calls these columns."""
    return [table.columns[name].key if name in table.columns else name for name in columns]
