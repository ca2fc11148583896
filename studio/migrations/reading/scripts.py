"""Migrations that are JavaScript: what their text exports, as far as words tell."""

import re
from pathlib import Path

from studio.migrations.reading import files

_UP = re.compile(r"\bup\b|\bexport\s*\*\s*from\b|\bmodule\.exports\s*=\s*(?:require|\w+)\s*\(")
"""The word, or everything of another file, or what a function makes."""


def text_of(path: Path) -> str:
    """The whole script; "" where it cannot be read."""
    return files.text_or_empty(path, files.MAX_MIGRATION_BYTES)


def may_export_up(source: str) -> bool:
    """Whether the script can have an `up`; an empty one is still to be written."""
    return not source.strip() or _UP.search(source) is not None


def without_up(source: str) -> str:
    """What is wrong with a script that has no `up`, as a clause; "" where nothing is."""
    return "" if may_export_up(source) else "it exports no `up`, and the tool stops there"
