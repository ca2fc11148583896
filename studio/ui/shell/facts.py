"""What the top line says of the open database and its project, kept true."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from textual.screen import Screen

from studio.model.words import plural
from studio.ui.shell.top_line import PRODUCTION, TopLine
from studio.ui.terminal.detached import detached
from studio.ui.work_ends import begin_work

if TYPE_CHECKING:
    from studio.doctor.known import KnownHealth
    from studio.ui.workspace import Workspace

_AGE_S = 2.0
"""So old what it says of the files may be."""
_BADGE_AFTER_S = 1.5
"""The first rows are read and moved through before anything else is looked for."""
_BADGE = "badge"


class TopFacts:
    """Label, facts and badge of one workspace after the other."""

    def __init__(self, screen: Screen[None], folder: Path) -> None:
        """`screen` has a top line; `folder` holds the project whose migrations may wait."""
        self._screen = screen
        self._folder = folder
        self._opened: Workspace | None = None
        self.note = ""
        """What is to be said beside the label."""
        self._is_looking = False
        """One at a time: on a file system that hangs, each would stay."""

    def begin(self) -> None:
        """Look again from time to time."""
        self._screen.set_interval(_AGE_S, self._look_at_facts)

    @property
    def _line(self) -> TopLine:
        return self._screen.query_one(TopLine)

    def show(self, opened: "Workspace | None") -> None:
        """Tell of another workspace, or of none."""
        self._opened = opened
        if opened is None:
            self._line.badge = ""
            self._line.ills = ""
            return
        self._line.label = ", ".join(filter(None, (opened.label, self.note)))
        self._line.set_class(opened.is_production, "-production")
        self._tell(opened, opened.facts)

    def _tell(self, opened: "Workspace", facts: str) -> None:
        self._line.facts = f"{PRODUCTION} · {facts}" if opened.is_production else facts

    def _look_at_facts(self) -> None:
        opened = self._opened
        if opened is not None and opened.has_changing_facts and not self._is_looking:
            begin_work(self._screen, partial(self._look_again, opened), "facts", exclusive=False)

    async def _look_again(self, opened: "Workspace") -> None:
        """What it says was true when the database was opened; others write meanwhile."""
        self._is_looking = True
        try:
            facts, contents = await detached(
                lambda _stop: (opened.facts_now(), opened.contents.now())
            )
        finally:
            self._is_looking = False
        if opened is self._opened:
            self._tell(opened, facts)
            opened.contents.compare(contents)

    def show_health(self, known: "KnownHealth | None") -> None:
        """How many errors somebody found, and when."""
        self._line.ills = ""
        if known is not None and known.errors:
            at = known.said_at(datetime.now().astimezone())
            self._line.ills = f"{plural(known.errors, 'error')} (g h) {at}"

    # -- the badge -------------------------------------------------------------------------------

    def look_for_badge_later(self) -> None:
        """Say when migrations wait; long after the first rows."""
        self._screen.set_timer(_BADGE_AFTER_S, self.look_for_badge)

    def look_for_badge(self) -> None:
        """The same now."""
        if self._opened is not None:
            begin_work(self._screen, partial(self._badge_of, self._opened), _BADGE)

    async def _badge_of(self, opened: "Workspace") -> None:
        target, folder = opened.session.opening.target, self._folder

        def read(stop: Callable[[], bool]) -> str:
            module = import_module("studio.ui.migrations.source")
            return cast("str", module.badge_of(folder, target, stop))

        badge = await detached(read)
        if opened is self._opened:
            self._line.badge = badge

    def show_badge(self, text: str) -> None:
        """Somebody who knows it tells."""
        self._screen.workers.cancel_group(self._screen, _BADGE)
        self._line.badge = text
