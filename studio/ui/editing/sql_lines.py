"""A script of changes as coloured lines; what is looked at is coloured, and nothing else."""

from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate

from rich.style import Style
from rich.text import Text

from studio.edits.sql.preview import GUARD, Preview
from studio.sqltext.highlight import spans
from studio.sqltext.syntax import Syntax
from studio.ui.widgets.labels import plain

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
