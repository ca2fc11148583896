"""What changing a schema does to those who work with the database meanwhile."""

from dataclasses import dataclass

from studio.backends.halves import Half


@dataclass(frozen=True, slots=True)
class SchemaChanges:
    """What is worth a word before a migration runs."""

    locks_for_indexes: bool = False
    """CREATE INDEX keeps writers out, and there is CONCURRENTLY."""
    rewrites: bool = False
    """A new type makes the server write every row again."""
    forbids_in_transaction: bool = False
    """Some statements cannot run inside a transaction: VACUUM, CREATE DATABASE."""
    rebuilds: bool = False
    """A column's type or a key changes only by making the table anew."""


SCHEMA_CHANGES: Half[SchemaChanges] = Half(
    "schema_changes", "studio does not know what changing a schema of {engine} does to others"
)
"""An attribute `schema_changes`."""
