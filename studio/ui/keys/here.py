"""The keys of the last line: those that do something where the focus is."""

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

from textual.actions import parse
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Input

from studio.ui.keys.commands import character_of, commands_of, key_label
from studio.ui.widgets.dialog import Dialog

KeyWords = tuple[tuple[str, str], ...]
"""Keys as people write them, each with its word, most important first."""


@runtime_checkable
class KnowsEffect(Protocol):
    """A place whose keys are not all of use all the time; one that is not says why when pressed."""

    def has_effect(self, action: str) -> bool:
        """Whether this action, of its own, would do something now."""


def keys_here(screen: Screen[Any]) -> KeyWords:
    """The keys that work on `screen` as it is now; of two keys for one thing, the first."""
    words: dict[str, str] = {}
    if isinstance(screen, Dialog) and screen.ENTER and isinstance(screen.focused, Input):
        words[screen.ENTER] = key_label("enter")
    for binding in _working(screen):
        if binding.show:
            words.setdefault(binding.description, key_label(binding.key))
    if isinstance(screen, Dialog) and not any(command.hint for command in commands_of(screen)):
        words.update(_by_title(screen))
    if isinstance(screen, Dialog):
        words = {screen.hint_words.get(word, word): key for word, key in words.items()}
    return tuple((key, word) for word, key in words.items())


def is_typed(screen: Screen[Any], key: str) -> bool:
    """Whether `key` is a letter for the field that has the focus."""
    focused = screen.focused
    return focused is not None and focused.check_consume_key(key, character_of(key))


def _working(screen: Screen[Any]) -> Iterator[Binding]:
    for key, active in screen.active_bindings.items():
        binding = active.binding
        node, action = active.node, parse(binding.action)[1]
        if isinstance(node, KnowsEffect) and not node.has_effect(action):
            continue
        if active.enabled and (binding.priority or not is_typed(screen, key)):
            yield binding


def _by_title(screen: Screen[Any]) -> dict[str, str]:
    """What a dialog whose commands have no short words can do, in the words of its help."""
    titles = {command.id: command for command in commands_of(screen) if not command.is_move}
    found: dict[str, str] = {}
    for binding in _working(screen):
        command = titles.get(binding.id or "")
        if command is not None:
            title = command.title[:1].lower() + command.title[1:]
            found.setdefault(title, key_label(binding.key))
    return found
