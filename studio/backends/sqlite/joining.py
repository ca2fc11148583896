"""Rows that SQLite itself joins into one value: of them, Python makes no object each.

Values stand behind bytes that no UTF-8 holds; whoever takes them decodes the whole, and so hears
of a text that is none. NULL is nothing, an empty text a random mark, which no value is by accident.
"""

import sqlite3
from collections.abc import Sequence
from itertools import chain
from secrets import token_hex

from sqlalchemy import Connection

from studio.backends.halves.bulk import END_OF_ROW, END_OF_VALUE, Joined
from studio.backends.sqlite.plans.raw import driver, on_driver
from studio.backends.sqlite.types import Affinity, kept_by
from studio.model.catalog import Column, Table, TableKind

_REAL = b"\xfc"
"""Stands for a REAL: SQLite writes 15 digits of it, Python all that it needs."""
_MOST_BYTES = 16 * 2**20
"""Of one piece: SQLite stops where it would be larger."""
_MARK_BYTES = 8
_MOST_ARGUMENTS = 100
"""Of one call of a function: SQLite takes 127, as it is built by itself."""
_CUT = "x'fb'"
"""Stands for a text with a zero byte, at which `printf` would end: the piece is not UTF-8 then."""
_HEX = "'\\x' || lower(hex({0}))"
_AS_TEXT = f"WHEN instr({{0}}, char(0)) THEN {_CUT} WHEN {{0}} = '' COLLATE BINARY THEN :empty"
_TEXT = f"CASE WHEN {{0}} >= x'' COLLATE BINARY THEN {_HEX} {_AS_TEXT} ELSE {{0}} END"
"""Of TEXT affinity no value is a number; every text is less than every blob. The column's own
collation may be one that only its application has.
"""
_CLASSES = {
    "integer": "WHEN 'integer' THEN {0}",
    "real": f"WHEN 'real' THEN x'{_REAL.hex()}'",
    "null": "WHEN 'null' THEN NULL",
    "text": f"WHEN 'text' THEN CASE {_AS_TEXT} ELSE {{0}} END",
}
_LIKELY = {
    Affinity.INTEGER: ("integer", "null", "text", "real"),
    Affinity.NUMERIC: ("integer", "real", "null", "text"),
    Affinity.REAL: ("real", "null", "text", "integer"),
    Affinity.BLOB: ("text", "null", "integer", "real"),
}
"""Classes of values, the likeliest first: each is a comparison."""


