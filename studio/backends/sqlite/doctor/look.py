"""What every check reads from: the catalog, the objects' own texts, and bounded counts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from studio.backends.halves.checking import CheckOptions, HealthCheck
from studio.backends.sqlite import catalog
from studio.backends.sqlite.doctor.profiles import MOST_CHARACTERS, TableValues
from studio.backends.sqlite.failures import DAMAGE
from studio.backends.sqlite.opening import SQLiteOpening
from studio.model.catalog import Catalog, ForeignKey, Table, TableKind
from studio.model.health import Blind, HealthFinding, NotRun
from studio.model.server import Server

Finds = Callable[["FileCheckup"], Iterator[HealthFinding]]
SMALL_BYTES = 64 << 20
"""Up to so large a file is read from end to end without being asked to."""
SAMPLED_ROWS = 500
"""From each end of a table."""
_HIDDEN_ROWIDS = ("rowid", "_rowid_", "oid")
_COLUMNS_AT_ONCE = 300
_ROWS_AT_ONCE = 1000
_MOST_SAID = 50
"""Statements told of one finding."""
_SAMPLED = (
    f"CASE typeof({{0}}) WHEN 'blob' THEN x'' WHEN 'text' THEN substr({{0}}, 1, {MOST_CHARACTERS}) "
    "ELSE {0} END, CASE typeof({0}) WHEN 'blob' THEN length({0}) "
    "ELSE coalesce(length(CAST({0} AS BLOB)), 0) END"
)
"""A value as far as it is looked at, and its length in bytes; SQLite knows a blob's without reading
it.
"""


@dataclass(frozen=True, slots=True)
class FileCheck:
    """A check with what finds it."""

    check: HealthCheck
    finds: Finds


class Stored(NamedTuple):
    """One row of sqlite_schema."""

    kind: str
    name: str
    table: str
    sql: str


class FileCheckup:
    """One look at one file; what is read once is kept for the checks that follow."""

    def __init__(
        self, connection: Connection, opening: SQLiteOpening, wishes: CheckOptions
    ) -> None:
        self.connection = connection
        self.opening = opening
        self.wishes = wishes
        self.check = ""
        """The one that is looking now."""
        self.damage: list[str] = []
        """What this check met where the file is no database any more."""
        self.blind: list[Blind] = []
        self.not_run: list[NotRun] = []
        self.violations: list[tuple[Table, ForeignKey, int, list[int | None]]] | None = None
        """Rows that break a key: how many, and the first of their rowids."""
        self._profiles: dict[str, TableValues] = {}
        self._ran: list[str] = []
        """Statements of this check, but for those that read the catalog."""
        self._ran_for: dict[str, list[str]] = {}
        """Those that read a table's profile, which later checks have from it."""

    def begin(self, check: str) -> None:
        """Another check looks from now on."""
        self.check, self.blind, self.not_run, self._ran = check, [], [], []
        self.damage = []

    def cannot_read(self, error: DBAPIError, why: str) -> None:
        """This check is blind there; where the file is damaged, that is a finding too."""
        self.blind.append(Blind(self.check, why))
        if is_damage(error):
            self.damage.append(str(error.orig))

    def found_by(self, finding: HealthFinding) -> str:
        """The statements of this check that read the finding's table, or none in particular."""
        said = [sql for sql in self._ran if finding.table in sql]
        return "".join(f"{sql};\n" for sql in dict.fromkeys(said[:_MOST_SAID]))

    # -- reading -----------------------------------------------------------------------------------

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Every row of a statement."""
        values = self.noted(f"? is {', '.join(map(repr, parameters))}") if parameters else ""
        self._ran.append(f"{values}{sql}")
        return cast(
            "list[tuple[Any, ...]]", self.connection.exec_driver_sql(sql, parameters).fetchall()
        )

    def one(self, sql: str, *parameters: object) -> Any:  # noqa: ANN401 - whatever is stored
        """The first value of the first row; None without a row."""
        found = self.rows(sql, *parameters)
        return found[0][0] if found else None

    def quoted(self, name: str) -> str:
        """A name in SQL that is run."""
        return self.connection.dialect.identifier_preparer.quote_identifier(name)

    def written(self, name: str) -> str:
        """A name in SQL that is read: quoted where it must be."""
        return self.connection.dialect.identifier_preparer.quote(name)

    def noted(self, text: str) -> str:
        """A comment line for a script: a name in it may hold a line break, which would end it."""
        return f"-- {' '.join(text.split())}\n"

    def bounded(self, table: Table, most: int) -> int:
        """How many rows a table has, counted up to `most`."""
        name = self.quoted(table.ref.name)
        return int(self.one(f"SELECT count(*) FROM (SELECT 1 FROM {name} LIMIT {most})"))

    # -- what is there -----------------------------------------------------------------------------

    @cached_property
    def catalog(self) -> Catalog:
        """As the rest of studio reads it."""
        nobody = Server("sqlite", "", (), "", read_only=True)
        return catalog.read_catalog(self.connection, nobody)

    @cached_property
    def relations(self) -> dict[str, Table]:
        """Every relation of the file by its name in lower case, SQLite's own left out."""
        return {
            table.ref.name.lower(): table
            for table in self.catalog.tables()
            if table.ref.schema is None and table.kind is not TableKind.SYSTEM
        }

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """The tables somebody made: no view, nothing of a module."""
        return tuple(t for t in self.relations.values() if t.kind is TableKind.TABLE)

    @cached_property
    def stored(self) -> tuple[Stored, ...]:
        """Every object with its text, as SQLite keeps it."""
        found = self.rows("SELECT type, name, tbl_name, coalesce(sql, '') FROM main.sqlite_master")
        return tuple(Stored(*row) for row in found)

    @cached_property
    def texts(self) -> dict[tuple[str, str], str]:
        """The text of an object by kind and name in lower case."""
        return {(one.kind, one.name.lower()): one.sql for one in self.stored}

    def text_of(self, table: Table) -> str:
        """A table's CREATE."""
        return self.texts.get(("table", table.ref.name.lower()), "")

    @cached_property
    def page_bytes(self) -> int:
        """The size of a page."""
        return int(self.one("PRAGMA page_size"))

    @cached_property
    def bytes(self) -> int:
        """The size of the database, whatever part of it is still in the WAL."""
        return int(self.one("PRAGMA page_count")) * self.page_bytes

    @property
    def may_read_all(self) -> bool:
        """Whether whole tables may be read: asked for, or the file is small."""
        return self.wishes.full or self.bytes <= SMALL_BYTES

    def profile(self, table: Table) -> TableValues:
        """What a table's values look like."""
        name = table.ref.name
        if name not in self._profiles:
            before = len(self._ran)
            self._profiles[name] = self._read_profile(table)
            self._ran_for[name] = self._ran[before:]
        else:
            self._ran += self._ran_for[name]
        return self._profiles[name]

    def _read_profile(self, table: Table) -> TableValues:
        found = TableValues(whole=self.wishes.full)
        names = [c.name for c in table.columns if c.generated is None and not c.hidden]
        try:
            for at in range(0, len(names), _COLUMNS_AT_ONCE):
                part = names[at : at + _COLUMNS_AT_ONCE]
                what = ", ".join(_SAMPLED.format(self.quoted(name)) for name in part)
                found.rows = sum(found.add(part, rows) for rows in self._sampled(table, what))
        except DBAPIError as error:
            if is_interrupt(error):
                raise
            self.cannot_read(error, f"{name_of(table)} cannot be read: {error.orig}")
        return found

    def _sampled(self, table: Table, what: str) -> Iterator[Sequence[tuple[Any, ...]]]:
        """Up to 500 rows from each end by rowid, or all where everything may be read."""
        name, rowid = self.quoted(table.ref.name), rowid_of(table)
        if self.wishes.full:
            yield from self._streamed(f"SELECT {what} FROM {name}")
        elif rowid is None:
            yield self.rows(f"SELECT {what} FROM {name} LIMIT {2 * SAMPLED_ROWS}")
        else:
            first = self.rows(
                f"SELECT {rowid}, {what} FROM {name} ORDER BY {rowid} LIMIT {SAMPLED_ROWS}"
            )
            yield [row[1:] for row in first]
            if len(first) == SAMPLED_ROWS:
                last = self.rows(
                    f"SELECT * FROM (SELECT {rowid} AS r, {what} FROM {name} WHERE {rowid} > ? "
                    f"ORDER BY {rowid} DESC LIMIT {SAMPLED_ROWS}) ORDER BY r",
                    first[-1][0],
                )
                yield [row[1:] for row in last]

    def _streamed(self, sql: str) -> Iterator[Sequence[tuple[Any, ...]]]:
        self._ran.append(sql)
        result = self.connection.exec_driver_sql(sql)
        while rows := result.fetchmany(_ROWS_AT_ONCE):
            yield cast("list[tuple[Any, ...]]", rows)


