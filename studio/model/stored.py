"""Code a server keeps and runs, and who was given what: beside tables and views."""

from dataclasses import dataclass

from studio.model.relation import TableRef


@dataclass(frozen=True, slots=True)
class StoredRoutine:
    """A function or a procedure, as the server would write it."""

    ref: TableRef
    arguments: str
    """The types that tell it from others of its name."""
    sql: str = ""
    """The statement that makes it; empty for what has no such statement, as an aggregate."""
    body: str = ""
    """As it was written; empty where it is kept in another form."""
    language: str = ""
    is_procedure: bool = False


@dataclass(frozen=True, slots=True)
class StoredPart:
    """One thing of a schema in the server's own words."""

    schema: str
    kind: str
    """constraint, index, column, rule, trigger, statistics, table_options, sequence, enum, domain:
    words of studio's own.
    """
    owner: str
    """The table it is of; empty for what is of none."""
    name: str
    """Empty for what the table itself says."""
    said: str


@dataclass(frozen=True, slots=True)
class Granted:
    """Rights on one thing beyond those its owner has, and those everybody has by default."""

    on: str
    """Its name, with its schema."""
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One thing of a database that has a source: code, a type, a sequence, an extension."""

    kind: str
    """In the engine's own words: function, trigger, extension."""
    ref: TableRef
    detail: str = ""
    """What tells it from others of its name, or what it belongs to."""
    key: str = ""
    """By which its engine finds it again."""
