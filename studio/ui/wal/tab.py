"""The WAL page: every commit that is in the -wal, who holds the checkpoint back, and the rows."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import ClassVar

from rich.style import Style
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from studio.backends.halves.wal_history import WalHistory
from studio.model.errors import StudioError
from studio.ui.keys.commands import Command, bindings
from studio.ui.shell.tab import Tab
from studio.ui.shell.tab_stack import TabStack
from studio.ui.wal.below import Read, RowsBelow
from studio.ui.wal.bring_back import bring_back
from studio.ui.wal.keeping import FileUpkeep, TextLines, offer_keeping
from studio.ui.wal.lines import RemainLines, RowLines, Timeline, head, header
from studio.ui.wal.past import CommitCopies
from studio.ui.wal.reading import WalReading
from studio.ui.widgets.ask import AskText
from studio.ui.widgets.labels import plain
from studio.ui.widgets.line_list import LineList
from studio.ui.widgets.theme_styles import themed_style
from studio.ui.workspace import Workspace
from studio.wal.changes import Changes
from studio.wal.frames import Commit

KEY = "wal"
"""Of the tab among the tabs: there is one."""
_LOOK_S = 2.0
"""So often three files are asked for their size and time, and read when that moved; and otherwise
who holds which of their locks, which takes the process that reads them some 0.3 ms.
"""
_GROUPS = ("copy", "wal", "rows")
_KEEPS = "what can be done for this file"


def open_wal(tab_stack: TabStack, history: WalHistory, workspace: Workspace) -> None:
    """Go to the page; made the first time."""
    tab_stack.open(KEY, lambda: WalTab(history, workspace)).focus_content()


class WalTab(Tab):
    """Commits over the rows of one of them."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("wal.rows", "Rows this commit changed", "enter", "rows", "rows"),
        Command("wal.visit", "The whole database as of this commit", "v", "visit", "view as of"),
        Command("wal.back", "Bring this row back as it was", "b", "back(False)", "bring back"),
        Command("wal.difference", "Rows different from another commit", "d", "difference", "diff"),
        Command("wal.filter", "Only commits of a table", "slash", "filter", "filter"),
        Command("wal.save", "Save the database as of this commit", "o", "save", "save as"),
        Command("wal.back-all", "Bring every listed row back", "B", "back(True)", "all"),
        Command("wal.deleted", "Deleted rows that can still be read", "D", "deleted", "deleted"),
        Command("wal.keeping", "Copy, check, measure or salvage this file", "H", "keep", "keep"),
        Command("wal.reload", "Read the WAL again", "R", "reload", "reload"),
        Command("wal.review", "Review and apply what is staged", "w", "screen.sets('review')"),
        Command("wal.undo", "Take back the last staged step", "u", "undo_staged"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"wal--{tone}" for tone in ("bar", "held", "insert", "update", "delete")
    }
    DEFAULT_CSS = """
    WalTab #wal-title { height: auto; max-height: 6; padding: 0 1; }
    WalTab #wal-head { height: 1; color: $dim; }
    WalTab #rows-title { height: 1; padding: 0 1; background: $panel; display: none; }
    WalTab #rows { height: 60%; display: none; }
    WalTab > .wal--bar { color: $primary; }
    WalTab > .wal--held, WalTab > .wal--update { color: $warning; }
    WalTab > .wal--insert { color: $success; }
    WalTab > .wal--delete { color: $error; }
    WalTab.-rows #rows-title, WalTab.-rows #rows { display: block; }
    """

    def __init__(self, history: WalHistory, workspace: Workspace) -> None:
        super().__init__()
        self._history = history.staying()
        self._workspace = workspace
        self._target = workspace.session.opening.target
        self._past = CommitCopies(self._history, workspace.session, self._target, self._say_working)
        self._reading = WalReading(self._history, self._target)
        self._timeline: Timeline | None = None
        self._below = RowsBelow(self)
        self._first: int | None = None
        """The commit that another is to be compared with."""
        self._only = ""
        """What the name of a table must hold whose commits are shown."""

    def compose(self) -> ComposeResult:
        """The header, the commits, and the rows below them."""
        yield Static("reading the WAL…", id="wal-title", markup=False)
        yield Static(head(""), id="wal-head", markup=False)
        yield LineList(id="commits")
        yield Static(id="rows-title", markup=False)
        yield LineList(id="rows")

    def on_mount(self) -> None:
        """Read it, and again whenever it has moved."""
        self.post_message(self.Changed())
        self._load()
        self.set_interval(_LOOK_S, self._look)

    def on_unmount(self) -> None:
        """Let what reads the files go; a question on its way is ended."""
        self._history.close()

    @property
    def commits(self) -> LineList:
        """A line for each commit."""
        return self.query_one("#commits", LineList)

    # -- reading ---------------------------------------------------------------------------------

    def _look(self) -> None:
        if self._timeline is None:
            return
        if self._reading.has_moved():
            self._load()
        else:
            self._look_who()

    @work(group="wal", exclusive=True)
    async def _load(self) -> None:
        self.post_message(self.Working("reading the WAL"))
        try:
            await self._reading.again()
        except StudioError as error:
            self.query_one("#wal-title", Static).update(plain(str(error)))
            return
        finally:
            self.post_message(self.Working())
        self._draw()
        if await self._reading.count():
            self._draw()

    @work(group="who", exclusive=True)
    async def _look_who(self) -> None:
        if await self._reading.look_who():
            self._draw()

    def _draw(self) -> None:
        if self._reading.read is None:
            return
        (found, report), arrivals = self._reading.read, self._reading.arrivals
        title = self.query_one("#wal-title", Static)
        title.update(header(found, report, self._tone, arrivals.seen, self.size.width))
        current = self.current
        self._timeline = timeline = Timeline(found, report, self._tone, arrivals)
        timeline.first = self._first
        timeline.show_only(self._only)
        self.commits.show(len(timeline), timeline.text)
        self._go_to(current)
        self.post_message(self.Changed())

    def _tone(self, name: str) -> Style:
        return Style(color=themed_style(self, f"wal--{name}").color)

    def _go_to(self, commit: int | None) -> None:
        """Stay on a commit while newer ones come above it; on the newest only while its rows are
        read.
        """
        timeline = self._timeline
        is_newest = self.commits.line == 0 and not self._below.is_open
        if timeline is None or commit is None or is_newest:
            return
        for line in range(len(timeline)):
            one = timeline.commit(line)
            if one is not None and one.commit.last_frame == commit:
                self.commits.go_to(line)
                return

    @property
    def current(self) -> int | None:
        """The commit under the cursor, by its last frame."""
        one = self._timeline.commit(self.commits.line) if self._timeline is not None else None
        return one.commit.last_frame if one is not None else None

    # -- what the frame shows --------------------------------------------------------------------

    @property
    def tab_title(self) -> str:
        """One word."""
        return "WAL"

    @property
    def tab_place(self) -> str:
        """The commit among the commits."""
        if self._timeline is None or not self.is_mounted:
            return ""
        if self._timeline.is_journal(self.commits.line):
            return "a transaction nobody finished · never rolled back by looking"
        if self.current is None:
            return self._no_commit
        begins = self._timeline.begins
        if self._first is not None:
            return f"d on another commit compares it with {self._first:,}, the older first"
        at, count = self.commits.line + 1 - begins, len(self._timeline) - begins
        return f"line {at:,} of {count:,} · never checkpoints"

    @property
    def _no_commit(self) -> str:
        if self._only:
            return f"no commit of a table with {self._only!r} · esc shows all"
        return "no commit is in the WAL"

    def take_focus(self) -> bool:
        """Into the commits."""
        if not (self.is_mounted and self.query(LineList)):
            return False
        self.commits.focus()
        return True

    def stop(self) -> bool:
        """Stop reading, close the rows, or forget what was to be compared."""
        if any(worker.group in _GROUPS and not worker.is_finished for worker in self.workers):
            for group in _GROUPS:
                self.workers.cancel_group(self, group)
            self._history.stop()
        elif self._below.is_open:
            self._below.close()
            self.commits.focus()
        elif self._first is not None:
            self._mark(None)
        elif self._only:
            self._show_only("")
        else:
            return False
        return True

    @on(LineList.Moved, "#commits")
    def _moved(self) -> None:
        self.post_message(self.Moved())

    def has_effect(self, action: str) -> bool:
        """Without commits there is only reading again."""
        if action not in {"rows", "difference"} or self.current is not None:
            return True
        timeline = self._timeline
        is_journal = timeline is not None and timeline.is_journal(self.commits.line)
        return action == "rows" and is_journal

    def _commit_here(self) -> int | None:
        """The commit under the cursor; where there is none, that is said."""
        commit = self.current
        if commit is None:
            self.notify(self._no_commit, markup=False)
        return commit

    def action_filter(self) -> None:
        """Ask for a name, and leave out the commits that touched nothing of it."""
        question = "Only commits of which table? Part of its name; empty shows all."
        self.app.push_screen(AskText(question, self._only), self._show_only)

    def _show_only(self, typed: str | None) -> None:
        if typed is None or self._timeline is None:
            return
        self._only = typed
        current, timeline = self.current, self._timeline
        timeline.show_only(typed)
        self.query_one("#wal-head", Static).update(head(typed))
        self.commits.show(len(timeline), timeline.text)
        self.commits.go_to(0)
        self._go_to(current)
        self.post_message(self.Moved())

    # -- rows ------------------------------------------------------------------------------------

    def action_rows(self) -> None:
        """Show what the commit under the cursor changed."""
        timeline = self._timeline
        if timeline is not None and timeline.is_journal(self.commits.line):
            read = partial(self._history.rows_to_undo, self._target)
            self._show_rows(read, "rows in the file that the -journal would undo")
        elif (commit := self._commit_here()) is not None:
            read = partial(self._history.rows_of_commit, self._target, commit)
            self._show_rows(read, f"rows of commit {commit:,}")

    def action_difference(self) -> None:
        """The first time keep this commit, the second time compare it with the one here."""
        commit = self._commit_here()
        if commit is None:
            return
        if self._first is None or self._first == commit:
            self._mark(commit)
            return
        older, newer = sorted((self._first, commit))
        self._mark(None)
        read = partial(self._history.rows_between, self._target, older, newer)
        self._show_rows(read, f"what became of commit {older:,} until {newer:,}")

    def _mark(self, commit: int | None) -> None:
        """Keep the commit that another is to be compared with."""
        self._first = commit
        if self._timeline is not None:
            self._timeline.first = commit
        self.commits.refresh()
        self.post_message(self.Moved())

    def action_deleted(self) -> None:
        """Show what can still be read of deleted rows; nothing brings these back."""
        self._show(
            lambda _stop: RemainLines(self._history.deleted_rows(self._target), self._tone),
            "deleted rows that can still be read",
        )

    def _show_rows(self, read: Callable[[], Changes], what: str) -> None:
        shadows = self._timeline.shadows if self._timeline is not None else {}
        keys = "   b bring this row back   B all"
        self._show(lambda _stop: RowLines(read(), self._tone, shadows), what, keys)

    @work(group="rows", exclusive=True)
    async def _show(self, read: Read, what: str, keys: str = "") -> None:
        await self._below.read(read, what, keys)

    def action_back(self, is_all: bool) -> None:
        """Stage the row under the cursor, or every one, as it was before, and review that."""
        wanted = self._below.wanted(is_all=is_all)
        if wanted is None:
            self.notify("enter shows the rows of a commit that b brings back", markup=False)
        elif wanted:
            self._bring_back(wanted)

    def action_undo_staged(self) -> None:
        """Take the last step back."""
        if not self._workspace.staging.undo():
            self.notify("nothing staged to take back", markup=False)

    @work(group="back", exclusive=True)
    async def _bring_back(self, wanted: Changes) -> None:
        await bring_back(self, self._workspace, wanted)

    # -- the whole database ----------------------------------------------------------------------

    def action_visit(self) -> None:
        """Work in the database as of the commit under the cursor."""
        one = self._timeline.commit(self.commits.line) if self._timeline is not None else None
        if one is not None:
            self._visit(one.commit)

    @work(group="copy", exclusive=True)
    async def _visit(self, commit: Commit) -> None:
        seen = self._reading.arrivals.times.get(commit.last_frame)
        try:
            workspace = await self._past.workspace(commit, self._page_size)
            self.post_message(self.Visit(workspace, f"seen {seen}" if seen else ""))
        except StudioError as error:
            self.notify(str(error), severity="error", markup=False)

    def action_save(self) -> None:
        """Ask for a new file, and write the database as of the commit under the cursor to it."""
        one = self._timeline.commit(self.commits.line) if self._timeline is not None else None
        if one is None:
            return
        commit = one.commit

        def answered(name: str | None) -> None:
            if name:
                self._save(commit, name)

        question = f"Save the database as of commit {commit.last_frame:,} as which new file?"
        self.app.push_screen(AskText(question, self._past.file_name(commit)), answered)

    @work(group="copy", exclusive=True)
    async def _save(self, commit: Commit, name: str) -> None:
        try:
            said = await self._past.save(commit, self._page_size, name)
        except StudioError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self.notify(plain(said), markup=False)

    @property
    def _page_size(self) -> int:
        return self._timeline.page_size if self._timeline is not None else 0

    def _say_working(self, text: str) -> None:
        self.post_message(self.Working(text))

    # -- the file --------------------------------------------------------------------------------

    def action_keep(self) -> None:
        """Offer what can be done for the file, and do what is picked."""
        keeping = FileUpkeep(self._workspace.session, self._say_working)
        offer_keeping(self.app, keeping, lambda read: self._show(read, _KEEPS), self._write)

    @work(group="copy", exclusive=True)
    async def _write(self, write: Callable[[], Awaitable[TextLines]]) -> None:
        try:
            lines = await write()
        except StudioError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self._below.show(lines, _KEEPS)

    def action_reload(self) -> None:
        """Read the WAL again."""
        self._load()
