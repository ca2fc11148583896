"""Statements of a person's own session, each as it stands: answers, states, what went wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol

from sqlalchemy import Connection

from studio.backends.halves import Half
from studio.model.catalog import TableRef
from studio.model.page import Value


class TransactionNow(StrEnum):
    """What the driver says of a session's transaction, whatever the text said."""

    NONE = "none"
    OPEN = "open"
    FAILED = "failed"
    """Only its end is taken."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One statement as it goes to the engine."""

    text: str
    values: Mapping[str, str | int | float | None]
    """For its parameters, by name without a sign, or by number."""
    data: str | None = None
    """The lines behind a COPY … FROM STDIN, without the one that ends them."""
    reads: bool = False
    """Its text says that it only reads: its rows may come as they are wanted."""
    alone: bool = False
    """The transaction around it holds nothing else, and is rolled back."""


class SentStatement(Protocol):
    """A statement that was sent, and what comes of it. Everything here may block."""

    columns: tuple[str, ...] | None
    """None: no result set."""
    type_codes: tuple[object, ...]
    copied: bool
    """The rows went over the connection itself (COPY)."""

    def rows(self, size: int) -> Sequence[tuple[Value, ...]]:
        """The next `size` of its rows, fewer at its end."""

    def abandon(self) -> None:
        """Nobody wants more of it: stop it, and leave the connection ready for the next."""

    def end(self) -> tuple[int, str]:
        """Be done with it, read to its end or not. Rows it changed (-1: nobody says, or none were
        for changing), and the engine's word for what was done ("" where it has none).
        """


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an engine says of a statement that failed, all of it."""

    code: str
    """SQLSTATE, or SQLite's result code name."""
    message: str
    position: int | None = None
    """Characters from the start of the statement, from 0."""
    detail: str = ""
    hint: str = ""
    context: tuple[str, ...] = ()
    """Where it was, innermost first."""
    internal: tuple[str, int] | None = None
    """A query inside a function, and the place in it, from 1."""
    inside: int | None = None
    """Characters from the start of the statement to the line of a block in it that failed."""

    @property
    def place(self) -> int | None:
        """The nearest place in the statement that is known."""
        return self.inside if self.position is None else self.position


@dataclass(frozen=True, slots=True)
class Notification:
    """What another session, or this one, told those who LISTEN."""

    channel: str
    payload: str
    sender: int
    """The process that told it."""


class Running(Protocol):
    """Runs what a person wrote on a blocking connection of theirs."""

    tells_settings: ClassVar[bool]
    """Whether `kept` tells of settings too."""

    def send(self, connection: Connection, sent: Sent) -> SentStatement:
        """Send one statement as it stands. Raises the driver's errors, StatementFailed."""

    def begin(self, connection: Connection, *, reads: bool) -> None:
        """Begin a transaction; `reads`: the first statement of it does."""

    def transaction(self, connection: Connection) -> TransactionNow:
        """What is open now. Asks the driver, never the server."""

    def reads_backslashes(self, connection: Connection) -> bool:
        """Whether plain strings know backslashes in this session now. Asks the driver, never the
        server.
        """

    def prepare(self, connection: Connection) -> str:
        """A session of a person at the screen begins: what guards the rows they change is on. Why
        nothing they leave in it lasts; empty: it lasts.
        """

    def hung_up(self, connection: Connection) -> bool:
        """Whether the server is known to have ended the connection meanwhile. Asks nobody: a line
        that was cut without a word is found out by the next statement.
        """

    def transaction_id(self, connection: Connection) -> str:
        """The open transaction's, for asking about it when the line falls at COMMIT (halves.editing
        `transaction_outcome`); empty: the engine cannot be asked. Once something was written: it
        may be given by asking.
        """

    def socket(self, connection: Connection) -> int | None:
        """What the operating system can watch, while nothing runs, for what comes by itself; None:
        nothing ever does.
        """

    def notified(self, connection: Connection) -> Sequence[Notification]:
        """What came by itself since it was asked last, oldest first. Asks nobody; a line that fell
        is no error.
        """

    def kept(self, connection: Connection) -> tuple[str, ...]:
        """What lives as long as the session, in words: temporary tables, settings, files. Outside
        of any transaction. Raises the driver's errors.
        """

    def count(self, connection: Connection, name: tuple[str, ...], within_s: float) -> int | None:
        """The rows of the relation called so, its schema first; None: it takes longer. Whatever
        happens, an open transaction stays what it is. Raises the driver's errors.
        """

    def relation(self, connection: Connection, name: tuple[str, ...]) -> TableRef | None:
        """The table or view that `name`, its schema first, means in this session; None: none, or
        one that only this session sees. Raises the driver's errors.
        """

    def pin(self, connection: Connection) -> None:
        """Whatever was set in the session: from here on values are printed so that they are read
        back as the values they are.
        """

    def value(self, text: str, kind: str) -> str | int | float | None:
        """A value typed for a parameter; `kind` may be empty, or a name of this engine's: what
        `text` is. Raises ValueError with what is wrong.
        """

    def trouble(self, connection: Connection, error: BaseException, sent: Sent) -> Trouble | None:
        """All that the driver's `error` says of `sent`; None for an error of another kind. Nothing
        runs.
        """


RUNNING: Half[Running] = Half("running", "scripts on {engine} run all in one transaction")
"""An attribute `running`."""
