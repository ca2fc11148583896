"""Commands of two keys, one after the other: what may follow the first."""

from collections.abc import Mapping

from rich.style import Style
from rich.text import Text
from textual.dom import DOMNode
from textual.screen import Screen

from studio.ui.keys.commands import Command, commands_of, key_label
from studio.ui.widgets.key_line import key_line

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


def chord_menu(first: str, choices: Choices, width: int, styles: tuple[Style, Style]) -> Text:
    """One line: the keys that may follow, and what they do, as many as fit whole in `width`
    cells; `styles` of keys and words.
    """
    line = Text(f"{first} … ", no_wrap=True)
    pairs = [
        (key_label(second), command.hint or command.title.lower())
        for second, (command, _) in choices.items()
    ]
    return line.append_text(key_line(pairs, width - line.cell_len, styles, "  "))
