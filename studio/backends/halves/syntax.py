"""How an engine's SQL is read: where a statement ends, what quotes, which words act."""

from typing import TYPE_CHECKING

from studio.backends.halves import Absent, Half, ask
from studio.sqltext.syntax import GENERIC, Syntax

if TYPE_CHECKING:
    from studio.backends.base import Backend

SYNTAX: Half[Syntax] = Half("syntax", "studio knows no more of {engine}'s SQL than the standard")
"""An attribute `syntax`."""


def syntax_of(backend: "Backend") -> Syntax:
    """How the SQL of an engine is read; as the standard has it where the engine does not say."""
    found = ask(backend, SYNTAX)
    return GENERIC if isinstance(found, Absent) else found
