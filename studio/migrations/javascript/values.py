"""What a script's expressions are worth without running them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Undetermined:
    """A value that only running the file could tell."""

    reason: str
    is_unset: bool = False
    """An environment variable nobody set, which a script may have a default for."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call or a `new` whose arguments could be read."""

    name: str
    arguments: tuple["Literal", ...]


Literal: TypeAlias = (
    bool | int | float | str | list["Literal"] | dict[str, "Literal"] | Undetermined | Call | None
)


@dataclass
class Module:
    """What one file says without being run."""

    exported: Literal = field(default_factory=lambda: Undetermined("nothing is exported"))
    """`export default …` or `module.exports = …`."""
    constants: dict[str, Literal] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    """Every `name({…})` and `new Name({…})` with an object as first argument, in order."""

    def objects(self, name: str) -> Iterator[dict[str, Literal]]:
        """The first arguments given to `name` anywhere in the file."""
        for call in self.calls:
            if call.name.rpartition(".")[2] == name and isinstance(call.arguments[0], dict):
                yield call.arguments[0]


def lookup(value: Literal, *path: str) -> Literal:
    """The value under nested keys: None where one is absent, Undetermined where unknowable."""
    for key in path:
        if isinstance(value, Undetermined | Call):
            return value if isinstance(value, Undetermined) else Undetermined(f"{value.name}()")
        if not isinstance(value, dict):
            return None
        value = value[key] if key in value else value.get("...")
    return value


def text(value: Literal) -> str | None:
    """The value when it is text, else None."""
    return value if isinstance(value, str) else None


def texts(value: Literal) -> tuple[str, ...]:
    """One string or a list of them."""
    if isinstance(value, str):
        return (value,)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()
