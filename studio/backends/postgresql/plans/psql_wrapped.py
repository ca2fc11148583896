"""Rows that psql broke to fit a width (`\\pset format wrapped`), joined again.

Where a row goes on it ends with a mark, and begins with one: a dot, or an ellipsis where lines are
drawn. Without a border only its end is marked, in the column after those of the rule.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

_MARKS = frozenset(".…")
_BARS = frozenset("|│║")
_FRAME = re.compile(r"[\s\-+|│┌┐└┘├┤┬┴┼─═╔╗╚╝╠╣]*")
_WITHIN = re.compile(r"\d\.\.\d")
_RULE = re.compile(r"[-─═]{20,}")
_HEADER = re.compile(r"\s*QUERY PLAN\s*")


def unwrapped(lines: Sequence[str]) -> list[str]:
    """The lines with those that were broken in one piece."""
    mark, width = _mark(lines), _width(lines)
    found: list[str] = []
    last = ""
    for line in lines:
        inner = _bare(line, both=True)
        if mark and _bare(last).endswith(mark) and inner.startswith(mark):
            found[-1] = f"{_bare(found[-1])[:-1]}{inner[1:]}"
        elif not mark and found and last[-1:] in _MARKS and len(last) == width:
            found[-1] = f"{found[-1][:-1]}{line}"
        else:
            found.append(line)
        last = line
    return found


def _mark(lines: Sequence[str]) -> str:
    """What stands at both ends of a break; empty where not all of the longest lines are broken so.

    A terminal breaks anywhere, between the two dots of `0.00..8.27` too.
    """
    inner = [_bare(line, both=True).rstrip() for line in lines if not _FRAME.fullmatch(line)]
    width = max(map(len, inner), default=0)
    broken = [(one, other) for one, other in pairwise([*inner, ""]) if len(one) == width]
    marks = {one[-1:] if one[-1:] == other[:1] else "" for one, other in broken}
    if len(marks) != 1 or not marks <= _MARKS:
        return ""
    is_dotted = all(_WITHIN.fullmatch(one[-2:] + other[:2]) for one, other in broken)
    return "" if is_dotted else marks.pop()


def _width(lines: Sequence[str]) -> int:
    """Where the mark of a row without a border stands; 0: there is none."""
    for header, rule in pairwise(lines):
        if _HEADER.fullmatch(header) and _RULE.fullmatch(rule):
            return len(rule) + 1
    return 0


def _bare(line: str, *, both: bool = False) -> str:
    """A line without the bar at its end, or at both ends."""
    line = line[:-1] if line[-1:] in _BARS else line
    return line[1:] if both and line[:1] in _BARS else line
