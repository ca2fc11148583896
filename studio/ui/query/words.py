"""What a query tab says: of a statement before it runs, before it is kept, and afterwards."""

from collections.abc import Sequence

from studio.db.rehearsal import OTHER_VALUES
from studio.model.words import plural
from studio.queries.query import Query
from studio.queries.result import Result
from studio.sqltext.classify import Classification, StatementKind
from studio.sqltext.danger import Danger
from studio.ui.widgets.labels import plain


def before_running(query: Query, label: str, touched: Sequence[str] = (), then: str = "") -> str:
    """The question before a statement that may write is sent to the database called `label`;
    `touched`: what it would do to how many rows; `then`: what follows when it has run.
    """
    facts = query.facts
    what = "changes the structure" if facts.kind is StatementKind.SCHEMA else "may write"
    how = (
        "It cannot run inside a transaction: there is no way back."
        if facts.outside_transaction
        else then or "You see how many rows it changes before anything is kept."
    )
    lines = [head(query.text, 200), "", f"This {what} on {label}.", *touched, how]
    return "\n".join(lines)


def counted(danger: Danger, name: tuple[str, ...], rows: int | None) -> str:
    """`DELETE without WHERE: all 48,211 rows of orders`."""
    named = plain(".".join(name))
    if rows is None:
        return f"{danger.words}: {named}, whose rows could not be counted"
    every = "all " if danger.lacks_where and rows > 1 else ""
    return f"{danger.words}: {every}{plural(rows, 'row')} of {named}"


GOES_ALONG = "CASCADE takes along whatever depends on it: views, foreign keys, functions"


def emptied_too(name: tuple[str, ...], rows: int | None) -> str:
    """`by CASCADE too: all 130,000 rows of order_lines`."""
    named = plain(".".join(name))
    if rows is None:
        return f"by CASCADE too: {named}, whose rows could not be counted"
    return f"by CASCADE too: {'all ' if rows > 1 else ''}{plural(rows, 'row')} of {named}"


def before_commit(query: Query, result: Result, unrepeatable: tuple[str, ...] = ()) -> str:
    """The question before it is kept. `unrepeatable`: what is another value at the next run."""
    lines = [f"{_touched(result, query.facts)} in {result.elapsed_ms:,.0f} ms."]
    if result.otherwise:
        again = "It ran again, and was not kept, because it came to something else:"
        lines = [again, *(f"  {words}" for words in result.otherwise), "", *lines]
    if result.by_table and list(result.by_table.values()) != [result.row_count]:
        named = (f"{ref} {count:,}" for ref, count in result.by_table.items())
        lines.append(f"Rows by table, cascades and triggers included: {', '.join(named)}.")
    if result.waits is not None:
        lines.append("Nothing is kept yet: the transaction is open.")
        return "\n".join(lines)
    lines += [
        "It was rolled back at once: nothing is kept, nothing is locked meanwhile.",
        "Commit runs it again, and keeps it if it comes to the same.",
    ]
    if unrepeatable:
        lines.append(f"Values of {', '.join(unrepeatable)} will be others then.")
    elif result.otherwise == (OTHER_VALUES,):
        lines.append("What it returns is another at every run: only the counts must be the same.")
    return "\n".join(lines)


def _touched(result: Result, facts: Classification) -> str:
    if facts.kind is StatementKind.SCHEMA:
        return "The structure is changed" if result.waits else "The structure would be changed"
    count = result.row_count if result.row_count >= 0 else result.rows
    return f"{facts.keyword} touched {count:,} row{'' if count == 1 else 's'}"


def head(text: str, width: int = 40) -> str:
    """How a statement begins, on one line."""
    line = " ".join(text.split())
    return plain(line if len(line) <= width else f"{line[: width - 1]}…")


def summary(result: Result) -> str:
    """`48,211 rows · 41 ms`."""
    words = []
    if result.columns:
        count = result.rows
        first = "first " if result.is_cut else ""
        words.append(f"{first}{count:,} row{'' if count == 1 else 's'}")
    elif result.row_count >= 0:
        words.append(f"{result.row_count:,} row{'' if result.row_count == 1 else 's'} changed")
    words.append(f"{result.elapsed_ms:,.0f} ms")
    if result.outcome:
        words.append(result.outcome)
    return " · ".join(words)
