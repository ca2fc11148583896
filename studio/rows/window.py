"""The window a grid scrolls over: which rows are held, which are wanted next, and their numbers.

No I/O and no asyncio. The widget that owns a window asks `wanted` after each move, fetches the
request it gets, and hands the answer to `accept` (or `failed`). Rows have an index from 0 to
`height`; where a position is only estimated, indices may have to move when the truth is learnt:
`accept` and `learn` then tell by how much, and the widget moves its scroll offset and cursor along.

Pages are joined only end to end by their keys, so rows that others insert or delete meanwhile are
neither shown twice nor skipped.
"""

from dataclasses import dataclass, replace

from studio.model.catalog import Table
from studio.model.page import Condition, Direction, PageKey, PageRequest, RowCount, RowPage, Sort
from studio.rows.pending import PendingRequest, Why
from studio.rows.position import Scale
from studio.rows.run import RowRun, WindowRow

PAGE_ROWS = 200
MAX_BYTES = 8 * 1024 * 1024
_REACH_PAGES = 3
"""So far beyond what is held, pages are still joined; farther away is a jump."""
_AHEAD_PAGES = 1.0
"""How much is read ahead in the direction of travel."""


@dataclass(frozen=True, slots=True)
class RowNumber:
    """A row's number from 1, as far as it is known."""

    value: int
    exact: bool
    is_known: bool = True
    """False where nothing tells even about how many rows come before."""

    def __str__(self) -> str:
        """With `~` before an estimate."""
        if not self.is_known:
            return "?"
        return f"{'' if self.exact else '~'}{self.value:,}"


@dataclass(frozen=True, slots=True)
class Moved:
    """How places of rows moved when an answer came, for who keeps such places."""

    shift: int = 0
    """Add this to every index the widget keeps (scroll offset, cursor, selection)."""
    goto: int | None = None
    """Where the cursor goes: set by the answer to a jump."""


