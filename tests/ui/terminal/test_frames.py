"""Only what changes is sent, and the terminal shows what it would show drawn anew."""

import random
from collections.abc import Callable
from itertools import pairwise

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import get_character_cell_size
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip
from wcwidth import wcwidth

from studio.ui.terminal.cells import _SURE
from studio.ui.terminal.colours import without_colours
from studio.ui.terminal.frames import Frame, TerminalFrames
from tests.examples import examples

WIDTH, HEIGHT = 24, 4
STYLES = [
    Style(),
    Style.parse("#d7dce4 on #14171c"),
    Style.parse("#8992a1 on #14171c"),
    Style.parse("bold #d7dce4 on #242a33"),
    Style.parse("reverse"),
    Style.parse("underline #ff0000"),
    Style.parse("dim italic on #242a33"),
    Style.parse("red on blue"),
    Style.parse("strike"),
]
TEXTS = ["a", "b", " ", "  ", "      ", "ab", "│", "…", "漢", "字a", "한글", "é", "e\u0301",
         "👍", "👩\u200d🔬", "⚠\ufe0f", "▶", "☃"]  # fmt: skip
Line = list[Strip]


def strip_of(chance: random.Random, width: int) -> Strip:
    """Something as wide as that."""
    made = Strip([])
    while made.cell_length < width:
        segment = Segment(chance.choice(TEXTS) * chance.randint(1, 3), chance.choice(STYLES))
        made = Strip.join([made, Strip([segment])])
    return made.crop(0, width)


def line_of(chance: random.Random) -> Line:
    """A whole line, cut where widgets might meet."""
    cuts = sorted({0, WIDTH, *(chance.randint(1, WIDTH - 1) for _ in range(chance.randint(0, 3)))})
    return [strip_of(chance, end - start) for start, end in pairwise(cuts)]


class Screen:
    """What is to be shown, and the frames that say so."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.lines = [line_of(chance) for _ in range(HEIGHT)]

    def whole(self) -> LayoutUpdate:
        return LayoutUpdate(list(self.lines), Region(0, 0, WIDTH, HEIGHT))

    def piecewise(self) -> ChopsUpdate:
        """The same, and every piece is put where it belongs."""
        return self.chops([(y, 0, WIDTH) for y in range(HEIGHT)])

    def next(self) -> Frame:
        """Change something; what Textual would draw then."""
        way = self.chance.choice((self.anew, self.piece, self.over, self.whole))
        return way()

    def anew(self) -> Frame:
        """Some lines are other ones."""
        changed = [y for y in range(HEIGHT) if self.chance.random() < 0.5] or [0]
        for y in changed:
            self.lines[y] = line_of(self.chance)
        return self.chops([(y, 0, WIDTH) for y in changed])

    def piece(self) -> Frame:
        """One widget's line is another one, or the same."""
        y = self.chance.randrange(HEIGHT)
        index = self.chance.randrange(len(self.lines[y]))
        x = sum(strip.cell_length for strip in self.lines[y][:index])
        width = self.lines[y][index].cell_length
        if self.chance.random() < 0.8:
            self.lines[y] = [*self.lines[y]]
            self.lines[y][index] = strip_of(self.chance, width)
        return self.chops([(y, x, x + width)])

    def over(self) -> Frame:
        """Something lies over a part of it."""
        y = self.chance.randrange(HEIGHT)
        x = self.chance.randrange(WIDTH)
        end = self.chance.randint(x + 1, WIDTH)
        before: Line = []
        behind: Line = []
        start = 0
        for strip in self.lines[y]:
            before.append(strip.crop(0, max(0, x - start)))
            behind.append(strip.crop(max(0, end - start)))
            start += strip.cell_length
        drawn = [*before, strip_of(self.chance, end - x), *behind]
        self.lines[y] = [strip for strip in drawn if strip.cell_length]
        return self.chops([(y, x, end)])

    def chops(self, spans: list[tuple[int, int, int]]) -> ChopsUpdate:
        chops: list[dict[int, Strip | None]] = []
        ends: list[list[int]] = []
        for line in self.lines:
            places = [sum(strip.cell_length for strip in line[:n]) for n in range(len(line))]
            chops.append(dict(zip(places, line, strict=True)))
            ends.append([*places[1:], WIDTH])
        return ChopsUpdate(chops, spans, ends)


