"""Path patterns as JavaScript tools write them: `src/**/*.{ts,js}`."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from studio.migrations.reading.tree import FolderTree

MAX_PATTERN = 300


@cache
def pattern(glob: str) -> re.Pattern[str]:
    """The regular expression of a glob: `*`, `**`, `?`, `{a,b}`, `[…]`, `!(…)`, `@(…)`."""
    out: list[str] = []
    groups: list[str] = []
    at = 0
    while at < min(len(glob), MAX_PATTERN):
        piece, step = _piece(glob, at, groups)
        out.append(piece)
        at += step
    out.extend(reversed(groups))
    try:
        return re.compile("".join(out) + r"\Z")
    except re.error:
        return re.compile(re.escape(glob) + r"\Z")


def _piece(glob: str, at: int, groups: list[str]) -> tuple[str, int]:
    character = glob[at]
    for deep, meaning in (("**/", "(?:[^/]+/)*"), ("**", ".*")):
        if glob.startswith(deep, at):
            return meaning, len(deep)
    if glob[at : at + 2] in {"!(", "@(", "+(", "?("}:
        groups.append(")" if character != "!" else ")[^/.]*")
        return ("(?!" if character == "!" else "(?:"), 2
    if character == "{" or (character in "}),|" and groups):
        return _grouping(character, groups), 1
    if character == "[" and "]" in glob[at:]:
        end = glob.index("]", at)
        return glob[at : end + 1].replace("[!", "[^"), end + 1 - at
    simple = {"*": "[^/]*", "?": "[^/]"}
    return simple.get(character, re.escape(character)), 1


def _grouping(character: str, groups: list[str]) -> str:
    if character == "{":
        groups.append(")")
        return "(?:"
    return groups.pop() if character in "})" else "|"


def matches(tree: FolderTree, base: Path, glob: str) -> Iterator[Path]:
    """Files below the fixed part of `glob`, in order of path."""
    fixed, moving = _split(glob)
    start = base / fixed
    wanted = pattern(moving)
    for folder in sorted(tree.below(start)) if "/" in moving or "**" in moving else [start]:
        for name in tree.files(folder):
            path = folder / name
            if wanted.match(path.relative_to(start).as_posix()):
                yield path


def _split(glob: str) -> tuple[str, str]:
    """The leading parts without wildcards, and the rest."""
    parts = glob.removeprefix("./").split("/")
    for number, part in enumerate(parts):
        if number == len(parts) - 1 or any(c in part for c in "*?{[(!"):
            return "/".join(parts[:number]) or ("/" if glob.startswith("/") else ""), "/".join(
                parts[number:]
            )
    return "", glob
