"""Which keywords may follow what: the words of places where no name may stand."""

from collections.abc import Mapping

NEGATED = ("IN", "LIKE", "BETWEEN", "NULL")
RAISED = ("ABORT", "FAIL", "IGNORE", "ROLLBACK")
BEHIND_THEN = ("UPDATE SET", "INSERT", "DELETE", "DO NOTHING")
BEHIND_WITH = ("SELECT", "INSERT INTO", "UPDATE", "DELETE FROM", "MERGE INTO", "VALUES")
IN_WINDOW = ("PARTITION BY", "ORDER BY", "ROWS", "RANGE", "GROUPS")
FRAMES = ("BETWEEN", "UNBOUNDED PRECEDING", "CURRENT ROW")
FRAME_WORDS = frozenset({"ROWS", "RANGE", "GROUPS"})
_BOUNDS = ("UNBOUNDED PRECEDING", "CURRENT ROW", "UNBOUNDED FOLLOWING")
IN_FRAME: Mapping[str, tuple[str, ...]] = {
    "BETWEEN": _BOUNDS,
    "AND": ("CURRENT ROW", "UNBOUNDED FOLLOWING"),
    "UNBOUNDED": ("PRECEDING", "FOLLOWING"),
    "CURRENT": ("ROW",),
    "EXCLUDE": ("CURRENT ROW", "GROUP", "TIES", "NO OTHERS"),
}
BEHIND_BOUND = ("AND", "PRECEDING", "FOLLOWING", "EXCLUDE")
BEHIND_WINDOW_ITEM = ("ORDER BY", "ASC", "DESC", "NULLS FIRST", "NULLS LAST", "ROWS", "RANGE")
BEHIND_CONDITION = (*("AND", "OR", "IS", "IN", "LIKE", "BETWEEN", "NOT", "COLLATE", "ESCAPE"),)
_ENDINGS = (
    "GROUP BY",
    "ORDER BY",
    "LIMIT",
    "HAVING",
    "WINDOW",
    "OFFSET",
    "FETCH FIRST",
    "FOR UPDATE",
)
_SETS = ("UNION", "UNION ALL", "INTERSECT", "EXCEPT")
_VALUE_SIGNS = ("AND", "OR", "IS", "IN", "LIKE", "BETWEEN", "NOT", "COLLATE")

JOINS: Mapping[str, tuple[str, ...]] = {
    "LEFT": ("JOIN", "OUTER JOIN"),
    "RIGHT": ("JOIN", "OUTER JOIN"),
    "FULL": ("JOIN", "OUTER JOIN"),
    "INNER": ("JOIN",),
    "CROSS": ("JOIN",),
    "OUTER": ("JOIN",),
    "NATURAL": ("JOIN", "LEFT JOIN", "INNER JOIN"),
    "INDEXED": ("BY",),
}
"""What may follow the words in front of JOIN."""

AFTER: Mapping[str, tuple[str, ...]] = {
    "IS": ("NULL", "NOT NULL", "TRUE", "FALSE", "DISTINCT FROM", "NOT DISTINCT FROM", "UNKNOWN"),
    "GROUP": ("BY",),
    "ORDER": ("BY",),
    "PARTITION": ("BY",),
    "NULLS": ("FIRST", "LAST"),
    "FOR": ("UPDATE", "SHARE", "NO KEY UPDATE", "KEY SHARE"),
    "FETCH": ("FIRST", "NEXT"),
    "WITHIN": ("GROUP",),
    "SIMILAR": ("TO",),
    "UNION": ("ALL", "SELECT", "DISTINCT", "VALUES"),
    "INTERSECT": ("SELECT", "ALL", "VALUES"),
    "EXCEPT": ("SELECT", "ALL", "VALUES"),
    "DEFAULT": ("VALUES",),
    "MATCHED": ("THEN", "AND", "BY SOURCE", "BY TARGET"),
    "ATTACH": ("DATABASE",),
    "DETACH": ("DATABASE",),
    "ROWS": ("ONLY", "WITH TIES"),
    "ROW": ("ONLY", "WITH TIES"),
    "INSERT": ("INTO", "OR"),
    "DELETE": ("FROM",),
    "MERGE": ("INTO",),
}


