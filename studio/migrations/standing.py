"""Waiting migrations whose tables are there already: the schema was pushed past the history."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from studio.migrations.made_in_programs import tables_of
from studio.migrations.namespaces import default_namespace
from studio.migrations.reading import files
from studio.migrations.scripts import Scripts
from studio.migrations.words import Words
from studio.model.catalog import Catalog
from studio.model.migration import BoardEntry, MigrationState, MigrationStatus

_WAITING = frozenset({MigrationState.PENDING, MigrationState.OUT_OF_ORDER})
_SHOWN = 3
_SHORT_LIVED = ("TEMP", "TEMPORARY")
_MODIFIERS = ("GLOBAL", "LOCAL", "UNLOGGED", "FOREIGN", "VIRTUAL")


def with_standing(status: MigrationStatus, catalog: Catalog, scripts: Scripts) -> MigrationStatus:
    """The status, told of each pending migration whether its tables stand in its way."""
    if not any(entry.state is MigrationState.PENDING for entry in status.entries):
        return status
    is_bare = not any(entry.applied is not None for entry in status.entries)
    tables = _Tables(default_namespace(status, catalog), catalog)
    told = [
        _told(entry, tables.after(entry, scripts), is_bare=is_bare)
        if entry.state in _WAITING
        else entry
        for entry in status.entries
    ]
    return replace(status, entries=tuple(told))


@dataclass(frozen=True, slots=True)
class _Found:
    """Tables one migration makes a second time."""

    in_the_way: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    """It asks first, and lets them be."""


def _told(entry: BoardEntry, found: _Found, *, is_bare: bool) -> BoardEntry:
    if entry.state is not MigrationState.PENDING:
        return entry
    says = "Not applied, but its tables already exist"
    if names := found.in_the_way:
        note = f"{says}: running it fails on {_list(names)}."
        return replace(entry, note=note, standing=names, stands_in_the_way=True)
    # A table that is made where it is missing may be anybody's, once migrations have run.
    if (names := found.passed_over) and is_bare:
        return replace(entry, note=f"{says}: it passes over {_list(names)}.", standing=names)
    return entry


def _list(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


class _Tables:
    """Which tables are there, from one waiting migration to the next."""

    def __init__(self, default: str | None, catalog: Catalog) -> None:
        self._default = (default or "").lower()
        self._present = {
            self._key(table.ref.schema or "", table.ref.name) for table in catalog.tables()
        }

    def after(self, entry: BoardEntry, scripts: Scripts) -> _Found:
        """Run one migration in mind; the tables it would make a second time."""
        if entry.path is None:
            return _Found()
        if entry.path.suffix.lower() != ".sql":
            source = files.text_or_empty(entry.path, files.MAX_MIGRATION_BYTES)
            return self._after_program(source, entry.id.partition(".")[0])
        try:
            script = scripts.of(entry.path)
        except files.UnreadableFile:
            return _Found()
        found = [made for words in script.words() for made in self._after_statement(words)]
        in_the_way = dict.fromkeys(name for name, looks_first in found if not looks_first)
        passed_over = dict.fromkeys(name for name, looks_first in found if looks_first)
        return _Found(tuple(in_the_way), tuple(passed_over))

    def _after_program(self, source: str, app: str) -> _Found:
        tables = tables_of(source, app)
        made = {self._key("", name) for name in tables.made}
        # Of what is taken and made in one program the order is not known.
        taken = {self._key("", name) for name in tables.taken}
        names = tuple(sorted(name for _, name in (made & self._present) - taken))
        self._present = (self._present - taken) | made
        return _Found(passed_over=names) if tables.looks_first else _Found(names)

    def _after_statement(self, words: Words) -> Iterator[tuple[str, bool]]:
        """Each table that is made although it is there, and whether it is passed over."""
        if words.take("CREATE"):
            yield from self._create(words)
        elif words.take("DROP", "TABLE"):
            words.take("IF", "EXISTS")
            while (name := words.qualified())[1]:
                self._present.discard(self._key(*name))
                if not words.take(","):
                    return
        elif words.take("DROP", "SCHEMA"):
            words.take("IF", "EXISTS")
            schema = words.name().lower()
            self._present = {key for key in self._present if key[0] != schema}
        elif words.take("ALTER", "TABLE"):
            words.take("IF", "EXISTS")
            words.take("ONLY")
            old = words.qualified()
            if words.take("RENAME", "TO"):
                self._present.discard(self._key(*old))
                self._present.add(self._key(old[0], words.name()))

    def _create(self, words: Words) -> Iterator[tuple[str, bool]]:
        if any(words.take(word) for word in _SHORT_LIVED):
            return
        while any(words.take(word) for word in _MODIFIERS):
            pass
        if not words.take("TABLE"):
            return
        looks_first = words.take("IF", "NOT", "EXISTS")
        schema, name = words.qualified()
        key = self._key(schema, name)
        if key in self._present:
            yield name, looks_first
        self._present.add(key)

    def _key(self, schema: str, name: str) -> tuple[str, str]:
        return schema.lower() or self._default, name.lower()
