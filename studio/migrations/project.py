"""Which projects a folder holds: itself, its parents up to the repository, what lies below."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.migrations.framework import Framework, Surroundings
from studio.migrations.reading import environment, files
from studio.migrations.reading.tree import FolderTree, never, repository_root
from studio.model.migration import MigrationProject
from studio.model.notes import Note

SQLITE_SUFFIXES = frozenset({".db", ".sqlite", ".sqlite3", ".db3"})


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found, and the listed tree it was found in."""

    tree: FolderTree
    projects: tuple[tuple[Framework, MigrationProject], ...]
    notes: tuple[Note, ...]


def discover(
    folder: Path, frameworks: Sequence[Framework], stop: Callable[[], bool] = never
) -> Discovery:
    """Every project in and around `folder`, configured ones before guessed ones.

    Raises Stopped once `stop` says so.
    """
    top = folder.absolute()
    tree = FolderTree(top, stop)
    repository = repository_root(top)
    around = Surroundings(tree, repository, environment.of(top, repository))
    found: list[tuple[Framework, MigrationProject]] = []
    notes: list[Note] = []
    for place in (*_parents(top, repository), *tree.folders()):
        for framework in frameworks:
            found.extend(
                (framework, project) for project in _found(framework, place, around, notes)
            )
    return Discovery(tree, tuple(_distinct(found)), (*tree.notes, *notes))


def database_files(folder: Path, tree: FolderTree) -> tuple[Path, ...]:
    """SQLite files by their names, in `folder` and in the usual places just below it."""
    places = (
        folder,
        *(folder / n for n in ("db", "data", "database", "storage", "prisma", "var", "instance")),
    )
    return tuple(
        place / name
        for place in places
        for name in tree.files(place)
        if Path(name).suffix.lower() in SQLITE_SUFFIXES
    )


def _parents(top: Path, repository: Path) -> Iterable[Path]:
    # The nearest first: an own configuration explains a folder better than the workspace's.
    return (p for p in top.parents if p == repository or repository in p.parents)


def _found(
    framework: Framework, place: Path, around: Surroundings, notes: list[Note]
) -> Iterable[MigrationProject]:
    try:
        return tuple(framework.find(place, around))
    except (OSError, ValueError, RecursionError) as error:
        # A folder may change or hold anything while it is read: one tool's trouble is a note.
        where = files.relative(place, around.tree.top)
        notes.append(f"{framework.name}: {where} could not be looked at ({error}).")
        return ()


def _distinct(
    found: Iterable[tuple[Framework, MigrationProject]],
) -> Iterable[tuple[Framework, MigrationProject]]:
    """One project per framework and folders; a guess gives way to a configuration."""
    pairs = sorted(found, key=lambda pair: pair[1].guessed)
    claimed: dict[Path, set[str]] = {}
    seen: set[tuple[str, tuple[Path, ...], str]] = set()
    for framework, project in pairs:
        if project.guessed and any(_is_claimed(f, framework, claimed) for f in project.folders):
            continue
        for folder in project.folders:
            claimed.setdefault(folder, set()).add(framework.name if project.guessed else "")
            claimed[folder].add(framework.name)
        table = str(project.table) if not project.guessed else ""
        key = (framework.name, project.folders, f"{table} {project.url}")
        same = (framework.name, project.folders, "") if project.guessed else key
        if same not in seen:
            seen.add(same)
            yield framework, project


def _is_claimed(folder: Path, framework: Framework, claimed: Mapping[Path, set[str]]) -> bool:
    """A configuration speaks for this folder, or the same tool for one it lies in."""
    return "" in claimed.get(folder, ()) or any(
        framework.name in claimed.get(place, ()) for place in folder.parents
    )


def named_databases(
    folder: Path, frameworks: Sequence[Framework], stop: Callable[[], bool] = never
) -> tuple[MigrationProject, ...]:
    """The projects around `folder` that name a database: what to offer somebody who starts here.

    Raises Stopped once `stop` says so.
    """
    found = discover(folder, frameworks, stop).projects
    return tuple(project for _, project in found if project.url is not None)
