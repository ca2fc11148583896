"""Numbers and names as findings and trees say them."""

import unicodedata


def count(value: float) -> str:
    """1,234,567."""
    return f"{value:,.0f}"


def short(value: float) -> str:
    """At most six characters: 950, 12.3k, 498k, 1.99M, 2.00G."""
    for limit, divisor, unit in ((1e4, 1, ""), (1e6, 1e3, "k"), (1e9, 1e6, "M"), (1e12, 1e9, "G")):
        if abs(value) < limit:
            scaled = value / divisor
            if not unit:
                return f"{scaled:.0f}" if scaled == round(scaled) else f"{scaled:.2f}"
            return f"{scaled:.{2 if scaled < 10 else 1 if scaled < 100 else 0}f}{unit}"
    return f"{value:.1e}"


def milliseconds(value: float) -> str:
    """0.084 ms, 12.3 ms, 1,063 ms, 14.8 s."""
    if value >= 10_000:
        return f"{value / 1000:,.1f} s"
    if value >= 100:
        return f"{value:,.0f} ms"
    return f"{value:.1f} ms" if value >= 1 else f"{value:.3f} ms"


def kilobytes(value: float) -> str:
    """Sizes the server gives in kB, in the unit people read."""
    if value >= 1024 * 1024:
        return f"{value / 1024 / 1024:.1f} GB"
    return f"{value / 1024:.1f} MB" if value >= 1024 else f"{value:.0f} kB"


def percent(part: float) -> str:
    """A share of one, as 12 % or 99.8 %."""
    return f"{part * 100:.1f} %" if 0.99 < part < 1 else f"{part * 100:.0f} %"


def plural(value: float, word: str) -> str:
    """1 row, 2 rows."""
    return f"{count(value)} {word}{'' if value == 1 else 's'}"


def printable(text: str) -> str:
    """Text of a plan without anything a terminal would obey: it may come from anywhere."""
    if text.isprintable():
        return text
    return "".join(
        char if not unicodedata.category(char).startswith("C") else "·" if char > " " else " "
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
