"""Commands: what a person can do somewhere; keys, palette, help and last line are made of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.keys import key_to_character

if TYPE_CHECKING:
    from textual.dom import DOMNode


_MOVES = {
    *("down", "up", "left", "right", "j", "k", "pagedown", "pageup", "ctrl+d", "ctrl+u"),
    *("home", "end", "g g", "G", "tab", "shift+tab"),
}


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to do, declared by the widget that does it in its `COMMANDS`."""

    id: str
    """What keymaps rebind: `rows.next-page`."""
    title: str
    """The palette's and the help's words."""
    keys: str
    """Textual's key names, comma-separated; two keys one after the other as `g d`."""
    action: str
    """The Textual action that the declaring widget answers."""
    hint: str = ""
    """The last line's one or two words; empty: not on the last line. Of two keys: in the line that
    says what may follow the first.
    """

    @property
    def is_move(self) -> bool:
        """Whether it only moves the cursor or the focus: nobody looks for that by name."""
        return not self.hint and self.keys.split(",", maxsplit=1)[0] in _MOVES

    @property
    def chords(self) -> tuple[tuple[str, str], ...]:
        """The keys that are typed one after the other, as (first, second)."""
        pairs = (key.split() for key in self.keys.split(","))
        return tuple((pair[0], pair[1]) for pair in pairs if len(pair) > 1)

    @property
    def single_keys(self) -> str:
        """The keys that work by themselves."""
        return ",".join(key for key in self.keys.split(",") if key and " " not in key)


class Moving:
    """A widget with moves: a held key asks for one faster than each place can be shown."""

    STEPS: ClassVar[frozenset[str]] = frozenset()
    """Actions that go twice as far, given twice as much, as they do when run twice."""
    LEAPS: ClassVar[frozenset[str]] = frozenset()
    """Other actions that only move: a key that means one has nothing else to do."""


def bindings(commands: Iterable[Command], *, priority: bool = False) -> list[BindingType]:
    """The Textual bindings of `commands`; chords are not bindings, the main screen reads them."""
    return [
        Binding(
            command.single_keys,
            command.action,
            command.hint or command.title,
            show=bool(command.hint),
            priority=priority,
            id=command.id,
        )
        for command in commands
        if command.single_keys
    ]


def commands_of(node: "DOMNode") -> tuple[Command, ...]:
    """The commands a widget, screen or app declares, with the keys a person gave them."""
    declared: tuple[Command, ...] = getattr(type(node), "COMMANDS_HERE", ())
    moved: Mapping[str, str] = getattr(node.app, "moved_keys", {})
    if not moved:
        return declared
    return tuple(replace(command, keys=moved.get(command.id, command.keys)) for command in declared)


def key_label(keys: str) -> str:
    """The first of `keys` as people write it: `^p`, `⏎`, `g d`."""
    first = keys.split(",", maxsplit=1)[0]
    return " ".join(map(_label, first.split()))


def _label(name: str) -> str:
    """`ctrl+]` for `ctrl+right_square_bracket`."""
    held, plus, key = name.rpartition("+")
    return f"{held}{plus}{_LABELS.get(key) or _character(key)}" if key else name


def character_of(key: str) -> str | None:
    """What a key writes where one can type; None: nothing."""
    label = key_label(key)
    return label if len(label) == 1 else None


def _character(name: str) -> str:
    """`!` for `exclamation_mark`; keys that write nothing keep their names."""
    character = key_to_character(name)
    return character if character and character.strip() and character.isprintable() else name


_LABELS = {
    "question_mark": "?",
    "slash": "/",
    "backslash": "\\",
    "enter": "enter",
    "escape": "esc",
    "percent_sign": "%",
    "colon": ":",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "minus": "-",
    "G": "G",
    "pagedown": "pgdn",
    "pageup": "pgup",
}
