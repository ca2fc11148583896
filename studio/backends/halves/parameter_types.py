"""What an engine takes each parameter of a statement for, told before it runs."""

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from studio.backends.halves import Half


@dataclass(frozen=True, slots=True)
class ParameterType:
    """Of one parameter."""

    name: str
    """As the engine writes it."""
    choices: tuple[str, ...] = ()
    """The only values there are, of an enum."""


class InfersTypes(Protocol):
    """Compile a statement whose parameters are `$1`, `$2`, …, and run nothing."""

    def __call__(self, connection: Connection, statement: str) -> tuple[ParameterType, ...]:
        """A type for each, in their order. Raises StatementFailed, DBAPIError for what the engine
        would not run.
        """


PARAMETER_TYPES: Half[InfersTypes] = Half(
    "parameter_types", "{engine} does not say what it takes a parameter for"
)
"""A method `parameter_types`."""
