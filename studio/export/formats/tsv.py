r"""Tab-separated values as PostgreSQL's COPY writes them: `\N` is NULL."""

from collections.abc import Sequence

from studio.export.text import tsv_line
from studio.export.writing import LineWriter, Row


class Writer(LineWriter):
    """Names, then rows."""

    def _head(self) -> Sequence[str]:
        return (tsv_line(self._header.columns),)

    def _line(self, row: Row) -> str:
        return tsv_line(row)
