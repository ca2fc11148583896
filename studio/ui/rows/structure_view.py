"""The structure of one relation: columns, keys, indexes, constraints, triggers, and its DDL."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Literal, Name, Number, Operator, String
from rich.console import Group, RenderableType
from rich.style import Style
from rich.table import Table as Grid
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from studio.model.catalog import Column, Index, IndexPart, Table
from studio.ui.widgets.cells import bytes_size
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
        *(f"structure--{name}" for _, name in _SYNTAX),
    }
    DEFAULT_CSS = """
    StructureView { padding: 0 1; scrollbar-size-vertical: 1; }
    StructureView Static { height: auto; }
    StructureView .structure--title { color: $primary; text-style: bold; }
    StructureView .structure--dim { color: $dim; }
    StructureView .structure--comment { color: $syntax-comment; }
    StructureView .structure--keyword { color: $syntax-keyword; }
    StructureView .structure--type { color: $syntax-type; }
    StructureView .structure--string { color: $syntax-string; }
    StructureView .structure--number { color: $syntax-number; }
    StructureView .structure--operator { color: $syntax-operator; }
    """

    def compose(self) -> ComposeResult:
        """One long page."""
        yield Static(id="page")

    def show(
        self,
        table: Table,
        referencing: Sequence[tuple[Table, str]] = (),
        known: "KnownHealth | None" = None,
    ) -> None:
        """Show `table`; `referencing`: the relations whose keys point here, each with words;
        `known`: what was last found wrong.
        """
        sections = [*self._sections(table, referencing), self._health(table, known)]
        parts = [part for section in sections for part in section]
        self.query_one("#page", Static).update(Group(*parts))
        self.scroll_home(animate=False)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"structure--{name}", partial=True)

    def _sections(
        self, table: Table, referencing: Sequence[tuple[Table, str]]
    ) -> Iterable[list[RenderableType]]:
        yield self._section("Columns", self._columns(table))
        keys = [_key_words(table)] if table.primary_key else []
        keys += [
            f"({', '.join(key.columns)}) → {key.target} ({', '.join(key.target_columns)})"
            f"  on delete {key.on_delete.lower()}, on update {key.on_update.lower()}"
            for key in table.foreign_keys
        ]
        yield self._section("Keys", self._lines(keys))
        yield self._section("Referenced by", self._lines([f"{t.ref}  {w}" for t, w in referencing]))
        yield self._section("Indexes", self._lines(map(_index_words, table.indexes)))
        checks = [f"{c.name or ''}  {c.expression}".strip() for c in table.checks]
        yield self._section("Checks", self._lines(checks))
        triggers = [
            f"{t.name}  {t.timing.lower()} {' or '.join(t.events).lower()}"
            f"{'' if t.enabled else '  disabled'}"
            for t in table.triggers
        ]
        yield self._section("Triggers", self._lines(triggers))
        yield self._section("Options", self._lines(_facts(table)))
        yield self._section("DDL", self._ddl(table.sql) if table.sql else None)

    def _health(self, table: Table, known: "KnownHealth | None") -> list[RenderableType]:
        found = known.of(str(table.ref)) if known is not None else ()
        if known is None or not found:
            return []
        when = known.said_at(datetime.now().astimezone())
        lines = (f"{f.severity.value}  {f.check}  {f.object}  {f.says}" for f in found)
        return self._section(f"Health, as of {when} (g h)", self._lines(lines))

    def _section(self, title: str, body: RenderableType | None) -> list[RenderableType]:
        if body is None:
            return []
        return [Text(title, style=self._style("title")), body, Text("")]

    def _lines(self, lines: Iterable[str]) -> RenderableType | None:
        text = "\n".join(f"  {plain(line)}" for line in lines)
        return Text(text) if text else None

    def _columns(self, table: Table) -> RenderableType:
        grid = Grid.grid(padding=(0, 2, 0, 2), expand=False)
        for _ in range(4):
            grid.add_column(overflow="fold")
        dim = self._style("dim")
        for column in table.columns:
            words = _column_words(column)
            grid.add_row(
                Text(plain(column.name) or "''"),
                Text(plain(column.type_name) or "(no type)", style=self._style("type")),
                Text("" if column.nullable else "not null"),
                Text(plain(words), style=dim),
            )
        return grid

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


def _key_words(table: Table) -> str:
    return f"primary key ({', '.join(table.primary_key)})"


def _column_words(column: Column) -> str:
    words = []
    if column.default is not None:
        words.append(f"default {column.default}")
    if column.generated is not None:
        words.append(f"generated as {column.generated}")
    if column.identity:
        words.append("numbered by the database")
    if column.choices:
        words.append(f"one of {', '.join(column.choices)}")
    if column.collation:
        words.append(f"collate {column.collation}")
    if column.comment:
        words.append(column.comment)
    return " · ".join(words)


def _index_words(index: Index) -> str:
    parts = ", ".join(map(_part_words, index.parts))
    unique = "unique " if index.unique else ""
    include = f" include ({', '.join(index.included)})" if index.included else ""
    where = f" where {index.predicate}" if index.predicate else ""
    method = f" {index.method}" if index.method != "btree" else ""
    broken = "  NOT VALID" if not index.valid else ""
    # As of the last VACUUM or ANALYZE; nothing before the first.
    size = f"  ~{bytes_size(index.bytes)}" if index.bytes else ""
    return f"{unique}{index.name}{method} ({parts}){include}{where}{broken}{size}"


def _part_words(part: IndexPart) -> str:
    name = part.column if part.column is not None else f"({part.expression})"
    collation = f" collate {part.collation}" if part.collation else ""
    return f"{name}{collation}{' desc' if part.descending else ''}"


def _facts(table: Table) -> list[str]:
    facts = [table.kind.value, *table.options]
    facts.append(f"rows told apart by: {table.identity_kind.value}")
    if table.bytes is not None:
        facts.append(f"{table.bytes:,} bytes")
    if table.row_security:
        facts.append("policies say which of its rows you see and change")
    if table.refused:
        facts.append(f"you may not {', '.join(table.refused)} its rows")
    if table.comment:
        facts.append(table.comment)
    return facts
