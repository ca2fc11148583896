"""Types and shapes: what a column is, against what it holds."""

from studio.backends.postgresql.doctor.advice import Advice, N, W, advice

REWRITE = "rewrites the table under an exclusive lock"
STATISTICS = ("statistics_blind",)
SHAPES: tuple[Advice, ...] = (
    advice(
        "timestamp_without_time_zone", "timestamp without zone", (W, N),
        "{type}; elsewhere {with_zone_elsewhere} columns with one",
        "as written, for values meant UTC, it changes the catalog alone; under another zone it "
        "rewrites the table",
        "only a person knows which zone the old values mean",
    ),
    advice(
        "money_as_float", "money as float", (W,), "{type}: 0.1 + 0.2 is not 0.3",
        f"{REWRITE}; sums change in the last digits", "",
    ),
    advice(
        "uuid_as_text", "uuid as text", (N,),
        "all {sampled} sampled values are uuids: 37 bytes against 16, in each index too",
        f"{REWRITE}; columns that reference it must follow", "", blind=STATISTICS,
    ),
    advice(
        "enum_text_without_check", "words without CHECK", (N,),
        "a few words ({values}) in ~{estimated_rows} rows, and no CHECK keeps others out",
        "VALIDATE reads the table, no lock that writers feel; fails at another word",
        "the application may check them", blind=STATISTICS,
    ),
    advice(
        "expired_rows_kept", "expired rows kept", (W, N),
        "about {expired_share} of ~{estimated_rows} rows expired more than a day ago ({bytes})",
        "5,000 at a time until it deletes none, then from a job; rows that reference them follow",
        "they may be kept as a record", blind=STATISTICS,
    ),
    advice("json_not_jsonb", "json, not jsonb", (N,),
           "json in ~{estimated_rows} rows: read anew each time",
           f"{REWRITE}; the order of keys and doubled keys are lost", "kept as it was sent"),
    advice(
        "large_json", "large JSON", (N,), "~{row_bytes} a row beside the table ({columns})", "",
        "no fault where it is always read with the row",
    ),
    advice(
        "missing_updated_at_trigger", "no trigger for updated", (N,),
        "{function} keeps it in {siblings_with} tables, and not here", "",
        "the application may set it here",
    ),
    advice(
        "unlogged_table", "unlogged table", (N,),
        "empty after a crash, absent on standbys ({bytes})", f"{REWRITE}, into the WAL",
        "meant for what can be made again",
    ),
    advice(
        "stray_public_table", "stray table in public", (N,),
        "most tables have a schema of their own: {schemas}",
        "names that are not qualified must follow",
        "which schema it belongs to is for a person to say",
    ),
    advice(
        "audit_table_mutable", "audit can be changed", (N,), "{roles} may {privileges}",
        "the application needs INSERT and SELECT alone", "it may be emptied by a job",
    ),
)  # fmt: skip
