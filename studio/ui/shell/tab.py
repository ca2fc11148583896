"""What every tab is: a place with a title, a status, and a way to be stopped and closed."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.containers import Vertical
from textual.message import Message

from studio.ui.keys.commands import Command

if TYPE_CHECKING:
    from studio.backends.halves.explaining import BoundValues
    from studio.model.catalog import TableRef
    from studio.model.change import Change
    from studio.model.finding import IndexHint
    from studio.model.page import Condition
    from studio.ui.workspace import Workspace


class TabStanding(NamedTuple):
    """What a tab holds in the database between two runs, for the line above."""

    session: str = ""
    """A session of its own, and what lives on in it."""
    transaction: str = ""
    """How changes are kept, and the transaction that is open."""
    tone: str = ""
    """`warning` or `error` where the transaction wants to be looked at."""
    is_open: bool = False
    """Whether a transaction is open."""
    holds_database: bool = False
    """Whether it keeps every other writer out."""


class Tab(Vertical):
    """A page of the workspace: a table, a query, a tool. The main screen owns it."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = ()

    class Changed(Message):
        """The title, the place or the keys of a tab are no longer what they were."""

    class Moved(Message):
        """Only the place in a tab changed."""

        def can_replace(self, message: Message) -> bool:
            """Only the newest place is worth showing."""
            return isinstance(message, Tab.Moved)

    class Follow(Message):
        """Rows of another relation are wanted: the other end of a foreign key."""

        def __init__(self, ref: "TableRef", filters: "tuple[Condition, ...]") -> None:
            super().__init__()
            self.ref = ref
            self.filters = filters

    class Structure(Message):
        """What a relation is made of is wanted."""

        def __init__(self, ref: "TableRef") -> None:
            super().__init__()
            self.ref = ref

    class Explain(Message):
        """The plan of a statement is wanted; with `hints`, whether these indexes help it; `values`
        are those of its parameters.
        """

        def __init__(
            self,
            sql: str,
            hints: "tuple[IndexHint, ...]" = (),
            values: "BoundValues" = (),
        ) -> None:
            super().__init__()
            self.sql = sql
            self.hints = hints
            self.values = values

    class Write(Message):
        """A query tab with a text is wanted; nothing of it is run."""

        def __init__(self, sql: str) -> None:
            super().__init__()
            self.sql = sql

    class StructureChanged(Message):
        """Relations were made, changed or dropped: what is known of them is old."""

    class ReadAgain(Message):
        """What is shown was read anew: what else is said of the contents should be no older."""

    class Working(Message):
        """Something runs that a person may want to stop; an empty task: nothing any more."""

        def __init__(self, task: str = "") -> None:
            super().__init__()
            self.task = task
            self.tab: Tab | None = None
            """Whose work it is; None outside of every tab."""

    class Visit(Message):
        """Another workspace is to be worked in for a while, over this one; `note` says more of it
        than its label.
        """

        def __init__(self, workspace: "Workspace", note: str = "") -> None:
            super().__init__()
            self.workspace = workspace
            self.note = note

    class Badge(Message):
        """What the top line should say, wherever one is; an empty text: nothing."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Looked(Message):
        """What is wrong in the database is known anew: the workspace has it."""

    @on(Working)
    def _sign_work(self, message: Working) -> None:
        message.tab = self

    @property
    def tab_title(self) -> str:
        """What the tab bar calls it, with a sign when something is unsaved."""
        raise NotImplementedError

    @property
    def relation(self) -> "TableRef | None":
        """The relation it shows, for the catalog to mark."""
        return None

    @property
    def tab_place(self) -> str:
        """The left end of the last line: where in this tab one is."""
        return ""

    @property
    def standing(self) -> TabStanding:
        """What the line above says of it."""
        return TabStanding()

    is_arriving = False
    """Whether the focus is on its way here: keys wait for it."""

    def focus_content(self) -> None:
        """Put the focus where one works, as soon as that is there."""
        self.is_arriving = True
        if self.take_focus():
            # Textual moves the focus by a message to the app: until that is read, it is elsewhere.
            self.app.call_later(self._arrived)
        else:
            self.call_after_refresh(self.focus_content)

    def _arrived(self) -> None:
        self.is_arriving = False

    def take_focus(self) -> bool:
        """Put the focus where one works; False when that is not there yet."""
        self.focus()
        return True

    def way_back(self) -> Callable[[], None]:
        """What shows this tab again as it is now, when one comes back to it."""
        return self.focus_content

    def stop(self) -> bool:
        """Stop what runs, else close what is on top in the tab; False when there was neither."""
        return False

    def go_to_change(self, change: "Change", column: str) -> None:
        """Show the row of a staged change, on `column`; tabs without rows do nothing."""

    def settles_first(self, go_on: Callable[[], None]) -> bool:
        """Ask what is to become of an open transaction, if there is one, before this tab goes;
        False: there is none. `go_on` is called once there is none any more.
        """
        del go_on
        return False

    def keeps_open_because(self) -> str:
        """Why closing would lose something; empty when it would not."""
        return ""
