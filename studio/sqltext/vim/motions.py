"""Where vim's motions lead, in characters from the start of a text (vim's own `motion.txt`)."""

from collections.abc import Callable, Mapping
from enum import Enum


class Reach(Enum):
    """What an operator takes along with a motion."""

    EXCLUSIVE = "up to it"
    INCLUSIVE = "with the character at its end"
    LINES = "whole lines"


def line_start(text: str, at: int) -> int:
    """Of the line around `at`."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Behind its last character, in front of what ends it."""
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return end - 1 if text[line_start(text, at) : end].endswith("\r") and end > at else end


def last_of_line(text: str, at: int) -> int:
    """Its last character; its start where it has none."""
    return max(line_start(text, at), line_end(text, at) - 1)


def first_word(text: str, at: int) -> int:
    """The first character of the line that is no blank."""
    start, end = line_start(text, at), line_end(text, at)
    return start + len(text[start:end]) - len(text[start:end].lstrip(" \t"))


def _kind(character: str) -> int:
    if character.isspace():
        return 0
    return 1 if character.isalnum() or character == "_" else 2


def next_word(text: str, at: int) -> int:
    """`w`: the next beginning of a word; an empty line is one."""
    size = len(text)
    if at < size and (kind := _kind(text[at])):
        while at < size and _kind(text[at]) == kind:
            at += 1
    while at < size and not _kind(text[at]):
        at += 1
        if text[at - 1] == "\n" and text[at : at + 1] == "\n":
            break
    return at


def word_end(text: str, at: int) -> int:
    """`e`: the end of this word, or of the next one."""
    size = len(text)
    at += 1
    while at < size and not _kind(text[at]):
        at += 1
    while at + 1 < size and _kind(text[at + 1]) == _kind(text[at]):
        at += 1
    return min(at, max(0, size - 1))


def ends_word(text: str, at: int) -> bool:
    """Whether the word around `at` ends there."""
    return at + 1 >= len(text) or _kind(text[at + 1]) != _kind(text[at])


def word_before(text: str, at: int) -> int:
    """`b`: the beginning of this word, or of the one before."""
    at -= 1
    while at > 0 and not _kind(text[at]):
        at -= 1
    while at > 0 and _kind(text[at - 1]) == _kind(text[at]):
        at -= 1
    return max(0, at)


def lines_down(text: str, at: int, by: int, column: int) -> int:
    """`j` and `k`: in the same column, or at the end of a shorter line."""
    start = line_start(text, at)
    for _ in range(abs(by)):
        found = text.find("\n", start) + 1 if by > 0 else line_start(text, max(0, start - 1))
        if (by > 0 and not found) or (by < 0 and start == 0):
            break
        start = found
    return min(start + column, last_of_line(text, start))


def line_number(text: str, number: int) -> int:
    """`G`: the first word of this line, from 1; of the last one, where there are fewer."""
    start = 0
    for _ in range(number - 1):
        found = text.find("\n", start)
        if found < 0:
            break
        start = found + 1
    return first_word(text, start)


def _left(text: str, at: int) -> int:
    return max(line_start(text, at), at - 1)


def _right(text: str, at: int) -> int:
    return min(line_end(text, at), at + 1)


REPEATED: Mapping[str, tuple[Callable[[str, int], int], Reach]] = {
    "h": (_left, Reach.EXCLUSIVE),
    "l": (_right, Reach.EXCLUSIVE),
    "w": (next_word, Reach.EXCLUSIVE),
    "b": (word_before, Reach.EXCLUSIVE),
    "e": (word_end, Reach.INCLUSIVE),
}
"""As often as a count says."""
ONCE: Mapping[str, tuple[Callable[[str, int], int], Reach]] = {
    "0": (line_start, Reach.EXCLUSIVE),
    "^": (first_word, Reach.EXCLUSIVE),
    "$": (last_of_line, Reach.INCLUSIVE),
}
