"""Functions, triggers, types, sequences: chosen by a few letters, their source to read."""

from collections.abc import Sequence

from textual.screen import Screen
from textual.widgets.option_list import Option

from studio.backends.base import Purpose
from studio.backends.halves import required
from studio.backends.halves.stored_objects import STORED_OBJECTS
from studio.model.catalog import Column, ColumnKind
from studio.model.errors import StudioError
from studio.model.stored import StoredObject
from studio.ui.values.value import ValueScreen
from studio.ui.widgets.labels import plain
from studio.ui.widgets.pick import Pick, in_columns
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace

_MOST = 200
"""Lines offered at once."""


class GoToObject(Pick[StoredObject]):
    """Whatever has a source, by kind and name."""

    ENTER = "source"
    PLACEHOLDER = "a function, trigger, type…"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._objects: Sequence[StoredObject] = ()
        self._shown: list[StoredObject] = []
        self._trouble = ""
        self.is_filling = True

    def on_mount(self) -> None:
        """Read what there is; the line can be typed in meanwhile."""
        super().on_mount()
        begin_work(self, self._read, "objects")

    async def _read(self) -> None:
        session = self._workspace.session
        try:
            half = required(session.backend, STORED_OBJECTS)
            self._objects = await session.lane(Purpose.WATCH).run(half.listed)
        except StudioError as error:
            self._trouble = str(error)
        self.is_filling = False
        self.refill()

    def offer(self, typed: str) -> list[Option]:
        """Those whose kind or name holds every typed word."""
        words = typed.casefold().split()
        held = (one for one in self._objects if all(word in _searched(one) for word in words))
        self._shown = sorted(held, key=lambda one: _rank(one, words))[:_MOST]
        if not self._shown:
            why = "reading the catalog…" if self.is_filling else plain(self._trouble)
            return [Option(why or "nothing here has such a name", disabled=True)]
        return [Option(line) for line in in_columns([*map(_words, self._shown)])]

    def value(self, index: int) -> StoredObject | None:
        """The one on line `index`."""
        return self._shown[index] if index < len(self._shown) else None


async def show_source(screen: Screen[object], workspace: Workspace, found: StoredObject) -> None:
    """Show what makes `found`, to read and to copy."""
    session = workspace.session
    try:
        half = required(session.backend, STORED_OBJECTS)
        source = await session.lane(Purpose.WATCH).run(lambda c: half.source(c, found))
    except StudioError as error:
        screen.notify(str(error), severity="error", markup=False)
        return
    if not source:
        screen.notify(f"no statement is kept for {plain(_name(found))}", markup=False)
        return
    column = Column(_name(found), found.kind, ColumnKind.TEXT)
    screen.app.push_screen(ValueScreen(column, source))


def _name(found: StoredObject) -> str:
    blank = "" if found.detail.startswith("(") else " "
    return f"{found.ref}{blank}{found.detail}".rstrip()


def _searched(found: StoredObject) -> str:
    return f"{found.kind} {_name(found)}".casefold()


def _rank(found: StoredObject, words: Sequence[str]) -> int:
    """Names that are, begin with or hold what was typed first: 0 to 3; else as they were listed."""
    name, first = found.ref.name.casefold(), words[-1] if words else ""
    ranks = (name == first, name.startswith(first), first in name, True)
    return ranks.index(True) if first else 0


def _words(found: StoredObject) -> tuple[str, str]:
    return plain(_name(found)), found.kind
