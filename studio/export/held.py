"""Rows that are held already, such as an answer on the screen, into a stream."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TextIO

from studio.backends.base import Backend
from studio.export.header import header
from studio.export.lost_text import LostText
from studio.export.off_loop import off_loop
from studio.export.registry import row_writer
from studio.export.tables import Exported
from studio.model.catalog import Column
from studio.model.errors import ConfigInvalid
from studio.model.page import Value

_ROWS = 2000


async def export_held(
    backend: Backend,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Value]],
    form: str,
    out: TextIO,
    tell: Callable[[int], None],
) -> Exported:
    """Write `rows` as `form`. Raises ConfigInvalid."""
    if form == "insert":
        raise ConfigInvalid("INSERT puts rows back into a table, and these are of a query")
    names = [column.name for column in columns]
    made = header(backend, names, [column.kind for column in columns])
    writer = LostText(row_writer(form, out, made), names, form)
    for start in range(0, len(rows), _ROWS):
        await off_loop(partial(writer.write, rows[start : start + _ROWS]))
        tell(min(start + _ROWS, len(rows)))
    await off_loop(writer.end)
    return Exported(len(rows), writer.words)
