"""Cancelling a statement and ending a session from the page: asked for, sent, and followed."""

import asyncio
from collections.abc import Awaitable, Callable

from studio.activity import ending
from studio.activity.standing import SortedMoment
from studio.activity.watching import Watcher
from studio.model.activity import ServerSession
from studio.model.errors import StudioError
from studio.ui.shell.tab import Tab
from studio.ui.widgets.ask import Ask, AskName
from studio.ui.widgets.labels import plain
from studio.ui.workspace import Workspace

_AFTER_S = (0.2, 0.3, 0.5)
"""When to see what came of stopping somebody, each after the one before."""


class Stopping:
    """Stops sessions from one page; nobody is stopped without a yes."""

    def __init__(
        self,
        page: Tab,
        workspace: Workspace,
        watcher: Watcher,
        look: Callable[[], Awaitable[SortedMoment | None]],
    ) -> None:
        """`look`: look, show it, and say what there is now."""
        self._page = page
        self._workspace = workspace
        self._watcher = watcher
        self._look = look

    def _may_stop(self, session: ServerSession | None, gid: str | None) -> bool:
        if gid is not None:
            self._say(
                "no session holds it: y copies COMMIT PREPARED and ROLLBACK PREPARED, to run in its"
                " database; the other participant may have committed"
            )
        elif session is None:
            self._say("there is no session here")
        elif self._workspace.session.opening.target.read_only:
            self._say("opened with --read-only: nobody is stopped from here")
        elif session.began is None:
            self._say(
                f"who {session.pid} is cannot be told: GRANT pg_read_all_stats lets studio see it"
            )
        else:
            return True
        return False

    def cancel(self, session: ServerSession | None, gid: str | None) -> None:
        """Ask, then cancel the statement."""
        if not self._may_stop(session, gid) or session is None:
            return
        if why := ending.cannot_cancel(session):
            self._say(why)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._send(session, is_ended=False)

        question = ending.cancel_question(session)
        self._page.app.push_screen(Ask(question, yes="cancel it", no="leave it"), answered)

    def terminate(self, session: ServerSession | None, gid: str | None, at: SortedMoment) -> None:
        """Ask, for the pid where work is lost, then end the session."""
        if not self._may_stop(session, gid) or session is None:
            return
        question = ending.terminate_question(session, at)
        if ending.wants_the_pid(session, is_production=self._workspace.is_production):

            def typed(name: str | None) -> None:
                if name is None:
                    return
                if name.strip() == str(session.pid):
                    self._send(session, is_ended=True)
                else:
                    self._say(f"that is not {session.pid}: nobody was stopped")

            self._page.app.push_screen(AskName(f"{question}\nType the pid to end it."), typed)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._send(session, is_ended=True)

        self._page.app.push_screen(Ask(question, yes="end it", no="leave it"), answered)

    def _send(self, session: ServerSession, *, is_ended: bool) -> None:
        self._page.run_worker(self._stop(session, is_ended=is_ended), group="stop")

    async def _stop(self, session: ServerSession, *, is_ended: bool) -> None:
        send = self._watcher.terminate if is_ended else self._watcher.cancel
        did = "terminate" if is_ended else "cancel"
        try:
            ending.record(did, session, self._workspace.target)
            sent = await send(session)
        except (StudioError, OSError) as error:
            self._page.notify(plain(str(error)), severity="error", markup=False)
            return
        if not sent:
            self._say(f"{session.pid}: gone already, or at something else; nobody was stopped")
            await self._look()
            return
        for pause_s in _AFTER_S:
            await asyncio.sleep(pause_s)
            if not _goes_on(await self._look(), session, is_ended=is_ended):
                self._say(f"{session.pid}: {'its session ended' if is_ended else 'cancelled'}")
                return
        self._say(f"{session.pid} goes on: it rolls back, or waits for its client")

    def _say(self, message: str) -> None:
        self._page.notify(plain(message), markup=False)


def _goes_on(at: SortedMoment | None, session: ServerSession, *, is_ended: bool) -> bool:
    if at is None:
        return True
    for now in at.moment.sessions:
        if (now.pid, now.began) == (session.pid, session.began):
            return is_ended or (now.is_active and now.query_began == session.query_began)
    return False
