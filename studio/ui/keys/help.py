"""Every key that works where one is, grouped by what it is for; type to look for one."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, ClassVar

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Input, Static

from studio.ui.keys.chords import places
from studio.ui.keys.commands import Command, bindings, commands_of, key_label
from studio.ui.widgets.dialog import Dialog

Section = tuple[str, tuple[Command, ...]]
"""A heading and what belongs to it."""

_MOVING = "Moving"
_HEADINGS = {
    "grid": "Reading rows",
    "rows": "Reading rows",
    "record": "Reading rows",
    "edit": "Changing rows",
    "changes": "Changing rows",
    "edits": "Changing rows",
    "table": "This table",
    "tabs": "Tabs",
    "app": "studio",
    "studio": "studio",
    "source": "studio",
}
"""By the first part of a command's id; a part that is not here is a heading itself."""
_LAST = ("Tabs", "studio")
"""What is the same everywhere stands below what is special here."""
_NARROW = 68
"""Fewer cells than this are one column."""
_SHARE = 0.96
"""Of the screen, at most."""
_AROUND = 3
"""Lines that are not keys: the frame, and the one that is typed in."""


class Help(Dialog[None]):
    """The keys of this place, innermost first, made from the commands themselves."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("help.close", "Close", "escape,question_mark,f1", "close", "close"),
        Command("help.down", "Next line", "down", "scroll_lines(1)"),
        Command("help.up", "Previous line", "up", "scroll_lines(-1)"),
        Command("help.page-down", "Page down", "pagedown,ctrl+d", "scroll_pages(1)"),
        Command("help.page-up", "Page up", "pageup,ctrl+u", "scroll_pages(-1)"),
        Command("help.first", "First line", "home", "scroll_to_end(False)"),
        Command("help.last", "Last line", "end", "scroll_to_end(True)"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE, priority=True)
    DEFAULT_CSS = """
    Help { align: center middle; }
    Help > Vertical {
        width: 108; max-width: 96%; height: auto; max-height: 96%;
        background: $surface; border: round $primary; padding: 0 1;
    }
    Help Input { border: none; height: 1; padding: 0; background: $surface; }
    Help VerticalScroll { height: auto; scrollbar-size-vertical: 1; }
    Help Static { height: auto; }
    """

    def __init__(self, screen: Screen[Any]) -> None:
        super().__init__()
        self._sections = sections(
            command for node in places(screen) for command in commands_of(node) if command.keys
        )
        self.shown = self._sections
        """What is left after what was typed."""

    def compose(self) -> ComposeResult:
        """A line to type in above the keys."""
        with Vertical() as frame:
            frame.border_subtitle = "type to look for a key · ↑↓ scroll · esc close"
            yield Input(placeholder="keys of this place: type to narrow")
            with VerticalScroll(can_focus=False):
                yield Static()

    def on_resize(self) -> None:
        """As many columns as there is room for, and no more lines."""
        height = int(self.size.height * _SHARE) - _AROUND
        self.query_one(VerticalScroll).styles.max_height = max(1, height)
        self._show()

    @on(Input.Changed)
    def _changed(self) -> None:
        self._show()

    def _show(self) -> None:
        room = min(108, int(self.size.width * _SHARE)) - 5
        self.shown = tuple(_narrowed(self._sections, self.query_one(Input).value))
        self.query_one(Static).update(laid_out(self.shown, room))

    def action_scroll_lines(self, by: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_scroll_pages(self, by: int) -> None:
        """Scroll by what is seen at once."""
        scroll = self.query_one(VerticalScroll)
        scroll.scroll_relative(y=by * max(1, scroll.size.height - 1), animate=False)

    def action_scroll_to_end(self, is_last: bool) -> None:
        """Scroll to the last line, or to the first."""
        scroll = self.query_one(VerticalScroll)
        if is_last:
            scroll.scroll_end(animate=False)
        else:
            scroll.scroll_home(animate=False)

    def action_close(self) -> None:
        """Back to where one was."""
        self.dismiss(None)


def sections(commands: Iterable[Command]) -> tuple[Section, ...]:
    """Commands by heading, those that come first first; one command and one heading once."""
    found: dict[str, dict[str, Command]] = {}
    for command in commands:
        found.setdefault(_heading(command), {}).setdefault(command.id, command)
    special = [name for name in found if name not in {_MOVING, *_LAST}]
    order = [*special, *(name for name in (_MOVING, *_LAST) if name in found)]
    return tuple((name, tuple(found[name].values())) for name in order)


def _heading(command: Command) -> str:
    area = command.id.partition(".")[0]
    return _MOVING if command.is_move else _HEADINGS.get(area, area.capitalize())


def _narrowed(every: Sequence[Section], typed: str) -> Iterator[Section]:
    """What holds every typed word, in its title, its keys or its heading."""
    words = typed.lower().split()
    for name, commands in every:
        found = tuple(
            command
            for command in commands
            if all(word in f"{command.title} {_keys(command)} {name}".lower() for word in words)
        )
        if found:
            yield name, found


def laid_out(found: Sequence[Section], room: int) -> RenderableType:
    """In two columns of about the same height, where `room` cells are enough for two."""
    if not found:
        return Text("no key here does that; ctrl+p looks through every command", style="italic")
    if room < _NARROW or len(found) == 1:
        return Group(*(_drawn(section, room) for section in found))
    half = (room - 2) // 2
    heights = [len(commands) + 2 for _, commands in found]
    cut = min(
        range(1, len(found) + 1),
        key=lambda place: max(sum(heights[:place]), sum(heights[place:])),
    )
    columns = Table.grid(padding=(0, 2, 0, 0))
    columns.add_column(width=half)
    columns.add_column(width=half)
    columns.add_row(
        *(
            Group(*(_drawn(section, half) for section in part))
            for part in (found[:cut], found[cut:])
        )
    )
    return columns


def _drawn(section: Section, room: int) -> RenderableType:
    name, commands = section
    lines = tuple(_lines(commands))
    table = Table.grid(padding=(0, 2, 0, 0))
    whole = max(len(keys) for keys, _ in lines)
    # Where there is little room several keys stand below each other, and none is cut.
    one = max(len(key) for keys, _ in lines for key in keys.split())
    width = min(whole, max(one, room // 3))
    table.add_column(width=width)
    table.add_column(width=room - width - 2)
    for keys, title in lines:
        table.add_row(Text(keys, style="bold"), Text(title))
    return Padding(Group(Text(name, style="bold underline"), table), (0, 0, 1, 0))


def _lines(commands: Sequence[Command]) -> Iterator[tuple[str, str]]:
    """Keys and words; what differs by a last number only (`Go to tab 1`, …) is one line."""
    for title, alike in groupby(commands, lambda command: command.title.rstrip("0123456789")):
        several = tuple(alike)
        first, last = several[0], several[-1]
        if first is last:
            yield _keys(first), first.title
        else:
            yield f"{_keys(first)}…{_keys(last)}", title.strip()


def _keys(command: Command) -> str:
    return " ".join(dict.fromkeys(key_label(key) for key in command.keys.split(",")))
