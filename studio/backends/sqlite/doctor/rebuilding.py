"""A table made anew with another definition: what SQLite has instead of most ALTER TABLEs.

The twelve steps of https://www.sqlite.org/lang_altertable.html#otheralter as one script.
"""

from collections.abc import Callable, Mapping, Sequence

from studio.backends.sqlite import ddl
from studio.backends.sqlite.doctor.look import FileCheckup, is_without_rowid
from studio.model.catalog import Table
from studio.sqltext.syntax import SQLITE
from studio.sqltext.tokens import Token, TokenKind, unquoted

COST = (
    "copies the table under the write lock; rowids of a table without INTEGER PRIMARY KEY may "
    "change; stop the application meanwhile, and run it so that an error ends it (`sqlite3 -bail`)"
)
_CONSTRAINTS = frozenset(
    {"CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE"}
    | {"REFERENCES", "GENERATED", "AS"}
)
Edit = Callable[[str, Sequence[Token]], tuple[int, int, str]]
"""From a text and the tokens of one column to where it is replaced, and by what."""


def rebuilt(
    look: FileCheckup, table: Table, create: str, values: Mapping[str, str] | None = None
) -> str:
    """A script that puts the table as `create` defines it in its place; `values` are expressions
    for columns that are not copied as they are. Empty where the text was not understood.
    """
    name = table.ref.name
    new = f"__new_{name}"
    renamed = _renamed(create, look.written(new))
    if not renamed:
        return ""
    columns = [column.name for column in table.columns if column.generated is None]
    given = {key.lower(): value for key, value in (values or {}).items()}
    written = [look.written(column) for column in columns]
    taken = [given.get(c.lower(), w) for c, w in zip(columns, written, strict=True)]
    again = [one.sql for one in look.stored if one.sql and _belongs(one.kind, one.table, name)]
    return "\n".join(
        (
            "PRAGMA foreign_keys = OFF;",
            "PRAGMA legacy_alter_table = ON;",
            "BEGIN IMMEDIATE;",
            f"{renamed};",
            f"INSERT INTO {look.written(new)} ({', '.join(written)})",
            f"SELECT {', '.join(taken)} FROM {look.written(name)};",
            "-- Only where no error was said: a shell without -bail goes on after one.",
            f"DROP TABLE {look.written(name)};",
            f"ALTER TABLE {look.written(new)} RENAME TO {look.written(name)};",
            *(f"{sql};" for sql in again),
            "COMMIT;",
            "PRAGMA legacy_alter_table = OFF;",
        )
    )


def _belongs(kind: str, of: str, name: str) -> bool:
    return kind in {"index", "trigger"} and of.lower() == name.lower()


def _renamed(create: str, new: str) -> str:
    """A stored CREATE TABLE with another name: its third token, as SQLite keeps it."""
    found = ddl.tokens(create)[:4]
    if [token.mark for token in found[:2]] != ["CREATE", "TABLE"] or found[3].mark != "(":
        return ""
    return f"{create[: found[2].start]}{new} {create[found[3].start :]}"


def edited(create: str, column: str, edit: Edit) -> str:
    """A CREATE TABLE with one column's definition changed; empty where it was not found."""
    for definition in ddl.definitions(create):
        if unquoted(definition[0], SQLITE).lower() == column.lower():
            start, end, text = edit(create, definition)
            return create[:start] + text + create[end:]
    return ""


def retyped(type_name: str) -> Edit:
    """Another declared type."""

    def edit(create: str, definition: Sequence[Token]) -> tuple[int, int, str]:
        del create
        first = next((t for t in definition[1:] if t.mark in _CONSTRAINTS), None)
        start = definition[0].end
        end = first.start if first is not None else definition[-1].end
        return start, end, f" {type_name} " if first is not None else f" {type_name}"

    return edit


def with_default(expression: str) -> Edit:
    """Another default; `expression` may be empty: none."""

    def edit(create: str, definition: Sequence[Token]) -> tuple[int, int, str]:
        del create
        at = next(i for i, token in enumerate(definition) if token.mark == "DEFAULT")
        end = at + 1
        if definition[end].mark == "(":
            end = ddl.closing(definition, end)
        elif definition[end].text in {"+", "-"}:
            end += 1
        text = f"DEFAULT {expression}" if expression else ""
        return definition[at].start, definition[end].end, text

    return edit


def without_unique(create: str, definition: Sequence[Token]) -> tuple[int, int, str]:
    """An Edit: without its UNIQUE; nothing changes where there is none."""
    marks = [token.mark for token in definition]
    if "UNIQUE" not in marks:
        return len(create), len(create), ""
    at = marks.index("UNIQUE")
    end = at + 3 if marks[at + 1 : at + 3] == ["ON", "CONFLICT"] else at
    return definition[at].start, definition[end].end, ""


def ascending(create: str, definition: Sequence[Token]) -> tuple[int, int, str]:
    """An Edit: without the DESC of its key; nothing changes where there is none."""
    found = next((token for token in definition if token.mark == "DESC"), None)
    return (len(create), len(create), "") if found is None else (found.start, found.end, "")


def with_more(constraint: str) -> Edit:
    """One more constraint at the end of the definition."""

    def edit(create: str, definition: Sequence[Token]) -> tuple[int, int, str]:
        del create
        return definition[-1].end, definition[-1].end, f" {constraint}"

    return edit


def with_definition(create: str, definition: str) -> str:
    """One more column or constraint, before the table's own constraints would be wrong to stand:
    at the front.
    """
    opening = next((t for t in ddl.tokens(create) if t.mark == "("), None)
    if opening is None:
        return ""
    return f"{create[: opening.end]}{definition}, {create[opening.end :]}"


def with_rowid(create: str) -> str:
    """The CREATE TABLE statement for the same table with a rowid; STRICT stays."""
    found = ddl.tokens(create)
    end = _end(found)
    return f"{create[: found[end].end]}{' STRICT' if _is_strict(found[end:]) else ''}"


def strict(table: Table, create: str) -> str:
    """With STRICT among its options."""
    return f"{create.rstrip()}{', STRICT' if is_without_rowid(table) else ' STRICT'}"


def _end(found: Sequence[Token]) -> int:
    opening = next(i for i, token in enumerate(found) if token.mark == "(")
    return ddl.closing(found, opening)


def _is_strict(rest: Sequence[Token]) -> bool:
    return any(t.kind is TokenKind.WORD and t.mark == "STRICT" for t in rest)
