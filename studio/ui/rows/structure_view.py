"""The structure of one relation: columns, keys, indexes, triggers, policies, use, and its DDL."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Literal, Name, Number, Operator, String
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.table import Table as Grid
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from studio.model.catalog import Table
from studio.model.table_use import TableUse
from studio.ui.keys.commands import Command, bindings
from studio.ui.rows import structure_lines as lines
from studio.ui.widgets.ask import AskText
from studio.ui.widgets.found import MarkedPage
from studio.ui.widgets.labels import plain, plain_lines

if TYPE_CHECKING:
    from studio.doctor.known import KnownHealth

_SYNTAX = (
    (Comment, "comment"),
    (Keyword, "keyword"),
    (Name.Builtin, "type"),
    (String, "string"),
    (Literal.String, "string"),
    (Number, "number"),
    (Operator, "operator"),
)
_MOST_DDL = 40_000
"""Characters of DDL that are coloured; what is longer is shown plain."""


class StructureView(VerticalScroll):
    """Everything the catalog knows of one relation, to read and to scroll."""

    COMPONENT_CLASSES = {  # noqa: RUF012 Textual's own idiom
        "structure--title",
        "structure--dim",
        "structure--found",
        *(f"structure--{name}" for _, name in _SYNTAX),
    }
    DEFAULT_CSS = """
    StructureView { padding: 0 1; scrollbar-size-vertical: 1; }
    StructureView Static { height: auto; }
    StructureView .structure--title { color: $primary; text-style: bold; }
    StructureView .structure--found { text-style: reverse; }
    StructureView .structure--dim { color: $dim; }
    StructureView .structure--comment { color: $syntax-comment; }
    StructureView .structure--keyword { color: $syntax-keyword; }
    StructureView .structure--type { color: $syntax-type; }
    StructureView .structure--string { color: $syntax-string; }
    StructureView .structure--number { color: $syntax-number; }
    StructureView .structure--operator { color: $syntax-operator; }
    """

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("structure.find", "Find a text in it", "slash", "find", "find"),
        Command("structure.next", "The next line with the text", "n", "find_next(1)", "next"),
        Command("structure.previous", "The line before with the text", "N", "find_next(-1)"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._page = Group()
        self._needle = ""
        self._line = -1
        """Where the text was found last, among the page's lines."""

    def compose(self) -> ComposeResult:
        """One long page."""
        yield Static(id="page")

    def show(self, table: Table, known: "KnownHealth | None" = None) -> None:
        """Show what is known of `table` at once, from its start; `known`: what was last found
        wrong.
        """
        self.complete(table, (), known, TableUse())
        self.scroll_home(animate=False)

    def complete(
        self,
        table: Table,
        referencing: Sequence[tuple[Table, str]],
        known: "KnownHealth | None",
        use: TableUse,
    ) -> None:
        """Show more of the same, wherever one reads it; `referencing`: the relations whose keys
        point here, each with words; `use`: what the server counted.
        """
        sections = [*self._sections(table, referencing, use), self._health(table, known)]
        self._page = Group(*(part for section in sections for part in section))
        self._draw()

    # -- finding ---------------------------------------------------------------------------------

    def action_find(self) -> None:
        """Ask for a text, and go to it."""
        self.app.push_screen(AskText("Find in the structure", self._needle), self._find)

    def _find(self, text: str | None) -> None:
        if text is None:
            return
        self._needle, self._line = text, -1
        self._draw()
        if text:
            self.action_find_next(1)

    def action_find_next(self, step: int) -> None:
        """Go to the next line with the text, or the one before, round the ends."""
        if not self._needle:
            self.action_find()
            return
        found = MarkedPage(self._page, self._needle).places(self.app.console, self._width)
        if not found:
            self.notify(f"{plain(self._needle)} is not in the structure", markup=False)
            return
        if step > 0:
            self._line = next((line for line in found if line > self._line), found[0])
        else:
            self._line = next((line for line in found[::-1] if line < self._line), found[-1])
        self.scroll_to(y=max(0, self._line - self.size.height // 3), animate=False)

    @property
    def _width(self) -> int:
        return max(1, self.query_one("#page", Static).size.width)

    def _draw(self) -> None:
        page = (
            MarkedPage(self._page, self._needle, self._style("found"))
            if self._needle
            else self._page
        )
        self.query_one("#page", Static).update(page)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"structure--{name}", partial=True)

    def _sections(
        self, table: Table, referencing: Sequence[tuple[Table, str]], use: TableUse
    ) -> Iterable[list[RenderableType]]:
        yield self._section("Columns", self._columns(table))
        keys = [lines.key_words(table)] if table.primary_key else []
        keys += [
            f"({', '.join(key.columns)}) → {key.target} ({', '.join(key.target_columns)})"
            f"  on delete {key.on_delete.lower()}, on update {key.on_update.lower()}"
            for key in table.foreign_keys
        ]
        yield self._section("Keys", self._lines(keys))
        yield self._section("Referenced by", self._lines([f"{t.ref}  {w}" for t, w in referencing]))
        indexes = (lines.index_words(index, use) for index in table.indexes)
        yield self._section("Indexes", self._lines(indexes))
        checks = [f"{c.name or ''}  {c.expression}".strip() for c in table.checks]
        yield self._section("Checks", self._lines(checks))
        yield self._section("Triggers", self._triggers(table, use))
        yield self._section("Policies", self._lines(lines.policy_words(use.policing)))
        yield self._section("Use", self._lines(lines.use_words(use)))
        yield self._section("Options", self._lines(lines.facts(table)))
        yield self._section("DDL", self._ddl(table.sql) if table.sql else None)

    def _health(self, table: Table, known: "KnownHealth | None") -> list[RenderableType]:
        found = known.of(str(table.ref)) if known is not None else ()
        if known is None or not found:
            return []
        when = known.said_at(datetime.now().astimezone())
        found_lines = (f"{f.severity.value}  {f.check}  {f.object}  {f.says}" for f in found)
        return self._section(f"Health, as of {when} (g h)", self._lines(found_lines))

    def _section(self, title: str, body: RenderableType | None) -> list[RenderableType]:
        if body is None:
            return []
        return [Text(title, style=self._style("title")), body, Text("")]

    def _lines(self, said: Iterable[str]) -> RenderableType | None:
        text = "\n".join(f"  {plain(line)}" for line in said)
        return Text(text) if text else None

    def _columns(self, table: Table) -> RenderableType:
        grid = Grid.grid(padding=(0, 2, 0, 2), expand=False)
        for _ in range(4):
            grid.add_column(overflow="fold")
        dim = self._style("dim")
        for column in table.columns:
            words = lines.column_words(column)
            grid.add_row(
                Text(plain(column.name) or "''"),
                Text(plain(column.type_name) or "(no type)", style=self._style("type")),
                Text("" if column.nullable else "not null"),
                Text(plain(words), style=dim),
            )
        return grid

    def _triggers(self, table: Table, use: TableUse) -> RenderableType | None:
        parts: list[RenderableType] = []
        for trigger in table.triggers:
            parts.append(Text(f"  {plain(lines.trigger_words(trigger))}"))
            sources = (trigger.sql, use.trigger_functions.get(trigger.name, ""))
            parts += [Padding(self._ddl(sql.strip()), (0, 0, 0, 4)) for sql in sources if sql]
        return Group(*parts) if parts else None

    def _ddl(self, sql: str) -> Text:
        text = Text(plain_lines(sql))
        if len(sql) > _MOST_DDL:
            return text
        lexer = get_lexer_by_name("postgresql" if "$" in sql else "sql")
        place = 0
        for kind, value in lexer.get_tokens(plain_lines(sql)):
            name = next((name for token, name in _SYNTAX if kind in token), None)
            if name is not None:
                text.stylize(self._style(name), place, place + len(value))
            place += len(value)
        return text
