"""The page of a server's sessions: who works, who waits for whom, and stopping one of them."""

import re
from collections.abc import Iterator
from time import perf_counter
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from studio.activity import overview, words
from studio.activity.details import details
from studio.activity.lines import SORTS, lines_of
from studio.activity.overview import with_known_sizes
from studio.activity.watching import Watcher
from studio.backends.halves import required
from studio.backends.halves.activity import ACTIVITY
from studio.model.activity import Overview, ServerSession
from studio.model.errors import StudioError
from studio.ui.activity.head_line import HeadLine
from studio.ui.activity.session_list import SessionList
from studio.ui.activity.stopping import Stopping
from studio.ui.keys.commands import Command, bindings
from studio.ui.shell.tab import Tab
from studio.ui.shell.tab_stack import TabStack
from studio.ui.terminal.clipboard import copy
from studio.ui.widgets.labels import fit, plain, plain_lines
from studio.ui.widgets.line_list import LineList
from studio.ui.workspace import Workspace

if TYPE_CHECKING:
    from textual.timer import Timer

    from studio.activity.standing import SortedMoment

KEY = "activity"
"""Of the tab among the tabs: there is one page."""
_INTERVALS = (1.0, 2.0, 5.0, 10.0)
_STRETCH = 4
"""A look may take this part of the interval; a longer one stretches it."""
_LABEL = 14
_AFTER_NUMBER = re.compile(r"(?<=\d) (?=[A-Za-z])")
_TIE = "\ufdd0"
"""No character of any text: where a line may not break, as between a number and its word."""


def open_activity(tab_stack: TabStack, workspace: Workspace) -> None:
    """Go to the page. Raises Unsupported where the engine has no sessions."""
    required(workspace.session.backend, ACTIVITY)
    tab_stack.open(KEY, lambda: ActivityTab(workspace, Watcher(workspace.session))).focus_content()


