"""The page of the statements a server spends its time on; read when asked, and never by itself."""

from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from studio.activity import counted
from studio.activity.words import HIDDEN
from studio.backends.halves import required
from studio.backends.halves.statements import STATEMENTS
from studio.model.errors import StudioError
from studio.model.statements import CountedStatement, StatementOrder, TopStatements
from studio.ui.keys.commands import Command, bindings
from studio.ui.shell.tab import Tab
from studio.ui.shell.tab_stack import TabStack
from studio.ui.terminal.clipboard import copy
from studio.ui.widgets.labels import fit, plain
from studio.ui.widgets.line_list import LineList
from studio.ui.workspace import Workspace

KEY = "statements"
"""Of the tab among the tabs: there is one page."""
_CELL = 9
_FEW = 4
"""Figures where there is little room: total, share, calls, one run."""
_WIDE = 110


def open_statements(tab_stack: TabStack, workspace: Workspace) -> None:
    """Go to the page. Raises Unsupported where the engine counts none."""
    required(workspace.session.backend, STATEMENTS)
    tab_stack.open(KEY, lambda: StatementsTab(workspace)).focus_content()


class StatementsTab(Tab):
    """Figures and the statement, one a line."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("statements.explain", "The plan of the statement, not running", "enter,e",
                "explain", "explain"),
        Command("statements.sort", "By total, by one run, by I/O", "s", "sort", "sort"),
        Command("statements.copy", "Copy the statement", "y", "copy", "copy"),
        Command("statements.query", "Query with the statement", "T", "query", "query"),
        Command("statements.again", "Read the figures again", "R", "again", "again"),
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    StatementsTab #title { height: 1; padding: 0 1; text-style: bold; }
    StatementsTab #title.-why { height: auto; text-style: none; }
    StatementsTab #headings { height: 1; color: $dim; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._order = StatementOrder.TOTAL
        self.found: TopStatements | None = None
        """What was read last."""
        self._said = "looking…"
        self._shown_order = self._order
        self._at = datetime.now().astimezone()
        """When they were read."""

    def compose(self) -> ComposeResult:
        """What the figures are of, their names, the statements."""
        yield Static(self._said, id="title", markup=False)
        yield Static("", id="headings", markup=False)
        yield LineList(id="statements")

    def on_mount(self) -> None:
        """Read once."""
        self.action_again()

    @property
    def _list(self) -> LineList:
        return self.query_one("#statements", LineList)

    @property
    def current(self) -> CountedStatement | None:
        """The statement under the cursor."""
        statements = self.found.statements if self.found is not None else ()
        line = self._list.line
        return statements[line] if line < len(statements) else None

    @work(group="statements", exclusive=True)
    async def action_again(self) -> None:
        """Read the figures as they are now."""
        self.post_message(self.Working("reading what was counted"))
        try:
            self.found = await counted.top(self._workspace.session, self._order)
            self._said = counted.head(self.found, self._order)
            self._shown_order, self._at = self._order, datetime.now().astimezone()
        except StudioError as error:
            # What was read stays, with its time and in the order it has.
            self._order = self._shown_order
            self._said = str(error) if self.found is None else f"as of {self._at:%H:%M} · {error}"
        finally:
            self.post_message(self.Working())
        self._show()

    def _show(self) -> None:
        room = max(1, self.size.width - 2)
        title, is_why = self.query_one("#title", Static), self.found is None
        # Why there is nothing is read to its end.
        title.set_class(is_why, "-why")
        title.update(plain(self._said) if is_why else fit(plain(self._said), room))
        names = counted.HEADINGS[: self._figures]
        headings = "".join(f"{name:>{_CELL}}" for name in names) if self.found else ""
        self.query_one("#headings", Static).update(headings)
        self._list.show(len(self.found.statements) if self.found else 0, self._line)
        self.post_message(self.Moved())

    @property
    def _figures(self) -> int:
        return len(counted.HEADINGS) if self.size.width >= _WIDE else _FEW

    def _line(self, place: int) -> Text:
        if self.found is None:
            return Text()
        one = self.found.statements[place]
        cells = counted.figures(one)[: self._figures]
        line = Text("".join(f"{cell:>{_CELL}}" for cell in cells), no_wrap=True)
        line.append("  studio: " if one.is_own else "  ", "dim")
        line.append(f"{plain(' '.join(one.query.split())) if one.query else HIDDEN}")
        return line

    def on_resize(self) -> None:
        """More figures where there is room."""
        self._show()

    # -- what the frame shows --------------------------------------------------------------------

    @property
    def tab_title(self) -> str:
        """One word."""
        return "statements"

    @property
    def tab_place(self) -> str:
        """The statement among those that were read."""
        if not self.is_mounted or self.found is None or not self.found.statements:
            return ""
        return f"statement {self._list.line + 1:,} of {len(self.found.statements):,}"

    def take_focus(self) -> bool:
        """Into the list."""
        if not (self.is_mounted and self.query(LineList)):
            return False
        self._list.focus()
        return True

    @on(LineList.Moved)
    def _moved(self) -> None:
        self.post_message(self.Moved())

    # -- commands --------------------------------------------------------------------------------

    def action_sort(self) -> None:
        """Take the next order: the server sorts, so the figures are read anew."""
        orders = list(StatementOrder)
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        self.action_again()

    def _query(self) -> str:
        one = self.current
        if one is None or not one.query:
            self.notify("there is no statement here that may be seen", markup=False)
            return ""
        return one.query

    def action_explain(self) -> None:
        """Show the plan of the statement; it is not run."""
        if query := self._query():
            self.post_message(self.Explain(query))

    def action_copy(self) -> None:
        """Copy the statement."""
        if query := self._query():
            copy(self.app, query)

    def action_query(self) -> None:
        """Open a query tab with the statement; nothing is run."""
        if query := self._query():
            self.post_message(self.Write(query))
