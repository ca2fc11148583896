"""From an address to an open workspace: a first look, a password, another choice."""

from asyncio import to_thread
from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING

from textual import events, work
from textual.message import Message

from studio.backends.registry import begin
from studio.db.url import parse
from studio.model.errors import PasswordWanted, StudioError
from studio.ui.request import OpenRequest
from studio.ui.screens.ask import AskSecret
from studio.ui.screens.frame import Frame

if TYPE_CHECKING:
    from studio.rows.first_look import Looking
    from studio.ui.preview import Preview
    from studio.ui.workspace import Workspace

_HELD_S = 0.25
"""Longer than this, a person would rather see what is there."""


def _place_for_rows() -> "Preview":
    from studio.ui.preview import Preview  # noqa: PLC0415 no grid where nothing is opened

    return Preview()


class Connecting(Frame):
    """The frame, and how it comes to a workspace; what is done with one is its heir's."""

    class NeverConnected(Message):
        """The person gave up; `error` says why the last attempt failed, if there was one."""

        def __init__(self, error: StudioError | None) -> None:
            super().__init__()
            self.error = error

    def __init__(self, request: OpenRequest) -> None:
        self._first = _place_for_rows() if request.looking is not None else None
        """Where what the helper process saw is shown."""
        super().__init__(self._first)
        self.request = request
        self.workspace: Workspace | None = None
        self._failed: StudioError | None = None
        """Why the last attempt to connect failed, if it did."""
        self._held = ExitStack()
        """What keeps the app from painting."""

    async def install(self, opened: "Workspace") -> None:
        """Work on `opened` from now on."""
        raise NotImplementedError

    # -- the first paint -------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Paint first, connect then."""
        if self.request.looking is not None and self.request.frame is not None:
            self._hold()
        self.call_after_refresh(self._begin)

    def _hold(self) -> None:
        """Paint nothing for a moment: a frame is on the screen already, and rows are on their way
        to a processor that painting would keep busy.
        """
        self._held.enter_context(self.app.batch_update())
        self._held.callback(self.set_timer(_HELD_S, self._release).stop)
        # At once: by itself, a screen waits for the next 1/60 s.
        self._held.callback(lambda: self.post_message(events.Resize(self.size, self.size)))

    def _release(self) -> None:
        """Paint what there is, and from now on."""
        self._held.close()

    def _begin(self) -> None:
        if self.request.looking is not None:
            self._look_first(self.request.looking)
        elif self.request.target:
            self.connect_to(self.request.target)
        else:
            self.action_connections()

    # -- connecting ------------------------------------------------------------------------------

    @work(group="connect", exclusive=True)
    async def _look_first(self, looking: "Looking") -> None:
        """Show what the helper process saw, then connect; the two do not compete for one core."""
        self.status.working("connecting")
        try:
            look = await to_thread(looking.result)
        finally:
            looking.stop()
            self.status.done()
        if look is None or self._first is None:
            self.deck.drop_preview()
        else:
            self.top_line.label = look.label
            self.top_line.facts = look.facts
            self.tree_pane.show(look.summaries)
            self.tree_pane.mark_open(look.table.ref)
            self._first.fill(look)
            self.deck.show_titles()
        self._release()
        if self.request.target:
            self.call_after_refresh(self.connect_to, self.request.target)

    @work(group="connect", exclusive=True)
    async def connect_to(self, target: str, password: str | None = None) -> None:
        """Open `target` in place of what is open; on failure say why and offer the choice."""
        self.status.working("connecting")
        try:
            opened = await self._open_workspace(target, password)
        except PasswordWanted as error:
            self._failed = error
            self._ask_password(target, str(error))
            return
        except StudioError as error:
            self._failed = error
            self.offer_connections(str(error))
            return
        finally:
            self.status.done()
        await self.install(opened)

    async def _open_workspace(self, target: str, password: str | None) -> "Workspace":
        # The database layer takes 0.3 s to import: beside the first paint, not before it.
        await to_thread(begin, parse(target, read_only=self.request.read_only))
        module = await to_thread(import_module, "studio.ui.tabs.browse")
        kind: type[Workspace] = module.Workspace
        return await kind.open(
            target,
            read_only=self.request.read_only,
            password=password,
            statement_timeout_s=self.request.settings.statement_timeout_s,
        )

    def _ask_password(self, target: str, question: str) -> None:
        def answered(password: str | None) -> None:
            if password is None:
                self.offer_connections(question)
            else:
                self.connect_to(target, password)

        self.app.push_screen(AskSecret(question), answered)

    def offer_connections(self, problem: str = "") -> None:
        """Ask what to connect to, below what went wrong."""
        from studio.ui.screens.connect import Connect  # noqa: PLC0415 not before the first paint

        self.app.push_screen(Connect(problem, self.request.folder), self._connect_choice)

    def _connect_choice(self, target: str | None) -> None:
        if target:
            self.connect_to(target)
        elif self.workspace is None:
            self.post_message(self.NeverConnected(self._failed))

    def action_connections(self) -> None:
        """Choose a database to connect to."""
        self.offer_connections()
