"""What to connect to from a folder: what its projects name, then what lies around.

Blocking: folders are walked. Opens no database.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic

from studio.config.discovery import FoundTarget, discover
from studio.migrations.project import named_databases
from studio.migrations.reading.files import shown_path
from studio.migrations.reading.targets import redacted
from studio.migrations.reading.tree import Stopped, never
from studio.migrations.registry import framework, frameworks, without_failing
from studio.model.migration import MigrationProject

_PROJECTS_S = 10.0


def nearby(folder: Path, stop: Callable[[], bool] = never) -> tuple[FoundTarget, ...]:
    """The databases that the projects around `folder` name, then everything else found there.

    Where projects take too long to find, or `stop` says so, without those.
    """
    found: dict[str, FoundTarget] = {}
    for project in _projects(folder, stop):
        if project.url is not None:
            place = _place(project.url, folder)
            known = found.get(place)
            source = _source(project, folder)
            found[place] = (
                replace(known, source=f"{known.source}, {source}")
                if known is not None
                else FoundTarget(project.url, redacted(_shown(project.url, folder)), source)
            )
    for other in discover(folder):
        place = _place(other.target, folder)
        known = found.get(place)
        if known is not None:
            found[place] = replace(known, source=f"{known.source} · {other.source}")
        else:
            found[place] = other
    return tuple(found.values())


def _projects(folder: Path, stop: Callable[[], bool]) -> tuple[MigrationProject, ...]:
    until = monotonic() + _PROJECTS_S
    try:
        return without_failing(
            lambda: named_databases(folder, frameworks(), lambda: stop() or monotonic() > until)
        )
    except Stopped:
        return ()


def _source(project: MigrationProject, folder: Path) -> str:
    """`Drizzle, drizzle.config.ts`."""
    name = framework(project.framework).title or project.framework
    return f"{name}, {shown_path(project.config, folder)}" if project.config is not None else name


def _shown(target: str, folder: Path) -> str:
    return shown_path(Path(target), folder) if target.startswith("/") else target


def _place(target: str, folder: Path) -> str:
    """The same for two ways to write one file, or one URL."""
    if "://" in target or "=" in target:
        return target.replace("postgres://", "postgresql://", 1)
    return str((folder / target).absolute())