class RowidPieces:
    """The rows of one table, by ranges of the whole number that names each."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        """`table` is one that `can_join` takes."""
        nouns = [table.column(name) for name in columns]
        (key,) = table.identity
        self._key = f"t.{quoted(key)}"
        self._from = f"FROM {relation(table)} AS t"
        row = _row([_expression(noun, self._key) for noun in nouns])
        self._joined = f"SELECT CAST(group_concat({row}, '') AS BLOB), count(*) {self._from}"
        self._reals = tuple(
            f"SELECT {', '.join(f't.{quoted(noun.name)}' for noun in some)} {self._from}"
            for some in (
                [noun for noun in nouns if kept_by(noun) is Affinity.REAL],
                [noun for noun in nouns if kept_by(noun) is not Affinity.TEXT],
            )
            if some
        )
        """What may hold a REAL: most often no other column does than those declared so."""

    def fits(self, connection: Connection) -> bool:
        """Whether texts are kept in UTF-8, and ranges of the key are sought."""
        raw = driver(connection)
        if raw.execute("PRAGMA encoding").fetchone() != ("UTF-8",):
            return False
        try:
            # A table WITHOUT ROWID may be ordered by other than this key.
            raw.execute(f"SELECT t.rowid {self._from} LIMIT 0")
        except sqlite3.OperationalError:
            return False
        return True

    def end(self, connection: Connection, after: int | None, rows: int) -> int | None:
        """The key of the last of the next `rows` rows; None: there are fewer."""
        where, bound = self._range(after, None)
        statement = f"SELECT {self._key} {self._from}{where} ORDER BY 1 LIMIT 1 OFFSET {rows - 1}"
        found = on_driver(statement, lambda raw: raw.execute(statement, bound).fetchone())
        row = found(connection)
        return None if row is None else int(row[0])

    def joined(self, connection: Connection, after: int | None, until: int | None) -> Joined | None:
        """The rows behind `after`, up to `until`; None: they are not to be had so."""
        work = on_driver(self._joined, lambda raw: self._of_one_moment(raw, after, until))
        return work(connection)

    def _of_one_moment(
        self, raw: sqlite3.Connection, after: int | None, until: int | None
    ) -> Joined | None:
        before = raw.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
        raw.execute("BEGIN")
        try:
            return self._read(raw, after, until)
        except sqlite3.DataError as error:
            if error.sqlite_errorname != "SQLITE_TOOBIG":
                raise
            return None
        finally:
            raw.execute("ROLLBACK")
            raw.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, before)

    def _read(self, raw: sqlite3.Connection, after: int | None, until: int | None) -> Joined | None:
        where, bound = self._range(after, until)
        # Nothing in it is quoted or escaped by any format.
        empty = b"\xff" + token_hex(_MARK_BYTES).encode()
        data, rows = raw.execute(self._joined + where, {"empty": empty, **bound}).fetchone()
        if not rows:
            return Joined(b"", 0, empty)
        if _REAL in data:
            data = self._with_reals(raw, data, where, bound)
        return None if data is None else Joined(data, rows, empty)

    def _with_reals(
        self, raw: sqlite3.Connection, data: bytes, where: str, bound: dict[str, int]
    ) -> bytes | None:
        """`data` with each number in its place; None: something else looks like the mark."""
        places = data.count(_REAL)
        for statement in self._reals:
            found = raw.execute(f"{statement}{where} ORDER BY {self._key}", bound)
            reals = [value for value in chain.from_iterable(found) if type(value) is float]
            # Fewer of some columns: others hold some too, or a text that is not UTF-8 does.
            if len(reals) == places:
                # `%a` is repr, without an object a number.
                return data.replace(b"%", b"%%").replace(_REAL, b"%a") % tuple(reals)
        return None

    def _range(self, after: int | None, until: int | None) -> tuple[str, dict[str, int]]:
        parts = [
            (f"{self._key} {operator} :{name}", name, value)
            for operator, name, value in ((">", "after", after), ("<=", "until", until))
            if value is not None
        ]
        where = f" WHERE {' AND '.join(part[0] for part in parts)}" if parts else ""
        return where, {name: value for _, name, value in parts}


def can_join(table: Table, columns: Sequence[str]) -> bool:
    """Whether the rows of `table` are named by one whole number, as far as its nouns tell."""
    if table.kind is not TableKind.TABLE or not columns or len(table.identity) != 1:
        return False
    (key,) = table.identity
    return key not in table.column_names or table.column(key).type_name.upper() == "INTEGER"


def _row(values: Sequence[str]) -> str:
    """One call instead of an operator a value."""
    between = END_OF_ROW
    calls: list[str] = []
    for start in range(0, len(values), _MOST_ARGUMENTS):
        some = values[start : start + _MOST_ARGUMENTS]
        form = between + END_OF_VALUE.join([b"%s"] * len(some))
        calls.append(f"printf(x'{form.hex()}', {', '.join(some)})")
        between = END_OF_VALUE
    return " || ".join(calls)


def _expression(column: Column, key: str) -> str:
    name = f"t.{quoted(column.name)}"
    if name == key:
        return name
    rule = kept_by(column)
    if rule is Affinity.TEXT:
        return _TEXT.format(name)
    classes = " ".join(_CLASSES[one] for one in _LIKELY[rule])
    return f"CASE typeof({{0}}) {classes} ELSE {_HEX} END".format(name)


def relation(table: Table) -> str:
    """Its name as SQL writes it."""
    return ".".join(quoted(part) for part in table.ref if part is not None)


def quoted(name: str) -> str:
    """An identifier, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'
