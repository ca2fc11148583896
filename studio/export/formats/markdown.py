"""A table as GitHub draws it."""

from collections.abc import Sequence

from studio.export.printable import printable
from studio.export.text import as_text
from studio.export.writing import LineWriter, Row


class Writer(LineWriter):
    """Names, a rule, then rows."""

    def _head(self) -> Sequence[str]:
        rules = ("---:" if kind.is_number else "---" for kind in self._header.kinds)
        return self._line(self._header.columns), f"| {' | '.join(rules)} |"

    def _line(self, row: Row) -> str:
        cells = (printable(as_text(v)).replace("\\", "\\\\").replace("|", "\\|") for v in row)
        return f"| {' | '.join(cells)} |"
