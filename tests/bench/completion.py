"""Completion per key: 5,000 relations of 20 columns, a text of 64 KB, CPU milliseconds.

    python -m tests.bench.completion

Prints one JSON line per measure: median and worst of a statement typed letter by letter in the
middle of the text, popup or not, and the reference: lexing those 64 KB once.
"""

import json
import statistics
from datetime import UTC, datetime
from time import process_time

from studio.completion.complete import Completer
from studio.completion.known import CompletionCatalog
from studio.model.catalog import Catalog, Column, ColumnKind, ForeignKey, Schema, Table, TableKind
from studio.model.relation import TableRef
from studio.model.server import Server
from studio.model.vocabulary import Routine, Vocabulary
from studio.sqltext.syntax import POSTGRESQL, SQLITE
from studio.sqltext.tokens import lex

TABLES, COLUMNS, FUNCTIONS = 5_000, 20, 2_500
STEMS = ("order", "customer", "invoice", "shipment", "ledger", "ticket", "device", "event")
PARTS = ("line", "item", "state", "total", "amount", "note", "owner", "kind", "start", "code")
SIZE = 64 * 1024
TYPED = {
    "select": "select o.kind_3, cus.note_4 , sum(o.total_2) from order_0 o join customer_1 cus on ",
    "where": "select * from order_0 o, customer_1 c where o.kind_3 = c.code_8 and item_1 = 12 ",
    "with": "with big as (select * from event_7 where sta = 1) select kind from big order by note ",
    "insert": "insert into ledger_4 (id, line_1, item_2) values (1, 2, 3) returning id ",
    "from": "select * from ordr_lne",
}


def catalog() -> Catalog:
    """Tables that reference their neighbours."""
    tables = []
    for number in range(TABLES):
        name = f"{STEMS[number % len(STEMS)]}_{number}"
        columns = [Column("id", "bigint", ColumnKind.INTEGER, nullable=False)]
        columns += [
            Column(f"{PARTS[place % len(PARTS)]}_{(number + place) % 400}", "text", ColumnKind.TEXT)
            for place in range(COLUMNS - 1)
        ]
        keys = []
        if number:
            target = TableRef("public", f"{STEMS[(number - 1) % len(STEMS)]}_{number - 1}")
            keys = [ForeignKey(None, (columns[1].name,), target, ("id",))]
        tables.append(
            Table(TableRef("public", name), TableKind.TABLE, tuple(columns), ("id",), tuple(keys))
        )
    server = Server("postgresql", "18", (18,), "bench", read_only=True)
    return Catalog(server, (Schema("public", tuple(tables)),), datetime.now(UTC))


def typing(known: CompletionCatalog, statement: str) -> list[float]:
    """Milliseconds a key, after a text that was there already was looked at once."""
    one = "select a.id, b.kind_3 as k from order_0 a join order_8 b on a.id = b.id where a.x > 1;\n"
    half = one * (SIZE // 2 // len(one))
    completer = Completer(known)
    completer.complete(half + half, len(half))
    completer.complete(half + "s" + half, len(half) + 1)
    found = []
    for end in range(2, len(statement)):
        text = f"{half}{statement[:end]};\n{half}"
        started = process_time()
        completer.complete(text, len(half) + end)
        found.append((process_time() - started) * 1000)
    return found


def long_statement(known: CompletionCatalog, columns: int) -> list[float]:
    """The same at the end of one statement of that many items, about 20 characters each."""
    items = ",\n".join(f"o.kind_{n} as k{n}" for n in range(columns))
    head = f"select {items} from order_0 o join customer_1 c on o.id = c.id where "
    completer = Completer(known)
    completer.complete(head, len(head))
    typed = "o.kind_3 = 'x' and c.note_4 > sum(item_2) or sta"
    found = []
    for end in range(1, len(typed)):
        started = process_time()
        completer.complete(head + typed[:end], len(head) + end)
        found.append((process_time() - started) * 1000)
    return found


def report(measure: str, found: list[float], reference: float) -> None:
    """One line."""
    line = {"measure": measure, "keys": len(found), "median_ms": round(statistics.median(found), 2)}
    line |= {"worst_ms": round(max(found), 2), "lexing_once_ms": round(reference, 1)}
    print(json.dumps(line), flush=True)


def main() -> None:
    """Print every measure."""
    found = catalog()
    words = Vocabulary(
        path=("public",), routines=tuple(Routine(f"fn_{n}_make") for n in range(FUNCTIONS))
    )
    for syntax in (POSTGRESQL, SQLITE):
        known = CompletionCatalog(found, words, syntax)
        _warm(known)
        started = process_time()
        lex("select a, b from t where x = 'foo';\n" * (SIZE // 36), syntax)
        reference = (process_time() - started) * 1000
        everything: list[float] = []
        for name, statement in TYPED.items():
            keys = typing(known, statement)
            everything += keys
            report(f"{syntax.name} {name}", keys, reference)
        keys = long_statement(known, 200)
        report(f"{syntax.name} 4 KB statement", keys, reference)
        report(f"{syntax.name} 80 KB statement", long_statement(known, 4_000), reference)
        report(f"{syntax.name} all", everything + keys, reference)


def _warm(known: CompletionCatalog) -> None:
    """Build the indexes of the catalog, as a thread does when it was read."""
    known.prepare()


if __name__ == "__main__":
    main()