def rowid_of(table: Table) -> str | None:
    """A name under which a table's rowid can be asked for; None without."""
    if is_without_rowid(table):
        return None
    taken = {name.lower() for name in table.column_names}
    return next((name for name in _HIDDEN_ROWIDS if name not in taken), None)


def is_without_rowid(table: Table) -> bool:
    """Whether the rows live in the primary key's own tree."""
    return "WITHOUT ROWID" in table.options


def is_strict(table: Table) -> bool:
    """Whether types are enforced."""
    return "STRICT" in table.options


def alias_of(table: Table) -> str | None:
    """The column that is the rowid itself."""
    return next((column.name for column in table.columns if column.identity), None)


def lower(names: Sequence[str]) -> list[str]:
    """Names as SQLite compares them."""
    return [name.lower() for name in names]


def key_name(table: Table, columns: Sequence[str]) -> str:
    """How an object writes a key: `table(a, b)`."""
    return f"{table.ref.name}({', '.join(columns)})"


def name_of(table: Table) -> str:
    """How an object writes a table."""
    return table.ref.name


def is_interrupt(error: DBAPIError) -> bool:
    """Whether somebody stopped the statement."""
    return getattr(error.orig, "sqlite_errorname", "") == "SQLITE_INTERRUPT"


def is_damage(error: DBAPIError) -> bool:
    """Whether a statement failed because the file is damaged."""
    return getattr(error.orig, "sqlite_errorname", "") in DAMAGE
