"""What a query tab says: of a statement before it runs, before it is kept, and afterwards."""

from studio.sqltext.classify import Classification, StatementKind
from studio.ui.labels import plain
from studio.ui.query_runner import Result


def before_running(sql: str, facts: Classification, label: str) -> str:
    """The question before a statement that may write is sent to the database called `label`."""
    what = "changes the structure" if facts.kind is StatementKind.SCHEMA else "may write"
    how = (
        "It cannot run inside a transaction: there is no way back."
        if facts.outside_transaction
        else "It runs in a transaction; you see its row count before anything is kept."
    )
    return f"{head(sql, 200)}\n\nThis {what} on {label}.\n{how}"


def before_commit(result: Result, facts: Classification) -> str:
    """The question while its transaction is open."""
    count = result.row_count if result.row_count >= 0 else result.rows.height
    touched = (
        "The structure is changed"
        if facts.kind is StatementKind.SCHEMA
        else f"{facts.keyword} touched {count:,} row{'' if count == 1 else 's'}"
    )
    return (
        f"{touched} in {result.elapsed_ms:,.0f} ms.\n"
        "Nothing is kept yet: the transaction is open and holds its locks."
    )


def head(text: str, width: int = 40) -> str:
    """How a statement begins, on one line."""
    line = " ".join(text.split())
    return plain(line if len(line) <= width else f"{line[: width - 1]}…")


def summary(result: Result) -> str:
    """`48,211 rows · 41 ms`."""
    words = []
    if result.columns:
        count = result.rows.height
        first = "first " if result.rows.is_cut else ""
        words.append(f"{first}{count:,} row{'' if count == 1 else 's'}")
    elif result.row_count >= 0:
        words.append(f"{result.row_count:,} row{'' if result.row_count == 1 else 's'} changed")
    words.append(f"{result.elapsed_ms:,.0f} ms")
    if result.outcome:
        words.append(result.outcome)
    return " · ".join(words)
