"""Texts that are not UTF-8: of them, the formats of plain text hold U+FFFD, and that is said."""

from collections.abc import Sequence

from studio.export.text import is_utf8
from studio.export.writing import Row, RowWriter
from studio.model.words import plural

LOSING = frozenset({"csv", "tsv", "markdown", "parquet", "table", "xlsx"})
"""Formats that cannot hold such a text: JSON and INSERT have words for its bytes."""


class LostText:
    """A writer that counts them, column by column, on the way to another."""

    def __init__(self, writer: RowWriter, columns: Sequence[str], form: str) -> None:
        self._writer = writer
        self._columns = tuple(columns)
        self._counts = [0] * len(self._columns)
        self._is_on = form in LOSING

    def write(self, rows: Sequence[Row]) -> None:
        """Some more rows."""
        if self._is_on:
            self._look(rows)
        self._writer.write(rows)

    def end(self) -> None:
        """There are no more."""
        self._writer.end()

    def _look(self, rows: Sequence[Row]) -> None:
        for place, values in enumerate(zip(*rows, strict=True)):
            texts = [value for value in values if isinstance(value, str)]
            if not is_utf8("".join(texts)):
                self._counts[place] += sum(not is_utf8(text) for text in texts)

    @property
    def words(self) -> str:
        """What was lost; empty: nothing."""
        lost = [(n, name) for n, name in zip(self._counts, self._columns, strict=True) if n]
        if not lost:
            return ""
        parts = (f"{plural(count, 'value')} of {name}" for count, name in lost)
        return f"not UTF-8, with U+FFFD for what is no text: {', '.join(parts)}; JSONL keeps them"
