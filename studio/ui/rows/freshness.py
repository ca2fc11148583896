"""Whether rows, and how many there are, are still what the database says, as far as is known."""

from collections.abc import Callable

from studio.rows.window import RowWindow
from studio.ui.rows.row_counter import RowCounter
from studio.ui.workspace import Workspace


class Freshness:
    """Of the rows of one view, from one reading to the next."""

    def __init__(
        self,
        workspace: Workspace,
        counter: RowCounter,
        shown: Callable[[], RowWindow | None],
        tell: Callable[[], None],
    ) -> None:
        """`shown`: the rows on the screen; `tell` hears that somebody wrote since."""
        self._counter = counter
        self._shown = shown
        self._tell = tell
        self._read = workspace.contents.watch(self._doubt)
        self._wants_size = False
        """Whether it is to be found out how many there are, once they came."""

    @property
    def is_old(self) -> bool:
        """Whether somebody wrote since the rows were read."""
        return self._read.is_old

    def begin(self) -> None:
        """Rows are about to be read, in place of those that are shown."""
        self._read.begin()
        self._wants_size = True

    def give_up(self) -> None:
        """They were not: what is shown stays."""
        self._read.give_up()

    def came(self, window: RowWindow) -> None:
        """A page of them came."""
        self._read.end()
        self._counter.age(window)
        if self._wants_size and not window.is_exact:
            self._counter.estimate(window)
        self._wants_size = False

    def forget(self) -> None:
        """They are shown no more."""
        self._read.forget()

    def _doubt(self) -> None:
        """Somebody wrote, whoever and whatever: no row on the screen changes for that."""
        if (window := self._shown()) is not None:
            window.doubt()
            self._tell()
