"""Waiting .sql migrations as their tool would run them, each read and split once for all who look
through it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from studio.migrations.reading import files
from studio.migrations.registry import framework
from studio.migrations.words import Words
from studio.sqltext.split import Statement, split
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, seen

_KEPT_BYTES = 1024 * 1024
"""Of one project. The tokens of a text take some fifty times as much, and a board can have
thousands of waiting migrations.
"""


@dataclass(frozen=True)
class Script:
    """One file, and what of it goes forward."""

    source: str
    size: int
    """The file's bytes."""
    text: str
    """The part that goes forward."""
    syntax: Syntax

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """Those that say anything; places count from the start of `text`."""
        return tuple(one for one in split(self.text, self.syntax) if one.text)

    @cached_property
    def tokens(self) -> tuple[Sequence[Token], ...]:
        """What the engine sees of each statement; places count from the start of each."""
        return tuple(seen(one.text, self.syntax) for one in self.statements)

    def words(self) -> list[Words]:
        """Each statement, to be read from its beginning."""
        return [Words(tokens, self.syntax) for tokens in self.tokens]


class Scripts:
    """The files of one project's migrations, while its board is made."""

    def __init__(self, tool: str, syntax: Syntax) -> None:
        """`tool` is the framework's name; raises KeyError where there is none."""
        self.framework = framework(tool)
        self._syntax = syntax
        self._kept: dict[Path, Script] = {}
        self._left = _KEPT_BYTES

    def of(self, path: Path, limit: int = files.MAX_MIGRATION_BYTES) -> Script:
        """A file of at most `limit` bytes; raises UnreadableFile."""
        kept = self._kept.get(path)
        if kept is not None and kept.size <= limit:
            return kept
        raw = files.contents(path, limit)
        source = files.decoded(raw)
        made = Script(source, len(raw), self.framework.up_text(source), self._syntax)
        if made.size <= self._left:
            self._left -= made.size
            self._kept[path] = made
        return made
