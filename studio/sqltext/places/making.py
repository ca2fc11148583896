"""What a place wants in CREATE, ALTER and DROP."""

from dataclasses import replace

from studio.sqltext.places.command import SqlCommand
from studio.sqltext.places.place import Place, WantedHere

KIND_WORDS = (
    *("TABLE", "VIEW", "INDEX", "MATERIALIZED VIEW", "FUNCTION", "SEQUENCE", "TYPE", "SCHEMA"),
    *("TRIGGER", "PROCEDURE", "DOMAIN", "EXTENSION", "ROLE", "DATABASE", "POLICY"),
)
_MADE = (
    *("TABLE", "INDEX", "VIEW", "UNIQUE INDEX", "OR REPLACE", "MATERIALIZED VIEW", "FUNCTION"),
    *("SCHEMA", "TYPE", "TRIGGER", "SEQUENCE", "TEMPORARY TABLE", "TEMP TABLE", "VIRTUAL TABLE"),
    *("PROCEDURE", "DOMAIN", "EXTENSION", "ROLE", "DATABASE", "POLICY"),
)
_ACTIONS = (
    *("ADD COLUMN", "DROP COLUMN", "RENAME COLUMN", "RENAME TO", "ALTER COLUMN", "ADD CONSTRAINT"),
    *("DROP CONSTRAINT", "ADD PRIMARY KEY", "ADD FOREIGN KEY", "ADD CHECK", "ADD UNIQUE"),
    *("OWNER TO", "SET SCHEMA", "ENABLE", "DISABLE", "VALIDATE CONSTRAINT", "RENAME CONSTRAINT"),
)
_ALTERED_TYPE = {
    "": ("ADD VALUE", "RENAME VALUE", "RENAME TO", "ADD ATTRIBUTE", "OWNER TO", "SET SCHEMA"),
    "ADD": ("VALUE", "ATTRIBUTE"),
    "RENAME": ("VALUE", "TO", "ATTRIBUTE"),
}
"""What may follow ALTER TYPE's name, and two of its words."""
_SETTABLE = frozenset({"SYSTEM", "ROLE", "USER", "DATABASE"})
_COLUMN_CHANGES = (
    "TYPE", "SET DEFAULT", "DROP DEFAULT", "SET NOT NULL", "DROP NOT NULL", "SET DATA TYPE"
)  # fmt: skip


def drop(command: SqlCommand) -> Place | None:
    """DROP: things of exactly the kind."""
    kind, index = command.kind_at(1)
    if not kind:
        return command.words(*KIND_WORDS)
    if kind == "trigger" and command.prev == "ON":
        return replace(command.object("triggered"), names=command.shape.dotted(index)[0])
    if command.prev == "IF":
        return command.words("EXISTS")
    if command.at == index or command.prev in {",", "EXISTS", "CONCURRENTLY"}:
        words = ("IF EXISTS",) if command.at == index else ()
        return command.object(kind, *words)
    return (
        command.words("ON", "CASCADE", "RESTRICT")
        if kind == "trigger"
        else command.words("CASCADE", "RESTRICT")
    )


def alter(command: SqlCommand) -> Place | None:
    """ALTER: a thing, then what is done to it, then its parts."""
    if command.shape.mark(1) in _SETTABLE and command.prev in {"SET", "RESET"}:
        return command.object("setting")
    kind, index = command.kind_at(1)
    if not kind:
        return command.words(*KIND_WORDS, "SYSTEM") if command.at == 1 else command.nothing()
    name, action = command.name_from(index)
    if not name or command.at < action or (command.at == action and command.prev == "."):
        return command.object(kind, "IF EXISTS", "ONLY")
    if command.shape.cursor == action - 1:
        return command.object(kind)
    before = "" if command.at == action else command.prev
    if kind == "type" and before in _ALTERED_TYPE:
        return command.words(*_ALTERED_TYPE[before])
    if kind != "table":
        return None if command.at > action else command.words("RENAME TO", "OWNER TO", "SET SCHEMA")
    if command.at == action:
        return command.words(*_ACTIONS)
    if command.paren > action:
        return command.in_brackets(name) or command.nothing()
    return _altered(command, name, _last_action(command, action))


def _last_action(command: SqlCommand, action: int) -> int:
    """Where the action begins that the cursor is in; commas part several."""
    start = action
    for first, _ in command.shape.items(action, command.at):
        start = first
    return command.at if command.prev == "," else start


