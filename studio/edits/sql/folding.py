"""Statements short enough to be read: what a person decides by stays, the rest is a count."""

from studio.edits.sql.shapes import ChangeShape, Named

_MOST_NAMES = 4
"""Of an identity: the row of a view is named by all it holds."""
_MOST_LITERAL = 60
_TAIL = 12


def folded_shape(shape: ChangeShape) -> ChangeShape:
    """`shape` with the conditions on what names the row and on what changes, and no others."""
    changed = {name for name, _ in shape.after}
    return shape._replace(
        identity=_telling(shape.identity, changed),
        before=tuple(one for one in shape.before if one[0] in changed)
        if shape.identity
        else _telling(shape.before, changed),
    )


def _telling(named: Named, changed: set[str]) -> Named:
    """What changes, and as many others as there is room for."""
    if len(named) <= _MOST_NAMES:
        return named
    others = [one for one in named if one[0] not in changed][:_MOST_NAMES]
    return tuple(one for one in named if one[0] in changed or one in others)


def shortened(literal: str) -> str:
    """A literal without its middle where it is long: how it begins, how it ends, its type."""
    if len(literal) <= _MOST_LITERAL:
        return literal
    return f"{literal[: _MOST_LITERAL - _TAIL - 1]}…{literal[-_TAIL:]}"