class RowWindow:
    """Rows of one table in one order under one set of filters."""

    def __init__(
        self,
        table: Table,
        order: tuple[Sort, ...] = (),
        filters: tuple[Condition, ...] = (),
        *,
        page_rows: int = PAGE_ROWS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.table = table
        self.request = PageRequest(table.ref, order, filters, limit=page_rows)
        """The first page's request: order and filters are those of every other."""
        self.count: RowCount | None = None
        """How many rows there are, as far as is known."""
        self._max_bytes = max_bytes
        self._run: RowRun | None = None
        self._origin = 0
        """Index minus the run's own number, for every row of the run."""
        self._exact = True
        self._is_doubted = False
        """Whether others may have written since the rows were read or counted."""
        self._at_start = self._at_end = False
        self._asked: PendingRequest | None = None
        self._failed: PageRequest | None = None
        self._pending: PendingRequest | None = None
        self._view = (0, 0)
        self._way = Direction.FORWARD
        self._scale = Scale(table, order)

    # -- what there is ---------------------------------------------------------------------------

    @property
    def is_loaded(self) -> bool:
        """Whether any answer has come."""
        return self._run is not None

    @property
    def is_stable(self) -> bool:
        """False for a table without identity: it is read by OFFSET, and rows that others insert
        or delete shift what is shown.
        """
        return self.table.has_identity

    @property
    def held(self) -> range:
        """The indices of the rows that are held."""
        if self._run is None:
            return range(0)
        return range(self._run.start + self._origin, self._run.end + self._origin)

    @property
    def held_bytes(self) -> int:
        """About how many bytes the held rows take."""
        return 0 if self._run is None else self._run.bytes

    @property
    def height(self) -> int:
        """How many rows the scroll bar is for; an estimate until `is_exact`."""
        end = self.held.stop
        if self._run is None:
            return self.count.rows if self.count else 0
        if self._at_end:
            return end
        # One more than what is held, at least: there are more rows.
        return max(end + 1, self.count.rows if self.count else end + self.request.limit)

    @property
    def is_sized(self) -> bool:
        """Whether `height` is a count or an estimate, and no mere sign that there is more."""
        return self.is_exact or self.count is not None

    @property
    def is_exact(self) -> bool:
        """Whether `height` is a count."""
        if self._is_doubted:
            return False
        count = self.count
        if self._at_end and self._run is not None:
            return self._exact and (count is None or not count.exact or count.rows == self.height)
        return count is not None and count.exact and count.rows == self.height

    def row(self, index: int) -> WindowRow | None:
        """The row at `index`, or None while it is not held."""
        return None if self._run is None else self._run.row(index - self._origin)

    def number(self, index: int) -> RowNumber:
        """The number of the row at `index`."""
        return RowNumber(index + 1, self._exact, self._exact or self.count is not None)

    # -- what is wanted --------------------------------------------------------------------------

    def wanted(
        self, first: int, last: int, direction: Direction = Direction.FORWARD
    ) -> PageRequest | None:
        """The request to fetch next when rows `first` to `last` are on the screen and the person
        moves in `direction`; None when nothing is missing or the right answer is on its way.

        A request returned here replaces the one before: the answer to that one is ignored.
        """
        self._view = (max(first, 0), max(last, first, 0))
        self._way = direction
        if self._pending is not None:
            pending, self._pending = self._pending, None
            return self._ask(pending)
        if self._asked is not None and not self._is_astray():
            return None
        asked = self._next(direction)
        if asked is None or asked.request == self._failed:
            return None
        if self._asked is not None and asked.request == self._asked.request:
            return None
        return self._ask(asked)

    def first(self) -> None:
        """Go to the first row with the next `wanted`."""
        self._pending = PendingRequest(self.request, Why.FIRST, moves=True)

    def last(self) -> None:
        """Go to the last row with the next `wanted`, in one page's time.

        Without identity the end must be known: until a count is learnt, this is the end of what
        is estimated.
        """
        self._pending = replace(self._last(), moves=True)

    def percent(self, share: float) -> None:
        """Go to a place between the first row (0.0) and the last (1.0) with the next `wanted`."""
        self._pending = replace(self._at(round(share * max(self.height - 1, 0))), moves=True)

    def key(self, key: PageKey) -> None:
        """Go to the row at `key`, or the one that would follow it, with the next `wanted`."""
        index = self._scale.index(key, self.height)
        request = replace(self.request, start=key, inclusive=True)
        self._pending = PendingRequest(request, Why.KEY, index, moves=True)

    def refresh(self) -> None:
        """Read what is on the screen again, in place, with the next `wanted`."""
        self._failed = None
        if self._run is not None:
            self._pending = self._refreshed()

    def again(self) -> tuple[int, PageRequest] | None:
        """The first row on the screen that is held, and what reads it and those after it; None
        before any came.
        """
        if self._run is None:
            return None
        refreshed = self._refreshed()
        return (0 if refreshed.why is Why.FIRST else refreshed.index), refreshed.request

    def retry(self) -> None:
        """Let `wanted` ask again for what failed."""
        self._failed = None

    def _refreshed(self) -> PendingRequest:
        index = min(max(self._view[0], self.held.start), max(self.held.stop - 1, 0))
        here = self.row(index)
        limit = max(self.request.limit, self._view[1] - index + 1)
        if index == 0 or here is None:
            return PendingRequest(replace(self.request, limit=limit), Why.FIRST)
        if here.key is None:
            return self._by_offset(index, limit)
        again = replace(self.request, start=here.key, inclusive=True, limit=limit)
        return PendingRequest(again, Why.REFRESH, index)

    def _ask(self, asked: PendingRequest) -> PageRequest:
        self._asked = asked
        self._failed = None
        return asked.request

    def _is_astray(self) -> bool:
        """Whether the view has left the place for which the request in flight was made."""
        asked = self._asked
        if asked is None or asked.moves or asked.why in {Why.REFRESH, Why.SURVEY}:
            return False
        if asked.why in {Why.APPEND, Why.PREPEND}:
            return self._gap() > self._reach
        target = asked.index if asked.why is not Why.LAST else self.height
        return abs(target - self._view[0]) > self._reach

    @property
    def _reach(self) -> int:
        return _REACH_PAGES * self.request.limit

    def _gap(self) -> int:
        """Rows between the view and what is held; 0 when they touch."""
        first, last = self._view
        return max(first - self.held.stop, self.held.start - 1 - last, 0)

    def _next(self, direction: Direction) -> PendingRequest | None:
        first, last = self._view
        if self._run is None:
            return PendingRequest(self.request, Why.FIRST)
        last = min(last, self.height - 1)
        if self._gap() > self._reach:
            return self._at(first)
        if last >= self.held.stop and not self._at_end:
            return self._append()
        if first < self.held.start and not self._at_start:
            return self._prepend()
        ahead = int(_AHEAD_PAGES * self.request.limit)
        if direction is Direction.FORWARD:
            short = not self._at_end and self.held.stop - 1 - last < ahead
            return self._append() if short else None
        short = not self._at_start and first - self.held.start < ahead
        return self._prepend() if short else None

    def _append(self) -> PendingRequest:
        edge = self.row(self.held.stop - 1)
        if edge is None or edge.key is None:
            return replace(self._by_offset(self.held.stop), why=Why.APPEND)
        return PendingRequest(replace(self.request, start=edge.key), Why.APPEND, self.held.stop)

    def _prepend(self) -> PendingRequest:
        edge = self.row(self.held.start)
        if edge is None or edge.key is None:
            start = max(0, self.held.start - self.request.limit)
            before = self._by_offset(start, self.held.start - start)
            return replace(before, why=Why.PREPEND)
        request = replace(self.request, start=edge.key, direction=Direction.BACKWARD)
        return PendingRequest(request, Why.PREPEND, self.held.start)

    def _last(self) -> PendingRequest:
        if not self.is_stable:
            return self._by_offset(max(0, self.height - self.request.limit))
        return PendingRequest(replace(self.request, direction=Direction.BACKWARD), Why.LAST)

    def _at(self, index: int) -> PendingRequest:
        """A place in the middle: by an estimated key where keys are numbers, else by OFFSET."""
        if index <= self.request.limit:
            return PendingRequest(self.request, Why.FIRST)
        if self.is_stable and index >= self.height - self.request.limit:
            return self._last()
        if not self._scale.is_numeric:
            return self._by_offset(index)
        key = self._scale.key(index, self.height)
        if key is None:
            backward = replace(self.request, direction=Direction.BACKWARD, limit=1)
            return PendingRequest(backward, Why.SURVEY, index)
        return PendingRequest(replace(self.request, start=key, inclusive=True), Why.AT, index)

    def _by_offset(self, index: int, limit: int | None = None) -> PendingRequest:
        limit = self.request.limit if limit is None else limit
        return PendingRequest(replace(self.request, offset=index, limit=limit), Why.AT, index)

    # -- what came -------------------------------------------------------------------------------

    def accept(self, page: RowPage) -> Moved | None:
        """Take the answer to the latest request; None when it answers another, and is ignored."""
        asked = self._asked
        if asked is None or page.request != asked.request:
            return None
        self._asked = None
        self._measure(page)
        match asked.why:
            case Why.SURVEY:
                self._pending = replace(self._at(asked.index), moves=asked.moves)
                moved = Moved()
            case Why.APPEND:
                moved = self._appended(page)
            case Why.PREPEND:
                moved = self._prepended(page)
            case _:
                moved = self._replaced(asked, page)
        self._trim(moved.shift)
        return moved

    def failed(self, request: PageRequest) -> None:
        """The latest request cannot be answered; it is not asked again before `retry`."""
        if self._asked is not None and request == self._asked.request:
            self._asked = None
            self._failed = request

    def learn(self, count: RowCount) -> Moved:
        """Take a count or an estimate of the rows that the filters keep."""
        known = self.count is not None and self.count.exact
        if known and not count.exact:
            return Moved()
        self.count = count
        self._is_doubted &= not count.exact
        if not self._at_end or self._at_start or self._run is None:
            return Moved()
        if self._exact and not count.exact:
            return Moved()
        shift = max(count.rows - self.held.stop, -self.held.start)
        self._origin += shift
        self._exact = count.exact
        return Moved(shift)

    def doubt(self) -> None:
        """Others may have written: how many rows there are is an estimate from now on, until they
        are counted, or read again up to the end.
        """
        self._is_doubted = True
        self._exact &= self._at_start
        if self.count is not None:
            self.count = replace(self.count, exact=False)

    def _measure(self, page: RowPage) -> None:
        request = page.request
        if page.keys and request.start is None and not request.offset:
            forward = request.direction is Direction.FORWARD
            self._scale.learn(page.keys[0 if forward else -1], is_first=forward)

    def _appended(self, page: RowPage) -> Moved:
        if self._run is not None:
            self._run.append(page)
        self._at_end = not page.more
        shift = self._settle_end()
        self._note_end()
        return Moved(shift)

    def _prepended(self, page: RowPage) -> Moved:
        if self._run is not None:
            self._run.prepend(page)
        self._at_start = not page.more if page.keys or self.is_stable else self.held.start == 0
        return Moved(self._settle_start())

    def _settle_start(self) -> int:
        """Make the indices true at the start: 0 for the first row, and room before any other."""
        before = self.held.start
        if self._at_start:
            shift, self._exact = -before, True
        elif before < 1:
            shift, self._exact = self.request.limit - before, False
        else:
            return 0
        self._origin += shift
        self._note_end()
        return shift

    def _settle_end(self) -> int:
        """Make the indices true at the end, where the count says which is the last."""
        count = self.count
        if not self._at_end or self._exact or count is None or not count.exact:
            return 0
        shift = count.rows - self.held.stop
        if self.held.start + shift < 0:
            return 0
        self._origin += shift
        self._exact = True
        return shift

    def _replaced(self, asked: PendingRequest, page: RowPage) -> Moved:
        if not page.rows and (page.request.start is not None or page.request.offset):
            return self._missed(asked)
        height, total = self.height, self.count
        self._run = RowRun(page)
        self._is_doubted = False
        backward = page.request.direction is Direction.BACKWARD
        from_start = asked.why is Why.FIRST or (not page.request.offset and not self.is_stable)
        self._at_start = from_start or (backward and not page.more)
        self._at_end = backward or not page.more
        self._place(asked, height, total)
        shift = self._settle_start() if self._at_start else 0
        shift += self._settle_end()
        self._note_end()
        if asked.moves:
            goto = self.held.stop - 1 if asked.why is Why.LAST else self.held.start
            return Moved(0, max(goto, 0))
        # A guess that the count proves wrong takes the view along to where it really is.
        return Moved(shift)

    def _place(self, asked: PendingRequest, height: int, total: RowCount | None) -> None:
        rows = self._run.end if self._run is not None else 0
        match asked.why:
            case Why.FIRST:
                self._origin, self._exact = 0, True
            case Why.LAST:
                known = total is not None and total.exact and total.rows >= rows
                self._origin = max((total.rows if total and known else height) - rows, 0)
                self._exact = known
            case Why.REFRESH:
                self._origin = asked.index
            case _ if asked.request.offset:
                self._origin, self._exact = asked.index, True
            case _:
                # Where it was asked for, also when the end came sooner than was estimated: the
                # view must find its rows there.
                self._origin, self._exact = max(asked.index, 1), False

    def _missed(self, asked: PendingRequest) -> Moved:
        """There was nothing at that place: the table is shorter than was thought."""
        if self.is_stable:
            if asked.request.offset:
                self.count = RowCount(asked.request.offset, exact=False, source="OFFSET")
            self._pending = replace(self._last(), moves=True)
            return Moved()
        known = self.held.stop
        upper = asked.request.offset
        self.count = RowCount(upper, exact=upper <= known, source="OFFSET")
        between = (known + upper) // 2
        start = max(0, between - self.request.limit if upper - known > 1 else known - 1)
        self._pending = replace(self._by_offset(start), moves=asked.moves)
        return Moved()

    def _note_end(self) -> None:
        """Remember the count that reaching the end told, for when the end is let go again."""
        if self._at_end and self._exact:
            self.count = RowCount(self.held.stop, exact=True, source="read to the end")

    def _trim(self, shift: int) -> None:
        if self._run is None:
            return
        first, last = (at + shift - self._origin for at in self._view)
        # What was read ahead stays, or it would be asked for again at once.
        ahead = int(_AHEAD_PAGES * self.request.limit)
        if self._way is Direction.FORWARD:
            last += ahead
        else:
            first -= ahead
        start_went, end_went = self._run.drop_far(first, last, self._max_bytes)
        self._at_start &= not start_went
        self._at_end &= not end_went
