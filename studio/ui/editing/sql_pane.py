"""The SQL of what is about to be sent: on the screen, folded or whole, and as a file."""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from studio.edits.sql.prepared import Prepared
from studio.edits.sql.preview import GUARD, Preview, preview
from studio.edits.sql.script_file import save_script
from studio.sqltext.highlight import spans
from studio.sqltext.syntax import Syntax
from studio.ui.widgets.ask import AskText
from studio.ui.widgets.labels import plain
from studio.ui.widgets.line_list import LineList
from studio.ui.widgets.theme_styles import styles

_RULE = 400
"""Longer than any terminal is wide."""
MOST_CHARACTERS = 4000
"""Of one statement; the saved file has all of it."""
_INDENT, _HANGING = "  ", "      "
STYLES = (
    ("Literal.String.Name", "syntax-name"),
    ("Keyword", "syntax-keyword"),
    ("Literal.String", "syntax-string"),
    ("Literal.Number", "syntax-number"),
    ("Comment", "syntax-comment"),
    ("Name.Builtin", "syntax-type"),
    ("Operator", "syntax-operator"),
)
"""Token types by the start of their names, and the theme's variables for them."""


class SqlPane(Vertical):
    """Statements in the order they are sent, one after the other, each at its change's line."""

    DEFAULT_CSS: ClassVar[str] = """
    SqlPane { height: 1fr; }
    SqlPane #rule { height: 1; color: $dim; text-wrap: nowrap; text-overflow: clip; }
    SqlPane #sql { height: 1fr; }
    """

    def __init__(self, syntax: Syntax) -> None:
        super().__init__()
        self._syntax = syntax
        self._ready: Prepared | None = None
        self._script: Preview | None = None
        self._line_of: Sequence[int] = ()
        """By change: its line on the screen."""
        self.is_whole = False
        """Whether every guard and value stands there."""

    def compose(self) -> ComposeResult:
        """A rule that says how much is shown, and the lines."""
        yield Static(id="rule", markup=False)
        yield LineList(id="sql")

    def on_mount(self) -> None:
        """Say how much is shown."""
        self._show_rule()

    def clear(self) -> None:
        """Show none: other changes have other statements."""
        self._ready = self._script = None
        self._line_of = ()
        self.query_one("#sql", LineList).show(0, lambda _: Text())

    async def show(self, ready: Prepared, script: Preview) -> None:
        """Show the statements of `ready`; `script`: the same, whole, as it would be saved."""
        self._ready, self._script = ready, script
        await self._write()

    async def show_whole(self, *, is_whole: bool) -> None:
        """Show every guard and value, or fold them."""
        self.is_whole = is_whole
        await self._write()

    async def _write(self) -> None:
        ready, script = self._ready, self._script
        if ready is None or script is None:
            return
        read = script if self.is_whole else preview(ready, script.begin, folded=True)
        lines = await asyncio.to_thread(SqlLines, self._syntax, read, self.app.size.width)
        self._line_of = lines.of_change(len(ready.staged))
        colours = styles(self.app, *(name for _, name in STYLES))
        self.query_one("#sql", LineList).show(lines.count, lambda index: lines.line(index, colours))
        self._show_rule()

    def _show_rule(self) -> None:
        how = "SQL, whole" if self.is_whole else "SQL, without what only stays as seen"
        self.query_one("#rule", Static).update(f"─ {how} ".ljust(_RULE, "─"))

    def go_to_change(self, index: int) -> None:
        """Show the statement of the change with this place in the set."""
        if index < len(self._line_of):
            self.query_one("#sql", LineList).go_to(self._line_of[index])

    # -- as a file -------------------------------------------------------------------------------

    def save(self, say: Callable[[str, str], None]) -> None:
        """Ask for a file and write the script to it; `say` gets what came of it, and a style."""
        script = self._script
        if script is None:
            return

        def chosen(path: str | None) -> None:
            if path:
                self._save(Path(path).expanduser(), str(script), say)

        self.app.push_screen(AskText("Save the SQL as", "changes.sql"), chosen)

    @work(group="save", exclusive=True)
    async def _save(self, path: Path, script: str, say: Callable[[str, str], None]) -> None:
        problem = await asyncio.to_thread(save_script, path, script)
        said = problem or f"saved as {path}; studio runs nothing from it"
        say(said, "error" if problem else "")


class SqlLines:
    """Statements between BEGIN and COMMIT, each wrapped to as many lines as it needs."""

    def __init__(self, syntax: Syntax, preview: Preview, width: int) -> None:
        self._preview = preview
        self._syntax = syntax
        self._width = max(20, width)
        self._guard = f"   {GUARD}"
        texts = [f"{preview.begin};", *(self._text(at) for at in range(len(preview.lines)))]
        self._breaks = [breaks(text, self._width - len(_HANGING)) for text in (*texts, "COMMIT;")]
        self._ends = list(accumulate(len(one) for one in self._breaks))

    def _text(self, at: int) -> str:
        line = self._preview.lines[at]
        sql = line.sql
        if len(sql) > MOST_CHARACTERS:
            sql = f"{sql[:MOST_CHARACTERS]}…"
        return f"{plain(sql)};{self._guard if line.guarded else ''}"

    @property
    def count(self) -> int:
        """How many lines there are."""
        return self._ends[-1]

    def of_change(self, count: int) -> tuple[int, ...]:
        """The first line of each of `count` changes."""
        places = {line.change: at for at, line in enumerate(self._preview.lines, start=1)}
        return tuple(self._ends[places.get(change, 1) - 1] for change in range(count))

    def line(self, index: int, styles: dict[str, Style]) -> Text:
        """One line, in the styles that `STYLES` names."""
        statement = bisect_right(self._ends, index)
        part = index - (self._ends[statement - 1] if statement else 0)
        start, end = self._breaks[statement][part]
        text = self._coloured(statement)[start:end].copy()
        for span in list(text.spans):
            text.spans.remove(span)
            text.stylize(styles.get(str(span.style), ""), span.start, span.end)
        return Text.assemble(_HANGING if part else _INDENT, text, no_wrap=True)

    @lru_cache(maxsize=64)  # noqa: B019 lives as long as the screen it is on
    def _coloured(self, statement: int) -> Text:
        lines = self._preview.lines
        if statement == 0:
            sql = f"{self._preview.begin};"
        elif statement > len(lines):
            sql = "COMMIT;"
        else:
            sql = self._text(statement - 1)
        text = Text(sql, no_wrap=True)
        for span in spans(sql, self._syntax, 0, 0):
            if (style := _style(span.type)) is not None:
                text.stylize(style, span.start, span.end)
        return text


def breaks(text: str, width: int) -> tuple[tuple[int, int], ...]:
    """Where to break `text` into lines of at most `width` characters, all of them kept."""
    made: list[tuple[int, int]] = []
    start = 0
    while len(text) - start > width:
        space = text.rfind(" ", start + width // 2, start + width)
        end = space + 1 if space >= 0 else start + width
        made.append((start, end))
        start = end
    return (*made, (start, len(text)))


def _style(kind: str) -> str | None:
    return next((name for prefix, name in STYLES if kind.startswith(prefix)), None)
