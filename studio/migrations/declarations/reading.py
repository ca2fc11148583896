"""The schema files of the project that keeps a database. Blocking, and within bounds."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic

from studio.backends.target import Target
from studio.migrations.declarations.places import Declarations
from studio.migrations.reading.tree import Stopped, never
from studio.migrations.registry import framework
from studio.migrations.source import MigrationSource
from studio.model.errors import StudioError

_LONGEST_S = 5.0
"""A folder that takes longer to look through tells of no line."""


def declarations_of(
    here: Path, target: Target, stop: Callable[[], bool] = never
) -> tuple[Declarations, Path | None]:
    """What the schema files of the connected database's project say, and the project's folder;
    nothing where no project around `here` is known to be its.
    """
    until = monotonic() + _LONGEST_S
    try:
        source = MigrationSource(here, target)
        statuses = source.connected(lambda: stop() or monotonic() > until)
    except (StudioError, OSError, Stopped):
        # A finding is as true without its line.
        return Declarations(), None
    for status in statuses:
        project = status.project
        if project is None:
            continue
        found = framework(project.framework).declarations(project)
        if found.tables:
            return found, project.root
    return Declarations(), None
