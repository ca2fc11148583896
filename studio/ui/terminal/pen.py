"""How cells are drawn, and the shortest way from one such to the next."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from rich.color import ColorSystem
from rich.style import Style

_ATTRIBUTES = (
    ("bold", "1"),
    ("dim", "2"),
    ("italic", "3"),
    ("underline", "4"),
    ("blink", "5"),
    ("blink2", "6"),
    ("reverse", "7"),
    ("conceal", "8"),
    ("strike", "9"),
    ("underline2", "21"),
    ("frame", "51"),
    ("encircle", "52"),
    ("overline", "53"),
)
"""A style's own words, and the SGR numbers that Rich writes for them."""
_SEEN_ON_BLANKS = frozenset({"4", "7", "9", "21", "51", "52", "53"})
_DEFAULTS = frozenset({"39", "49"})
_MOST_STYLES = 4096
"""Remembered at once: a style may hold the place it is for, and so be one of very many."""


@dataclass(frozen=True, slots=True, eq=False)
class Pen:
    """SGR parameters. Two that look the same are the same one (`Pens`)."""

    attributes: frozenset[str] = frozenset()
    foreground: str = ""
    """Empty: the terminal's own; so is `background`."""
    background: str = ""
    is_plain: bool = field(init=False)
    """Whether a blank shows nothing of it but its background."""

    def __post_init__(self) -> None:
        """See whether it shows on a blank."""
        object.__setattr__(self, "is_plain", self.attributes.isdisjoint(_SEEN_ON_BLANKS))

    def after(self, before: Self | None) -> str:
        """What makes `before` this one; None: nobody knows what it was."""
        if before is self:
            return ""
        whole = _sgr(("0", *sorted(self.attributes), self.foreground, self.background))
        if before is None or not before.attributes <= self.attributes:
            return whole
        changed = _sgr(
            (
                *sorted(self.attributes - before.attributes),
                (self.foreground or "39") if self.foreground != before.foreground else "",
                (self.background or "49") if self.background != before.background else "",
            )
        )
        return min(changed, whole, key=len)


def _sgr(words: Iterable[str]) -> str:
    return f"\x1b[{';'.join(filter(None, words))}m"


class Pens:
    """Pens of styles, for a terminal with so many colours."""

    def __init__(self, system: ColorSystem) -> None:
        self._system = system
        self._made: dict[tuple[frozenset[str], str, str], Pen] = {}
        self._of_style: dict[Style | None, tuple[Pen, Pen]] = {}
        self.none = self.made(frozenset(), "", "")
        """The terminal's own colours, and no attribute."""

    def made(self, attributes: frozenset[str], foreground: str, background: str) -> Pen:
        """The one pen that looks so."""
        key = attributes, foreground, background
        pen = self._made.get(key)
        if pen is None:
            pen = self._made[key] = Pen(*key)
        return pen

    def blank(self, pen: Pen) -> Pen:
        """What is seen of it on a blank."""
        return self.made(frozenset(), "", pen.background) if pen.is_plain else pen

    def over(self, pen: Pen, background: str) -> Pen:
        """The same on another background."""
        return self.made(pen.attributes, pen.foreground, background)

    def of(self, style: Style | None) -> tuple[Pen, Pen]:
        """The pen that draws characters in this style, and the one that draws blanks."""
        pair = self._of_style.get(style)
        if pair is None:
            if len(self._of_style) >= _MOST_STYLES:
                self._of_style.clear()
            pen = self.none if style is None else self._drawn(style)
            pair = self._of_style[style] = pen, self.blank(pen)
        return pair

    def _drawn(self, style: Style) -> Pen:
        attributes = frozenset(number for word, number in _ATTRIBUTES if getattr(style, word))
        return self.made(attributes, self._colour(style, is_foreground=True), self._colour(style))

    def _colour(self, style: Style, *, is_foreground: bool = False) -> str:
        colour = style.color if is_foreground else style.bgcolor
        if colour is None:
            return ""
        words = ";".join(colour.downgrade(self._system).get_ansi_codes(is_foreground))
        return "" if words in _DEFAULTS else words
