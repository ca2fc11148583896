"""The migrations board: what ran, what waits, what was edited, and how the schema drifted."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input, Static

from studio.backends.target import Target
from studio.migrations.source import BoardSnapshot, MigrationSource
from studio.model.errors import StudioError
from studio.ui.keys.commands import Command, bindings
from studio.ui.migrations import board_words as words
from studio.ui.migrations.board_lines import BoardLine, Narrowing, lines_of, next_only
from studio.ui.migrations.board_list import MigrationList
from studio.ui.migrations.source_pages import SourcePage, change_page, drift_page, page_of
from studio.ui.migrations.source_view import SourceView
from studio.ui.shell.tab import Tab
from studio.ui.shell.tab_stack import TabStack
from studio.ui.terminal.clipboard import copy
from studio.ui.terminal.detached import detached
from studio.ui.terminal.external_editor import NoEditor, edit
from studio.ui.widgets.ask import Ask
from studio.ui.widgets.labels import fit, plain, plain_lines

KEY = "migrations"
"""Of the tab among the tabs: there is one board."""


_REST_S = 0.05


def open_board(tab_stack: TabStack, here: Path, target: Target | None) -> None:
    """Go to the board; the first time it is made, for `here` and the connected database."""
    tab_stack.open(KEY, lambda: MigrationsTab(MigrationSource(here, target))).focus_content()


class MigrationsTab(Tab):
    """The board over the page that shows more of one line."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("migrations.drift", "Drift in full", "D", "drift", "drift"),
        Command(
            "migrations.replay", "Drift by replaying the SQL in a scratch schema", "p", "replay",
        ),
        Command("migrations.difference", "What changed in a file", "d", "difference", "diff"),
        Command(
            "migrations.state", "Only what needs a look, or one state", "f", "next_state", "state",
        ),
        Command("migrations.filter", "Filter by text", "slash", "filter", "filter"),
        Command("migrations.clear", "Show everything again", "F", "clear"),
        Command("migrations.edit", "Open the file in $EDITOR", "o", "edit", "editor"),
        Command(
            "migrations.apply-command", "Copy the command that applies them", "c", "copy_command",
            "copy command",
        ),
        Command("migrations.copy", "Copy the SQL, the statement, or the page", "y", "copy_page"),
        Command("migrations.reload", "Read files and database again", "R", "reload", "reload"),
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    MigrationsTab #title { height: 1; padding: 0 1; }
    MigrationsTab #narrow { display: none; }
    MigrationsTab.-typing #narrow { display: block; }
    MigrationsTab #page-title { height: 1; padding: 0 1; background: $panel; display: none; }
    MigrationsTab SourceView { height: 60%; display: none; }
    MigrationsTab.-page #page-title, MigrationsTab.-page SourceView { display: block; }
    MigrationsTab #said { height: 4; padding: 0 3; border-top: solid $panel; }
    MigrationsTab.-page #said { display: none; }
    """

    def __init__(self, source: MigrationSource) -> None:
        super().__init__()
        self._source = source
        self._snapshot: BoardSnapshot | None = None
        self._narrowing = Narrowing()
        self._make_page: Callable[[BoardLine, int], SourcePage] = page_of
        self._is_loading = False
        self._may_replay = False

    def compose(self) -> ComposeResult:
        """The header, the board, and the page below it."""
        yield Static("reading migrations…", id="title", markup=False)
        yield Input(placeholder="a name, a state, a word of the note", id="narrow")
        yield MigrationList()
        yield Static(id="said", markup=False)
        yield Static(id="page-title", markup=False)
        yield SourceView()

    def on_mount(self) -> None:
        """Read everything."""
        self.post_message(self.Changed())
        self._load()

    @property
    def board(self) -> MigrationList:
        """The board: a line for each migration, note and drift."""
        return self.query_one(MigrationList)

    @property
    def page(self) -> SourceView:
        """More of one line."""
        return self.query_one(SourceView)

    @property
    def _badge(self) -> str:
        return "" if self._snapshot is None else words.badge_words(self._snapshot.at_home)

    @property
    def snapshot(self) -> BoardSnapshot | None:
        """The board as it was read last; None before that."""
        return self._snapshot

    # -- reading ---------------------------------------------------------------------------------

    @work(group="board", exclusive=True)
    async def _load(self) -> None:
        """States first; comparing schemas may take longer, and its lines are added then."""
        self._is_loading = True
        try:
            self.post_message(self.Working("reading migrations"))
            snapshot = await detached(self._source.read)
            self._show(snapshot)
            self.post_message(self.Working("comparing the declared schema with the live one"))
            deeper = partial(self._source.compare, snapshot, replay=self._may_replay)
            self._show(await detached(deeper))
        except (StudioError, OSError) as error:
            self.notify(plain(str(error)), severity="error", markup=False)
        finally:
            self._is_loading = False
            self._show_title()
            self.post_message(self.Working())

    def _show(self, snapshot: BoardSnapshot) -> None:
        self._snapshot = snapshot
        self._show_lines()
        self.post_message(self.Badge(self._badge))
        self.post_message(self.Changed())

    def _show_lines(self) -> None:
        if self._snapshot is not None:
            self.board.show(lines_of(self._snapshot, self._narrowing))
        self._show_title()

    def _show_title(self) -> None:
        title = self.query_one("#title", Static)
        if self._snapshot is None:
            stopped = "nothing was read: R reads files and database again"
            title.update("reading migrations…" if self._is_loading else stopped)
            return
        board = self._snapshot.board
        many = len(board.projects) != 1
        right = str(self._narrowing)
        room = max(4, self.size.width - 2 - len(right) - 2)
        left = words.summary(board) if many else words.header(board.projects[0], board.folder)
        if len(left) > room and not many:
            left = words.header(board.projects[0], board.folder, short=True)
        text = Text(fit(plain(left), room), style="bold", no_wrap=True)
        title.update(text.append(f"  {plain(right)}", style="not bold"))

    def on_resize(self) -> None:
        """The title takes the width there is."""
        self._show_title()

    # -- what the frame shows --------------------------------------------------------------------

    @property
    def tab_title(self) -> str:
        """One word, and a sign when something waits."""
        return "migrations ⚠" if self._badge else "migrations"

    @property
    def tab_place(self) -> str:
        """The line among the lines, and what it is."""
        if not self.is_mounted or self._snapshot is None:
            return ""
        line = self.board.current
        if line is None:
            return "nothing matches: F shows everything" if self._narrowing else "nothing here"
        entries = [each for each in self.board.lines if each.entry is not None]
        if line.entry is None:
            return f"{line.kind.value} · {len(entries):,} migrations"
        number = next(i for i, each in enumerate(entries, start=1) if each is line)
        return f"migration {number:,} of {len(entries):,}"

    def take_focus(self) -> bool:
        """Into the board."""
        if not (self.is_mounted and self.query(MigrationList)):
            return False
        self.board.focus()
        return True

    def stop(self) -> bool:
        """Stop typing, waiting, or reading a page; else show everything again."""
        if self.has_class("-typing"):
            self._end_typing()
        elif self.has_class("-page"):
            self._close_page()
        elif self._is_loading:
            self.workers.cancel_group(self, "board")
        elif self._narrowing:
            self.action_clear()
        else:
            return False
        return True

    # -- narrowing -------------------------------------------------------------------------------

    def action_next_state(self) -> None:
        """Show only what needs a look, then each state, then everything."""
        if self._snapshot is not None:
            only = next_only(self._snapshot.board, self._narrowing.only)
            self._narrow(Narrowing(only, self._narrowing.needle))

    def action_filter(self) -> None:
        """Type what the lines must hold."""
        self.add_class("-typing")
        self.query_one("#narrow", Input).focus()

    @on(Input.Changed, "#narrow")
    def _typed(self, message: Input.Changed) -> None:
        self._narrow(Narrowing(self._narrowing.only, message.value))

    @on(Input.Submitted, "#narrow")
    def _submitted(self) -> None:
        self._end_typing()

    def _end_typing(self) -> None:
        self.remove_class("-typing")
        self.board.focus()

    def action_clear(self) -> None:
        """Show everything again."""
        self.query_one("#narrow", Input).value = ""
        self._narrow(Narrowing())

    def _narrow(self, narrowing: Narrowing) -> None:
        if narrowing != self._narrowing:
            self._narrowing = narrowing
            self._show_lines()

    # -- the page --------------------------------------------------------------------------------

    @on(MigrationList.Opened)
    def _open(self) -> None:
        if self.has_class("-page") and self._make_page is page_of:
            self.page.focus()
            return
        self._show_page(page_of)

    @on(MigrationList.Moved)
    def _moved(self) -> None:
        self.post_message(self.Moved())
        line = self.board.current
        self.query_one("#said", Static).update(plain_lines(line.said) if line is not None else "")
        if self.has_class("-page"):
            self._fill_page()

    def action_drift(self) -> None:
        """Every difference of the project under the cursor."""
        self._show_page(_drift_page)

    def action_replay(self) -> None:
        """Ask first: only a person may let anything be written on their server."""
        question = (
            "Run the SQL of the applied migrations again, in a new schema of its own on the\n"
            "server they ran on, inside a transaction that is rolled back in the end?\n"
            "Nothing that exists is touched. What names a schema is not run."
        )
        self.app.push_screen(Ask(question, yes="replay", no="do not"), self._replay_answered)

    def _replay_answered(self, allowed: bool | None) -> None:
        if allowed:
            self._may_replay = True
            self.action_reload()

    def action_difference(self) -> None:
        """What changed in the file since it ran."""
        self._show_page(_change_page)

    def _show_page(self, make: Callable[[BoardLine, int], SourcePage]) -> None:
        if self.board.current is not None:
            self._make_page = make
            self.add_class("-page")
            self.call_after_refresh(self._fill_page)

    @work(group="page", exclusive=True)
    async def _fill_page(self) -> None:
        line = self.board.current
        if line is None:
            return
        if self._make_page is _change_page:
            # git is asked for what the cursor rests on, not for what it passes.
            await asyncio.sleep(_REST_S)
        width = max(1, self.size.width - 3)
        make = self._make_page
        page = await detached(lambda _stop: make(line, width))
        keys = "tab scroll   esc close" if not page.copies else "tab scroll   y copy   esc close"
        room = max(4, self.size.width - 2 - len(keys) - 2)
        title = Text(fit(plain(page.title), room), style="bold", no_wrap=True)
        self.query_one("#page-title", Static).update(title.append(f"  {keys}", style="not bold"))
        self.page.show(page)

    def _close_page(self) -> None:
        self.remove_class("-page")
        self._make_page = page_of
        self.board.focus()

    # -- commands --------------------------------------------------------------------------------

    def action_reload(self) -> None:
        """Read files and database again."""
        self._load()
        self._show_title()

    async def action_copy_page(self) -> None:
        """Copy what the open page shows; else what enter would show."""
        line = self.board.current
        if line is None:
            return
        page = self.page.page
        if not self.has_class("-page"):
            width = self.size.width
            page = await detached(lambda _stop: page_of(line, width))
        if page.copies:
            copy(self.app, page.copies)
        else:
            self.notify("there is nothing to copy here", markup=False)

    def action_copy_command(self) -> None:
        """Copy the command of the project under the cursor."""
        line = self.board.current
        status = line.status if line is not None else None
        projects = () if self._snapshot is None else self._snapshot.board.projects
        if status is None and len(projects) == 1:
            status = projects[0]
        command = status.way_to_apply if status is not None else ""
        if not command:
            self.notify("nothing waits here that a command would apply as things are", markup=False)
        elif not command.isprintable():
            # A file's name is in it: pasted into a shell, a line feed would run what follows.
            self.notify("the command holds control characters; not copied", markup=False)
        else:
            copy(self.app, command, "the command that applies them")

    @work(group="outside", exclusive=True)
    async def action_edit(self) -> None:
        """Open the file in the person's editor, then read everything again."""
        line = self.board.current
        path = line.entry.path if line is not None and line.entry is not None else None
        if path is None or not path.is_file():
            self.notify("there is no file behind this line", markup=False)
            return
        try:
            await edit(self.app, path)
        except NoEditor as error:
            self.notify(plain(str(error)), severity="warning", markup=False)
            return
        self.action_reload()


def _change_page(line: BoardLine, width: int) -> SourcePage:
    if line.status is not None and line.entry is not None:
        return change_page(line.status, line.entry, width)
    return page_of(line, width)


def _drift_page(line: BoardLine, width: int) -> SourcePage:
    if line.status is not None:
        return drift_page(line.status, line.status.drift, width)
    return page_of(line, width)
