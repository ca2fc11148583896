"""Plans of engines that studio does not read, told by what only they print."""

import re

SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("MySQL", re.compile(r"^[\s|'\"]*-> (?=\S)(?!.*\bwidth=).*\((?:cost|actual time)=[0-9]", re.M)),
    ("MySQL", re.compile(r'"query_block"\s*:\s*\{')),
    ("MySQL", re.compile(r"\bid\b[\s|]+\bselect_type\b[\s|]+\btable\b")),
    ("CockroachDB", re.compile(r"^\s*(?:distribution: \w+|vectorized: (?:true|false))\s*$", re.M)),
    ("CockroachDB", re.compile(r"^\s*(?:│\s*)*(?:[├└]── )?• \w+", re.M)),
    (
        "SQL Server",
        re.compile(r"<ShowPlanXML\b|^\s*\|--(?:Nested Loops|Hash Match|Clustered )", re.M),
    ),
    ("Oracle", re.compile(r"\|\s*Id\s*\|\s*Operation\s*\|")),
    (
        "DuckDB",
        re.compile(r"│\s*(?:Physical Plan|Query Profiling Information|SEQ_SCAN|HASH_\w+)\s*│"),
    ),
    ("Redshift", re.compile(r"^\s*(?:->\s+)?XN \w+", re.M)),
    (
        "Greenplum",
        re.compile(
            r"\b(?:Gather|Redistribute|Broadcast|Explicit Redistribute) Motion \d+:\d+"
            r"|^\s*(?:\W*)Optimizer: (?:Pivotal Optimizer|GPORCA|Postgres query optimizer)"
            r"|[\"']?Node Type[\"']?: [\"']?\w+ Motion\b|<Node-Type>\w+ Motion<",
            re.M,
        ),
    ),
    ("Spark", re.compile(r"^== Physical Plan ==", re.M)),
    ("Trino", re.compile(r"^\s*Fragment \d+ \[\w+\]", re.M)),
    ("MongoDB", re.compile(r'"?queryPlanner"?\s*:\s*\{')),
    ("ClickHouse", re.compile(r"^\s*ReadFrom(?:MergeTree|Storage|Table|System)", re.M)),
)
HEAD = 20_000
"""Characters in which a plan shows whose it is."""


def engine_of(text: str) -> str:
    """The engine a plan comes from, where it is one of those; else empty."""
    head = text[:HEAD]
    return next((name for name, sign in SIGNS if sign.search(head)), "")