def _altered(command: SqlCommand, table: tuple[str, ...], start: int) -> Place | None:
    """Inside one action of ALTER TABLE."""
    verb, at = command.shape.mark(start), command.at
    if at == start:
        return command.words(*_ACTIONS)
    place = start + 1
    is_column = command.shape.mark(place) == "COLUMN"
    place += is_column
    while command.shape.mark(place) in {"IF", "NOT", "EXISTS"} and place < at:
        place += 1
    if command.prev == "CONSTRAINT" and verb in {"DROP", "VALIDATE", "RENAME", "ALTER"}:
        return replace(command.base, wanted=WantedHere.CONSTRAINT, of=table)
    if command.prev == "TYPE":
        return replace(command.base, wanted=WantedHere.TYPE)
    if command.prev == "TRIGGER" and verb in {"ENABLE", "DISABLE"}:
        return replace(command.object("trigger", "ALL", "USER"), of=table)
    if verb in {"ENABLE", "DISABLE"}:
        return command.words("TRIGGER", "ROW LEVEL SECURITY", "RULE")
    if verb == "ADD":
        if command.shape.mark(place) in {"CONSTRAINT", "PRIMARY", "FOREIGN", "CHECK", "UNIQUE"}:
            if command.prev == "REFERENCES":
                return command.relation()
            if command.prev in {"ON", "DELETE", "UPDATE"}:
                return command.column_rules(at - place)
            after = ("KEY",) if command.prev in {"PRIMARY", "FOREIGN"} else ()
            return command.words(
                *after,
                "PRIMARY KEY",
                "FOREIGN KEY",
                "REFERENCES",
                "UNIQUE",
                "CHECK",
                "ON DELETE",
                "ON UPDATE",
            )
        if at == place:
            return command.nothing() if is_column else command.words("COLUMN", "CONSTRAINT")
        return command.column_rules(at - place)
    if command.prev == "TO" or verb not in {"DROP", "RENAME", "ALTER"}:
        return command.nothing()
    if at == place:
        words = {"DROP": ("COLUMN", "CONSTRAINT"), "RENAME": ("COLUMN", "TO"), "ALTER": ("COLUMN",)}
        return command.column(table, *(() if is_column else words[verb]))
    if verb == "ALTER":
        if at == place + 1:
            return command.words(*_COLUMN_CHANGES)
        if command.prev == "DEFAULT":
            return command.words("CURRENT_TIMESTAMP", "CURRENT_DATE", "NULL", "TRUE", "FALSE")
        return command.words("NOT NULL", "DEFAULT", "DATA TYPE")
    return command.words("TO") if verb == "RENAME" else command.words("CASCADE", "RESTRICT")


def create(command: SqlCommand) -> Place | None:
    """CREATE: names are the person's own, what they refer to is not."""
    marks, at = command.marks, command.at
    if at == 1:
        return command.words(*_MADE)
    head = marks[1:5]
    if "TRIGGER" in marks[1:4]:
        return _trigger(command)
    if "INDEX" in marks[1:3]:
        return _index(command)
    if command.prev == "USING" and "VIRTUAL" in head:
        return command.object("module")
    if "TABLE" in head and command.shape.mark(1) != "PUBLICATION":
        return _table(command)
    if {"FUNCTION", "PROCEDURE"} & set(head) and command.paren > 0:
        return _argument(command)
    if (found := _on_a_table(command)) is not None:
        return found
    if command.prev in {"RETURNS", "SETOF"}:
        return replace(command.base, wanted=WantedHere.TYPE)
    if command.base.query.clauses:
        return None
    if command.prev in {"OR", "TEMP", "TEMPORARY", "UNIQUE", "MATERIALIZED", "REPLACE"}:
        return command.words(*_AFTER_CREATE[command.prev])
    return command.words("AS") if command.shape.is_name(at - 1) else command.nothing()


def _argument(command: SqlCommand) -> Place:
    """In the list of a function's arguments: names of one's own, then types."""
    first = command.paren + 1
    for start, _ in command.shape.items(command.paren + 1, command.at):
        first = start
    if command.prev in {",", "("}:
        return command.nothing()
    first += command.shape.mark(first) in {"IN", "OUT", "INOUT", "VARIADIC"}
    if command.at == first + 1:
        return replace(command.base, wanted=WantedHere.TYPE)
    return command.words("DEFAULT") if command.at > first + 1 else command.nothing()


def _on_a_table(command: SqlCommand) -> Place | None:
    """CREATE POLICY, RULE, PUBLICATION: the table each is about, and its columns."""
    kind, prev = command.shape.mark(1), command.prev
    before_table = {"POLICY": "ON", "RULE": "TO", "PUBLICATION": "TABLE"}.get(kind)
    if before_table is None:
        return None
    if prev == before_table and before_table not in command.marks[: command.at - 1]:
        return command.relation()
    if kind == "POLICY" and command.paren > 0 and "ON" in command.marks:
        return command.column(command.shape.dotted(command.marks.index("ON") + 1)[0])
    if kind == "POLICY" and "ON" in command.marks[: command.at]:
        return command.words("FOR", "TO", "USING", "WITH CHECK", "AS")
    return None


