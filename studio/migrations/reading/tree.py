"""A folder as frameworks look at it: listed once, within bounds, links to folders not followed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from studio.migrations.reading import files

MAX_DEPTH = 9
MAX_FOLDERS = 10_000
MAX_ENTRIES = 20_000
"""Of one folder; a folder with more is cut, and that is noted."""

_MOST_NAMED = 5

SKIPPED = frozenset(
    [
        "node_modules",
        "bower_components",
        "__pycache__",
        "site-packages",
        "venv",
        ".venv",
        "vendor",
        "target",
        "dist",
        "build",
        "Pods",
        "deps",
        "_build",
        "coverage",
        "tmp",
    ]
)
KEPT_HIDDEN = frozenset({".config"})


def never() -> bool:
    """For who wants every answer."""
    return False


class Stopped(Exception):
    """Nobody wants the answer any more."""


class Tree:
    """The folders from `top` down, and any other folder asked for by name."""

    def __init__(self, top: Path, stop: Callable[[], bool] = never) -> None:
        self.top = top
        self._stop = stop
        self.notes: list[str] = []
        self._files: dict[str, tuple[str, ...]] = {}
        self._folders: dict[str, tuple[str, ...]] = {}
        self._texts: dict[tuple[str, str], str] = {}
        self._below: tuple[Path, ...] | None = None
        self._ignored: dict[Path, frozenset[str]] = {}
        self._passed: list[str] = []

    def files(self, folder: Path) -> tuple[str, ...]:
        """Names of the files in `folder`, sorted by code unit; () when it cannot be listed."""
        self._list(folder)
        return self._files[str(folder)]

    def subfolders(self, folder: Path) -> tuple[str, ...]:
        """Names of the folders in `folder`, links to folders too."""
        self._list(folder)
        return self._folders[str(folder)]

    def has(self, folder: Path, *names: str) -> bool:
        """Whether any of `names` is a file in `folder`."""
        present = self.files(folder)
        return any(name in present for name in names)

    def text(self, folder: Path, name: str) -> str:
        """A manifest's text, read once; "" when it is not there or cannot be read."""
        if name not in self.files(folder):
            return ""
        known = (str(folder), name)
        if known not in self._texts:
            self._texts[known] = files.text_or_empty(folder / name)
        return self._texts[known]

    def folders(self) -> tuple[Path, ...]:
        """`top` and what lies below it, parents before children."""
        if self._below is None:
            self._below = tuple(self._walk(self.top))
            if self._passed:
                more = f" and {len(self._passed) - _MOST_NAMED:,} more"
                told = ", ".join(self._passed[:_MOST_NAMED])
                told += more if len(self._passed) > _MOST_NAMED else ""
                self.notes.append(f".gitignore: passed over {told}")
        return self._below

    def below(self, folder: Path) -> Iterator[Path]:
        """`folder` and the walked folders inside it."""
        if self.top != folder and self.top not in folder.parents:
            yield folder
            return
        inside = str(folder).rstrip(os.sep) + os.sep
        for known in self.folders():
            if known == folder or str(known).startswith(inside):
                yield known

    def _walk(self, top: Path) -> Iterator[Path]:
        waiting: list[tuple[Path, int]] = [(top, 0)]
        seen = 0
        while waiting:
            folder, depth = waiting.pop(0)
            seen += 1
            if seen > MAX_FOLDERS:
                self.notes.append(f"looked at the first {MAX_FOLDERS:,} folders only")
                return
            yield folder
            if depth < MAX_DEPTH:
                waiting.extend(
                    (folder / name, depth + 1)
                    for name in self.subfolders(folder)
                    if self._is_walked(folder / name)
                )

    def _is_walked(self, folder: Path) -> bool:
        name = folder.name
        if name in SKIPPED or (name.startswith(".") and name not in KEPT_HIDDEN):
            return False
        if self._is_ignored(folder):
            self._passed.append(files.relative(folder, self.top))
            return False
        # Links to folders may loop or lead out of the project.
        return not folder.is_symlink() and not (folder / "pyvenv.cfg").exists()

    def _is_ignored(self, folder: Path) -> bool:
        """Whether a .gitignore between the top and the folder names it, without a wildcard."""
        for place in folder.parents:
            if place not in self._ignored:
                self._ignored[place] = frozenset(_named_by(self.text(place, ".gitignore")))
            inside = folder.relative_to(place).as_posix()
            if not self._ignored[place].isdisjoint({f"/{inside}", folder.name}):
                return True
            if place == self.top:
                return False
        return False

    def _list(self, folder: Path) -> None:
        known = str(folder)
        if known in self._files:
            return
        if self._stop():
            raise Stopped
        plain: list[str] = []
        folders: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for number, entry in enumerate(entries):
                    if number >= MAX_ENTRIES:
                        self.notes.append(f"{folder.name}: more than {MAX_ENTRIES:,} entries")
                        break
                    (folders if _is_folder(entry) else plain).append(entry.name)
        except (OSError, ValueError):
            pass
        self._files[known] = tuple(sorted(plain))
        self._folders[known] = tuple(sorted(folders))


def _named_by(ignore: str) -> Iterator[str]:
    """The folders a .gitignore names: `/a/b` from its own place, `a` at any depth."""
    lines = [line.strip() for line in ignore.splitlines()]
    kept = {line[1:].strip("/") for line in lines if line.startswith("!")}
    for line in lines:
        name = line.strip("/")
        if not name or line[0] in "#!" or any(c in line for c in "*?[\\") or name in kept:
            continue
        yield f"/{name}" if "/" in line.rstrip("/") else name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
