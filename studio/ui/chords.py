"""Commands of two keys, one after the other: what may follow the first."""

from collections.abc import Mapping

from rich.text import Text
from textual.dom import DOMNode
from textual.screen import Screen

from studio.ui.commands import Command, commands_of

Choices = Mapping[str, tuple[Command, DOMNode]]
"""Second key → the command, and the node that answers its action."""


def places(screen: Screen[None]) -> list[DOMNode]:
    """From where the focus is outwards to the app: everything that has commands now."""
    nodes: list[DOMNode] = []
    if screen.focused is not None:
        nodes.extend(screen.focused.ancestors_with_self)
    nodes.extend(node for node in (screen, screen.app) if node not in nodes)
    return nodes


def chords_here(screen: Screen[None], first: str) -> Choices:
    """What may follow `first` where the focus is; the innermost place wins."""
    found: dict[str, tuple[Command, DOMNode]] = {}
    for node in places(screen):
        for command in commands_of(node):
            for start, second in command.chords:
                if start == first:
                    found.setdefault(second, (command, node))
    return found


def chord_menu(first: str, choices: Choices) -> Text:
    """One line: the keys that may follow, and what they do."""
    line = Text(f"{first} … ", no_wrap=True, overflow="ellipsis")
    for second, (command, _) in choices.items():
        line.append_text(Text.assemble((second, "bold"), f" {command.title.lower()}   "))
    return line
