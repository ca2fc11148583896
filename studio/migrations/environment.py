"""The variables a project's tools would see: the process environment, then its .env files."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from studio.migrations import files

ENV_FILES = (".env", ".env.local", ".env.development", ".env.development.local")
"""Nearer to the front wins; `.env.example` is documentation, not configuration."""

_ASSIGNMENT = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*[=:]\s*(.*)$")
_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$([A-Za-z_][A-Za-z0-9_]*)")


def parse(text: str) -> dict[str, str]:
    """The assignments of one .env file; later ones win, lines that are none are left out."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _ASSIGNMENT.match(line)
        if match and not line.lstrip().startswith("#"):
            found[match[1]] = _value(match[2].strip(), found)
    return found


def expand(text: str, variables: Mapping[str, str]) -> str:
    """`$NAME`, `${NAME}` and `${NAME:-default}` replaced; a name nobody set becomes nothing."""
    return _REFERENCE.sub(lambda m: variables.get(m[1] or m[3]) or m[2] or "", text)


def of(folder: Path, up_to: Path | None = None) -> dict[str, str]:
    """What a command run in `folder` would find set; `up_to` is the last parent looked at."""
    found: dict[str, str] = {}
    for place in (folder, *_parents(folder, up_to)):
        for name in ENV_FILES:
            for key, value in parse(files.text_or_empty(place / name)).items():
                found.setdefault(key, value)
    found.update(os.environ)
    return found


def _parents(folder: Path, up_to: Path | None) -> tuple[Path, ...]:
    if up_to is None or (up_to != folder and up_to not in folder.parents):
        return ()
    return tuple(p for p in folder.parents if p == up_to or up_to in p.parents)


def _value(raw: str, before: Mapping[str, str]) -> str:
    if raw[:1] in {"'", '"', "`"}:
        end = raw.find(raw[0], 1)
        inner = raw[1:end] if end > 0 else raw[1:]
        return inner if raw[0] == "'" else expand(inner, {**before, **os.environ})
    return expand(re.split(r"\s#", raw, maxsplit=1)[0].strip(), {**before, **os.environ})
