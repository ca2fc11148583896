"""Numbers and names as findings and trees say them."""

import unicodedata

FEW = 100
"""From here on, a fraction of a row says nothing."""
SHORT_WHOLE = 10_000
LONG_MS = 10_000
WHOLE_MS = 100
KB_PER_MB = 1024
KB_PER_GB = 1024 * 1024
NEARLY_ALL = 0.99
FIRST_OF = "The first of "
"""How a note begins on plans that a text holds besides."""
_BREAKS = {"Zl", "Zp"}
"""The categories of a line break and a paragraph's."""


def count(value: float) -> str:
    """1,234,567."""
    return f"{value:,.0f}"


def short(value: float) -> str:
    """At most six characters: 950, 12.3k, 498k, 1.99M, 2.00G."""
    if abs(value) < SHORT_WHOLE:
        return f"{value:.0f}" if value == round(value) or abs(value) >= FEW else f"{value:.2f}"
    for divisor, unit in ((1e3, "k"), (1e6, "M"), (1e9, "G")):
        if abs(value) < divisor * 1000:
            return f"{_three_digits(value / divisor)}{unit}"
    return f"{value:.1e}"


def _three_digits(value: float) -> str:
    digits = len(f"{abs(value):.0f}")
    return f"{value:.{max(0, 3 - digits)}f}"


def milliseconds(value: float) -> str:
    """0.084 ms, 12.3 ms, 1,063 ms, 14.8 s."""
    if value >= LONG_MS:
        return f"{value / 1000:,.1f} s"
    if value >= WHOLE_MS:
        return f"{value:,.0f} ms"
    return f"{value:.1f} ms" if value >= 1 else f"{value:.3f} ms"


def kilobytes(value: float) -> str:
    """Sizes the server gives in kB, in the unit people read."""
    if value >= KB_PER_GB:
        return f"{value / KB_PER_GB:.1f} GB"
    return f"{value / KB_PER_MB:.1f} MB" if value >= KB_PER_MB else f"{value:.0f} kB"


def percent(part: float) -> str:
    """A share of one, as 12 % or 99.8 %."""
    return f"{part * 100:.1f} %" if NEARLY_ALL < part < 1 else f"{part * 100:.0f} %"


def plural(value: float, word: str) -> str:
    """1 row, 2 rows."""
    return f"{count(value)} {word if value == 1 else f'{word}s'}"


def printable(text: str) -> str:
    """Text of a plan without anything a terminal would obey: it may come from anywhere."""
    if text.isprintable():
        return text
    return "".join(
        char
        if (category := unicodedata.category(char))[0] != "C" and category not in _BREAKS
        else "·"
        if char > " "
        else " "
        for char in text
    )


def shortened(text: str, width: int) -> str:
    """At most `width` characters, cut in the middle: both ends of a condition tell something."""
    if len(text) <= width:
        return text
    if width < 3:  # noqa: PLR2004 - no room for an ellipsis between two characters
        return text[: max(width, 0)]
    head = width // 2
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(share: float, cells: int) -> str:
    """A bar of eighth blocks, padded to `cells`."""
    eighths = round(max(0.0, min(1.0, share)) * cells * 8)
    full, rest = divmod(eighths, 8)
    return (EIGHTHS[8] * full + (EIGHTHS[rest] if rest else "")).ljust(cells)
