"""The databases of the samples of completion in memory, and what is offered in them."""

import json
import sqlite3
from functools import cache
from pathlib import Path

from studio.backends.halves.completing import vocabulary_of
from studio.backends.halves.syntax import syntax_of
from studio.completion.complete import Completer
from studio.completion.known import CompletionCatalog
from studio.db.session import read_once
from studio.db.url import parse
from tests.postgres import run_sql
from tests.samples.completion.judge import plain, verdict

SHOP = "completion"
CLINIC = "completion_clinic"
HARBOUR = "completion_harbour"
_SAMPLES = Path(__file__).parents[1] / "samples"


def read(target: str) -> CompletionCatalog:
    """The catalog and the words of a database."""
    return read_once(
        parse(target),
        lambda connection, backend, opening: CompletionCatalog(
            backend.catalog(connection, backend.server(connection, opening)),
            vocabulary_of(backend, connection),
            syntax_of(backend),
        ),
    )


def postgres_shop(url: str, samples: str = SHOP) -> CompletionCatalog:
    """The PostgreSQL database of some samples."""
    run_sql(url, (_SAMPLES / samples / "schema_postgresql.sql").read_text())
    return read(url)


def sqlite_shop(path: Path, samples: str = SHOP) -> CompletionCatalog:
    """The SQLite database of some samples."""
    connection = sqlite3.connect(path)
    connection.executescript((_SAMPLES / samples / "schema_sqlite.sql").read_text())
    connection.close()
    return read(str(path))


@cache
def cases(samples: str = SHOP) -> tuple[dict, ...]:
    """Every sample."""
    return tuple(map(json.loads, (_SAMPLES / samples / "cases.jsonl").read_text().splitlines()))


def offered(known: CompletionCatalog, sql: str) -> list[str]:
    """What is offered at the `|` of a text."""
    text, at = plain(sql)
    return [c.text for c in Completer(known).complete(text, at).candidates]


def taken(known: CompletionCatalog, sql: str) -> str:
    """The text once the first candidate was taken."""
    text, at = plain(sql)
    completion = Completer(known).complete(text, at)
    after, cursor = completion.taken(text, completion.candidates[0])
    return f"{after[:cursor]}|{after[cursor:]}"


def judged(known: CompletionCatalog, case: dict) -> list[str]:
    """What is wrong with a sample."""
    text, at = plain(case["sql"])
    completion = Completer(known).complete(text, at)
    after = None
    if completion.candidates:
        whole, cursor = completion.taken(text, completion.candidates[0])
        after = f"{whole[:cursor]}|{whole[cursor:]}"
    return verdict(case, [c.text for c in completion.candidates], after)
