"""Places of a schema file, and what a finding is about there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from studio.model.health import HealthFinding


@dataclass(frozen=True, slots=True)
class Declaration:
    """One line of a schema file that makes something of the database."""

    file: Path
    line: int
    """From 1."""
    text: str
    """What is written there, from its first word to the end of its last line."""
    key: str
    """What the schema file calls it: a property, a field, a model."""
    framework: str
    sign: str = ""
    """Of a table: the variable it is kept in."""


@dataclass(frozen=True, slots=True)
class DeclaredTable:
    """A table of the schema files, with everything of it that has a place."""

    name: str
    schema: str | None
    at: Declaration
    columns: dict[str, Declaration] = field(default_factory=dict)
    indexes: dict[str, Declaration] = field(default_factory=dict)
    """Those whose names are written."""

    def is_called(self, relation: str) -> bool:
        """Whether findings write it so: `table`, or `schema.table`."""
        schema, _, name = relation.rpartition(".")
        return name == self.name and (self.schema or schema) in {schema, ""}


@dataclass(frozen=True, slots=True)
class Declarations:
    """Everything of some schema files that has a place."""

    tables: tuple[DeclaredTable, ...] = ()

    def of(self, finding: HealthFinding) -> Declaration | None:
        """The line that makes what a finding is about: its index, its column, else its table; None
        where no file says it, or two do.
        """
        found = [table for table in self.tables if table.is_called(finding.table)]
        if len(found) != 1:
            return None
        (table,) = found
        name = finding.object.rpartition(".")[2]
        if (index := table.indexes.get(name)) is not None:
            return index
        columns = [*columns_of(finding), name]
        return next((table.columns[c] for c in columns if c in table.columns), table.at)

    def table(self, finding: HealthFinding) -> DeclaredTable | None:
        """The table a finding is on."""
        return next((table for table in self.tables if table.is_called(finding.table)), None)


def columns_of(finding: HealthFinding) -> list[str]:
    """The columns a finding measured, where it is about some."""
    said = finding.evidence.get("columns")
    return [str(column) for column in said] if isinstance(said, list) else []


def merged(parts: Iterable[Iterator[DeclaredTable]]) -> Declarations:
    """The tables of several files."""
    return Declarations(tuple(table for part in parts for table in part))


def line_at(source: str, offset: int) -> int:
    """Which line a character stands on."""
    return source.count("\n", 0, offset) + 1
