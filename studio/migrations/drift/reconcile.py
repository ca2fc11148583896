"""Statements that would make the database what is declared: to be read, never run."""

import re

from studio.migrations.drift.declared.schema import BARE, NOT_STATED
from studio.model.catalog import Check, Column, ForeignKey, Index, Table, TableRef

_QUOTES = {"mysql": "`", "mariadb": "`"}

_USUAL = frozenset({"", "btree", BARE})
_MOMENTS = frozenset({"CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME"})
_CONSTANT = re.compile(
    r"[+-]?[\d.]+(?:e[+-]?\d+)?|x?'(?:[^']|'')*'|\"[^\"]*\"|null|true|false", re.IGNORECASE
)
_SERIAL = {"serial": "integer", "bigserial": "bigint", "smallserial": "smallint"}
"""Words of CREATE TABLE that are no types."""


class DdlWriter:
    """Writes DDL for one engine; `rebuilds`: see `SchemaChanges`."""

    def __init__(self, engine: str, *, rebuilds: bool) -> None:
        self._quote = _QUOTES.get(engine, '"')
        self.rebuilds = rebuilds

    def create_table(self, table: Table) -> str:
        """The table as declared, with its keys."""
        lines = [self._column(column) for column in table.columns]
        if table.primary_key:
            lines.append(f"PRIMARY KEY ({self._names(table.primary_key)})")
        lines += [self._check(check) for check in table.checks]
        lines += [self._key(key) for key in table.foreign_keys]
        return f"CREATE TABLE {self.ref(table.ref)} ({', '.join(lines)});"

    def drop_table(self, table: Table) -> str:
        """Take the table away."""
        return f"DROP TABLE {self.ref(table.ref)};"

    def add_column(self, table: Table, column: Column) -> str:
        """ALTER TABLE … ADD COLUMN; the table rebuilt where SQLite refuses to add such a one."""
        if self.rebuilds and not _can_be_added(column):
            return self._rebuild(table, f"with {column.name}")
        return f"ALTER TABLE {self.ref(table.ref)} ADD COLUMN {self._column(column)};"

    def drop_column(self, table: Table, column: Column) -> str:
        """Take the column away."""
        if self.rebuilds and _is_in_a_key(table, column.name):
            return self._rebuild(table, f"without {column.name}")
        return f"ALTER TABLE {self.ref(table.ref)} DROP COLUMN {self.name(column.name)};"

    def change_type(self, table: Table, column: Column, *, converts: bool) -> str:
        """Give the column its declared type; `converts` when only a cast makes one of the other."""
        kind = _SERIAL.get(column.type_name.lower(), column.type_name)
        # Without need of a cast there is none: it would cut what is too long, and say nothing.
        cast = f" USING {self.name(column.name)}::{kind}" if converts else ""
        return self._alter(table, column, f"TYPE {kind}{cast}")

    def change_nullability(self, table: Table, column: Column) -> str:
        """Allow or forbid NULL as declared."""
        return self._alter(table, column, f"{'DROP' if column.nullable else 'SET'} NOT NULL")

    def change_default(self, table: Table, column: Column) -> str:
        """Give the column its declared default."""
        has = column.default is not None
        return self._alter(
            table, column, f"SET DEFAULT {column.default}" if has else "DROP DEFAULT"
        )

    def number(self, table: Table, column: Column) -> str:
        """Give new rows the next number again, past those that are there."""
        name, ref = self.name(column.name), self.ref(table.ref)
        called = f"{table.ref.name}_{column.name}_seq"
        sequence = self.ref(TableRef(table.ref.schema, called))
        next_one = f"coalesce(max({name}), 0) + 1, false"
        return (
            f"CREATE SEQUENCE IF NOT EXISTS {sequence} OWNED BY {ref}.{name};\n"
            f"SELECT setval({_literal(sequence)}, {next_one}) FROM {ref};\n"
            + self._alter(table, column, f"SET DEFAULT nextval({_literal(sequence)})")
        )

    def rename_table(self, old: TableRef, new: TableRef) -> str:
        """Give the table its declared name; its rows stay."""
        return f"ALTER TABLE {self.ref(old)} RENAME TO {self.name(new.name)};"

    def rename_column(self, ref: TableRef, old: str, new: str) -> str:
        """Give the column its declared name; its values stay."""
        names = f"{self.name(old)} TO {self.name(new)}"
        return f"ALTER TABLE {self.ref(ref)} RENAME COLUMN {names};"

    def change_primary_key(self, table: Table, key: tuple[str, ...], name: str) -> str:
        """Make the declared key, in place of the one that is there."""
        if self.rebuilds:
            return self._rebuild(table, f"with the key ({', '.join(key)})")
        drop = f"DROP CONSTRAINT {self.name(name)}" if table.primary_key and name else ""
        add = f"ADD PRIMARY KEY ({self._names(key)})" if key else ""
        change = ", ".join(part for part in (drop, add) if part)
        return f"ALTER TABLE {self.ref(table.ref)} {change};" if change else ""

    def add_check(self, table: Table, check: Check, instead: Check | None) -> str:
        """Add the condition, in place of another of its name."""
        if self.rebuilds:
            return self._rebuild(table, "with this condition")
        drop = f"{self.drop_check(table, instead)} " if instead else ""
        return f"{drop}ALTER TABLE {self.ref(table.ref)} ADD {self._check(check)};"

    def drop_check(self, table: Table, check: Check) -> str:
        """Take the condition away."""
        return self._drop_constraint(table, check.name, "condition")

    def change_enum(self, kind: str, declared: tuple[str, ...], live: tuple[str, ...]) -> str:
        """Add the labels that are missing; none can be taken away."""
        lines = []
        for place, label in enumerate(declared):
            if label not in live:
                before = f" AFTER {_literal(declared[place - 1])}" if place else ""
                lines.append(f"ALTER TYPE {kind} ADD VALUE {_literal(label)}{before};")
        if set(live) - set(declared):
            lines.insert(0, f"-- a label is only taken from {_inside(kind)} by making it anew")
        return "\n".join(lines) or f"-- needs {_inside(kind)} made anew in the declared order"

    def change_identity(self, table: Table, column: Column) -> str:
        """Let the database number the column, or not."""
        change = "ADD GENERATED BY DEFAULT AS IDENTITY" if column.identity else "DROP IDENTITY"
        return self._alter(table, column, change)

    def change_generated(self, table: Table, column: Column) -> str:
        """Have the column worked out as declared."""
        return self._rebuild(table, f"with {column.name} worked out as declared")

    def change_index(self, table: Table, index: Index, instead: Index) -> str:
        """Make the index as declared, in place of the one that is there."""
        return f"{self.drop_index(table, instead)} {self.create_index(table, index)}"

    def create_index(self, table: Table, index: Index) -> str:
        """Make the index, or the constraint it belongs to."""
        if index.constraint and index.unique and index.name and not self.rebuilds:
            made = f"ADD CONSTRAINT {self.name(index.name)} UNIQUE ({self._names(index.columns)})"
            return f"ALTER TABLE {self.ref(table.ref)} {made};"
        unique = "UNIQUE " if index.unique else ""
        classes = operator_classes(index)
        each = classes if len(classes) == len(index.parts) else [""] * len(index.parts)
        parts = ", ".join(
            (self.name(p.column) if p.column else f"({p.expression})")
            + (f" {kind}" if kind else "")
            + (" DESC" if p.descending else "")
            + ("" if p.nulls_first is None else f" NULLS {('LAST', 'FIRST')[p.nulls_first]}")
            for p, kind in zip(index.parts, each, strict=True)
        )
        method = "" if index.method in _USUAL else f" USING {index.method}"
        name = index.name or "_".join((table.ref.name, *index.columns, "idx"))
        where = f" WHERE {index.predicate}" if index.predicate else ""
        place = f"{self.ref(table.ref)}{method}"
        return f"CREATE {unique}INDEX {self.name(name)} ON {place} ({parts}){where};"

    def drop_index(self, table: Table, index: Index) -> str:
        """Take the index, or the constraint that made it, away."""
        if index.constraint:
            return self._drop_constraint(table, index.name, "constraint")
        return f"DROP INDEX {self.ref(TableRef(table.ref.schema, index.name))};"

    def add_key(self, table: Table, key: ForeignKey, instead: ForeignKey | None) -> str:
        """Add the foreign key, in place of another over the same columns."""
        if self.rebuilds:
            return self._rebuild(table, "with this foreign key")
        drop = f"{self.drop_key(table, instead)} " if instead else ""
        return f"{drop}ALTER TABLE {self.ref(table.ref)} ADD {self._key(key)};"

    def drop_key(self, table: Table, key: ForeignKey) -> str:
        """Take the foreign key away."""
        return self._drop_constraint(table, key.name, "foreign key")

    def _drop_constraint(self, table: Table, name: str | None, what: str) -> str:
        if self.rebuilds or name is None:
            return self._rebuild(table, f"without this {what}")
        return f"ALTER TABLE {self.ref(table.ref)} DROP CONSTRAINT {self.name(name)};"

    def _alter(self, table: Table, column: Column, change: str) -> str:
        if self.rebuilds:
            return self._rebuild(table, f"with {column.name} changed")
        name = self.name(column.name)
        return f"ALTER TABLE {self.ref(table.ref)} ALTER COLUMN {name} {change};"

    def _rebuild(self, table: Table, how: str) -> str:
        place, inside = _inside(self.ref(table.ref)), _inside(how)
        return f"-- needs {place} made anew {inside}, and its rows copied"

    def _column(self, column: Column) -> str:
        words = [self.name(column.name), column.type_name]
        if column.generated:
            # SQLite adds only columns that are worked out when they are read.
            kept = "VIRTUAL" if self.rebuilds else "STORED"
            words.append(f"GENERATED ALWAYS AS ({column.generated}) {kept}")
        elif column.identity and not self.rebuilds:
            words.append("GENERATED BY DEFAULT AS IDENTITY")
        elif column.default is not None and column.default != NOT_STATED:
            words.append(f"DEFAULT {self._default(column.default)}")
        if not column.nullable:
            words.append("NOT NULL")
        return " ".join(word for word in words if word)

    def _default(self, given: str) -> str:
        # SQLite keeps expressions without the brackets it wants around them.
        is_word = given.upper() in _MOMENTS or _CONSTANT.fullmatch(given) is not None
        return given if is_word or not self.rebuilds or given[:1] == "(" else f"({given})"

    def _check(self, check: Check) -> str:
        name = f"CONSTRAINT {self.name(check.name)} " if check.name else ""
        text = check.expression.strip()
        is_whole = text[:5].upper() == "CHECK" or text[:7].upper() == "EXCLUDE"
        return f"{name}{text}" if is_whole else f"{name}CHECK ({text})"

    def _key(self, key: ForeignKey) -> str:
        name = f"CONSTRAINT {self.name(key.name)} " if key.name else ""
        actions = "".join(
            f" ON {event} {action.upper()}"
            for event, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update))
            if action.upper() != "NO ACTION"
        )
        columns, there = self._names(key.columns), self._names(key.target_columns)
        target = self.ref(key.target)
        return f"{name}FOREIGN KEY ({columns}) REFERENCES {target} ({there}){actions}"

    def _names(self, names: tuple[str, ...]) -> str:
        return ", ".join(self.name(name) for name in names)

    def ref(self, ref: TableRef) -> str:
        """The name in quotes, with its schema where there is more than one."""
        name = self.name(ref.name)
        return name if ref.schema in {None, "main"} else f"{self.name(str(ref.schema))}.{name}"

    def name(self, name: str) -> str:
        """The name in quotes."""
        return self._quote + name.replace(self._quote, self._quote * 2) + self._quote


def operator_classes(index: Index) -> list[str]:
    """The operator classes its definition names, in order; columns with the usual one name none."""
    return re.findall(r"\b\w+_ops\b", index.sql or "")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _inside(text: str) -> str:
    """On one line, as the rest of a comment has to be."""
    return " ".join(text.split())


def _can_be_added(column: Column) -> bool:
    """SQLite adds a column only when old rows can have a constant, or NULL, in it."""
    if column.generated:
        return True
    given = "" if column.default in {None, NOT_STATED} else str(column.default).strip()
    return (not given or _CONSTANT.fullmatch(given) is not None) and (
        column.nullable or given.upper() not in {"", "NULL"}
    )


def _is_in_a_key(table: Table, name: str) -> bool:
    """SQLite drops no column of a key or a constraint."""
    keys = [*(k.columns for k in table.foreign_keys), table.primary_key]
    return any(name in key for key in keys) or any(
        name in index.columns for index in table.indexes if index.constraint
    )
