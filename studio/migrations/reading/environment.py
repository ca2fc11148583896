"""The variables a project's tools would see: the process environment, then its .env files."""

import os
from collections.abc import Sequence
from pathlib import Path

from studio.config import dotenv

ENV_FILES = (".env", ".env.local", ".env.development", ".env.development.local")
"""Nearer to the front wins: most tools read `.env` alone, so the others only fill its gaps."""

LOCAL_FIRST = (".env.development.local", ".env.local", ".env.development", ".env")
"""The order of tools that let a person's own file win."""


def of(
    folder: Path, up_to: Path | None = None, order: Sequence[str | Path] = ENV_FILES
) -> dict[str, str]:
    """What a command run in `folder` would find set; `up_to` is the last parent looked at."""
    found: dict[str, str] = {}
    for place in (folder, *_parents(folder, up_to)):
        for name in order:
            for key, value in dotenv.read(place / name).items():
                found.setdefault(key, value)
    found.update(os.environ)
    return found


def _parents(folder: Path, up_to: Path | None) -> tuple[Path, ...]:
    if up_to is None or (up_to != folder and up_to not in folder.parents):
        return ()
    return tuple(p for p in folder.parents if p == up_to or up_to in p.parents)
