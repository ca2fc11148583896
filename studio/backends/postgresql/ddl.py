"""The DDL of a relation, composed from the catalog: what pg_dump would write, to be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.dialects.postgresql.base import PGDialect

from studio.backends.postgresql.queries import Record
from studio.backends.postgresql.relations import decoded
from studio.model.catalog import Index, Trigger

# Not the driver's dialect: its quoting doubles every percent sign for the driver's sake.
_PREPARER = PGDialect(paramstyle="named").identifier_preparer  # type: ignore[no-untyped-call]
_SERIAL, _IDENTITY = "a", "i"
_FOREIGN = "f"
_WORD = {"t": "TEMPORARY ", "u": "UNLOGGED "}


def quoted(*names: str) -> str:
    """A dotted name, quoted where it must be."""
    return ".".join(_PREPARER.quote(name) if name else '""' for name in names)


def literal(text: str) -> str:
    """`text` as a string constant, right whatever standard_conforming_strings says."""
    escaped = text.replace("'", "''")
    return f"E'{escaped}'".replace("\\", "\\\\") if "\\" in text else f"'{escaped}'"


@dataclass(frozen=True, slots=True)
class RelationParts:
    """What the catalog says of one relation."""

    relation: Record
    columns: Sequence[Record]
    constraints: Sequence[Record]
    sequences: Sequence[Record]
    """Those its columns own."""


@dataclass(frozen=True, slots=True)
class Statements:
    """What makes one relation, none ended by a semicolon."""

    create: Sequence[str]
    complete: Sequence[str]
    """Indexes, triggers and comments."""
    keys: Sequence[str] = ()
    """The foreign keys where they are wanted apart: two tables may name each other."""


def relation(parts: RelationParts, indexes: Sequence[Index], triggers: Sequence[Trigger]) -> str:
    """Every statement that makes this relation, each ended by a semicolon."""
    made = statements(parts, indexes, triggers)
    return "\n\n".join(f"{each};" for each in (*made.create, *made.complete) if each)


def apart(
    parts: RelationParts, indexes: Sequence[Index], triggers: Sequence[Trigger]
) -> Statements:
    """The same for a script of many: foreign keys apart."""
    keys = [each for each in parts.constraints if each["kind"] == _FOREIGN]
    rest = [each for each in parts.constraints if each["kind"] != _FOREIGN]
    made = statements(replace(parts, constraints=rest), indexes, triggers)
    return replace(made, keys=list(_added(parts.relation, keys)))


def statements(
    parts: RelationParts, indexes: Sequence[Index], triggers: Sequence[Trigger]
) -> Statements:
    """What makes this relation, in order."""
    row = parts.relation
    owned = [each for each in parts.sequences if each["owned_as"] == _SERIAL]
    create = [f"CREATE SEQUENCE {_sequence(each)}" for each in owned]
    create.append(_create(parts))
    create += [
        f"ALTER SEQUENCE {_name(each)} OWNED BY {quoted(*decoded(each['owner']))}" for each in owned
    ]
    # A constraint that was never checked cannot stand in CREATE TABLE, which would check it.
    complete = list(_added(row, [each for each in parts.constraints if each["validated"] == "f"]))
    complete += [index.sql for index in indexes if index.sql and not index.constraint]
    complete += [trigger.sql for trigger in triggers]
    complete += [
        f"ALTER TABLE {_name(row)} DISABLE TRIGGER {quoted(trigger.name)}"
        for trigger in triggers
        if not trigger.enabled
    ]
    if row["row_security"] == "t":
        complete.append(f"ALTER TABLE {_name(row)} ENABLE ROW LEVEL SECURITY")
    complete += _comments(row, parts.columns)
    return Statements([each for each in create if each], [each for each in complete if each])


def _added(row: Record, constraints: Sequence[Record]) -> Iterator[str]:
    for each in constraints:
        if each["definition"] is not None and each["inherited"] == "f":
            yield f"ALTER TABLE {_name(row)} ADD {_constraint(each)}"


def _sequence(row: Record) -> str:
    typed = "" if row["type_name"] == "bigint" else f" AS {row['type_name']}"
    return f"{_name(row)}{typed}{_numbering(row)}"


def _numbering(row: Record) -> str:
    """The options of a sequence that are not its defaults."""
    words = []
    if row["start"] != "1":
        words.append(f"START WITH {row['start']}")
    if row["increment"] != "1":
        words.append(f"INCREMENT BY {row['increment']}")
    if row["cycle"] == "t":
        words.append("CYCLE")
    return "".join(f" {word}" for word in words)


def _name(row: Record) -> str:
    return quoted(row["schema"] or "", row["name"] or "")


def _create(parts: RelationParts) -> str:
    row = parts.relation
    definition = (row.get("definition") or "").rstrip(";")
    if row["kind"] == "v":
        return f"CREATE VIEW {_name(row)}{_with(row)} AS\n{definition}" if definition else ""
    if row["kind"] == "m":
        return (
            f"CREATE MATERIALIZED VIEW {_name(row)}{_with(row)} AS\n{definition}"
            if definition
            else ""
        )
    if row["kind"] in {"S", "t"}:
        return ""
    word = "FOREIGN " if row["kind"] == "f" else _WORD.get(row["persistence"] or "", "")
    head = f"CREATE {word}TABLE {_name(row)}"
    constraints = list(_constraints(parts.constraints))
    if row["partition_bound"] is not None:
        (parent,) = decoded(row["parents"])
        bound = f"PARTITION OF {quoted(*parent)}{_body(constraints)}\n{row['partition_bound']}"
        return f"{head} {bound}{_tail(row)}"
    numbering = {
        each["number"]: _numbering(each).strip()
        for each in parts.sequences
        if each["owned_as"] == _IDENTITY
    }
    columns = [_column(each, numbering.get(each["number"], "")) for each in parts.columns]
    body = _body([*columns, *constraints]) or " ()"
    return f"{head}{body}{_inherits(row)}{_tail(row)}"


def _body(parts: Sequence[str]) -> str:
    return " (\n    " + ",\n    ".join(parts) + "\n)" if parts else ""


def _column(row: Record, numbering: str) -> str:
    words = [quoted(row["name"] or ""), row["type_name"] or "???"]
    if row["collation"]:
        words.append(f"COLLATE {quoted(row['collation'])}")
    if row["not_null"] == "t":
        words.append("NOT NULL")
    if row["generated"]:
        stored = "STORED" if row["generated"] == "s" else "VIRTUAL"
        words.append(f"GENERATED ALWAYS AS ({row['expression']}) {stored}")
    elif row["identity"]:
        always = "ALWAYS" if row["identity"] == "a" else "BY DEFAULT"
        words.append(f"GENERATED {always} AS IDENTITY{f' ({numbering})' if numbering else ''}")
    elif row["expression"] is not None:
        words.append(f"DEFAULT {row['expression']}")
    return " ".join(words)


def _constraints(rows: Sequence[Record]) -> Iterator[str]:
    order = "pufcx"
    for row in sorted(rows, key=lambda row: order.index(row["kind"] or "x")):
        is_own = row["definition"] is not None and row["inherited"] == "f"
        if is_own and row["validated"] != "f":
            yield _constraint(row)


def _constraint(row: Record) -> str:
    return f"CONSTRAINT {quoted(row['name'] or '')} {row['definition']}"


def _inherits(row: Record) -> str:
    parents = decoded(row["parents"])
    if not parents or row["partition_bound"] is not None:
        return ""
    return f" INHERITS ({', '.join(quoted(*parent) for parent in parents)})"


def _tail(row: Record) -> str:
    words = []
    if row["partition_key"]:
        words.append(f"PARTITION BY {row['partition_key']}")
    if row["server"]:
        words.append(f"SERVER {quoted(row['server'])}")
    if row["method"] and row["method"] != "heap":
        words.append(f"USING {quoted(row['method'])}")
    if options := _with(row):
        words.append(options.strip())
    if row["tablespace"]:
        words.append(f"TABLESPACE {quoted(row['tablespace'])}")
    return "".join(f"\n{word}" for word in words)


def _with(row: Record) -> str:
    options = decoded(row["options"])
    return f" WITH ({', '.join(options)})" if options else ""


def _comments(row: Record, columns: Sequence[Record]) -> Iterator[str]:
    kind = {"v": "VIEW", "m": "MATERIALIZED VIEW", "f": "FOREIGN TABLE"}.get(row["kind"] or "")
    if row["comment"]:
        yield f"COMMENT ON {kind or 'TABLE'} {_name(row)} IS {literal(row['comment'])}"
    for column in columns:
        if column["comment"]:
            name = f"{_name(row)}.{quoted(column['name'] or '')}"
            yield f"COMMENT ON COLUMN {name} IS {literal(column['comment'])}"


def options(row: Record) -> tuple[str, ...]:
    """Words for the structure tab."""
    words = [
        _WORD[persistence].strip() for persistence in [row["persistence"]] if persistence in _WORD
    ]
    if row["partition_key"]:
        words.append(f"PARTITION BY {row['partition_key']}")
    parents = decoded(row["parents"]) or []
    if row["partition_bound"] is not None and parents:
        words.append(f"PARTITION OF {quoted(*parents[0])} {row['partition_bound']}")
    elif parents:
        words.append(f"INHERITS ({', '.join(quoted(*parent) for parent in parents)})")
    if row["server"]:
        words.append(f"SERVER {row['server']}")
    if row["method"] and row["method"] != "heap":
        words.append(f"USING {row['method']}")
    if row["row_security"] == "t":
        words.append("ROW LEVEL SECURITY")
    if row["tablespace"]:
        words.append(f"TABLESPACE {row['tablespace']}")
    words += decoded(row["options"]) or []
    return tuple(words)
