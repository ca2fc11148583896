"""Saved queries: `.sql` files of the project's `queries` folder and of a folder of one's own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from studio.config import paths
from studio.model.errors import ConfigInvalid
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import TokenKind, scan

FOLDER = "queries"
_MOST = 2_000
_LARGEST = 1_000_000
"""Bytes; a larger file is a load of data."""
_NAME = re.compile(r"[^\W_][\w .-]{0,99}")


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """One file."""

    name: str
    """Of the file, without its ending; in a folder below, with that."""
    path: Path
    description: str
    """The comment it begins with, on one line; empty: it has none."""
    text: str


def own_folder() -> Path:
    """Where queries that belong to no project are kept."""
    return paths.config_folder() / FOLDER


def saved_queries(project: Path, syntax: Syntax) -> tuple[SavedQuery, ...]:
    """Those of the project's folder, then one's own, by name; of two with one name the project's.
    A file that cannot be read, or is no UTF-8 text, is left out.
    """
    found: dict[str, SavedQuery] = {}
    for folder in (project / FOLDER, own_folder()):
        for path in _files(folder):
            name = path.relative_to(folder).with_suffix("").as_posix()
            if name not in found and (text := _read(path)) is not None:
                found[name] = SavedQuery(name, path, _description(text, syntax), text)
    return tuple(sorted(found.values(), key=lambda one: one.name.casefold()))


def saved_query(name: str, project: Path, syntax: Syntax) -> SavedQuery:
    """The one called `name`. Raises ConfigInvalid with those there are."""
    known = saved_queries(project, syntax)
    for one in known:
        if one.name == name.removesuffix(".sql"):
            return one
    names = ", ".join(one.name for one in known[:20]) or "none"
    raise ConfigInvalid(
        f"no saved query is called {name!r} in {project / FOLDER} or {own_folder()}; there are: "
        f"{names}"
    )


def place_for(name: str, project: Path) -> Path:
    """Where a query called `name` is saved: in the project's folder where it has one. Raises
    ConfigInvalid for what is no name.
    """
    plain = name.strip().removesuffix(".sql")
    if _NAME.fullmatch(plain) is None:
        raise ConfigInvalid(f"{name!r} is no name for a query: letters, digits, blank, . _ and -")
    folder = project / FOLDER
    return (folder if folder.is_dir() else own_folder()) / f"{plain}.sql"


def _files(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(islice(folder.rglob("*.sql"), _MOST))
    except OSError:
        return


def _read(path: Path) -> str | None:
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeError):
        return None


def _description(text: str, syntax: Syntax) -> str:
    lines: list[str] = []
    for token in scan(text, syntax):
        if token.kind is TokenKind.COMMENT and len(lines) < 3:  # noqa: PLR2004 - more is no name
            lines += token.text.strip("-/* \n").splitlines()
        elif token.kind is not TokenKind.SPACE:
            break
    return " ".join(" ".join(lines).split())
