"""What a schema has beside what a catalog tells: the optional half for who compares schemas."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection

from studio.backends.halves import Half
from studio.model.policies import Policing
from studio.model.relation import TableRef
from studio.model.stored import Granted, StoredPart, StoredRoutine


@dataclass(frozen=True, slots=True)
class Extras:
    """Tables that are not named have neither policies nor row security."""

    policing: Mapping[TableRef, Policing] = field(default_factory=dict)
    borrowed: frozenset[TableRef] = frozenset()
    """Relations that came with an extension."""
    routines: tuple[StoredRoutine, ...] = ()
    """Functions and procedures people made."""
    given: tuple[Granted, ...] = ()
    """Rights on relations, columns and routines."""
    parts: tuple[StoredPart, ...] = ()
    """What a catalog does not tell of constraints, indexes, columns, rules, sequences and types."""


class ReadsExtras(Protocol):
    """Reads them all."""

    def __call__(self, connection: Connection) -> Extras:
        """Of the whole database. May block; raises StudioError."""


SCHEMA_EXTRAS: Half[ReadsExtras] = Half("schema_extras", "{engine} has no row policies")
"""A method `schema_extras`."""
