"""What is kept of a running set so that it can be taken back, and what no undo takes back."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import islice

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from studio.backends.base import Backend
from studio.edits.applying.capture import Capture
from studio.edits.applying.captured import Captured
from studio.edits.applying.cascades import follows_update
from studio.edits.applying.execution import Execution
from studio.edits.applying.inverse import inverse
from studio.edits.applying.lasting import Cause
from studio.edits.applying.reading import identity_of
from studio.edits.applying.severing import found_severed
from studio.edits.sql.prepared import Prepared
from studio.model.catalog import TableKind, TableRef
from studio.model.change import Insert, row_key
from studio.model.errors import Refused, StatementFailed
from studio.model.page import Value
from studio.model.words import plural

_FORBIDDEN = "42501"
_ASIDE = {Cause.TRIGGERS, Cause.RULES, Cause.VIEW}


@dataclass(slots=True)
class Strays:
    """A count begun before the set runs."""

    connection: Connection
    plan: Prepared
    _before: Mapping[TableRef | None, int] = field(init=False)

    def __post_init__(self) -> None:
        """Count what was written until now, if anything may write besides."""
        self._before = self._written() if self._is_asked else {}

    @property
    def _is_asked(self) -> bool:
        return any(one.cause in _ASIDE for one in self.plan.lasting)

    def _written(self) -> Mapping[TableRef | None, int]:
        return self.plan.editing.written(self.connection)

    def told(self, captured: Captured) -> Iterator[str]:
        """A sentence for each table that more rows were written of than the set and the foreign
        keys account for. Where keys follow an update nothing is said: those rows are not counted.
        """
        if not self._is_asked or self._cascades_updates():
            return
        known = self._accounted(captured)
        total = sum(known.values())
        moving = any(one.kind is TableKind.PARTITIONED for one in self.plan.tables.values())
        for ref, count in self._written().items():
            wanted = known[ref] if ref is not None else total
            more = count - self._before.get(ref, 0) - wanted
            if more > 0 and not (moving and wanted):
                of = f" of {ref}" if ref is not None else ""
                rows = f"{plural(more, 'row')}{of}"
                which = "was" if more == 1 else "were"
                yield f"{rows} {which} written besides by triggers or rules; undo leaves them so"

    def _cascades_updates(self) -> bool:
        return any(
            follows_update(key)
            for ref in self.plan.tables
            for _, key in self.plan.catalog.referencing(ref)
        )

    def _accounted(self, captured: Captured) -> Counter[TableRef]:
        views = {r for r, table in self.plan.tables.items() if table.kind is TableKind.VIEW}
        known = Counter(
            captured.homes.get(index, change.table)
            for index, change in enumerate(self.plan.changes)
            if change.table not in views
        )
        known.update(ref for ref, _ in captured.cascaded)
        known.update(one.table for one in captured.severed)
        return known


class _Unreadable(Exception):
    """The role may change rows that it may not look at, or not lock."""


@dataclass(slots=True)
class ApplyRecord:
    """One set inside its transaction; made before the set runs."""

    connection: Connection
    backend: Backend
    plan: Prepared
    _strays: Strays = field(init=False)
    _places: dict[tuple[TableRef, tuple[Value, ...]], int] = field(default_factory=dict)
    """By table and name the database gave a row since: the change that it comes from."""
    _placed: int = 0
    """How many of those are known."""

    def __post_init__(self) -> None:
        """Count from here on what is written besides the set."""
        self._strays = Strays(self.connection, self.plan)

    def before(self) -> Captured:
        """What is about to go. A role that may not lock rows (FOR UPDATE) reads them without; what
        it may not read cannot be put back, and that is no reason not to apply.
        """
        wanted, found = self.plan.rereading, Captured()
        if not wanted.before and not wanted.after:
            return found
        for lock in (True, False):
            found = Captured()
            with suppress(_Unreadable), self._readable(found):
                self._capture(found).before(lock=lock)
                break
        return found

    def late(self, captured: Captured, index: int, ran: Execution) -> None:
        """Right before a change that could not be told whose row it means when the set began."""
        made = self.plan
        change = made.changes[index]
        if index in captured.old or isinstance(change, Insert):
            return
        with suppress(_Unreadable), self._readable(captured):
            name = self._capture(captured).late(index, change)
            if name is None:
                return
            for at, given in islice(ran.identities.items(), self._placed, None):
                self._places[made.changes[at].table, tuple(given.values())] = at
            self._placed = len(ran.identities)
            before = self._places.get((change.table, tuple(name.values())))
            if before is None:
                return
            if before in captured.old:
                captured.old[index] = {**captured.old[index], **captured.old[before]}
                captured.overtaken.add(before)
            else:
                # A row that is new, and will not be what it was as new.
                captured.lost.add(index)

    def after(self, captured: Captured, ran: Execution) -> None:
        """What the set left, and what it did besides."""
        made = self.plan
        captured.notes.extend(one.text for one in made.lasting)
        with suppress(_Unreadable), self._readable(captured):
            self._capture(captured).after(ran.identities)
            captured.severed, lost = found_severed(
                self.connection, made.editing, made.catalog, captured.severed, made.changes
            )
            captured.notes.extend(lost)
        captured.notes.extend(self._strays.told(captured))

    def check_followers(self, captured: Captured) -> None:
        """An undo takes no row along that nobody saw: it came after the set. Raises Refused."""
        made = self.plan
        named = {change.key for change in made.changes}
        refs = [ref for ref, _ in captured.cascaded]
        for one in captured.severed:
            table = made.editing.told_apart(made.catalog.table(one.table))
            if row_key(one.table, identity_of(table, one.row)) not in named:
                refs.append(one.table)
        for ref, count in Counter(refs).items():
            raise Refused(
                f"{plural(count, 'row')} of {ref} came to refer to what would go, and would follow"
                " it: change those first"
            )

    def _capture(self, found: Captured) -> Capture:
        made = self.plan
        return Capture(self.connection, made.editing, made.catalog, made.rereading, found)

    @contextmanager
    def _readable(self, captured: Captured) -> Iterator[None]:
        """Look at rows; a refusal becomes a note and _Unreadable, and undoes nothing."""
        if not self.plan.editing.lock_rows():
            yield
            return
        self.connection.exec_driver_sql("SAVEPOINT studio_look")
        try:
            yield
        except DBAPIError as raised:
            error = self.backend.translate(raised.orig or raised, raised.statement or "")
            if not isinstance(error, StatementFailed) or error.code != _FORBIDDEN:
                raise
            self.connection.exec_driver_sql("ROLLBACK TO SAVEPOINT studio_look")
            captured.notes.append(
                f"rows that could not be read cannot be put back: {error.message}"
            )
            raise _Unreadable from None
        self.connection.exec_driver_sql("RELEASE SAVEPOINT studio_look")


def lost_words(made: Prepared, captured: Captured) -> Iterator[str]:
    """What undo would not take back, each a sentence."""
    yield from captured.notes
    if captured.lost:
        refs = {*made.tables, *captured.homes.values()}
        tables = {
            ref: made.editing.told_apart(made.catalog.table(ref))
            for ref in refs
            if made.catalog.find(ref) is not None
        }
        alone = replace(captured, notes=[], cascaded=[], severed=[])
        yield from inverse(made.changes, alone, {**tables, **made.tables})[1]


def followed_words(captured: Captured) -> Iterator[str]:
    """Rows that foreign keys changed besides, each table's as a sentence."""
    for ref, count in Counter(ref for ref, _ in captured.cascaded).items():
        yield f"{plural(count, 'row')} of {ref} went along, by cascade"
    for ref, count in Counter(one.table for one in captured.severed).items():
        yield f"{plural(count, 'row')} of {ref} had their reference changed"
