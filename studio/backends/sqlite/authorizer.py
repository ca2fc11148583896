"""What a statement of a person may use on a connection that only looks.

SQLite itself names what a statement would use, resolved, while it compiles it: however a function
is spelled, and whatever view it stands in, the authorizer hears its name. What is in no list here
is refused.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


def _names(*lines: str) -> frozenset[str]:
    return frozenset(name for line in lines for name in line.split())


_FUNCTIONS = _names(
    # core
    "-> ->> abs changes char coalesce concat concat_ws format glob hex if ifnull iif instr",
    "last_insert_rowid length like likelihood likely lower ltrim match max min nullif octet_length",
    "printf quote random randomblob replace round rtrim sign soundex sqlite_compileoption_get",
    "sqlite_compileoption_used sqlite_offset sqlite_source_id sqlite_version substr substring",
    "subtype total_changes trim typeof unhex unicode unistr unistr_quote unlikely upper zeroblob",
    # dates
    "current_date current_time current_timestamp date datetime julianday strftime time timediff",
    "unixepoch",
    # numbers
    "acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10",
    "log2 mod pi pow power radians sin sinh sqrt tan tanh trunc",
    # aggregates and windows
    "avg count cume_dist dense_rank first_value group_concat lag last_value lead median nth_value",
    "ntile percent_rank percentile percentile_cont percentile_disc rank row_number string_agg sum",
    "total",
    # json
    *(
        f"{json}{what}"
        for json in ("json", "jsonb")
        for what in (
            *(" ", "_array ", "_array_insert ", "_array_length ", "_each ", "_error_position "),
            *("_extract ", "_group_array ", "_group_object ", "_insert ", "_object ", "_patch "),
            *("_pretty ", "_quote ", "_remove ", "_replace ", "_set ", "_tree ", "_type "),
            "_valid ",
        )
    ),
    # full-text search, R-trees
    "bm25 fts5_get_locale fts5_locale fts5_source_id highlight matchinfo offsets snippet",
    "rtreecheck rtreedepth rtreenode geopoly_area geopoly_bbox geopoly_blob geopoly_ccw",
    "geopoly_contains_point geopoly_group_bbox geopoly_json geopoly_overlap geopoly_regular",
    "geopoly_svg geopoly_within geopoly_xform",
)
_TABLES = _names(
    "bytecode completion dbstat fts3 fts3tokenize fts4 fts4aux fts5 fts5vocab generate_series",
    "geopoly json_each json_tree jsonb_each jsonb_tree rtree rtree_i32 sqlite_stmt tables_used",
)
"""Modules of virtual tables that tell something; those of PRAGMAs are judged as PRAGMAs."""
_PRAGMAS = _names(
    "application_id auto_vacuum collation_list compile_options data_version database_list encoding",
    "foreign_key_check foreign_key_list freelist_count function_list index_info index_list",
    "index_xinfo integrity_check journal_mode module_list page_count page_size pragma_list",
    "quick_check read_uncommitted schema_version table_info table_list table_xinfo user_version",
)
"""PRAGMAs that tell something."""
_WITH_ARGUMENT = _names(
    "foreign_key_check foreign_key_list index_info index_list index_xinfo integrity_check",
    "quick_check table_info table_list table_xinfo",
)
"""Of these, the ones whose argument is a question, not a setting."""
_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE, sqlite3.SQLITE_TRANSACTION})
_NEVER = frozenset(
    {
        sqlite3.SQLITE_ATTACH,
        sqlite3.SQLITE_DETACH,
        sqlite3.SQLITE_CREATE_VTABLE,
        sqlite3.SQLITE_DROP_VTABLE,
    }
)
"""What a read-only URI leaves open: other files, and the code of modules."""


class _Authorizer:
    """Says yes to what only tells something. Changes of the database are for its URI to refuse:
    their EXPLAIN is harmless.
    """

    def __init__(self, unknown_tables: frozenset[str], functions: frozenset[str]) -> None:
        self._unknown_tables = unknown_tables
        self._functions = functions

    def __call__(
        self,
        action: int,
        first: str | None,
        second: str | None,
        database: str | None,
        source: str | None,
    ) -> int:
        """SQLite's answer: it compiles the statement, or it does not."""
        del source
        may = self._may(action, first or "", second, database)
        return sqlite3.SQLITE_OK if may else sqlite3.SQLITE_DENY

    def _may(self, action: int, first: str, second: str | None, database: str | None) -> bool:
        if action == sqlite3.SQLITE_FUNCTION:
            return (second or "").lower() in self._functions
        if action == sqlite3.SQLITE_READ:
            return first.lower() not in self._unknown_tables
        if action == sqlite3.SQLITE_PRAGMA:
            return first.lower() in (_PRAGMAS if second is None else _WITH_ARGUMENT)
        # The URI is the main database's: a temporary one can be written.
        return action in _READING or (action not in _NEVER and database == "main")


def only_look(connection: sqlite3.Connection, *functions: str) -> None:
    """Refuse from now on what acts, with SQLITE_AUTH; `functions` are studio's own."""
    allowed = _FUNCTIONS | frozenset(functions)
    connection.set_authorizer(_Authorizer(_unknown_tables(connection), allowed))


@contextmanager
def looking(connection: sqlite3.Connection, *functions: str) -> Iterator[None]:
    """The same as long as the block runs."""
    only_look(connection, *functions)
    try:
        yield
    finally:
        connection.set_authorizer(None)


def _unknown_tables(connection: sqlite3.Connection) -> frozenset[str]:
    """Virtual tables of modules nobody here knows: those that are there without being made have
    the module's name, others name it in the schema. SQLite before 3.16 lists no modules.
    """
    try:
        rows = connection.execute("SELECT lower(name) FROM pragma_module_list").fetchall()
    except sqlite3.OperationalError:
        return frozenset()
    names = {str(name) for (name,) in rows}
    unknown = {n for n in names if n not in _TABLES and not n.startswith("pragma_")}
    if not unknown:
        return frozenset()
    made = connection.execute(
        "SELECT lower(name), lower(sql) FROM sqlite_schema WHERE sql LIKE 'create virtual table%'"
    )
    return frozenset(
        unknown | {str(name) for name, sql in made if any(module in str(sql) for module in unknown)}
    )
