"""What `[keys]` in config.toml says: in the names Textual knows, and what is wrong with it."""

import unicodedata
from collections.abc import Collection, Iterator, Mapping
from importlib import import_module
from inspect import getmembers, isclass

from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character

from studio.ui.keys.commands import Command

_MODIFIERS = {"ctrl", "shift", "alt", "super", "hyper", "meta"}
_NAMED = {*(key.value for key in Keys), *KEY_NAME_REPLACEMENTS.values()}
Places = Mapping[str, tuple[Command, ...]]
"""A widget's or screen's class → the commands it declares."""


def keymap_of(keys: Mapping[str, str]) -> dict[str, str]:
    """Command id → keys as Textual names them; a key that does not exist is left out."""
    return {
        name: ",".join(good)
        for name, typed in keys.items()
        if (good := [key for key in _keys_of(typed) if _exists(key)])
    }


def _keys_of(typed: str) -> Iterator[str]:
    for part in typed.split(","):
        key = part.strip()
        modifiers, _, last = key[:-1].rpartition("+")
        # The last character is never a separator: it may be the key `+` itself.
        name = _named(last + key[-1:])
        yield f"{modifiers.lower()}+{name}" if modifiers else name


def _named(key: str) -> str:
    """`/` as `slash`: the name a key press arrives with."""
    if len(key) != 1 or key.isalnum():
        return key
    name = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


def _exists(key: str) -> bool:
    *modifiers, name = key.split("+")
    known = name in _NAMED or (bool(name) and key_to_character(name) is not None)
    return known and set(modifiers) <= _MODIFIERS


def places() -> Places:
    """Every class of the user interface that has commands. Imports all of it: seldom wanted, and
    in a thread.
    """
    import pkgutil  # noqa: PLC0415 not before the first rows

    found: dict[str, tuple[Command, ...]] = {}
    package = import_module("studio.ui")
    for module in pkgutil.walk_packages(package.__path__, "studio.ui."):
        for name, kind in getmembers(import_module(module.name), isclass):
            if issubclass(kind, DOMNode) and (declared := vars(kind).get("COMMANDS_HERE")):
                found[name] = declared
    return found


def mistakes(keys: Mapping[str, str], known: Places) -> Iterator[tuple[str, str]]:
    """What is wrong with each entry of `[keys]`, as (command id, sentence)."""
    commands = {command.id: command for declared in known.values() for command in declared}
    for name, typed in keys.items():
        if name not in commands:
            yield name, f"there is no command {name!r}{_near(name, commands)}"
            continue
        for part, key in zip(typed.split(","), _keys_of(typed), strict=True):
            if not _exists(key):
                yield name, f"{name}: there is no key {part.strip()!r}"
        if not commands[name].single_keys and commands[name].keys:
            yield name, f"{name}: {commands[name].keys} are two keys, which stay as they are"
    yield from _clashes(keymap_of(keys), known)


def _near(name: str, known: Collection[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 only for a mistake

    near = get_close_matches(name, known, 1)
    return f"; is it {near[0]!r}?" if near else ""


def _clashes(keymap: Mapping[str, str], known: Places) -> Iterator[tuple[str, str]]:
    """Keys that two commands of one place would have; the later one gets it."""
    told: set[frozenset[str]] = set()
    for declared in known.values():
        holder: dict[str, str] = {}
        for command in declared:
            for key in keymap.get(command.id, command.single_keys).split(","):
                other = holder.setdefault(key, command.id) if key else command.id
                pair = frozenset({other, command.id})
                if other != command.id and pair & keymap.keys() and pair not in told:
                    told.add(pair)
                    mine = command.id if command.id in keymap else other
                    rest = other if mine == command.id else command.id
                    yield mine, f"{mine}: {key} is also the key of {rest}"