class ActivityTab(Tab):
    """The sessions over the page that shows more of one."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("activity.cancel", "Cancel the statement of this session", "c", "cancel", "cancel"),
        Command("activity.terminate", "End this session", "K", "terminate", "end"),
        Command("activity.pause", "Stand still, or go on", "space", "pause", "pause"),
        Command("activity.slower", "Look less often", "minus", "interval(1)"),
        Command("activity.faster", "Look more often", "plus", "interval(-1)"),
        Command("activity.others", "Idle and background sessions, too", "i", "others", "idle"),
        Command("activity.overview", "The server: databases, WAL, checkpoints", "o", "overview",
                "server"),
        Command("activity.sort", "Another order", "s", "sort", "sort"),
        Command("activity.filter", "Filter by text", "f,slash", "filter", "filter"),
        Command("activity.clear", "Show everything again", "F", "clear"),
        Command("activity.explain", "The plan of the statement, not running", "e", "explain",
                "explain"),
        Command("activity.copy", "Copy the statement", "y", "copy", "copy"),
        Command("activity.reload", "Look again now", "R", "look_now"),
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    ActivityTab #narrow { display: none; }
    ActivityTab.-typing #narrow { display: block; }
    ActivityTab #whole { display: none; height: 50%; border-top: solid $panel; padding: 0 1; }
    ActivityTab.-whole #whole { display: block; }
    """

    def __init__(self, workspace: Workspace, watcher: Watcher) -> None:
        super().__init__()
        self._workspace = workspace
        self._watcher = watcher
        self._at: SortedMoment | None = None
        self._problem = ""
        self._is_paused = False
        self._interval_s = _INTERVALS[1]
        self._stretched_s = 0.0
        self._sort = next(iter(SORTS))
        self._with_others = False
        self._timer: Timer | None = None
        self._whole: tuple[Text, ...] = ()
        self._overviews: tuple[Overview, ...] = ()
        """The last two, while the server is shown below the sessions; else none."""
        self._stopping = Stopping(self, workspace, watcher, self.look_once)

    def compose(self) -> ComposeResult:
        """The head line, the sessions, and the page below them."""
        yield HeadLine()
        yield Input(placeholder="a pid, a role, a word of the statement", id="narrow")
        yield SessionList()
        yield LineList(id="whole")

    def on_mount(self) -> None:
        """Look for the first time."""
        self.post_message(self.Changed())
        self._look()

    async def on_unmount(self) -> None:
        """Give the connection back."""
        await self._watcher.close()

    @property
    def sessions(self) -> SessionList:
        """The list."""
        return self.query_one(SessionList)

    # -- looking ---------------------------------------------------------------------------------

    def _look_later(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(max(self._interval_s, self._stretched_s), self._due)

    def _due(self) -> None:
        # Nobody sees a hidden page; and under a question nothing moves.
        if self._is_paused or not self.display or self.app.screen is not self.screen:
            self._look_later()
        else:
            self._look()

    @work(group="look", exclusive=True)
    async def _look(self) -> None:
        await self._look_once()
        self._look_later()

    async def _look_once(self) -> None:
        started = perf_counter()
        try:
            self._at, self._problem = await self._watcher.look(), ""
            if self._overviews:
                await self._look_at_server(with_sizes=False)
        except StudioError as error:
            self._problem = str(error)
        self._stretched_s = (perf_counter() - started) * _STRETCH
        if self.is_mounted:
            self._show()

    async def _look_at_server(self, *, with_sizes: bool) -> None:
        now = await self._watcher.overview(with_sizes=with_sizes)
        if self._overviews and not with_sizes:
            now = with_known_sizes(now, self._overviews[-1])
        self._overviews = (*self._overviews[-1:], now)

    def _show(self) -> None:
        if self._at is not None:
            needle = self.query_one("#narrow", Input).value
            self.sessions.show(
                lines_of(self._at, sort=self._sort, needle=needle, with_others=self._with_others)
            )
        self._show_title()
        self._show_whole()
        self.post_message(self.Moved())

    def _show_title(self) -> None:
        if self._problem:
            # What stands below is older than that.
            seen = "" if self._at is None else f"as of {self._at.moment.at[11:19]} UTC: "
            parts = [seen + self._problem]
        elif self._at is None:
            parts = ["looking…"]
        else:
            needle = self.query_one("#narrow", Input).value
            nothing = "" if self.sessions.line_count else ": no session has it, esc shows all"
            filtered = [f"/{needle}{nothing}"] if needle else []
            parts = [*filtered, *words.head(self._at)]
        self.query_one(HeadLine).say(parts)

    def on_resize(self) -> None:
        """What is known of one session takes the width there is."""
        self._show_whole()

    # -- what the frame shows --------------------------------------------------------------------

    @property
    def tab_title(self) -> str:
        """One word."""
        return "activity"

    @property
    def tab_place(self) -> str:
        """How often it looks, and in which order things stand."""
        if not self.is_mounted:
            return ""
        if self._is_paused:
            at = "" if self._at is None else f", as of {self._at.moment.at[11:19]} UTC"
            return f"paused{at}"
        wait_s = max(self._interval_s, self._stretched_s)
        slow = " (the server is slow)" if self._stretched_s > self._interval_s else ""
        order = "" if self._sort == next(iter(SORTS)) else f" · by {self._sort}"
        return f"every {wait_s:.0f} s{slow}{order}"

    def take_focus(self) -> bool:
        """Into the list."""
        if not (self.is_mounted and self.query(SessionList)):
            return False
        self.sessions.focus()
        return True

    def stop(self) -> bool:
        """Stop typing or reading more of one; else show everything again."""
        if self.has_class("-typing"):
            self._end_typing()
        elif self.has_class("-whole"):
            self.remove_class("-whole")
            self._overviews = ()
            self.sessions.focus()
        elif self.query_one("#narrow", Input).value:
            self.action_clear()
        else:
            return False
        return True

    # -- how it is shown -------------------------------------------------------------------------

    def action_pause(self) -> None:
        """Stand still, or go on."""
        self._is_paused = not self._is_paused
        self.post_message(self.Moved())
        if not self._is_paused:
            self._look()

    def action_interval(self, step: int) -> None:
        """Look less or more often."""
        place = _INTERVALS.index(self._interval_s) + step
        self._interval_s = _INTERVALS[max(0, min(len(_INTERVALS) - 1, place))]
        self.post_message(self.Moved())
        self._look_later()

    def action_look_now(self) -> None:
        """Look again."""
        self._look()

    def action_others(self) -> None:
        """Show idle and background sessions, or no longer."""
        self._with_others = not self._with_others
        self._show()

    def action_sort(self) -> None:
        """Take the next order."""
        orders = list(SORTS)
        self._sort = orders[(orders.index(self._sort) + 1) % len(orders)]
        self._show()

    def action_filter(self) -> None:
        """Type what the lines must hold."""
        self.add_class("-typing")
        self.query_one("#narrow", Input).focus()

    @on(Input.Changed, "#narrow")
    def _typed(self) -> None:
        self._show()

    @on(Input.Submitted, "#narrow")
    def _end_typing(self) -> None:
        self.remove_class("-typing")
        self.sessions.focus()

    def action_clear(self) -> None:
        """Show everything again."""
        self.query_one("#narrow", Input).value = ""

    # -- one session -----------------------------------------------------------------------------

    @on(SessionList.Moved)
    def _moved(self) -> None:
        self._show_whole()

    @on(SessionList.Opened)
    def _opened(self) -> None:
        self._overviews = ()
        if self.has_class("-whole"):
            self.query_one("#whole", LineList).focus()
        self.add_class("-whole")
        self._show_whole()

    @work(group="overview", exclusive=True)
    async def action_overview(self) -> None:
        """Show the server as a whole below the sessions, or no longer."""
        if self._overviews:
            self.stop()
            return
        try:
            await self._look_at_server(with_sizes=True)
        except StudioError as error:
            self.notify(plain(str(error)), severity="error", markup=False)
            return
        self.add_class("-whole")
        self._show_whole()

    def _lines_below(self) -> Iterator[tuple[str, str]]:
        """What stands below the sessions: the server, or everything known of one."""
        line = self.sessions.current
        if self._overviews and self._at is not None:
            before = self._overviews[0] if len(self._overviews) > 1 else None
            clients = self._at.clients_by_database
            yield from overview.lines(self._overviews[-1], before, clients)
        elif line is not None and self._at is not None:
            yield from details(line, self._at)

    def _show_whole(self) -> None:
        if not self.has_class("-whole"):
            return
        found: list[Text] = []
        room = max(_LABEL, self.size.width - 2 - _LABEL)
        for label, value in self._lines_below():
            parts = Text(_AFTER_NUMBER.sub(_TIE, plain_lines(value))).wrap(self.app.console, room)
            for number, part in enumerate(parts):
                # A database's name may be anything.
                name = fit(plain(label), _LABEL - 1) if number == 0 else ""
                said = part.plain.replace(_TIE, " ")
                found.append(Text.assemble((f"{name:<{_LABEL}}", "dim"), said))
        if tuple(found) != self._whole:
            self._whole = tuple(found)
            self.query_one("#whole", LineList).show(len(found), found.__getitem__)

    @property
    def _session(self) -> ServerSession | None:
        line = self.sessions.current
        return None if line is None else line.session

    @property
    def _gid(self) -> str | None:
        line = self.sessions.current
        return line.node.gid if line is not None and line.node is not None else None

    def action_explain(self) -> None:
        """Show the plan of the statement; it is not run."""
        if self._session is None or not self._session.query:
            self.say("there is no statement to explain here")
            return
        self.post_message(self.Explain(self._session.query))

    def action_copy(self) -> None:
        """Copy the statement; of a prepared transaction, those that end it."""
        if self._gid is not None:
            copy(self.app, "\n".join(self._watcher.prepared_ends(self._gid)))
        elif self._session is not None and self._session.query:
            copy(self.app, self._session.query)
        else:
            self.say("there is no statement to copy here")

    # -- stopping one ----------------------------------------------------------------------------

    def action_cancel(self) -> None:
        """Ask, then cancel the statement."""
        if self._at is not None:
            self._stopping.cancel(self._session, self._gid)

    def action_terminate(self) -> None:
        """Ask, for the pid where work is lost, then end the session."""
        if self._at is not None:
            self._stopping.terminate(self._session, self._gid, self._at)

    async def look_once(self) -> "SortedMoment | None":
        """Look, show it, and say what there is now; None: nothing was seen yet."""
        await self._look_once()
        return self._at

    def say(self, message: str) -> None:
        """Tell the person something."""
        self.notify(plain(message), markup=False)
