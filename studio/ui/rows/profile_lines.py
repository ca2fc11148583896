"""A profile as lines: numbers, then top values, histogram and shapes with bars."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text

from studio.backends.base import Backend
from studio.backends.plans.words import bar
from studio.model.catalog import Column, ColumnKind
from studio.model.page import Condition, Filter, Operator, Shortened, Value
from studio.model.profile import Bar, Basis, Profile
from studio.ui.widgets.cells import CellFormat, draw, natural_width
from studio.ui.widgets.epochs import date_of, epoch_date, is_epoch_name
from studio.ui.widgets.glyphs import Glyphs
from studio.ui.widgets.labels import fit

_LABEL = 12
_MOST_VALUE, _LEAST_VALUE = 40, 12
_BAR = 20
_DAY = len("2026-01-31")
_NUMBERS = 22
"""Cells of a share and a number of rows."""


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """One line, and the rows it tells of."""

    text: Text
    keeps: tuple[Condition, ...] = ()
    """What keeps them; empty: it tells of all."""
    why_not: str = ""
    """Why they cannot be kept, where one would expect it."""


def source_words(profile: Profile) -> str:
    """What the numbers were made of."""
    match profile.basis:
        case Basis.EXACT:
            return "of every row"
        case Basis.STATISTICS:
            when = f" of {profile.analyzed}" if profile.analyzed else ""
            return f"~ from the statistics{when}"
    if is_exact(profile):
        return "of every row"
    rows = profile.rows.rows if profile.rows is not None else 0
    return f"~ of the first {rows:,} rows alone"


def is_exact(profile: Profile) -> bool:
    """Whether it tells of every row, and exactly."""
    is_all = profile.rows is not None and profile.rows.exact
    return profile.basis is Basis.EXACT or (profile.basis is Basis.HEAD and is_all)


@dataclass(frozen=True, slots=True)
class ProfileStyle:
    """How lines are drawn."""

    width: int
    """Cells of the longest."""
    glyphs: Glyphs
    dim: Style
    bar: Style


class ProfileLines:
    """Draws the profile of one column."""

    def __init__(
        self, profile: Profile, column: Column, backend: Backend, looks: ProfileStyle
    ) -> None:
        self._profile = profile
        self._column = column
        self._backend = backend
        self._glyphs = looks.glyphs
        self._looks = looks
        is_epoch = column.kind.is_number and is_epoch_name(column.name)
        self._cell = CellFormat(column.kind, is_epoch=is_epoch)
        self._room = max(_LEAST_VALUE, min(_MOST_VALUE, looks.width - _BAR - _NUMBERS - 6))
        self._about = "" if is_exact(profile) else "~"

    def lines(self) -> list[ProfileLine]:
        """All of them, from the top."""
        return [*self._numbers(), *self._frequent(), *self._bars(), *self._shapes()]

    # -- numbers ---------------------------------------------------------------------------------

    def _numbers(self) -> Iterator[ProfileLine]:
        profile, rows = self._profile, self._profile.rows
        if rows is not None:
            about = "" if rows.exact or profile.basis is Basis.HEAD else "~"
            yield self._told("rows", f"{about}{rows.rows:,}")
        if profile.nulls is not None:
            nulls = Filter(self._column.name, Operator.IS_NULL)
            share, count = self._share(profile.nulls), self._rows(profile.nulls, None)
            yield self._told("nulls", f"{share.strip()}  {count.strip()}".rstrip(), (nulls,))
        if profile.distinct is not None:
            yield self._told("distinct", f"{self._about}{profile.distinct:,}")
        for label, value in (("least", profile.least), ("most", profile.most)):
            if value is not None:
                about = "~" if profile.are_ends_estimated else ""
                yield self._of_value(label, value, _MOST_VALUE, about)
        if profile.lengths is not None:
            least, average, most = profile.lengths
            said = f"{least:,} to {most:,}, {average:,.1f} on average"
            said = f"{least:,}" if least == most else said
            yield self._told("characters", f"{self._about}{said}")
        if profile.width:
            yield self._told("bytes", f"~{profile.width:,} a value on average, as stored")

    # -- with bars -------------------------------------------------------------------------------

    def _frequent(self) -> Iterator[ProfileLine]:
        found = self._profile.frequent
        if not found:
            return
        yield from self._heading("top values")
        most = max(one.share for one in found)
        widths = (natural_width(one.value, self._cell, self._room, self._glyphs) for one in found)
        width = max(_LEAST_VALUE, *widths)
        for one in found:
            line = self._of_value("", one.value, width)
            self._finish(line.text, one.share, most, one.rows)
            yield line

    def _bars(self) -> Iterator[ProfileLine]:
        found = self._profile.bars
        if not found:
            return
        yield from self._heading("where they lie")
        most = max(one.share for one in found) or 1.0
        place = self._places(found)
        labels = [f"{place(one.first)} to {place(one.last)}" for one in found]
        width = min(self._room, max(map(len, labels)))
        for label, one in zip(labels, found, strict=True):
            text = Text(f"  {fit(label, width)}  ")
            self._finish(text, one.share, most, None)
            yield ProfileLine(text, self._within(one, is_last=one is found[-1]))

    def _shapes(self) -> Iterator[ProfileLine]:
        found, total = self._profile.shapes, max(1, self._profile.shaped)
        if not found:
            return
        yield from self._heading(f"how {total:,} of them are written")
        width = max(len(one.pattern) for one in found)
        most = found[0].count / total
        for one in found:
            text = Text(f"  {fit(one.pattern, width)}  ")
            text.append(f"{bar(one.count / total / most, _BAR)}", style=self._looks.bar)
            text.append(f"{one.count / total:>8.1%}".replace("%", " %"), style=self._looks.dim)
            yield ProfileLine(text)

    def _finish(self, text: Text, share: float, most: float, rows: int | None) -> None:
        text.append(bar(share / most if most else 0.0, _BAR), style=self._looks.bar)
        text.append(f"{self._share(share)}{self._rows(share, rows)}", style=self._looks.dim)

    def _share(self, share: float) -> str:
        text = f"{share:.1%}".replace("%", " %")
        if share and text == "0.0 %":
            text = "<0.1 %"
        return f"{self._about}{text}".rjust(9)

    def _rows(self, share: float, rows: int | None) -> str:
        of = self._profile.rows
        if rows is None and of is None:
            return ""
        count = rows if rows is not None else round(share * of.rows if of is not None else 0)
        return f"{self._about}{count:,}".rjust(_NUMBERS - 9)

    def _told(self, label: str, said: str, keeps: tuple[Condition, ...] = ()) -> ProfileLine:
        return ProfileLine(Text.assemble((f"{label:<{_LABEL}}", self._looks.dim), said), keeps)

    def _heading(self, said: str) -> Iterator[ProfileLine]:
        yield ProfileLine(Text())
        yield ProfileLine(Text(said, style=self._looks.dim))

    # -- values ----------------------------------------------------------------------------------

    def _of_value(self, before: str, value: Value, width: int, about: str = "") -> ProfileLine:
        drawn = "".join(span.text for span in draw(value, self._cell, width, self._glyphs))
        if before:
            text = Text.assemble((f"{before:<{_LABEL}}", self._looks.dim), about, drawn.strip())
        else:
            text = Text(f" {drawn} ")
        if isinstance(value, Shortened):
            return ProfileLine(text, why_not="too long to filter by")
        return ProfileLine(text, (Filter(self._column.name, Operator.EQUAL, value),))

    def _places(self, found: tuple[Bar, ...]) -> Callable[[float], str]:
        """How the edges of bars are written."""
        if not self._column.kind.is_number and self._column.kind is not ColumnKind.ANY:
            span = found[-1].last - found[0].first
            return lambda at: date_of(at, span)
        if self._cell.is_epoch and all(epoch_date(round(one.first)) for one in found):
            days = {epoch_date(round(one.first))[:_DAY] for one in found}
            cut = _DAY if len(days) == len(found) else None
            return lambda at: epoch_date(round(at))[:cut]
        if all(one.first.is_integer() for one in found):
            return lambda at: f"{int(at):,}"
        return lambda at: f"{at:,.6g}"

    def _within(self, one: Bar, *, is_last: bool) -> tuple[Condition, ...]:
        """The rows of a bar; times are not written as numbers."""
        if not self._column.kind.is_number:
            return ()
        below = Operator.LESS_EQUAL if is_last else Operator.LESS
        ends = ((Operator.GREATER_EQUAL, one.first), (below, one.last))
        name, parse = self._column.name, self._backend.parse
        return tuple(Filter(name, sign, parse(_digits(at), self._column)) for sign, at in ends)


def _digits(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)
