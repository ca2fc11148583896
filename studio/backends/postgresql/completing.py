"""The words of a PostgreSQL database, asked from the server itself."""

from dataclasses import replace
from typing import cast

from sqlalchemy import Connection

from studio.backends.postgresql.catalog import table
from studio.backends.postgresql.queries import Record, ask
from studio.backends.postgresql.relations import decoded
from studio.model.catalog import Schema, Table, TableRef
from studio.model.vocabulary import Argument, Routine, SessionNames, Vocabulary

_VERBS = (
    *("SELECT", "WITH", "INSERT INTO", "UPDATE", "DELETE FROM", "EXPLAIN", "CREATE", "ALTER"),
    *("DROP", "BEGIN", "COMMIT", "ROLLBACK", "MERGE INTO", "TRUNCATE", "VALUES", "TABLE", "SET"),
    *("SHOW", "COPY", "CALL", "ANALYZE", "VACUUM", "GRANT", "REVOKE", "COMMENT ON", "REINDEX"),
    *("REFRESH MATERIALIZED VIEW", "SAVEPOINT", "RELEASE", "LOCK", "PREPARE", "EXECUTE"),
    *("DEALLOCATE", "DECLARE", "FETCH", "CLOSE", "LISTEN", "NOTIFY", "UNLISTEN", "DO", "RESET"),
    *("START TRANSACTION", "DISCARD", "CLUSTER", "CHECKPOINT", "SECURITY LABEL", "REASSIGN"),
)
_TYPES = (
    *("text", "integer", "bigint", "numeric", "boolean", "date", "timestamptz", "timestamp"),
    *("jsonb", "uuid", "varchar", "int", "smallint", "json", "double precision", "real", "time"),
    *("interval", "bytea", "char", "decimal", "timestamp with time zone", "serial", "bigserial"),
    *("smallserial", "inet", "cidr", "macaddr", "xml", "money", "bit", "varbit", "tsvector"),
    *("tsquery", "point", "polygon", "box", "circle", "line", "path", "lseg", "oid", "regclass"),
    *("regtype", "regproc", "name", "int4range", "int8range", "numrange", "tsrange", "tstzrange"),
    *("daterange", "int2", "int4", "int8", "float4", "float8", "bool", "timetz", "jsonpath"),
    *("character varying", "time with time zone", "citext", "xid", "tid", "cstring", "void"),
)
_COMMON = (
    *("count", "sum", "avg", "min", "max", "coalesce", "now", "lower", "upper", "length", "round"),
    *("date_trunc", "extract", "to_char", "string_agg", "array_agg", "jsonb_agg", "concat", "abs"),
    *("substring", "replace", "trim", "split_part", "nullif", "greatest", "least", "row_number"),
    *("rank", "lag", "lead", "generate_series", "unnest", "jsonb_build_object", "age"),
)
_BUILT_IN = ("coalesce", "nullif", "greatest", "least", "extract", "grouping", "xmlelement")
"""They are grammar, not functions: the catalog does not list them."""
_TEMPORARY = "pg_temp"
"""What every session may call its own (PostgreSQL, runtime-config-client: search_path)."""
_MOST_TEMPORARY = 50
_QUOTED = {"R", "T"}
_OUTPUT_MODES = {"o", "b", "t"}


class PostgreSQLCompleting:
    """See halves.completing."""

    def vocabulary(self, connection: Connection) -> Vocabulary:
        """Everything, in two questions."""
        words = ask(connection, "words")
        keywords = [row for row in words if row["kind"] == "keyword"]
        path = sorted(
            (int(r["detail"] or 0), r["name"] or "") for r in words if r["kind"] == "path"
        )
        routines = [_routine(row) for row in ask(connection, "routines")]
        own = [row for row in words if row["kind"] == "type"]
        return Vocabulary(
            verbs=_VERBS,
            keywords=frozenset((row["name"] or "").upper() for row in keywords),
            quoted=frozenset(r["name"] or "" for r in keywords if r["detail"] in _QUOTED),
            bare=r"[a-z_\x80-\U0010ffff][a-z0-9_$\x80-\U0010ffff]*",
            path=tuple(name for _, name in path),
            routines=(*routines, *(Routine(name, returns="") for name in _BUILT_IN)),
            common=_COMMON,
            comparisons=("ILIKE", "SIMILAR TO"),
            types=_TYPES,
            collations=("C", "POSIX", "default", "ucs_basic"),
            system_columns=("ctid", "tableoid", "xmin"),
            named_arguments=True,
            shown=tuple(r["name"] or "" for r in words if r["kind"] == "shown"),
            own_types=tuple(TableRef(row["schema"], row["name"] or "") for row in own),
            settings={r["name"] or "": _values(r) for r in words if r["kind"] == "setting"},
        )

    def session_names(self, connection: Connection) -> SessionNames:
        """Its temporary relations, in a schema by the name that everybody can write."""
        rows = ask(connection, "session")
        path = sorted((int(r["detail"] or 0), r["name"] or "") for r in rows if r["kind"] == "path")
        refs = [TableRef(r["detail"], r["name"] or "") for r in rows if r["kind"] == "relation"]
        made = tuple(_under(table(connection, ref), _TEMPORARY) for ref in refs[:_MOST_TEMPORARY])
        schemas = (Schema(_TEMPORARY, made),) if made else ()
        # It is looked in first, unless the path names it.
        names = (*(s.name for s in schemas), *(name for _, name in path))
        return SessionNames(schemas, names)


def _under(found: Table, schema: str) -> Table:
    """With its keys: a temporary table references temporary ones only."""
    keys = tuple(
        replace(key, target=TableRef(schema, key.target.name)) for key in found.foreign_keys
    )
    return replace(found, ref=TableRef(schema, found.ref.name), foreign_keys=keys)


def _values(row: Record) -> tuple[str, ...]:
    return tuple(cast("list[str]", decoded(row["detail"]) or ()))


def _routine(row: Record) -> Routine:
    names = cast("list[str]", decoded(row["names"]) or [])
    types = cast("list[str]", decoded(row["types"]) or [])
    modes = cast("list[str]", decoded(row["modes"]) or ["i"] * len(types))
    names = names or [""] * len(types)
    known = list(zip(names, types, modes, strict=False))
    inputs = [(name, kind) for name, kind, mode in known if mode in {"i", "b", "v"}]
    required = len(inputs) - int(row["optional"] or 0)
    outputs = tuple((name, kind) for name, kind, mode in known if mode in _OUTPUT_MODES)
    relation = TableRef(row["row_schema"], row["row_name"]) if row["row_name"] else None
    return Routine(
        name=row["name"] or "",
        schema=row["schema"],
        arguments=tuple(Argument(n, t, i >= required) for i, (n, t) in enumerate(inputs)),
        returns=row["returns"] or "",
        columns=outputs,
        relation=relation,
        is_set=row["is_set"] == "t",
        is_aggregate=row["kind"] == "a",
        is_procedure=row["kind"] == "p",
        is_window=row["kind"] == "w",
    )
