"""The lines a tree is drawn with, by the line above each of them."""

from collections.abc import Sequence

DEEPEST = 12
"""Levels drawn with guides; below, the depth is a number."""


def children_of(parents: Sequence[int | None]) -> list[list[int]]:
    """The lines right under each line."""
    found: list[list[int]] = [[] for _ in parents]
    for line, parent in enumerate(parents):
        if parent is not None:
            found[parent].append(line)
    return found


def guides(parents: Sequence[int | None]) -> tuple[list[str], list[int]]:
    """What each line begins with, and how deep it is."""
    children = children_of(parents)
    drawn, under, depth = [""] * len(parents), [""] * len(parents), [0] * len(parents)
    for line, parent in enumerate(parents):
        if parent is None:
            continue
        depth[line] = depth[parent] + 1
        if depth[line] > DEEPEST:
            drawn[line] = f"{'⋯':<{2 * DEEPEST}}{depth[line]}: "
            continue
        is_last = children[parent][-1] == line
        drawn[line] = under[parent] + ("└ " if is_last else "├ ")
        under[line] = under[parent] + ("  " if is_last else "│ ")
    return drawn, depth


_GOING_ON = str.maketrans("├└⋯", "│  ")


def continued(guide: str, *, has_inner: bool) -> str:
    """What a further row of a line begins with, under what `guides` drew for its first."""
    if "⋯" in guide:
        return " " * (len(guide) + 2)
    return guide.translate(_GOING_ON) + ("│ " if has_inner else "  ")
