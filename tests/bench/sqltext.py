"""Lexing, splitting, classifying and colouring, on ordinary and on hostile text.

    python -m tests.bench.sqltext

Prints one JSON line per measure: milliseconds for n characters, and the ratio of 4n to n, which
is about 4 where the time is linear.
"""

import json
import statistics
from collections.abc import Callable
from time import perf_counter

import sqlparse

from studio.sqltext.classify import classify
from studio.sqltext.cursor import cursor_at
from studio.sqltext.highlight import Highlighter
from studio.sqltext.split import split
from studio.sqltext.syntax import GENERIC, POSTGRESQL, SQLITE
from studio.sqltext.tokens import lex

SIZE = 40_000
TIMES = 2
ORDINARY = "SELECT a, b AS c FROM t WHERE x = 'foo' AND y > 1.5; -- hello\n"
HOSTILE = {
    "ordinary": ORDINARY,
    "quotes": "'",
    "double quotes": '"',
    "open string": "'" + "a" * (4 * SIZE),
    "open comments": "/*",
    "comments that never close": "a /* ",
    "dollar tags": "$a$ $b$",
    "empty strings": "E'' ",
    "strings over lines": "E''\n",
    "backslashes": "E'\\",
    "parentheses": "(",
    "semicolons": ";",
    "words": "a ",
    "copies without data": "COPY t FROM STDIN;\n",
    "triggers that never end": "CREATE TRIGGER a BEGIN ",
    "subqueries": "SELECT * FROM (",
    "explains": "EXPLAIN ",
}


def milliseconds(work: Callable[[], object]) -> float:
    """The median of a few runs."""
    times = []
    for _ in range(TIMES):
        started = perf_counter()
        work()
        times.append((perf_counter() - started) * 1000)
    return statistics.median(times)


def report(measure: str, case: str, run: Callable[[str], object], text: str) -> None:
    """One line for `run` on a quarter of `text` and on all of it."""
    short = milliseconds(lambda: run(text[: len(text) // 4]))
    long = milliseconds(lambda: run(text))
    line = {"measure": measure, "case": case, "characters": len(text), "ms": round(long, 1)}
    print(json.dumps({**line, "ratio_4n": round(long / max(short, 0.01), 1)}), flush=True)


def typing(size: int) -> float:
    """Milliseconds for one key in the middle of an ordinary text, a screen of 50 lines in sight."""
    text = ORDINARY * (size // len(ORDINARY))
    line = text.count("\n") // 2
    at = len(ORDINARY) * line
    highlighter = Highlighter(POSTGRESQL)
    highlighter.spans(text, line - 25, line + 25)
    typed = iter(f"{text[:at]}{'x' * n}{text[at:]}" for n in range(1, 99))
    return milliseconds(lambda: highlighter.spans(next(typed), line - 25, line + 25))


def main() -> None:
    """Print every measure."""
    for syntax in (SQLITE, POSTGRESQL, GENERIC):
        for case, piece in HOSTILE.items():
            text = (piece * (SIZE // len(piece) + 1))[:SIZE]
            report(f"lex {syntax.name}", case, lambda t, s=syntax: lex(t, s), text)
            report(f"split {syntax.name}", case, lambda t, s=syntax: split(t, s), text)
            report(f"classify {syntax.name}", case, lambda t, s=syntax: classify(t, s), text)
            end = lambda t, s=syntax: cursor_at(t, len(t), s)  # noqa: E731 beside its neighbours
            report(f"cursor {syntax.name}", case, end, text)
    text = ORDINARY * (43_000 // len(ORDINARY))
    ours, theirs = (
        milliseconds(lambda: split(text, POSTGRESQL)),
        milliseconds(lambda: sqlparse.split(text)),
    )
    print(
        json.dumps({"measure": "split 43 KB", "ms": round(ours, 1), "sqlparse": round(theirs, 1)})
    )
    for size in (43_000, 1_000_000):
        print(json.dumps({"measure": "one key", "characters": size, "ms": round(typing(size), 2)}))


if __name__ == "__main__":
    main()
