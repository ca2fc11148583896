"""Every key that works where one is, grouped by place."""

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from studio.ui.chords import places
from studio.ui.commands import Command, bindings, commands_of, key_label


class Help(ModalScreen[None]):
    """The keys of this place, innermost first, made from the commands themselves."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("help.close", "Close", "escape,question_mark,q", "close"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    Help { align: center middle; }
    Help > VerticalScroll {
        width: 76; max-width: 96%; height: auto; max-height: 92%;
        background: $surface; border: round $primary; padding: 0 1;
        scrollbar-size-vertical: 1;
    }
    Help Static { height: auto; }
    """

    def __init__(self, screen: Screen[None]) -> None:
        super().__init__()
        self._sections = [
            (_place(node), commands) for node in places(screen) if (commands := commands_of(node))
        ]

    def compose(self) -> ComposeResult:
        """One table of keys and words."""
        table = Table.grid(padding=(0, 2), expand=False)
        table.add_column(justify="right", no_wrap=True)
        table.add_column()
        for title, commands in self._sections:
            table.add_row("", Text(title, style="bold underline"))
            for command in commands:
                if command.keys:
                    keys = " ".join(dict.fromkeys(key_label(k) for k in command.keys.split(",")))
                    table.add_row(Text(keys, style="bold"), Text(command.title))
        with VerticalScroll():
            yield Static(table)

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss(None)


def _place(node: DOMNode) -> str:
    name = type(node).__name__
    return {
        "Grid": "Rows",
        "RowsPane": "Reading",
        "TabDeck": "Tabs",
        "CatalogTree": "Catalog",
        "BrowseTab": "Table",
        "QueryTab": "Query",
        "PlanTab": "Plan",
        "MigrationsTab": "Migrations",
        "MainScreen": "Everywhere",
        "StudioApp": "studio",
    }.get(name, name)
