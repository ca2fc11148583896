"""The rows of a table into a stream, in constant memory."""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import TextIO

from studio.backends.halves import Absent, ask
from studio.backends.halves.bulk import BULK, Buffer
from studio.backends.target import Purpose
from studio.db.lane import Lane
from studio.db.session import Session
from studio.export.header import header
from studio.export.joined import STYLES
from studio.export.lost_text import LostText
from studio.export.off_loop import off_loop
from studio.export.pieces import InPieces
from studio.export.registry import row_writer
from studio.export.text import csv_line
from studio.rows.whole import WantedRows, chunks


@dataclass(frozen=True, slots=True)
class Exported:
    """What came of it."""

    rows: int
    lost: str = ""
    """Which texts the format could not hold, in words."""


async def export_table(
    session: Session,
    wanted: WantedRows,
    form: str,
    out: TextIO,
    tell: Callable[[int], None],
    lane: Lane | None = None,
) -> Exported:
    """Write `wanted` as `form`. `tell` hears how many rows were written, from whatever thread;
    `lane`: where rows are read, else that of queries. Raises StudioError.
    """
    lane = lane or session.lane(Purpose.QUERY)
    copied = await _copied(session, wanted, form, out, tell)
    if copied is not None:
        return Exported(copied)
    pieces = await _pieces(session, wanted, form, out)
    table = wanted.table
    kinds = [table.column(name).kind for name in wanted.names]
    writer = LostText(
        row_writer(form, out, header(session.backend, wanted.names, kinds, table.ref)),
        wanted.names,
        form,
    )
    if pieces is not None:
        return Exported(await pieces.write(out, writer, tell, lane), writer.words)
    count = 0
    async with aclosing(chunks(lane, wanted)) as parts:
        async for rows in parts:
            await off_loop(partial(writer.write, rows))
            count += len(rows)
            tell(count)
    await off_loop(writer.end)
    return Exported(count, writer.words)


async def _copied(
    session: Session, wanted: WantedRows, form: str, out: TextIO, tell: Callable[[int], None]
) -> int | None:
    """By the engine's own way, where that gives the same bytes; None: it does not."""
    bulk = ask(session.backend, BULK)
    if isinstance(bulk, Absent) or form != "csv" or wanted.filters or wanted.order:
        return None
    if out.isatty():
        return None

    def begin() -> Callable[[Buffer], object]:
        out.write(f"{csv_line(wanted.names)}\n")
        out.flush()
        return out.buffer.write

    return await session.reflect(lambda c: bulk.csv(c, wanted.table, wanted.names, begin, tell))


async def _pieces(session: Session, wanted: WantedRows, form: str, out: TextIO) -> InPieces | None:
    """The table in pieces that its engine joins; None: it comes row by row."""
    bulk = ask(session.backend, BULK)
    if isinstance(bulk, Absent) or form not in STYLES or wanted.filters or wanted.order:
        return None
    made = bulk.pieces(wanted.table, wanted.names)
    if made is None or out.isatty():
        return None
    pieces = InPieces(session, wanted, made, form)
    return pieces if await pieces.fits() else None
