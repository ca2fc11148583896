"""The schema files of the project that keeps a database. Blocking, and within bounds."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from studio.backends.target import Target
from studio.migrations.declarations.places import Declarations
from studio.migrations.places import file_at, folders_around
from studio.migrations.reading.tree import Stopped, never, repository_root
from studio.model.errors import StudioError

_LONGEST_S = 2.0
MOST_FOLDERS = 3_000
"""A place that takes longer to look through, or holds more, tells of no line."""


@dataclass(frozen=True, slots=True)
class SchemaFiles:
    """What the schema files around a database say."""

    said: Declarations = field(default_factory=Declarations)
    root: Path | None = None
    """The folder of their project; None where no project is known to be the database's."""
    cut: str = ""
    """Why the search ended before it found any; "" where it went to its end."""


def declarations_of(here: Path, target: Target, stop: Callable[[], bool] = never) -> SchemaFiles:
    """What the schema files of the connected database's project say; nothing where no project
    around `here` is known to be its.
    """
    if all(_holds_only(folder, target) for folder in folders_around(here, target)):
        return SchemaFiles()
    # The frameworks are many: they are loaded where there is something to read.
    from studio.migrations.registry import framework  # noqa: PLC0415
    from studio.migrations.source import MigrationSource  # noqa: PLC0415

    bounds = _Bounds(stop)
    try:
        statuses = MigrationSource(here, target).connected(bounds)
    except (StudioError, OSError, Stopped):
        # A finding is as true without its line.
        return SchemaFiles(cut=bounds.cut)
    for status in statuses:
        project = status.project
        if project is None:
            continue
        found = framework(project.framework).declarations(project)
        if found.tables:
            return SchemaFiles(found, project.root)
    return SchemaFiles()


def _holds_only(folder: Path, target: Target) -> bool:
    """Whether a folder outside any repository has the connected file in it, and nothing else."""
    file = file_at(target.address)
    if file is None or file.parent != folder or repository_root(folder) != folder:
        return False
    try:
        with os.scandir(folder) as entries:
            return all(entry.name.startswith(file.name) for entry in entries)
    except OSError:
        return False


class _Bounds:
    """Asked before each folder whether the search has gone on long enough."""

    def __init__(self, stop: Callable[[], bool]) -> None:
        self._stop = stop
        self._until = monotonic() + _LONGEST_S
        self._folders = 0
        self.cut = ""

    def __call__(self) -> bool:
        self._folders += 1
        if self._folders > MOST_FOLDERS:
            self.cut = f"more than {MOST_FOLDERS:,} folders lie around here"
        elif monotonic() > self._until:
            self.cut = f"looking through the folders here took over {_LONGEST_S:g} s"
        return bool(self.cut) or self._stop()
