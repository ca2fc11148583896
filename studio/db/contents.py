"""Whether what was read of a database is what it holds, as far as that is known unasked."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from studio.backends.halves import Absent, ask, offers
from studio.backends.halves.contents import CONTENTS
from studio.db.session import Session


@dataclass(frozen=True, slots=True)
class ContentsStamp:
    """What the contents were at a moment."""

    stamp: Hashable | None
    """None: there is no way to know."""
    at: float
    """`monotonic()`, before the stamp was taken."""


class Contents:
    """The contents of one session's database, for whoever shows something of them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._seen: list[Seen] = []
        session.around_closing_edit = self._closing

    @property
    def are_told(self) -> bool:
        """Whether anybody tells when they are others."""
        return offers(self._session.backend, CONTENTS)

    def now(self) -> ContentsStamp:
        """As they are now; may block where a file system does."""
        at, stamp = monotonic(), ask(self._session.backend, CONTENTS)
        return ContentsStamp(
            None if isinstance(stamp, Absent) else stamp(self._session.opening), at
        )

    def watch(self, on_change: Callable[[], None]) -> "Seen":
        """Somebody reads something of them, and is told when they are others; `Seen.forget` ends
        that.
        """
        seen = Seen(self, on_change)
        self._seen.append(seen)
        return seen

    def forget(self, seen: "Seen") -> None:
        """Tell that one no more."""
        self._seen.remove(seen)

    def compare(self, look: ContentsStamp) -> None:
        """Tell whoever read something else."""
        for seen in tuple(self._seen):
            seen.compare(look)

    def wrote(self) -> None:
        """Something was committed here: nothing that was read before is known to be true."""
        # No stamp is equal to it.
        self.compare(ContentsStamp(object(), monotonic()))

    @contextmanager
    def _closing(self) -> Iterator[None]:
        """The connection that wrote closes: as the last one, it moves the commits from the -wal
        into the file, and nothing is another for that.
        """
        before = self.now()
        yield
        after = self.now()
        for seen in tuple(self._seen):
            seen.moved(before, after)


class Seen:
    """What the contents were when something of them was read."""

    def __init__(self, contents: Contents, on_change: Callable[[], None]) -> None:
        self._contents = contents
        self._on_change = on_change
        self._known: ContentsStamp | None = None
        """What they are known to be: as of the reading, or of the last change that was told."""
        self._begun: ContentsStamp | None = None
        self.is_old = False
        """Whether somebody wrote since."""

    def begin(self) -> None:
        """It is about to be read anew."""
        self._begun = self._contents.now()

    def end(self) -> None:
        """It was; or, where nothing was read before, a first part of it."""
        begun = self._begun
        if begun is None and self._known is None:
            begun = self._contents.now()
        if begun is not None:
            self._known, self._begun, self.is_old = begun, None, False

    def give_up(self) -> None:
        """It was not: what was read before is still shown."""
        self._begun = None

    def compare(self, look: ContentsStamp) -> None:
        """Note whether it is old by now; a look from before it was read tells nothing."""
        known = self._known
        if known is None or look.stamp is None or look.at < known.at or look.stamp == known.stamp:
            return
        self._known, self.is_old = look, True
        self._on_change()

    def moved(self, before: ContentsStamp, after: ContentsStamp) -> None:
        """Another stamp stands for the same contents."""
        if self._known is not None and self._known.stamp == before.stamp:
            self._known = after
        if self._begun is not None and self._begun.stamp == before.stamp:
            self._begun = after

    def forget(self) -> None:
        """It is shown no more."""
        self._contents.forget(self)
