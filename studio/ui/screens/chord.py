"""The second key of a two-key command: a small menu of what may follow."""

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from studio.ui.commands import Command, commands_of

Choice = tuple[str, Command, DOMNode]
"""Second key, command, and the node that answers its action."""


def chords_here(screen: Screen[None], first: str) -> tuple[Choice, ...]:
    """What may follow `first` where the focus is; the innermost wins."""
    found: dict[str, Choice] = {}
    nodes: list[DOMNode] = []
    if screen.focused is not None:
        nodes.extend(screen.focused.ancestors_with_self)
    nodes.extend(node for node in (screen, screen.app) if node not in nodes)
    for node in nodes:
        for command in commands_of(node):
            for start, second in command.chords:
                if start == first:
                    found.setdefault(second, (second, command, node))
    return tuple(found.values())


class Chord(ModalScreen[tuple[object, str] | None]):
    """Waits for one key."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = ()
    DEFAULT_CSS = """
    Chord { align: center bottom; background: transparent; }
    Chord Static {
        width: 100%; height: auto; background: $panel; color: $foreground; padding: 0 1;
    }
    """

    def __init__(self, first: str, choices: tuple[Choice, ...]) -> None:
        super().__init__()
        self._first = first
        self._choices = {second: (command, node) for second, command, node in choices}

    def compose(self) -> ComposeResult:
        """The keys that may follow, on as few lines as they need."""
        line = Text(f"{self._first} … ", style="dim")
        for second, (command, _) in self._choices.items():
            line.append_text(Text.assemble((second, "bold"), f" {command.title.lower()}   "))
        yield Static(line)

    def on_key(self, event: events.Key) -> None:
        """Run what the key stands for, or nothing."""
        event.stop()
        event.prevent_default()
        key = event.character if event.character in self._choices else event.key
        if key in self._choices:
            command, node = self._choices[key]
            self.dismiss((node, command.action))
        else:
            self.dismiss(None)
