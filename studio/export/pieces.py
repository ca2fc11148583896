"""A table in pieces that its engine joins by itself, several at once, written in their order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TextIO

from studio.backends.halves.bulk import Joined, TablePieces
from studio.db.lane import Lane
from studio.db.session import Session
from studio.export.joined import STYLES
from studio.export.off_loop import off_loop
from studio.export.writing import RowWriter
from studio.rows.whole import WantedRows, chunks

_LANES = 2
_AHEAD = 3
"""Pieces that are asked for before the first of them is written."""
_FIRST_ROWS, _MOST_ROWS = 500, 8000
_PIECE_BYTES = 2**20
"""What a piece should come to: long rows come in fewer at once."""


@dataclass(frozen=True, slots=True)
class _Asked:
    after: int | None
    until: int | None
    joining: asyncio.Task[Joined | None]


class InPieces:
    """The rows of one table, as lines."""

    def __init__(self, session: Session, wanted: WantedRows, made: TablePieces, form: str) -> None:
        """`form`: one of STYLES."""
        self._session = session
        self._wanted = wanted
        self._made = made
        self._lines = STYLES[form]
        self._rows = _FIRST_ROWS

    async def fits(self) -> bool:
        """Whether the table can be read so."""
        return await self._session.reflect(self._made.fits)

    async def write(
        self, out: TextIO, writer: RowWriter, tell: Callable[[int], None], lane: Lane
    ) -> int:
        """Write every row to `out`: whole pieces as bytes, what cannot be had so by `writer`, read
        on `lane`. How many. Raises StudioError.
        """
        lanes = [self._session.own_lane(writable=False) for _ in range(_LANES + 1)]
        count = 0
        writer.end()  # what it holds comes before the bytes
        try:
            async with aclosing(self._asked(lanes)) as asked:
                async for one in asked:
                    rows = await self._joined_rows(one, out)
                    if rows is None:
                        self._rows = _FIRST_ROWS
                        rows = await self._by_rows(one, writer, lane)
                    count += rows
                    tell(count)
        finally:
            for own in lanes:
                await own.close()
        return count

    async def _asked(self, lanes: list[Lane]) -> AsyncGenerator[_Asked, None]:
        """Every range of the table in order, with the task that reads it."""
        ahead: deque[_Asked] = deque()
        after: int | None = None
        number, is_last = 0, False
        try:
            while ahead or not is_last:
                while len(ahead) < _AHEAD and not is_last:
                    until = await self._end(lanes[-1], after)
                    lane = lanes[number % _LANES]
                    joining = asyncio.create_task(self._joined(lane, after, until))
                    ahead.append(_Asked(after, until, joining))
                    after, is_last, number = until, until is None, number + 1
                yield ahead.popleft()
        finally:
            for one in ahead:
                one.joining.cancel()
            await asyncio.gather(*(one.joining for one in ahead), return_exceptions=True)

    async def _end(self, lane: Lane, after: int | None) -> int | None:
        rows = self._rows
        return await lane.run(lambda connection: self._made.end(connection, after, rows))

    async def _joined(self, lane: Lane, after: int | None, until: int | None) -> Joined | None:
        return await lane.run(lambda connection: self._made.joined(connection, after, until))

    async def _joined_rows(self, one: _Asked, out: TextIO) -> int | None:
        """Write a piece as it was joined: how many rows; None: it is not to be had so."""
        piece = await one.joining
        if piece is None or not piece.rows:
            return None if piece is None else 0
        size = await off_loop(partial(self._put, piece, out))
        if size is None:
            return None
        self._rows = max(1, min(_MOST_ROWS, 2 * self._rows, _PIECE_BYTES * piece.rows // size))
        return piece.rows

    def _put(self, piece: Joined, out: TextIO) -> int | None:
        lines = self._lines(piece, len(self._wanted.names))
        if lines is not None:
            out.buffer.write(lines)
        return None if lines is None else len(lines)

    async def _by_rows(self, one: _Asked, writer: RowWriter, lane: Lane) -> int:
        """The same rows one by one."""
        count = 0
        wanted = replace(self._wanted, after=one.after, until=one.until)
        async with aclosing(chunks(lane, wanted)) as parts:
            async for rows in parts:
                await off_loop(partial(writer.write, rows))
                count += len(rows)
        writer.end()  # what it holds comes before the bytes of the next piece
        return count
