"""What the files of a folder say: its projects, and every migration of each, read once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from studio.migrations import registry
from studio.migrations.framework import Framework, Reading
from studio.migrations.project import Discovery, database_files, discover
from studio.migrations.reading.tree import never
from studio.model.migration import MigrationProject
from studio.model.notes import Note


@dataclass(frozen=True, slots=True)
class ProjectFiles:
    """One project whose files are read."""

    framework: Framework
    project: MigrationProject
    reading: Reading


@dataclass(frozen=True, slots=True)
class FolderFiles:
    """Every project of a folder; the same value serves every database it is compared with."""

    folder: Path | None
    """Absolute; None when only a database is looked at."""
    projects: tuple[ProjectFiles, ...] = ()
    databases: Mapping[Path, tuple[Path, ...]] = field(default_factory=dict)
    """SQLite files in and just below the folder, and each project's root."""
    notes: tuple[Note, ...] = ()


def read_folder(folder: Path | None, stop: Callable[[], bool] = never) -> FolderFiles:
    """Every migration file of `folder`; raises Stopped once `stop` says so. Blocking."""
    failures = registry.failures()
    if folder is None:
        return FolderFiles(None, notes=failures)
    top = folder.absolute()
    found = discover(top, registry.frameworks(), stop)
    projects = tuple(_read(framework, project, found) for framework, project in found.projects)
    places = {top, *(each.project.root for each in projects)}
    databases = {place: database_files(place, found.tree) for place in places}
    return FolderFiles(top, projects, databases, tuple(dict.fromkeys((*failures, *found.notes))))


def _read(framework: Framework, project: MigrationProject, found: Discovery) -> ProjectFiles:
    try:
        reading = framework.read(project, found.tree)
    except (OSError, ValueError, RecursionError) as error:
        reading = Reading((), (f"the files cannot be read: {error}.",))
    return ProjectFiles(framework, project, reading)
