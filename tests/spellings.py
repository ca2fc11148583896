"""Ways to write the same name and the same call, for tests that must not depend on one of them."""

from hypothesis import strategies as st


def _escaped(name: str, sign: str) -> str:
    return "".join(f"{sign}{ord(char):04x}" if i % 2 else char for i, char in enumerate(name))


NAMES = {
    "plain": lambda n: n,
    "capitals": lambda n: n.upper(),
    "mixed": lambda n: "".join(c.upper() if i % 2 else c for i, c in enumerate(n)),
    "quoted": lambda n: f'"{n}"',
    "unicode": lambda n: f'U&"{_escaped(n, chr(92))}"',
    "small u": lambda n: f'u&"{_escaped(n, chr(92))}"',
    "six digits": lambda n: 'U&"' + "".join(f"\\+{ord(c):06X}" for c in n) + '"',
    "uescape": lambda n: f"U&\"{_escaped(n, '!')}\" UESCAPE '!'",
}
"""How PostgreSQL lets a name be written."""
GAPS = ("", " ", "\n\t", "/**/", "/* ( /* ; */ ' */", "-- ) ' \n", " /*\n*/ ")
"""What may stand between a name and what follows it."""
SQLITE_NAMES = {
    "plain": lambda n: n,
    "capitals": lambda n: n.upper(),
    "quoted": lambda n: f'"{n}"',
    "brackets": lambda n: f"[{n}]",
    "backticks": lambda n: f"`{n}`",
}
SQLITE_GAPS = ("", " ", "\n\t", "/**/", "/* ( ; ' */", "-- ) ' \n")
PLACES = (
    "SELECT {call}",
    "VALUES ({call})",
    "SELECT 1 WHERE {call} IS NOT NULL",
    "SELECT 1 FROM (SELECT {call}) s",
    "SELECT * FROM (VALUES (1)) v, LATERAL (SELECT {call}) s",
    "SELECT CASE WHEN true THEN {call} END",
    "SELECT coalesce(NULL, {call})",
    "SELECT (SELECT max(x::text) FROM (SELECT {call} x) s)",
    "WITH w AS MATERIALIZED (SELECT {call} x) TABLE w",
    "WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r WHERE n < 2 "
    "AND {call} IS NULL) TABLE r",
    "SELECT 1 UNION ALL SELECT 2 WHERE {call} IS NULL",
    "SELECT a FROM t ORDER BY {call}::text",
    "SELECT count(*) FROM t GROUP BY {call}::text",
    "SELECT count(*) FROM t HAVING {call} IS NULL",
    "SELECT count(*) FILTER (WHERE {call} IS NULL) FROM t",
    "SELECT count(*) OVER (PARTITION BY {call}::text) FROM t",
    "SELECT DISTINCT ON ({call}::text) a FROM t",
    "SELECT 1 FROM t JOIN t u ON {call} IS NULL",
    "SELECT ARRAY[{call}::text]",
    "SELECT EXISTS (SELECT 1 WHERE {call} IS NULL)",
    "SELECT upper(concat({call}))",
    "SELECT json_build_object('a', {call})",
    "SELECT 1 LIMIT (SELECT count({call}))",
    "EXPLAIN ANALYZE SELECT {call}",
    "EXPLAIN (ANALYZE, FORMAT JSON) VALUES ({call})",
    "((SELECT {call}))",
    "/* SELECT 1; */ SELECT {call} -- ;",
)
"""Where PostgreSQL lets a call stand."""
SQLITE_PLACES = (
    "SELECT {call}",
    "VALUES ({call})",
    "SELECT 1 WHERE {call} IS NOT NULL",
    "SELECT * FROM (SELECT {call})",
    "SELECT CASE WHEN 1 THEN {call} END",
    "SELECT coalesce(NULL, {call})",
    "WITH w AS (SELECT {call} x) SELECT * FROM w",
    "SELECT 1 UNION ALL SELECT {call}",
    "SELECT a FROM t ORDER BY {call}",
    "SELECT count(*) FROM t GROUP BY {call}",
    "SELECT count(*) FILTER (WHERE {call} IS NULL) FROM t",
    "SELECT count(*) OVER (PARTITION BY {call}) FROM t",
    "SELECT 1 FROM t JOIN t u ON {call} IS NULL",
    "SELECT EXISTS (SELECT 1 WHERE {call} IS NULL)",
    "SELECT a FROM t LIMIT {call}",
    "EXPLAIN SELECT {call}",
    "EXPLAIN QUERY PLAN SELECT {call}",
)
"""Where SQLite does."""


def calls(
    functions: dict[str, str],
    names: dict[str, object] = NAMES,
    gaps: tuple[str, ...] = GAPS,
    places: tuple[str, ...] = PLACES,
) -> st.SearchStrategy[str]:
    """Statements that call one of `functions` (name → arguments), somewhere, somehow written."""

    def written(name: str, how: str, gap: str, place: str) -> str:
        schema, _, bare = name.rpartition(".")
        spell = names[how]
        whole = f"{spell(schema)}{gap}.{gap}{spell(bare)}" if schema else spell(bare)
        return place.replace("{call}", f"{whole}{gap}({functions[name]})")

    return st.builds(
        written,
        st.sampled_from(sorted(functions)),
        st.sampled_from(sorted(names)),
        st.sampled_from(gaps),
        st.sampled_from(places),
    )
