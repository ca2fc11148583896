"""The questions, one a file, each after `relation.sql`: the relations worth looking at."""

import re
from functools import cache
from importlib.resources import files


@cache
def text(name: str) -> str:
    """The whole statement of the question called `name`."""
    return f"{_read('relation')}\n{_read(name)}"


@cache
def reads_relations(name: str) -> bool:
    """Whether the answer is about relations at all, and not about the server or its roles."""
    return re.search(r"\b(?:FROM|JOIN) relation\b", _read(name)) is not None


def _read(name: str) -> str:
    return (files(__name__) / f"{name}.sql").read_text("utf-8")
