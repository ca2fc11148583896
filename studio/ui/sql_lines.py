"""A script of changes as coloured lines, each made when it is looked at."""

from functools import lru_cache

from rich.style import Style
from rich.text import Text
from textual.app import App

from studio.edits.preview import GUARD, Preview
from studio.sqltext.highlight import spans
from studio.sqltext.syntax import GENERIC, POSTGRESQL, SQLITE
from studio.ui.labels import plain
from studio.ui.theme_styles import styles

_SYNTAXES = {syntax.name: syntax for syntax in (SQLITE, POSTGRESQL)}
_MOST = 4000
"""Characters of one statement that are drawn."""
_KINDS = (
    ("Token.Keyword", "syntax-keyword"),
    ("Token.Literal.String", "syntax-string"),
    ("Token.Literal.Number", "syntax-number"),
    ("Token.Comment", "syntax-comment"),
    ("Token.Name.Builtin", "syntax-type"),
    ("Token.Operator", "syntax-operator"),
)


class SqlLines:
    """One line a statement, between BEGIN and COMMIT."""

    def __init__(self, app: App[object], engine: str, preview: Preview) -> None:
        self._preview = preview
        self._syntax = _SYNTAXES.get(engine, GENERIC)
        self._styles = styles(app, *(name for _, name in _KINDS))
        self.line = lru_cache(maxsize=256)(self._line)

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self._preview.lines) + 2

    def of_change(self, count: int) -> tuple[int, ...]:
        """The line of each of `count` changes."""
        places = {line.change: at for at, line in enumerate(self._preview.lines, start=1)}
        return tuple(places.get(change, 0) for change in range(count))

    def _line(self, index: int) -> Text:
        lines = self._preview.lines
        if index == 0:
            return self._coloured(f"{self._preview.begin};")
        if index > len(lines):
            return self._coloured("COMMIT;")
        line = lines[index - 1]
        text = self._coloured(f"{plain(line.sql[:_MOST])};")
        if line.guarded:
            text.append(f"   {GUARD}", self._styles["syntax-comment"])
        return text

    def _coloured(self, sql: str) -> Text:
        text = Text(f"  {sql}", no_wrap=True)
        for span in spans(sql, self._syntax, 0, 0):
            if (style := self._style(span.type)) is not None:
                text.stylize(style, span.start + 2, span.end + 2)
        return text

    def _style(self, kind: str) -> Style | None:
        found = (name for prefix, name in _KINDS if kind.startswith(prefix))
        name = next(found, None)
        return self._styles[name] if name is not None else None
