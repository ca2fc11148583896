"""What the WAL page offers to do for a file, and never does by itself."""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import App
from textual.widgets.option_list import Option

from studio.backends.halves import required
from studio.backends.halves.housekeeping import HOUSEKEEPING, Housekeeping
from studio.db.session import Session
from studio.model.words import file_size
from studio.ui.wal.copying import copied
from studio.ui.widgets.ask import AskText
from studio.ui.widgets.labels import plain
from studio.ui.widgets.pick import Pick, in_columns
from studio.wal import words
from studio.wal.probe import stamp

COPY, CHECK, SIZES, SALVAGE, WHY = "copy", "check", "sizes", "salvage", "why"
_OFFERED = (
    (COPY, "copy", "the database as it is now, into a new file; nobody waits for it"),
    (CHECK, "check", "every page, index and foreign key, on a private copy"),
    (SIZES, "sizes", "pages of every table and index"),
    (SALVAGE, "salvage", "what can be read of a damaged file, into a new one"),
    (WHY, "no checkpoint", "why that is not offered"),
)
_WRITES = frozenset({COPY, SALVAGE})
"""What needs the name of a new file."""


class PickKeeping(Pick[str]):
    """What is to be done for the file."""

    PLACEHOLDER: ClassVar[str] = "what to do for this file; it is never written"

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[str] = []

    def offer(self, typed: str) -> list[Option]:
        """Those that hold what is typed."""
        wanted = [one for one in _OFFERED if typed.casefold() in f"{one[1]} {one[2]}"]
        self._shown = [what for what, *_ in wanted]
        return [Option(line) for line in in_columns([one[1:] for one in wanted])]

    def value(self, index: int) -> str | None:
        """What that line does."""
        return self._shown[index] if index < len(self._shown) else None


class TextLines:
    """Plain lines; the first is the answer."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = tuple(lines)

    def __len__(self) -> int:
        """How many."""
        return len(self._lines)

    def text(self, line: int) -> Text:
        """One of them."""
        return Text(f" {plain(self._lines[line])}", style="" if line else "bold", end="")


class FileUpkeep:
    """What is done for one file."""

    def __init__(self, session: Session, say: Callable[[str], None]) -> None:
        """`say` hears what is done now, and an empty text at the end."""
        self._session, self._target, self._say = session, session.opening.target, say

    @property
    def _half(self) -> Housekeeping:
        """Raises Unsupported."""
        return required(self._session.backend, HOUSEKEEPING)

    def read(self, what: str, is_stopped: Callable[[], bool]) -> TextLines:
        """The answer to what needs no new file; blocks. Raises StudioError."""
        if what == WHY:
            return TextLines(words.NEVER_CHECKPOINTS)
        if what == SIZES:
            return TextLines(words.sized(self._half.sizes(self._target)))

        def told(text: str) -> bool:
            self._say(f"{text} · esc stops")
            return is_stopped()

        try:
            return TextLines(self._half.verify(self._target, told).lines())
        finally:
            self._say("")

    def name(self, what: str) -> str:
        """A new file that is offered for it."""
        here = Path(self._target.address)
        kind = "copy" if what == COPY else "salvaged"
        return str(here.with_name(f"{here.stem}-{kind}{here.suffix}"))

    async def write(self, what: str, name: str) -> TextLines:
        """Make the new file; stopped when this is cancelled. Raises StudioError."""
        file = stamp(Path(self._target.address))
        size = file.size if file is not None else 0
        output = Path(name).expanduser()  # noqa: ASYNC240 - it reads the environment
        if what == COPY:
            work = partial(self._half.copy, self._target, output)
            written = await copied("copying", size, work, self._say)
            return TextLines((f"{output}: the database as it is now, {file_size(written)}",))
        saved = await copied(
            "salvaging", size, partial(self._half.salvage, self._target, output), self._say
        )
        return TextLines(saved.lines(str(output)))


def offer_keeping(
    app: App[object],
    keeping: FileUpkeep,
    read: Callable[[Callable[[Callable[[], bool]], TextLines]], object],
    write: Callable[[Callable[[], Awaitable[TextLines]]], object],
) -> None:
    """Let one be picked, and a file be named where it needs one; then hand over the work."""

    def picked(what: str | None) -> None:
        if what in _WRITES:
            app.push_screen(
                AskText("Into which new file?", keeping.name(what)), partial(named, what)
            )
        elif what is not None:
            read(partial(keeping.read, what))

    def named(what: str, name: str | None) -> None:
        if name:
            write(partial(keeping.write, what, name))

    app.push_screen(PickKeeping(), picked)
