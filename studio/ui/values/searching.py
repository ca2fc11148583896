"""The next place of a text in a value, in the whole of it and not only in the lines one sees."""

import re
from bisect import bisect_right

from studio.ui.values.json_lines import JsonLines
from studio.ui.values.json_tree import JsonTree


def next_place(text: str, needle: str, place: int, step: int) -> int | None:
    """Where `needle` stands next after `place`, whatever its capitals, or with a `step` below 0
    the last time before it; round the ends. None: nowhere.
    """
    pattern = re.compile(re.escape(needle), re.IGNORECASE)
    if step > 0:
        found = pattern.search(text, place + 1) or pattern.search(text)
        return None if found is None else found.start()
    last: int | None = None
    before: int | None = None
    for match in pattern.finditer(text):
        last = match.start()
        before = last if last < place else before
        if last >= place and before is not None:
            break
    return last if before is None else before


def line_at(lines: JsonLines, place: int) -> int:
    """The line of laid out JSON that holds a place of its text."""
    return max(0, bisect_right(range(len(lines)), place, key=lines.start) - 1)


def go_to_line(tree: JsonTree, line: int) -> None:
    """Put the cursor there; what it is folded in opens."""
    document = tree.document
    for around in document.lines.ancestors(line):
        if document.is_folded(around):
            document.turn(around)
    tree.cursor = document.start_of(line)
