"""A script: its statements and psql's lines in order, each with its place."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from studio.sqltext import keywords
from studio.sqltext.copying import CopyStream, copy_stream
from studio.sqltext.psql import PsqlLine, psql_line
from studio.sqltext.session_state import backslashes_left
from studio.sqltext.split import Statement, split
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, code, lex

_LINE_END = re.compile(r"\r\n|\r|\n")
_BLANKS = re.compile(r"\s+")
_DATA_BEGINS = re.compile(r"[ \t]*(?:--[^\n]*)?\r?\n")
_DATA_ENDS = re.compile(r"^\\\.[ \t]*\r?\n?\Z", re.MULTILINE)
_BEGINS = 48
"""Characters by which a statement is known again."""
_ORDER = re.compile(r"^(?:go|/|delimiter[ \t].*|\.[a-z].*)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """One statement of a script, or a line that is for psql."""

    text: str
    start: int
    """Where it stands, in characters."""
    line: int
    """Of its first token, from 1."""
    data: str | None = None
    """What COPY … FROM STDIN takes, without the line that ends it."""
    psql: PsqlLine | None = None
    """A line that no server understands."""
    reads_backslashes: bool = False
    """Whether its plain strings were taken to know backslashes."""
    has_stray_data: bool = False
    """COPY … FROM STDIN with a text behind it that is not on lines of its own: nobody knows what
    of it are rows.
    """

    @property
    def begins(self) -> str:
        """Its first characters, in one line."""
        return _BLANKS.sub(" ", self.text)[:_BEGINS]


class Script:
    """A text of many statements."""

    def __init__(self, text: str, syntax: Syntax) -> None:
        # Pasted in front, it would be part of the first word.
        self.text = text.removeprefix(_BOM)
        self._syntax = syntax
        self._lines = [0, *(end.end() for end in _LINE_END.finditer(self.text))]
        self.steps = tuple(self._steps())
        """What is to be done, in order."""

    def place(self, position: int) -> tuple[int, int]:
        """Line and column of a character, both from 1; CR LF is one end of a line."""
        line = bisect_right(self._lines, position)
        return line, position - self._lines[line - 1] + 1

    def of_other_tools(self) -> tuple[int, str] | None:
        """The first line that is an order to a tool of its own, and what it says: `GO`,
        `DELIMITER //`, a lone `/`, the `.tables` of SQLite's shell. A server would take some of
        them for an alias.
        """
        if not _ORDER.search(self.text):
            return None
        tokens = code(lex(self.text, self._syntax))
        for before, token, after in zip((None, *tokens), tokens, (*tokens[1:], None), strict=False):
            line, column = self.place(token.start)
            if column != 1 or (before is not None and before.text in _GOES_ON):
                continue
            ends_line = after is None or self.place(after.start)[0] > line
            if ends_line and (token.word == "GO" or token.text == "/") and _begins(after):
                return line, token.text
            if token.word == "DELIMITER" and not ends_line:
                return line, "DELIMITER"
            if token.text == "." and (before is None or before.text == ";") and not ends_line:
                return line, f".{after.text if after else ''}"
        return None

    def _steps(self) -> Iterator[ScriptStep]:
        for found, backslashes in self._statements():
            if not found.text:
                continue
            line, _ = self.place(found.start)
            if self._syntax.meta_commands and found.text.startswith("\\"):
                yield ScriptStep(found.text, found.start, line, psql=psql_line(found.text))
                continue
            if self._takes_data(found) and not found.data:
                yield self._with_the_rest(found, line)
                return
            ended = psql_line(found.terminator) if found.terminator.startswith("\\") else None
            psql = None if ended is None or ended.command in _SENDS_ON else ended
            data = _DATA_ENDS.sub("", found.data) if found.data else None
            yield ScriptStep(found.text, found.start, line, data, psql, backslashes)

    def _statements(self) -> Iterator[tuple[Statement, bool]]:
        """Each, and whether its plain strings know backslashes: what a script sets counts for what
        follows.
        """
        syntax, start = self._syntax, 0
        is_over = False
        while not is_over:
            is_over = True
            for found in split(" " * start + self.text[start:], syntax):
                yield found, syntax.backslash_escapes
                left = backslashes_left(found.text, syntax)
                if left is not None and left is not syntax.backslash_escapes:
                    syntax, start = replace(syntax, backslash_escapes=left), found.end
                    is_over = False
                    break

    def is_read_otherwise(self, step: ScriptStep, *, backslashes: bool) -> bool:
        """Whether the statement of `step` would be another one if plain strings knew backslashes,
        or did not.
        """
        if backslashes is step.reads_backslashes or "\\" not in step.text:
            return False
        syntax = replace(self._syntax, backslash_escapes=backslashes)
        return split(self.text[step.start :], syntax)[0].text != step.text

    def _takes_data(self, found: Statement) -> bool:
        return copy_stream(found.text, self._syntax) is CopyStream.IN

    def _with_the_rest(self, found: Statement, line: int) -> ScriptStep:
        """A COPY whose rows no line ends: as psql does, to the end of the text. What was meant as
        a row is never run.
        """
        at = self.text.find(found.terminator, found.end) + len(found.terminator)
        rest = self.text[at:] if found.terminator else ""
        begins = _DATA_BEGINS.match(rest) if found.terminator == ";" else None
        data = rest[begins.end() :] if begins is not None else ""
        is_stray = begins is None and bool(rest.strip())
        return ScriptStep(
            found.text, found.start, line, data if data.strip() else "", has_stray_data=is_stray
        )


def _begins(after: Token | None) -> bool:
    """Whether a statement could begin here, or nothing follows."""
    return after is None or after.word in _FIRST_WORDS


_FIRST_WORDS = (
    keywords.QUERIES
    | keywords.DATA_CHANGES
    | keywords.TRANSACTIONS
    | keywords.SCHEMA_CHANGES
    | keywords.MAINTENANCE
    | {"GO"}
)
_GOES_ON = frozenset({",", "(", ".", "=", "+", "-", "*", "<", ">", "||"})
"""Behind these a name must stand, wherever its line begins."""
_SENDS_ON = {";", "g", "gx"}
"""They end a statement as a semicolon does."""
