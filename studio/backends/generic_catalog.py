"""The catalog through SQLAlchemy's Inspector, and where a dialect's Inspector fails, through the
standard's information_schema, and where that fails too, through the columns of an empty read.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import (
    Connection,
    Inspector,
    Select,
    false,
    func,
    inspect,
    literal_column,
    select,
    table,
)
from sqlalchemy.engine.reflection import ObjectKind, ObjectScope
from sqlalchemy.exc import SQLAlchemyError

from studio.backends import generic_nouns as nouns
from studio.backends import generic_standard as standard
from studio.backends.base import identifier
from studio.backends.generic_values import kind_named, printable
from studio.model.catalog import (
    Catalog,
    Column,
    ForeignKey,
    Schema,
    Table,
    TableKind,
    TableRef,
    TableSummary,
)
from studio.model.errors import StatementFailed
from studio.model.server import Server

T = TypeVar("T")
_Facts = dict[TableRef, T]

_SYSTEM = {"information_schema", "pg_catalog", "performance_schema", "mysql", "sys", "system"}
_FAILURES = (
    SQLAlchemyError,
    NotImplementedError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    RuntimeError,
)
"""What reflection raises in dialects that are ahead of, or behind, their engine."""
_READ_ELSEWHERE = {"columns", "pk_constraint", "unique_constraints", "foreign_keys"}
"""Facts with a second source: a dialect that lacks them costs nothing."""
_HOPELESS = 3
"""After so many relations in a row that fail, and none that worked, a dialect cannot do it."""


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


@dataclass(frozen=True, slots=True)
class RelationNames:
    """The relations there are, and what could not be listed."""

    relations: tuple[TableSummary, ...]
    notes: tuple[str, ...]


def outline(connection: Connection) -> RelationNames:
    """Every relation, system schemas last."""
    reader = _Reader(connection)
    return RelationNames(reader.relations(), reader.sentences)


def table_of(connection: Connection, ref: TableRef) -> Table:
    """One relation. Raises StatementFailed when there is none."""
    reader = _Reader(connection, only=ref.name)
    kind = reader.kind(ref)
    columns = reader.columns([ref]).get(ref, ())
    if not columns:
        raise StatementFailed(f"there is no relation {ref}", hint="; ".join(reader.sentences))
    return reader.tables([TableSummary(ref, kind)])[0]


def catalog(connection: Connection, server: Server) -> Catalog:
    """Every relation, whole; what could not be read is a note."""
    reader = _Reader(connection)
    by_schema: dict[str | None, list[Table]] = {}
    for made in reader.tables(reader.relations()):
        by_schema.setdefault(made.ref.schema, []).append(made)
    schemas = tuple(
        Schema(name or "", tuple(tables), is_system=is_system(name))
        for name, tables in by_schema.items()
    )
    return Catalog(server, schemas, datetime.now(UTC), reader.sentences)


def version(connection: Connection) -> str:
    """What the engine calls its version; dialects that borrow another's code may have it wrong."""
    reader = _Reader(connection)
    statement = select(func.version())
    words = reader.attempt(None, lambda: str(connection.execute(statement).scalar() or ""), "")
    return printable(words).removeprefix("v")


def is_system(schema: str | None) -> bool:
    """Whether a schema is the engine's own, with or without its database before it."""
    parts = (schema or "").replace('"', "").lower().split(".")
    return not _SYSTEM.isdisjoint(parts)


