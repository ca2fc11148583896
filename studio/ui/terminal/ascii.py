"""The frame on terminals that know ASCII only: every other character on its way out is replaced.

The grid chooses plain signs by itself; borders, arrows and dots of the frame are Textual's, and
are found here, where everything that is written comes by.
"""

from rich.cells import get_character_cell_size
from textual.driver import Driver

_SIGNS = dict(zip("·…→←↑↓▸▾●○×✓✗∅⚠⏎⌫‹›■▪█▇▆▅", "-.><^v>v*oxx!0!<<<>#*####", strict=True))
_HORIZONTAL = dict.fromkeys("\N{EN DASH}─━╌╍┄┅┈┉═▔▁▂▃▄▀—", "-")
_VERTICAL = dict.fromkeys("│┃╎╏┆┇┊┋║▏▎▍▌▐▕", "|")
_CORNERS = dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬", "+")


class _Plain(dict[int, str]):
    """Character → what is written for it, as wide as itself."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = character if character.isascii() else "?" * get_character_cell_size(character)
        return self[code]


_PLAIN = _Plain(
    {ord(old): new for old, new in (_SIGNS | _HORIZONTAL | _VERTICAL | _CORNERS).items()}
)


def plain_output(kind: type[Driver]) -> type[Driver]:
    """The same driver, writing ASCII only."""

    class Plain(kind):  # type: ignore[valid-type, misc]
        def write(self, data: str) -> None:
            super().write(data.translate(_PLAIN))

    return Plain
