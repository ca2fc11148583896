"""A statement that is run, told of, and undone; and run again, to be kept if it comes to the same.

Where one writer keeps all others out (SQLite), no transaction may wait for a person's answer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Executable

from studio.backends.halves.editing import editing
from studio.db.fetching import Fetched, fetch
from studio.db.lane import Lane
from studio.db.transaction import Transaction, TransactionState
from studio.db.wire import Work
from studio.model.catalog import TableRef
from studio.model.words import plural

OTHER_VALUES = "it returned other values than before"


@dataclass(frozen=True, slots=True)
class Came:
    """What one run of a statement came to."""

    fetched: Fetched
    rows: Mapping[TableRef, int]
    """Rows changed by table, cascades and triggers included; empty: as the statement's own count
    says.
    """
    before: str
    """Which database it met, and in what shape."""

    def otherwise(self, told: "Came", *, values: bool = True) -> Iterator[str]:
        """In words, where this is not what was `told` of the run before; nothing: it is the same.

        `values`: whether the rows it returned count, beyond how many they were.
        """
        if self.before != told.before:
            yield "somebody changed the structure of the database meanwhile"
        mine, theirs = _counts(self), _counts(told)
        for name in dict.fromkeys([*theirs, *mine]):
            now, then = mine.get(name, 0), theirs.get(name, 0)
            if now != then:
                yield f"{name}: {plural(now, 'row')} now, {then:,} before"
        if values and self.fetched.rows != told.fetched.rows:
            yield OTHER_VALUES


def _counts(came: Came) -> dict[str, int]:
    counts = {str(ref): count for ref, count in came.rows.items()}
    if came.fetched.columns:
        counts["returned"] = len(came.fetched.rows)
    if came.fetched.row_count >= 0:
        counts["changed by the statement itself"] = came.fetched.row_count
    return counts


def counted(lane: Lane, statement: str, sent: Executable | str) -> Work[Came]:
    """Work inside a transaction: run `statement` and count what it changes. `sent`: the same, with
    what is bound to it.
    """
    rules = editing(lane.backend)

    def run(connection: Connection) -> Came:
        following = rules.follow(connection, statement)
        fetched = fetch(connection, sent)
        return Came(fetched, following.rows(), following.before)

    return run


async def rehearse(lane: Lane, statement: str, sent: Executable | str) -> Came:
    """Run `statement` in a transaction of its own and undo it at once. Raises StudioError."""
    return await lane.transact(counted(lane, statement, sent), keep=False)


async def keep(
    lane: Lane, statement: str, sent: Executable | str, told: Came, *, values: bool = True
) -> tuple[Came, tuple[str, ...]]:
    """Run it again, and commit only what comes to what was `told`; else nothing is changed, and
    the words say what is different. Raises StudioError.
    """
    whole = Transaction(lane.in_turn)
    came = await lane.transact(
        counted(lane, statement, sent),
        whole,
        keep=lambda now: not any(now.otherwise(told, values=values)),
    )
    if whole.state is TransactionState.COMMITTED:
        return came, ()
    return came, tuple(came.otherwise(told, values=values))
