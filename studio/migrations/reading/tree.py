"""A folder as frameworks look at it: listed once, within bounds, links to folders not followed."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from studio.migrations.reading import files

MAX_DEPTH = 9
MAX_FOLDERS = 10_000
MAX_ENTRIES = 20_000
"""Of one folder; a folder with more is cut, and that is noted."""

_MOST_NAMED = 5

MENTIONED = ("DataSource", "TypeOrmModule", "migrationFolder", "Umzug", "knex")
"""Words by which sources tell that a tool is built in them."""

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


class FolderTree:
    """The folders from `top` down, and any other folder asked for by name."""

    def __init__(self, top: Path, stop: Callable[[], bool] = never) -> None:
        self.top = top
        self._stop = stop
        self.notes: list[str] = []
        self._files: dict[str, tuple[str, ...]] = {}
        self._names: dict[str, frozenset[str]] = {}
        """The same by name."""
        self._folders: dict[str, tuple[str, ...]] = {}
        self._whole: dict[str, frozenset[str]] = {}
        """Names of the folders in those that were listed to the end."""
        self._links: set[str] = set()
        self._inside = str(top).rstrip(os.sep) + os.sep
        self._children: dict[str, list[Path]] = {}
        """The walked folders in each walked folder."""
        self._mentioned: dict[str, frozenset[str]] = {}
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
        self._list(folder)
        return not self._names[str(folder)].isdisjoint(names)

    def mentions(self, folder: Path, name: str) -> frozenset[str]:
        """Which of MENTIONED a source has in it; the file is read once for all who ask."""
        place = f"{folder}{os.sep}{name}"
        if place not in self._mentioned:
            source = files.text_or_empty(folder / name)
            self._mentioned[place] = frozenset(word for word in MENTIONED if word in source)
        return self._mentioned[place]

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
        self.folders()
        if folder == self.top or str(folder) in self._children:
            waiting = deque([folder])
            while waiting:
                place = waiting.popleft()
                yield place
                waiting.extend(self._children.get(str(place), ()))

    def _walk(self, top: Path) -> Iterator[Path]:
        waiting = deque([(top, 0)])
        seen = 0
        while waiting:
            folder, depth = waiting.popleft()
            seen += 1
            if seen > MAX_FOLDERS:
                self.notes.append(f"looked at the first {MAX_FOLDERS:,} folders only")
                return
            if seen > 1:
                self._children[str(folder.parent)].append(folder)
            self._children[str(folder)] = []
            yield folder
            if depth < MAX_DEPTH:
                inside = (folder / name for name in self.subfolders(folder))
                waiting.extend((each, depth + 1) for each in inside if self._is_walked(each))

    def _is_walked(self, folder: Path) -> bool:
        name = folder.name
        if name in SKIPPED or (name.startswith(".") and name not in KEPT_HIDDEN):
            return False
        if self._is_ignored(folder):
            self._passed.append(files.relative(folder, self.top))
            return False
        # Links to folders may loop or lead out of the project.
        return str(folder) not in self._links and not self.has(folder, "pyvenv.cfg")

    def _is_ignored(self, folder: Path) -> bool:
        """Whether a .gitignore between the top and the folder names it, without a wildcard."""
        for place in folder.parents:
            if place not in self._ignored:
                self._ignored[place] = frozenset(_named_by(self.text(place, ".gitignore")))
            if (named := self._ignored[place]) and not named.isdisjoint(
                {f"/{folder.relative_to(place).as_posix()}", folder.name}
            ):
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
        if self._is_absent(known):
            self._files[known] = self._folders[known] = ()
            self._names[known] = self._whole[known] = frozenset()
            return
        plain: list[str] = []
        folders: list[str] = []
        is_whole = self._read(folder, plain, folders)
        self._files[known] = tuple(sorted(plain))
        self._names[known] = frozenset(plain)
        self._folders[known] = tuple(sorted(folders))
        if is_whole:
            self._whole[known] = frozenset(folders)

    def _is_absent(self, place: str) -> bool:
        """Whether the folder it would lie in has none of this name. By text: it is asked often."""
        if not place.startswith(self._inside) or f"{os.sep}.." in place:
            return False
        parent, _, name = place.rpartition(os.sep)
        if parent not in self._files:
            self._list(Path(parent))
        around = self._whole.get(parent)
        return around is not None and name not in around

    def _read(self, folder: Path, plain: list[str], folders: list[str]) -> bool:
        """Whether everything in it could be listed."""
        try:
            with os.scandir(folder) as entries:
                for number, entry in enumerate(entries):
                    if number >= MAX_ENTRIES:
                        self.notes.append(f"{folder.name}: more than {MAX_ENTRIES:,} entries")
                        return False
                    if not _is_folder(entry):
                        plain.append(entry.name)
                        continue
                    folders.append(entry.name)
                    if entry.is_symlink():
                        self._links.add(entry.path)
        except (OSError, ValueError):
            return False
        return True


def repository_root(folder: Path) -> Path:
    """The nearest parent with a .git; the folder itself where there is none."""
    for place in (folder, *folder.parents):
        if (place / ".git").exists():
            return place
    return folder


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
