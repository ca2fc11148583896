"""Running a statement that writes: what it comes to is told before anything is kept.

SQLite's one lock keeps every other writer out, so there the statement is undone while a person is
asked, and run again. On a server it stays in its transaction, which ends by itself.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from studio.backends.base import Purpose
from studio.backends.halves import Absent, ask
from studio.backends.halves.editing import EDITING, Editing
from studio.db.fetching import Fetched
from studio.db.lane import Lane
from studio.db.rehearsal import OTHER_VALUES, Came, counted, keep, rehearse
from studio.db.session import Session
from studio.db.transaction import Transaction
from studio.queries.query import Query
from studio.queries.result import Person, Result, Waits
from studio.sqltext.syntax import Syntax
from studio.sqltext.unrepeatable import unrepeatable


class AskedWrite:
    """One statement on its way to a commit, or back."""

    def __init__(
        self,
        session: Session,
        person: Person,
        give: Callable[[Query, Fetched], Result],
        patience_s: float,
        rest: Callable[[], Awaitable[None]],
    ) -> None:
        """`give` hands an answer on, and says what it was; `patience_s`: how long locks may wait;
        `rest` closes the connection while nothing is held, if nothing in it is needed again.
        """
        self._session = session
        self._person = person
        self._give = give
        self._patience_s = patience_s
        self._rest = rest
        self._rules: Editing | Absent = ask(session.backend, EDITING)

    async def run(self, lane: Lane, query: Query, syntax: Syntax) -> Result:
        """Run, ask, and keep or not. Raises StudioError; cancelled, nothing is kept."""
        if isinstance(self._rules, Absent):
            return await self._held_blindly(lane, query)
        if self._rules.holds_whole_database:
            return await self._twice(lane, query, syntax)
        return await self._held(lane, query, self._rules)

    async def _twice(self, lane: Lane, query: Query, syntax: Syntax) -> Result:
        """No lock waits: what was told is undone already."""
        came = await rehearse(lane, query.text, query.sent)
        result = self._told(query, came)
        # Values that are others at every run (random(), the time) can only be told, not compared.
        values = not unrepeatable(query.text, syntax)
        while True:
            # Not even a connection stays: others may want the file for themselves.
            await self._rest()
            if not await self._person.may_commit(query, result):
                return replace(result, outcome="rolled back")
            came, otherwise = await keep(lane, query.text, query.sent, came, values=values)
            result = replace(self._told(query, came), otherwise=otherwise)
            if not otherwise:
                return replace(result, outcome="committed")
            if otherwise == (OTHER_VALUES,):
                # A default or a trigger gives others at every run: from here on that is told.
                values = False

    async def _held(self, lane: Lane, query: Query, rules: Editing) -> Result:
        """The transaction waits, for so long and no longer."""
        watching = self._session.extra_lane(Purpose.WATCH)
        try:
            async with lane.transaction() as transaction:
                came = await transaction.run(counted(lane, query.text, query.sent))
                hold = await transaction.run(lambda c: rules.hold(c, self._patience_s))

                async def who_waits() -> tuple[str, ...]:
                    return await watching.run(lambda c: rules.waiting(c, hold.session))

                waits = Waits(hold.locks, who_waits)
                result = await self._asked(transaction, query, self._told(query, came), waits)
        finally:
            await watching.close()
        return result

    async def _held_blindly(self, lane: Lane, query: Query) -> Result:
        """An engine of which nothing is known: it may hold anything."""

        async def nobody_knows() -> tuple[str, ...]:
            return ()

        async with lane.transaction() as transaction:
            given = self._give(query, await transaction.fetch(query.sent))
            return await self._asked(transaction, query, given, Waits((), nobody_knows))

    async def _asked(
        self, transaction: Transaction, query: Query, result: Result, waits: Waits
    ) -> Result:
        """With what its person decided, rolled back if so; else the block's end commits."""
        if await self._person.may_commit(query, replace(result, waits=waits)):
            return replace(result, outcome="committed", waits=waits)
        await transaction.rollback()
        return replace(result, outcome="rolled back", waits=waits)

    def _told(self, query: Query, came: Came) -> Result:
        return replace(self._give(query, came.fetched), by_table=came.rows)