class Terminal:
    """A screen of pyte's, which wraps no lines."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.stream = pyte.Stream(self.screen)
        self.stream.feed("\x1b[?7l")

    def looks(self) -> list[list[tuple[object, ...]]]:
        return [[_look(self.screen.buffer[y][x]) for x in range(WIDTH)] for y in range(HEIGHT)]


def _look(cell: pyte.screens.Char) -> tuple[object, ...]:
    lines = cell.underscore, cell.strikethrough, cell.reverse
    if not cell.data:
        return ()
    if cell.data == " ":
        return (" ", cell.bg, *lines, cell.fg if any(lines) else "")
    return cell.data, cell.fg, cell.bg, *lines, cell.bold, cell.italics, cell.blink


def console_of(system: str) -> Console:
    return Console(color_system=system, force_terminal=True)  # type: ignore[arg-type]


def same(text: str) -> str:
    return text


@pytest.mark.parametrize("term", ["xterm-256color", "screen-256color"])
@pytest.mark.parametrize(
    ("system", "written"),
    [("truecolor", same), ("256", same), ("standard", same), ("truecolor", without_colours)],
    ids=["true colour", "256", "16", "no colour"],
)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=examples(40), deadline=None)
def test_the_terminal_shows_what_it_would_show_drawn_anew(
    term: str, system: str, written: Callable[[str], str], seed: int
) -> None:
    chance, console = random.Random(seed), console_of(system)
    for style in STYLES:
        style._ansi = None  # it remembers the first terminal it was drawn for
    frames, screen = TerminalFrames({"TERM": term}), Screen(chance)
    ours = Terminal()
    frame: Frame = screen.whole()
    for _ in range(12):
        cursor = (chance.randrange(WIDTH), chance.randrange(HEIGHT))
        sequence = frames.sequence(frame, console, WIDTH, cursor, is_synchronised=False)
        ours.stream.feed(written(sequence))
        anew = Terminal()
        anew.stream.feed(written(screen.piecewise().render_segments(console)))
        assert ours.looks() == anew.looks(), sequence
        assert (ours.screen.cursor.x, ours.screen.cursor.y) == cursor
        if chance.random() < 0.1:
            ours.stream.feed("\x1b[0m\x1b[Hsomebody else drew here")
            frames.forget()
            frame = screen.whole()
        else:
            frame = screen.next()


@given(seed=st.integers(0, 2**32))
@settings(max_examples=examples(20), deadline=None)
def test_a_frame_that_changes_nothing_sends_nothing(seed: int) -> None:
    screen, console = Screen(random.Random(seed)), console_of("truecolor")
    frames = TerminalFrames({"TERM": "xterm"})
    assert frames.sequence(screen.whole(), console, WIDTH, (3, 1), is_synchronised=True)
    # Equal, and not the same: a widget draws itself anew.
    screen.lines = [[Strip(list(strip)) for strip in line] for line in screen.lines]
    assert not frames.sequence(screen.whole(), console, WIDTH, (3, 1), is_synchronised=True)
    moved = frames.sequence(screen.whole(), console, WIDTH, (4, 1), is_synchronised=True)
    assert moved == "\x1b[2;5H"


def test_every_character_that_is_sure_is_as_wide_for_everybody() -> None:
    wrong = [
        chr(code)
        for first, last, width in _SURE
        for code in range(first, last + 1)
        if not get_character_cell_size(chr(code)) == wcwidth(chr(code)) == width
    ]
    assert not wrong
