"""The index that a foreign key's check had to do without."""

import re

from studio.backends.postgresql.plans.index_builder import TESTING, begins
from studio.backends.postgresql.plans.knowledge import NOTHING_KNOWN, Knowledge, qualified, quoted
from studio.model.catalog import ForeignKey, Table, TableRef
from studio.model.finding import IndexHint


def for_foreign_key(
    constraint: str, referenced: str, schema: str, known: Knowledge = NOTHING_KNOWN
) -> IndexHint | None:
    """The index that a foreign key's check had to do without.

    The catalog knows the referencing columns. Without one, a constraint named after its table and
    column, as PostgreSQL and most frameworks do, still tells them; the doubt says so.
    """
    found = _constraint(constraint, known)
    if found:
        table, key = found
        where, columns, doubt = table.ref, key.columns, TESTING
        if any(begins(index, columns) for index in table.indexes):
            return None
    else:
        guessed = guess_from_name(constraint, referenced)
        if guessed is None:
            return None
        where, columns = TableRef(schema or None, guessed[0]), (guessed[1],)
        doubt = "Table and column are read from the constraint's name: check pg_constraint first."
    on = qualified(where.schema, where.name)
    listed = ", ".join(quoted(column) for column in columns)
    sql = f"CREATE INDEX CONCURRENTLY ON {on} ({listed});"
    return IndexHint(str(where), tuple(columns), sql, "btree", None, doubt)


def _constraint(name: str, known: Knowledge) -> tuple[Table, ForeignKey] | None:
    tables = known.catalog.tables() if known.catalog else ()
    found = [(table, key) for table in tables for key in table.foreign_keys if key.name == name]
    return found[0] if len(found) == 1 else None


def guess_from_name(constraint: str, referenced: str) -> tuple[str, str] | None:
    """`order_items_order_id_fkey` on `orders` → (order_items, order_id); None when it says less."""
    stem = re.sub(r"^fk_|_(?:fkey|fk|foreign)\d*$", "", constraint)
    if stem == constraint or not referenced:
        return None
    for thing in dict.fromkeys((_singular(referenced), referenced)):
        for tail in (f"{thing}_id", thing):
            table = stem.removesuffix(f"_{tail}")
            if table not in {stem, ""}:
                return table, f"{thing}_id"
    return None


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
