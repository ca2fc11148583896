"""Which counted statements are studio's own questions to the catalog."""

import re
from functools import cache
from importlib.resources import files

_FOLDERS = ("queries", "doctor.queries", "activity")
_BASE = __package__.rpartition(".")[0]
_COMMENTS = re.compile(r"\A(?:\s*--[^\n]*\n)+")
_VALUE = re.compile(r"['\d%{$]")
"""Where a server that counts writes `$1`, or studio fills something in."""
_TELLING = 50
"""A beginning of so many characters is hardly somebody else's too."""


def is_own(query: str) -> bool:
    """Whether a counted statement begins as one of the `.sql` files here does. Before PostgreSQL 18
    it is counted with the comments before it.
    """
    return _beginning(query).startswith(_beginnings())


@cache
def _beginnings() -> tuple[str, ...]:
    texts = (
        _beginning(file.read_text("utf-8"))
        for folder in _FOLDERS
        for file in files(f"{_BASE}.{folder}").iterdir()
        if file.name.endswith(".sql")
    )
    found = (_VALUE.split(text, maxsplit=1)[0] for text in texts)
    return tuple(sorted({text for text in found if len(text) >= _TELLING and text[0] != ","}))


def _beginning(query: str) -> str:
    return " ".join(_COMMENTS.sub("", query).split())
