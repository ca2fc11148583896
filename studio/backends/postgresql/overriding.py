"""INSERT with chosen numbers in identity columns that are GENERATED ALWAYS."""

from sqlalchemy import Insert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler


class OverridingInsert(Insert):
    """INSERT … OVERRIDING SYSTEM VALUE, which Core has no word for."""

    inherit_cache = True


@compiles(OverridingInsert)
def _overriding(insertion: OverridingInsert, compiler: SQLCompiler, **options: object) -> str:
    text: str = compiler.visit_insert(insertion, **options)  # type: ignore[no-untyped-call]
    table = insertion.table
    names = ", ".join(compiler.preparer.format_column(c) for c in table.columns)
    head = f"INSERT INTO {compiler.preparer.format_table(table)} ({names})"
    if not text.startswith(head):
        raise ValueError("an INSERT was not written as expected")
    return f"{head} OVERRIDING SYSTEM VALUE{text[len(head) :]}"
