"""Whole lines changed at once: commented out, moved to the right and back."""

from collections.abc import Sequence

_SIGN = "--"


def commented(lines: Sequence[str]) -> list[str]:
    """With a sign of a comment in front of each line that is not blank, below one another; without
    them where all of those have one already.
    """
    written = [line for line in lines if line.strip()]
    if written and all(line.lstrip().startswith(_SIGN) for line in written):
        return [_uncommented(line) for line in lines]
    at = min((_depth(line) for line in written), default=0)
    return [f"{line[:at]}{_SIGN} {line[at:]}" if line.strip() else line for line in lines]


def _uncommented(line: str) -> str:
    at = _depth(line)
    rest = line[at:].removeprefix(_SIGN)
    return line[:at] + rest.removeprefix(" ")


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def indented(lines: Sequence[str], width: int) -> list[str]:
    """With `width` blanks in front of each line that is not empty."""
    return [" " * width + line if line else line for line in lines]


def dedented(lines: Sequence[str], width: int) -> list[str]:
    """With as many blanks, or one tab, less in front, as far as there are some."""
    return [_dedented(line, width) for line in lines]


def _dedented(line: str, width: int) -> str:
    if line.startswith("\t"):
        return line[1:]
    return line[min(width, len(line) - len(line.lstrip(" "))) :]
