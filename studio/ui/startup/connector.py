"""From an address to an open workspace: a first look, a password, another choice."""

from asyncio import to_thread
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from textual import events
from textual.screen import Screen

from studio.backends.registry import begin
from studio.backends.target import Target
from studio.db.url import parse
from studio.model.errors import PasswordWanted, StudioError
from studio.ui.request import OpenRequest
from studio.ui.work_ends import begin_work

if TYPE_CHECKING:
    from studio.rows.first_rows.answer import FirstRows
    from studio.rows.first_rows.process import FirstRowsProcess
    from studio.ui.startup.first_rows import FirstRowsView
    from studio.ui.workspace import Workspace

_GROUP = "connect"
_HELD_S = 0.6
"""Longer than this, a person would rather see what is there."""


def place_for_rows() -> "FirstRowsView":
    """Where what the helper process saw is shown."""
    from studio.ui.startup.first_rows import FirstRowsView  # noqa: PLC0415 no grid where nothing is opened

    return FirstRowsView()


class TakesWorkspace(Protocol):
    """Whoever works on what was connected to."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is open or shown that one could go back to."""

    def connecting(self, *, is_on: bool) -> None:
        """Say that it goes on, or no longer."""

    def gave_up(self) -> None:
        """This attempt failed: nothing that waits for it will come."""

    def stopped(self) -> None:
        """It was stopped, as asked, and what is shown stays."""

    def show_first(self, first: "FirstRows | None") -> None:
        """What the helper process saw; None: nothing."""

    async def install(self, opened: "Workspace") -> None:
        """Work on `opened` from now on."""

    def never_connected(self, error: StudioError | None) -> None:
        """The person gave up; `error` says why the last attempt failed, if there was one."""


class Connector:
    """Paints first and connects then; on failure says why and offers the choice."""

    def __init__(self, screen: Screen[None], taker: TakesWorkspace, request: OpenRequest) -> None:
        """`screen` is what is painted, and the owner of the work."""
        self._screen = screen
        self._taker = taker
        self._request = request
        self._failed: StudioError | None = None
        """Why the last attempt failed, if it did."""
        self._held = ExitStack()
        """What keeps the app from painting."""

    # -- the first paint -------------------------------------------------------------------------

    def begin(self) -> None:
        """Paint first, connect then."""
        if self._request.first_rows is not None and self._request.frame is not None:
            self._hold()
        self._screen.call_after_refresh(self._begin)

    def _hold(self) -> None:
        """Paint nothing for a moment: a frame is on the screen already, and rows are on their way
        to a processor that painting would keep busy.
        """
        screen = self._screen
        self._held.enter_context(screen.app.batch_update())
        self._held.callback(screen.set_timer(_HELD_S, self._held.close).stop)
        # At once: by itself, a screen waits for the next 1/60 s.
        self._held.callback(lambda: screen.post_message(events.Resize(screen.size, screen.size)))

    def _begin(self) -> None:
        process = self._request.first_rows
        if process is not None:
            self._work(partial(self._show_first_rows, process))
        elif self._request.target:
            self.connect_to(self._request.target)
        else:
            self._taker.connecting(is_on=False)
            self.offer()

    def _work(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        begin_work(self._screen, work, _GROUP)

    async def _show_first_rows(self, process: "FirstRowsProcess") -> None:
        """Show what the helper process saw, then connect; the two do not compete for one core."""
        self._taker.connecting(is_on=True)
        try:
            first = await to_thread(process.result)
        finally:
            process.stop()
            self._taker.connecting(is_on=False)
        self._taker.show_first(first)
        self._held.close()
        if self._request.target:
            self._screen.call_after_refresh(self.connect_to, self._request.target)

    # -- connecting ------------------------------------------------------------------------------

    def connect_to(self, target: Target) -> None:
        """Open `target` in place of what is open; on failure say why and offer the choice."""
        self._work(partial(self._connect, target))

    async def _connect(self, target: Target) -> None:
        self._taker.connecting(is_on=True)
        try:
            opened = await self._open(target)
        except PasswordWanted as error:
            self._failed = error
            self._taker.gave_up()
            self._ask_password(target, str(error))
            return
        except StudioError as error:
            self._failed = error
            self._taker.gave_up()
            self.offer(str(error))
            return
        finally:
            self._taker.connecting(is_on=False)
        await self._taker.install(opened)

    async def _open(self, target: Target) -> "Workspace":
        # The database layer takes 0.3 s to import: beside the first paint, not before it.
        await to_thread(begin, target)
        module = await to_thread(import_module, "studio.ui.rows.tab")
        kind: type[Workspace] = module.Workspace
        timeout_s = self._request.settings.statement_timeout_s
        return await kind.open(replace(target, statement_timeout_s=timeout_s))

    def stop(self) -> None:
        """Stop connecting, and offer the choice where there is nothing else."""
        if not self._screen.workers.cancel_group(self._screen, _GROUP):
            return
        if self._taker.is_empty:
            self.offer("connecting was stopped, as asked")
        else:
            self._taker.stopped()

    def _ask_password(self, target: Target, question: str) -> None:
        from studio.ui.widgets.ask import AskSecret  # noqa: PLC0415 not before the first rows

        def answered(password: str | None) -> None:
            if password is None:
                self.offer(question)
            else:
                self.connect_to(replace(target, password=password))

        self._screen.app.push_screen(AskSecret(question), answered)

    def offer(self, problem: str = "") -> None:
        """Ask what to connect to, below what went wrong."""
        from studio.ui.startup.connect import Connect  # noqa: PLC0415 not before the first paint

        choice = Connect(problem, self._request.folder, is_last=self._taker.is_empty)
        self._screen.app.push_screen(choice, self._chosen)

    def _chosen(self, typed: str | None) -> None:
        if typed:
            self.connect_to(parse(typed, read_only=self._request.read_only))
        elif self._taker.is_empty:
            self._taker.never_connected(self._failed)
