"""What names and calls of a script stand for, as far as that is known without running it."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from studio.migrations.javascript.values import Call, Literal, Undetermined, lookup

_WRAPPER = re.compile(r"^(define\w*|\w*[cC]onfig|freeze|with\w+|satisfies)$")
_JOINS = frozenset({"join", "resolve", "fileURLToPath"})
KEYWORDS: Mapping[str, Literal] = {"true": True, "false": False, "null": None, "undefined": None}


class FileScope:
    """The environment, the folder and the constants one file can refer to."""

    def __init__(self, variables: Mapping[str, str], folder: Path) -> None:
        self._variables = variables
        self._folder = str(folder)
        self.constants: dict[str, Literal] = {}

    def reference(self, name: str) -> Literal:
        """A constant of this file."""
        return self.constants.get(name, Undetermined(f"{name} comes from elsewhere"))

    def chain(self, names: list[str]) -> Literal:
        """`a.b.c`: an environment variable, a place of this file, or part of a constant."""
        if names in (["process", "env"], ["import", "meta", "env"]):
            unset = Undetermined("a variable that is not set", is_unset=True)
            return {**self._variables, "...": unset}
        if names[:2] == ["process", "env"] or names[:3] == ["import", "meta", "env"]:
            return self._variable(names[-1])
        if names[:2] == ["import", "meta"] or names[0] in {"__dirname", "__filename"}:
            is_folder = names[-1] in {"__dirname", "dirname", "dir"}
            own = self._folder if is_folder else f"{self._folder}/this-file"
            return self.constants.get(names[0], own)
        if _is_env(names) and not isinstance(self.constants.get(names[0]), dict):
            return self._variable(names[-1])
        value = self.reference(names[0])
        return lookup(value, *names[1:]) if len(names) > 1 else value

    def call(self, names: list[str], arguments: list[Literal]) -> Literal:
        """What a call gives, for the few calls whose meaning is fixed; else the call itself."""
        known: dict[str, Callable[[list[str]], Literal]] = {
            "env": lambda given: self._variable(given[0]),
            "getenv": lambda given: self._variable(given[0]),
            "dirname": lambda given: given[0].rpartition("/")[0],
            "URL": lambda given: f"{self._folder}/{given[0]}" if len(arguments) > 1 else given[0],
        }
        name, last = ".".join(names), names[-1]
        texts = [argument for argument in arguments if isinstance(argument, str)]
        if name == "process.cwd":
            return "."
        if last in _JOINS:
            return _path(arguments)
        if (meaning := known.get("env" if name == "Deno.env.get" else last)) and texts:
            return meaning(texts)
        if _WRAPPER.match(last) and arguments and isinstance(arguments[0], dict):
            return arguments[0]
        return Call(name, tuple(arguments))

    def _variable(self, name: str) -> Literal:
        value = self._variables.get(name)
        if value is None:
            return Undetermined(f"the variable {name} is not set", is_unset=True)
        return value


def joined(left: Literal, right: Literal) -> Literal:
    """`left + right`."""
    for side in (left, right):
        if isinstance(side, Undetermined):
            return side
    if isinstance(left, str | int | float) and isinstance(right, str | int | float):
        return f"{left}{right}" if isinstance(left, str) or isinstance(right, str) else left + right
    return Undetermined("an expression")


def number(source: str) -> Literal:
    """A number's value, from any way to write one."""
    plain = source.replace("_", "").removesuffix("n")
    try:
        return int(plain) if plain.isdecimal() else int(plain, 0)
    except ValueError:
        pass
    try:
        return float(plain)
    except ValueError:
        return Undetermined("a number")


def _path(parts: list[Literal]) -> Literal:
    found = ""
    for part in parts:
        if not isinstance(part, str):
            return part if isinstance(part, Undetermined) else Undetermined("a computed path")
        found = part if part.startswith("/") or not found else f"{found}/{part}"
    return found


def _is_env(names: list[str]) -> bool:
    """`env.DATABASE_URL` of some module: by convention the checked environment."""
    return len(names) > 1 and names[-2] == "env" and names[-1].isupper()
