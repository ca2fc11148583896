"""The rows that one statement gave, what was asked for them, and how they are shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from studio.model.words import plural
from studio.queries.result import Result
from studio.rows.question import Question
from studio.ui.query.result_source import ResultRows

HERE, IN_DATABASE = "here", "by the database"


@dataclass(slots=True)
class Answer:
    """One result; it stays what it is when other statements run, and may be pinned."""

    text: str = ""
    """The statement as it was written."""
    values: Mapping[str, str | int | float | None] = field(default_factory=dict)
    start: int = 0
    """Where the text it ran from starts in the editor, in characters."""
    sent: str = ""
    """The same with the question around it, where the database sorted or filtered."""
    rows: ResultRows = field(default_factory=ResultRows)
    result: Result = field(default_factory=Result)
    at: datetime = field(default_factory=lambda: datetime.now().astimezone())
    question: Question = field(default_factory=Question)
    """How its rows are sorted and filtered, by the names of `rows.wrapped.result_table`."""
    by: str = ""
    """Who did that: `HERE` or `IN_DATABASE`; empty: it is as it came."""
    is_pinned: bool = False
    watched: str = ""
    """How it runs again by itself, and what that changed."""

    def branched(self) -> "Answer":
        """The same rows, to become others."""
        rows = ResultRows()
        rows.extend(self.rows.every)
        rows.arrange(self.rows.places)
        return replace(self, rows=rows, is_pinned=False)

    @property
    def is_whole(self) -> bool:
        """Whether every row that the statement has is here."""
        return not (self.result.is_cut or (self.by == IN_DATABASE and self.question.filters))

    @property
    def clock(self) -> str:
        """When it ran."""
        return f"{self.at:%H:%M:%S}"

    @property
    def head(self) -> str:
        """What its rows are, in a line; empty where the line that says how it went is enough."""
        if not (self.is_pinned or self.result.is_cut or self.by or self.watched):
            return ""
        words = ["pinned"] if self.is_pinned else []
        words.append(self._count)
        words.append(f"ran {self.clock}")
        words.append(f"{self.result.elapsed_ms:,.0f} ms")
        if self.result.is_cut:
            words.append("closed")
        words += [self.watched] if self.watched else []
        return " · ".join(words)

    @property
    def _count(self) -> str:
        came = self.result.rows
        done = [
            *(["filtered"] if self.question.filters else []),
            *(["sorted"] if self.question.order else []),
        ]
        how = f", {' and '.join(done)} {self.by}" if done else ""
        shown = len(self.rows.held())
        if self.result.is_cut:
            return f"first {came:,} of more{how}"
        if self.by == HERE and self.question.filters:
            return f"{shown:,} of {plural(came, 'row')}{how}"
        return f"{plural(came, 'row')}{how}"