def in_operand(before: str) -> tuple[str, ...]:
    """Keywords that begin an operand."""
    if before == "NOT":
        return ("EXISTS", "NULL", "IN", "LIKE", "BETWEEN", "ILIKE")
    words = ("CASE", "NOT", "EXISTS", "NULL", "CAST", "TRUE", "FALSE")
    return words if before != "BETWEEN" else ("SYMMETRIC", *words)


def behind_operand(clause: str, verb: str) -> tuple[str, ...]:
    """Keywords behind a whole operand of a clause."""
    if clause == "SELECT":
        return ("FROM", "AS", *_VALUE_SIGNS, "INTO", "WHERE", *_ENDINGS, *_SETS)
    if clause == "RETURNING":
        return ("AS", *_VALUE_SIGNS)
    if clause in {"WHERE", "HAVING"}:
        tail = ("RETURNING",) if verb in {"INSERT", "UPDATE", "DELETE"} else (*_ENDINGS, *_SETS)
        return (*BEHIND_CONDITION, *tail)
    if clause == "GROUP BY":
        return ("HAVING", "ORDER BY", "LIMIT", "WINDOW", *_SETS, "COLLATE", "AND", "OR")
    if clause == "ORDER BY":
        return (
            "ASC",
            "DESC",
            "NULLS FIRST",
            "NULLS LAST",
            "LIMIT",
            "OFFSET",
            "COLLATE",
            "FOR UPDATE",
        )
    if clause in {"LIMIT", "OFFSET", "FETCH"}:
        return ("OFFSET", "LIMIT", "FOR UPDATE", "ROWS ONLY", "ROW ONLY")
    if clause == "SET":
        if verb == "INSERT":
            return ("WHERE", "RETURNING", *_VALUE_SIGNS)
        when = ("WHEN MATCHED", "WHEN NOT MATCHED") if verb == "MERGE" else ()
        return (*when, "WHERE", "FROM", "RETURNING", *_VALUE_SIGNS)
    if clause == "VALUES":
        if verb == "INSERT":
            return ("ON CONFLICT", "RETURNING")
        return (*_SETS, "ORDER BY", "LIMIT", "WHEN")
    if clause in {"INSERT", "DELETE", "MERGE"}:
        return AFTER[clause]
    if clause == "UPDATE" and verb == "SELECT":
        return ("OF", "NOWAIT", "SKIP LOCKED")
    if clause in {"WHEN", "UPDATE"}:
        return (
            "MATCHED",
            "NOT MATCHED",
            "THEN",
            "AND",
            "UPDATE SET",
            "DELETE",
            "INSERT",
            "DO NOTHING",
        )
    if clause == "":
        return ()
    return BEHIND_CONDITION


def in_parentheses(before: str) -> tuple[str, ...]:
    """Keywords behind a whole operand inside parentheses that `before` stands in front of."""
    if before in {"CAST", "TRY_CAST"}:
        return ("AS",)
    if before in {"EXTRACT", "SUBSTRING", "TRIM", "OVERLAY"}:
        return ("FROM", "FOR")
    return ("AND", "OR", "IS", "IN", "LIKE", "BETWEEN", "NOT", "ORDER BY", "COLLATE", "ESCAPE")


def behind_source(verb: str, *, needs_on: bool = False) -> tuple[str, ...]:
    """Keywords behind an item of FROM."""
    joins = (
        "JOIN",
        "LEFT JOIN",
        "INNER JOIN",
        "CROSS JOIN",
        "RIGHT JOIN",
        "FULL JOIN",
        "NATURAL JOIN",
    )
    first = ("ON", "USING") if needs_on else ()
    if verb == "DELETE":
        return (*first, "WHERE", "USING", "RETURNING", "AS", *joins)
    if verb == "MERGE":
        return ("ON", "AS", "WHEN MATCHED", "WHEN NOT MATCHED")
    tail = ("RETURNING", "SET") if verb == "UPDATE" else (*_ENDINGS, *_SETS)
    later = () if needs_on else ("ON", "USING")
    return (
        *first,
        "WHERE",
        *joins,
        *tail,
        "AS",
        *later,
        "TABLESAMPLE",
        "INDEXED BY",
        "NOT INDEXED",
    )


def behind_into(verb: str) -> tuple[str, ...]:
    """Keywords behind the target of INSERT or MERGE, and behind its list of columns."""
    if verb == "MERGE":
        return ("USING", "AS")
    return ("VALUES", "SELECT", "(", "DEFAULT VALUES", "AS", "OVERRIDING SYSTEM VALUE", "WITH")
