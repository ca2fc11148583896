"""The words of SQLite: its keywords, and what the library at hand was built with."""

from sqlalchemy import Connection

from studio.backends.sqlite.catalog import read_session
from studio.model.vocabulary import Argument, Routine, SessionNames, Vocabulary

_VERBS = (
    *("SELECT", "WITH", "INSERT INTO", "UPDATE", "DELETE FROM", "EXPLAIN QUERY PLAN", "CREATE"),
    *("ALTER TABLE", "DROP", "BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "REPLACE INTO", "ATTACH"),
    *("DETACH", "EXPLAIN", "VALUES", "ANALYZE", "VACUUM", "REINDEX", "SAVEPOINT", "RELEASE", "END"),
)
_KEYWORDS = (
    *("ABORT", "ACTION", "ADD", "AFTER", "ALL", "ALTER", "ALWAYS", "ANALYZE", "AND", "AS"),
    *("ASC", "ATTACH", "AUTOINCREMENT", "BEFORE", "BEGIN", "BETWEEN", "BY", "CASCADE", "CASE"),
    *("CAST", "CHECK", "COLLATE", "COLUMN", "COMMIT", "CONFLICT", "CONSTRAINT", "CREATE"),
    *("CROSS", "CURRENT", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "DATABASE"),
    *("DEFAULT", "DEFERRABLE", "DEFERRED", "DELETE", "DESC", "DETACH", "DISTINCT", "DO"),
    *("DROP", "EACH", "ELSE", "END", "ESCAPE", "EXCEPT", "EXCLUDE", "EXCLUSIVE", "EXISTS"),
    *("EXPLAIN", "FAIL", "FILTER", "FIRST", "FOLLOWING", "FOR", "FOREIGN", "FROM", "FULL"),
    *("GENERATED", "GLOB", "GROUP", "GROUPS", "HAVING", "IF", "IGNORE", "IMMEDIATE", "IN"),
    *("INDEX", "INDEXED", "INITIALLY", "INNER", "INSERT", "INSTEAD", "INTERSECT", "INTO", "IS"),
    *("ISNULL", "JOIN", "KEY", "LAST", "LEFT", "LIKE", "LIMIT", "MATCH", "MATERIALIZED"),
    *("NATURAL", "NO", "NOT", "NOTHING", "NOTNULL", "NULL", "NULLS", "OF", "OFFSET", "ON"),
    *("OR", "ORDER", "OTHERS", "OUTER", "OVER", "PARTITION", "PLAN", "PRAGMA", "PRECEDING"),
    *("PRIMARY", "QUERY", "RAISE", "RANGE", "RECURSIVE", "REFERENCES", "REGEXP", "REINDEX"),
    *("RELEASE", "RENAME", "REPLACE", "RESTRICT", "RETURNING", "RIGHT", "ROLLBACK", "ROW"),
    *("ROWS", "SAVEPOINT", "SELECT", "SET", "TABLE", "TEMP", "TEMPORARY", "THEN", "TIES", "TO"),
    *("TRANSACTION", "TRIGGER", "UNBOUNDED", "UNION", "UNIQUE", "UPDATE", "USING", "VACUUM"),
    *("VALUES", "VIEW", "VIRTUAL", "WHEN", "WHERE", "WINDOW", "WITH", "WITHOUT"),
)
"""https://www.sqlite.org/lang_keywords.html"""
_OTHER_WORDS = frozenset({"TRUE", "FALSE", "STRICT", "ROWID", "NONE"})
_TYPES = (
    *("integer", "text", "real", "blob", "numeric", "int", "any", "boolean", "date", "datetime"),
    *("varchar", "json", "decimal", "double", "float", "bigint", "timestamp", "char"),
)
_JSON = tuple(
    (name, "") for name in ("key", "value", "type", "atom", "id", "parent", "fullkey", "path")
)
_OF_TABLES = frozenset(
    {"table_info", "table_xinfo", "index_list", "foreign_key_list", "foreign_key_check"}
    | {"integrity_check", "quick_check", "table_list"}
)
_OF_INDEXES = frozenset({"index_info", "index_xinfo"})
_COLUMNS_OF_PRAGMAS = {
    "table_info": "cid name type notnull dflt_value pk",
    "table_xinfo": "cid name type notnull dflt_value pk hidden",
    "table_list": "schema name type ncol wr strict",
    "index_list": "seq name unique origin partial",
    "index_info": "seqno cid name",
    "index_xinfo": "seqno cid name desc coll key",
    "foreign_key_list": "id seq table from to on_update on_delete match",
    "function_list": "name builtin type enc narg flags",
    "database_list": "seq name file",
    "collation_list": "seq name",
    "compile_options": "compile_options",
    "pragma_list": "name",
    "module_list": "name",
}
_AGGREGATES = frozenset(
    {"count", "sum", "total", "avg", "min", "max", "group_concat", "string_agg"}
    | {"json_group_array", "json_group_object"}
)
_COMMON = (
    *("count", "sum", "avg", "min", "max", "coalesce", "date", "datetime", "strftime", "length"),
    *("lower", "upper", "round", "substr", "replace", "ifnull", "group_concat", "total", "abs"),
    *("json_extract", "julianday", "trim", "instr", "printf", "typeof", "row_number", "rank"),
)
_FUNCTIONS = "SELECT name, max(narg), max(type) FROM pragma_function_list GROUP BY name"
_PRAGMAS = "SELECT name FROM pragma_pragma_list"
_COLLATIONS = "SELECT name FROM pragma_collation_list ORDER BY seq DESC"
_MODULES = (
    "SELECT name FROM pragma_module_list WHERE name NOT LIKE 'pragma%' "
    "ORDER BY name NOT IN ('fts5', 'rtree'), name"
)
_SCHEMA = ("type", "name", "tbl_name", "rootpage", "sql")
_SYSTEM_TABLES = {
    **dict.fromkeys(
        ("sqlite_schema", "sqlite_master", "sqlite_temp_schema", "sqlite_temp_master"), _SCHEMA
    ),
    "sqlite_sequence": ("name", "seq"),
    "sqlite_stat1": ("tbl", "idx", "stat"),
}
"""https://www.sqlite.org/fileformat2.html#storage_of_the_sql_database_schema"""
_SWITCHES = ("on", "off")
_VALUES_OF_PRAGMAS = {
    "journal_mode": ("wal", "delete", "truncate", "persist", "memory", "off"),
    "synchronous": ("normal", "full", "off", "extra"),
    "auto_vacuum": ("none", "full", "incremental"),
    "encoding": ("'UTF-8'", "'UTF-16'", "'UTF-16le'", "'UTF-16be'"),
    "locking_mode": ("normal", "exclusive"),
    "secure_delete": ("on", "off", "fast"),
    "temp_store": ("default", "file", "memory"),
    "wal_checkpoint": ("passive", "full", "restart", "truncate"),
    **dict.fromkeys(
        (
            *("automatic_index", "cell_size_check", "checkpoint_fullfsync", "defer_foreign_keys"),
            *("foreign_keys", "fullfsync", "ignore_check_constraints", "legacy_alter_table"),
            *("query_only", "read_uncommitted", "recursive_triggers", "reverse_unordered_selects"),
            *("trusted_schema", "writable_schema"),
        ),
        _SWITCHES,
    ),
}
"""https://www.sqlite.org/pragma.html"""


class SQLiteCompleting:
    """See halves.completing."""

    def vocabulary(self, connection: Connection) -> Vocabulary:
        """What this library has."""
        functions = connection.exec_driver_sql(_FUNCTIONS).fetchall()
        pragmas = [str(row[0]) for row in connection.exec_driver_sql(_PRAGMAS).fetchall()]
        return Vocabulary(
            verbs=_VERBS,
            keywords=frozenset(_KEYWORDS) | _OTHER_WORDS,
            quoted=frozenset(word.lower() for word in _KEYWORDS),
            bare=r"[A-Za-z_][A-Za-z0-9_$]*",
            path=("temp", "main"),
            routines=(
                *(_function(str(n), int(count), str(kind)) for n, count, kind in functions
                  if str(n).replace("_", "a").isalnum()),
                *(Routine(name, columns=_JSON, is_set=True, arguments=(Argument("json", ""),))
                  for name in ("json_each", "json_tree")),
                *_pragma_functions(pragmas),
                Routine("generate_series", columns=(("value", ""),), is_set=True,
                        arguments=(Argument("start", ""), Argument("stop", ""))),
            ),
            common=_COMMON,
            comparisons=("GLOB", "MATCH", "REGEXP"),
            types=_TYPES,
            pragmas={name: _kind(name) for name in pragmas},
            settings=_VALUES_OF_PRAGMAS,
            collations=_names(connection, _COLLATIONS),
            modules=_names(connection, _MODULES),
            system_columns=("rowid",),
            system_tables=_SYSTEM_TABLES,
            outputs_in_where=True,
            strict_order=False,
            returning_sees_sources=False,
            names_calls=False,
            rows_by_name=False,
        )  # fmt: skip

    def session_names(self, connection: Connection) -> SessionNames:
        """Temporary relations and attached files."""
        schemas = read_session(connection)
        attached = tuple(schema.name for schema in schemas if schema.name != "temp")
        return SessionNames(schemas, ("temp", "main", *attached))


def _names(connection: Connection, question: str) -> tuple[str, ...]:
    return tuple(str(row[0]) for row in connection.exec_driver_sql(question).fetchall())


def _function(name: str, arguments: int, kind: str) -> Routine:
    return Routine(
        name,
        arguments=tuple(Argument("", "") for _ in range(max(arguments, 1 if arguments < 0 else 0))),
        is_aggregate=name in _AGGREGATES,
        is_window=kind == "w" and name not in _AGGREGATES,
    )


def _kind(pragma: str) -> str:
    return "table" if pragma in _OF_TABLES else "index" if pragma in _OF_INDEXES else ""


def _pragma_functions(pragmas: list[str]) -> list[Routine]:
    """The table-valued functions of the PRAGMAs that only answer."""
    return [
        Routine(
            f"pragma_{name}",
            columns=tuple((column, "") for column in columns.split()),
            is_set=True,
            arguments=(Argument("name", ""),) if _kind(name) else (),
        )
        for name, columns in _COLUMNS_OF_PRAGMAS.items()
        if name in pragmas
    ]