@dataclass
class _Reader:
    """One reflection: in bulk where the dialect can, one by one where it cannot."""

    connection: Connection
    only: str | None = None
    """The name of the one relation that is wanted, for answers that come in bulk."""
    _sentences: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.inspector: Inspector = inspect(self.connection)
        driver_error = getattr(self.connection.dialect.loaded_dbapi, "Error", SQLAlchemyError)
        self.failures: tuple[type[BaseException], ...] = (*_FAILURES, driver_error)

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(self._sentences)

    # -- which relations -------------------------------------------------------------------------

    def relations(self) -> tuple[TableSummary, ...]:
        names: list[str | None] = list(
            self._names("the list of schemas", self.inspector.get_schema_names)
        )
        found: dict[TableRef, TableSummary] = {}
        for schema in sorted(names, key=is_system) or [None]:
            for summary in self._in_schema(schema):
                found.setdefault(summary.ref, summary)
        return tuple(found.values())

    def _in_schema(self, schema: str | None) -> Iterator[TableSummary]:
        look = self.inspector
        listed: tuple[tuple[TableKind, Callable[[], list[str]]], ...] = (
            (TableKind.TABLE, lambda: look.get_table_names(schema)),
            (TableKind.VIEW, lambda: look.get_view_names(schema)),
        )
        for kind, read in listed:
            names = self._names(f"the list of {kind.value}s in {schema}", read)
            actual = TableKind.SYSTEM if is_system(schema) else kind
            yield from (TableSummary(TableRef(schema, name), actual) for name in names)
        for name in self._names(None, lambda: look.get_materialized_view_names(schema)):
            yield TableSummary(TableRef(schema, name), TableKind.MATERIALIZED_VIEW)

    def kind(self, ref: TableRef) -> TableKind:
        views = self._names(None, lambda: self.inspector.get_view_names(ref.schema))
        return TableKind.VIEW if ref.name in views else TableKind.TABLE

    # -- whole relations -------------------------------------------------------------------------

    def tables(self, summaries: Sequence[TableSummary]) -> list[Table]:
        refs = [summary.ref for summary in summaries]
        columns = self.columns(refs)
        keys = self._keys(refs)
        uniques = self._facet("unique_constraints", refs, nouns.unique)
        indexes = self._facet("indexes", refs, nouns.indexes)
        foreign = self._foreign(refs)
        checks = self._facet("check_constraints", refs, nouns.checks)
        comments = self._facet("table_comment", refs, nouns.comment)
        made = []
        for summary in summaries:
            ref = summary.ref
            known = keys.get(ref, standard.RelationKeys())
            unique = (*uniques.get(ref, known.unique), *indexes.get(ref, ()))
            identity, kind = nouns.identity(columns.get(ref, ()), known.primary, unique)
            made.append(
                Table(
                    ref=ref,
                    kind=summary.kind,
                    columns=columns.get(ref, ()),
                    primary_key=known.primary,
                    foreign_keys=nouns.placed(ref, foreign.get(ref, ())),
                    indexes=nouns.once(unique),
                    checks=checks.get(ref, ()),
                    identity=identity,
                    identity_kind=kind,
                    comment=comments.get(ref),
                )
            )
        return made

    def columns(self, refs: Sequence[TableRef]) -> _Facts[tuple[Column, ...]]:
        dialect = self.connection.dialect
        found = self._facet("columns", refs, partial(nouns.columns, dialect=dialect))
        missing = [ref for ref in refs if not found.get(ref)]
        if missing:
            known = self.attempt(
                None, lambda: standard.columns(self.connection, self.only), _no_columns()
            )
            found |= {ref: known[same] for ref, same in _matched(missing, known)}
        for ref in refs:
            if not found.get(ref):
                read = partial(self._empty_read, ref)
                found[ref] = self.attempt(f"the columns of {ref}", read, ())
        return found

    def _keys(self, refs: Sequence[TableRef]) -> _Facts[standard.RelationKeys]:
        primary = self._facet("pk_constraint", refs, nouns.primary)
        found = {ref: standard.RelationKeys(names) for ref, names in primary.items()}
        missing = [ref for ref in refs if ref not in found]
        if missing:
            known = self.attempt(
                None, lambda: standard.keys(self.connection, self.only), _no_keys()
            )
            found |= {ref: known[same] for ref, same in _matched(missing, known)}
        return found

    def _foreign(self, refs: Sequence[TableRef]) -> _Facts[tuple[ForeignKey, ...]]:
        found = self._facet("foreign_keys", refs, nouns.foreign)
        missing = [ref for ref in refs if ref not in found]
        if missing:
            known = self.attempt(
                "foreign keys", lambda: standard.foreign(self.connection), _no_foreign()
            )
            found |= {ref: known[same] for ref, same in _matched(missing, known)}
        return found

    def _empty_read(self, ref: TableRef) -> tuple[Column, ...]:
        schema = None if ref.schema is None else identifier(ref.schema)
        source = table(identifier(ref.name), schema=schema)
        nothing: Select[tuple[object, ...]] = (
            select(literal_column("*")).select_from(source).where(false())
        )
        result = self.connection.execute(nothing)
        described = result.cursor.description if result.cursor is not None else ()
        return tuple(
            Column(str(name), str(code), kind_named(str(code)))
            for name, code, *_ in described or ()
        )

    # -- asking ----------------------------------------------------------------------------------

    def _names(self, what: str | None, read: Callable[[], list[str]]) -> list[str]:
        return self.attempt(what, read, [])

    def attempt(self, what: str | None, read: Callable[[], T], otherwise: T) -> T:
        """`read()`, or `otherwise` and a note; without a `what`, no note."""
        answer = self._caught(read)
        if not isinstance(answer, _Failed):
            return answer
        if what is not None:
            self._note(what, answer.error)
        return otherwise

    def _note(self, what: str, error: BaseException) -> None:
        first = (str(error).splitlines() or [""])[0]
        reason = printable(first) or type(error).__name__
        self._sentences[f"{what} could not be read: {reason}"] = None

    def _facet(
        self, name: str, refs: Sequence[TableRef], convert: Callable[[object], T]
    ) -> _Facts[T]:
        """One kind of fact about every relation; those that could not be read are left out."""
        if len(refs) > 1:
            bulk: _Facts[T] | None = self.attempt(
                None, lambda: self._in_bulk(name, refs, convert), None
            )
            if bulk is not None:
                return bulk
        return self._one_by_one(name, refs, convert)

    def _in_bulk(
        self, name: str, refs: Iterable[TableRef], convert: Callable[[object], T]
    ) -> _Facts[T]:
        read = getattr(self.inspector, f"get_multi_{name}")
        found: _Facts[T] = {}
        for schema in dict.fromkeys(ref.schema for ref in refs):
            answers = read(schema=schema, kind=ObjectKind.ANY, scope=ObjectScope.ANY)
            found |= {TableRef(schema, key[1]): convert(value) for key, value in answers.items()}
        return found

    def _one_by_one(
        self, name: str, refs: Sequence[TableRef], convert: Callable[[object], T]
    ) -> _Facts[T]:
        read = getattr(self.inspector, f"get_{name}")
        found: _Facts[T] = {}
        errors: dict[TableRef, BaseException] = {}
        for ref in refs:
            answer = self._caught(partial(self._one, read, ref, convert))
            if isinstance(answer, _Failed):
                errors[ref] = answer.error
            else:
                found[ref] = answer
            if not found and len(errors) >= _HOPELESS:
                break
        self._tell(name, found, errors)
        return found

    def _one(self, read: Callable[..., object], ref: TableRef, convert: Callable[[object], T]) -> T:
        return convert(read(ref.name, schema=ref.schema))

    def _caught(self, read: Callable[[], T]) -> "T | _Failed":
        try:
            with warnings.catch_warnings():
                # Dialects warn about what they skip; the terminal is not theirs to write on.
                warnings.simplefilter("ignore")
                return read()
        except self.failures as error:
            self.connection.rollback()
            return _Failed(error)

    def _tell(
        self, name: str, found: Mapping[TableRef, object], errors: Mapping[TableRef, BaseException]
    ) -> None:
        what = name.replace("_", " ")
        if name in _READ_ELSEWHERE or all(
            isinstance(error, NotImplementedError) for error in errors.values()
        ):
            return
        if not found:
            self._note(what, next(iter(errors.values())))
            return
        for ref, error in errors.items():
            self._note(f"{what} of {ref}", error)


def _matched(
    wanted: Sequence[TableRef], known: Mapping[TableRef, object]
) -> Iterator[tuple[TableRef, TableRef]]:
    """Each wanted relation with the name information_schema has for it."""
    by_name: dict[str, list[TableRef]] = {}
    for ref in known:
        by_name.setdefault(ref.name, []).append(ref)
    for ref in wanted:
        plain = TableRef(ref.schema and ref.schema.replace('"', ""), ref.name)
        if plain in known:
            yield ref, plain
        elif ref.schema is None and ref.name in by_name:
            yield ref, by_name[ref.name][0]


def _no_columns() -> _Facts[tuple[Column, ...]]:
    return {}


def _no_keys() -> _Facts[standard.RelationKeys]:
    return {}


def _no_foreign() -> _Facts[tuple[ForeignKey, ...]]:
    return {}
