"""How many rows break a constraint that was never validated: it reads the tables."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError

from studio.model.health import Blind

CHECK = "unvalidated_constraint"
READS = "every row of tables with a constraint that was never validated"
Row = dict[str, Any]


def counted(
    rows: Sequence[Row], ask: Callable[[str], list[Row]], said: Callable[[DBAPIError], str]
) -> Iterator[Row | Blind]:
    """Each row, with how many rows of its table break it (`broken`), and why one was not counted.
    `ask`: one statement, without a deadline; `said`: a refusal of the server in words.
    """
    for row in rows:
        if not row["faulty"]:
            yield row
            continue
        if row["hides_rows"] == "true":
            yield row
            yield Blind(
                CHECK,
                f"{row['object']}: row level security hides rows, so that they cannot be counted",
                f"ask as the owner of {row['relation']}, or with BYPASSRLS",
            )
            continue
        try:
            (found,) = ask(
                f"SELECT count(*) AS broken FROM {row['counted_in']} WHERE {row['faulty']}"
            )
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) in {None, "57014"}:
                raise
            yield row
            yield Blind(CHECK, f"{row['object']}: {said(error)}")
            continue
        yield {**row, "broken": int(found["broken"])}