_AFTER_CREATE = {
    "OR": ("REPLACE",),
    "TEMP": ("TABLE", "VIEW", "SEQUENCE", "TRIGGER"),
    "TEMPORARY": ("TABLE", "VIEW", "SEQUENCE", "TRIGGER"),
    "UNIQUE": ("INDEX",),
    "MATERIALIZED": ("VIEW",),
    "REPLACE": ("VIEW", "FUNCTION", "PROCEDURE", "TRIGGER"),
}


_OF_REFERENCES = frozenset({"DELETE", "UPDATE", "SET", "ON"})
"""Words that begin a clause elsewhere and say here what becomes of rows that reference."""


def _table(command: SqlCommand) -> Place | None:
    index = command.marks.index("TABLE") + 1
    name, behind = command.name_from(index)
    if {word for _, word in command.base.query.clauses} - _OF_REFERENCES:
        return None
    if not name or (command.at <= behind and command.shape.mark(behind) != "("):
        fresh = command.at == index
        if name and command.at == behind and command.shape.cursor != behind - 1:
            return command.words("(", "AS", "PARTITION OF")
        return command.words("IF NOT EXISTS") if fresh else command.nothing()
    if command.shape.mark(behind) != "(" or command.paren < behind:
        return command.words("AS", "WITHOUT ROWID", "STRICT", "WITH", "PARTITION BY", "INHERITS")
    if command.paren > behind:
        inner = command.in_brackets(())
        if inner is not None and inner.of:
            return inner
        if inner is None:
            return command.nothing()
        return replace(inner, names=_made_columns(command, behind))
    first = behind + 1
    for start, _ in command.shape.items(behind + 1, command.at):
        first = start
    return command.column_rules(0 if command.prev in {",", "("} else command.at - first)


_NO_COLUMNS = frozenset({"CONSTRAINT", "PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "LIKE", "EXCLUDE"})


def _made_columns(command: SqlCommand, opening: int) -> tuple[str, ...]:
    """The names of the columns that CREATE TABLE makes."""
    shape = command.shape
    end = min(shape.closing[opening], len(command.marks))
    return tuple(
        shape.name(first)
        for first, _ in shape.items(opening + 1, end)
        if shape.is_name(first) and shape.marks[first] not in _NO_COLUMNS
    )


def _index(command: SqlCommand) -> Place | None:
    if "ON" not in command.marks[: command.at]:
        return command.words("ON", "IF NOT EXISTS", "CONCURRENTLY")
    on = command.marks.index("ON")
    table, behind = command.name_from(on + 1)
    if command.prev in {"ON", "ONLY"} or command.at < behind or not table:
        return command.object("indexable")
    if command.prev in {"(", ",", "WHERE", "AND", "OR", "INCLUDE"}:
        return command.column(table)
    if command.shape.tokens[command.at - 1].text in {"=", "<", ">", "<>", "<=", ">="}:
        return command.column(table)
    if command.paren >= 0:
        return command.words("ASC", "DESC", "NULLS FIRST", "NULLS LAST", "COLLATE")
    if command.prev == "USING":
        return replace(
            command.words("BTREE", "HASH", "GIN", "GIST", "BRIN", "SPGIST"), kind="option"
        )
    return command.words("(", "USING", "WHERE", "INCLUDE", "WITH")


def _trigger(command: SqlCommand) -> Place | None:
    before = command.marks[: command.at]
    if "BEGIN" in before or "WHEN" in before:
        return None
    if command.prev == "ON":
        return command.relation()
    if command.prev in {"OF", ","} and "ON" not in before and "INSTEAD" not in before[-2:]:
        table: tuple[str, ...] = ()
        if "ON" in command.marks:
            table = command.shape.dotted(command.marks.index("ON") + 1)[0]
        return command.column(table)
    if command.prev in {"FUNCTION", "PROCEDURE"}:
        return command.object("function")
    if "ON" in before:
        return command.words(
            "FOR EACH ROW", "FOR EACH STATEMENT", "WHEN", "EXECUTE FUNCTION", "BEGIN"
        )
    if {"BEFORE", "AFTER", "OF"} & set(before):
        return command.words("INSERT", "UPDATE", "DELETE", "ON", "UPDATE OF", "TRUNCATE", "OR")
    if command.prev == "TRIGGER":
        return command.words("IF NOT EXISTS")
    return command.words("BEFORE", "AFTER", "INSTEAD OF")
