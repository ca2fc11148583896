"""The questions, one a file, each after `relation.sql`: the relations worth looking at."""

from functools import cache
from importlib.resources import files


@cache
def text(name: str) -> str:
    """The whole statement of the question called `name`."""
    folder = files(__name__)
    relation = (folder / "relation.sql").read_text("utf-8")
    return f"{relation}\n{(folder / f'{name}.sql').read_text('utf-8')}"
