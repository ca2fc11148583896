"""What people paste around a plan, taken off before a parser sees it.

psql's borders, headers and `+` continuations, its expanded mode, quotes and CSV, the marks of mail
and comments, and the prefixes logs put before every line.
"""

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from studio.backends.postgresql.plans.psql_wrapped import unwrapped

COLUMN = "QUERY PLAN"
HEAD = 1_000
"""Characters in which JSON shows whether it is a plan or something around one."""
HEADER = re.compile(r"\s*\"?QUERY PLAN\"?\s*")
RULE = re.compile(r"[\s\-+=|│┌┐└┘├┤┬┴┼─═╔╗╚╝╠╣╪║╤╧╞╡]{3,}")
RECORD = re.compile(r"[-─+|│┌├╞* ]*\[ RECORD [0-9]+ \][-─+|│┐┤╡]*")
FIELD = re.compile(r"(?:QUERY PLAN| {10}) ?[|│] ?")
FOOTER = re.compile(r"\s*\(\d+ \w+\)\s*|Time: [\d.,]+ ms.*")
MARKS = (">", "--", "#", "//")
"""What mail, SQL and scripts put before every line of something quoted."""
SYSLOG = re.compile(r".{0,200}?\[[0-9]+\]: \[[0-9]+-[0-9]+\] ?")
LOGGED = re.compile(r"duration: ([0-9]{1,15}(?:\.[0-9]{1,6})?) ms\s+plan:")
LOG_LINE = re.compile(
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d"
    r"|.{0,200}(?:LOG|STATEMENT|DETAIL|CONTEXT|HINT|NOTICE|WARNING|ERROR|FATAL|PANIC):  "
)
STAMP = re.compile(r"\s*\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,:+Z-]*\]?(?: |$)")
BULLET = re.compile(r"\s*[\w.-]{1,60} +\| ?(?! ?\d)")
"""Docker's and foreman's way to tell whose line it is."""
NUMBERED = re.compile(r" {0,8}([0-9]{1,6})(?:\t|(?:[:.)]| ?[|│])? ?)")
PLACED = re.compile(r"[^\s:]{1,200}:([0-9]{1,6})[:-]")
"""How grep says where a line is."""
STARTING = frozenset("<[{\"'|│(")
"""How lines begin that are read by somebody else: markup, JSON, quotes, borders."""
CONTINUING = frozenset("+↵")
LEAST_MARKED = 0.3
"""Of the lines: headers, rules and footers have no mark."""
CONTINUED = frozenset(' ,{[}]"0123456789el')
"""Before psql's `+`: the end of a line of JSON, or the spaces that fill the column."""


@dataclass(frozen=True, slots=True)
class Unframed:
    """The lines of a plan, and what was told around them."""

    lines: list[str]
    duration_ms: float | None = None
    """How long auto_explain says the statement ran."""
    others: int = 0
    """Further plans the same log holds."""


def unframed(text: str) -> Unframed:
    """Take everything off that is not the plan itself."""
    lines = _from_csv(_from_json(text)).split("\n")
    lines = _unprefixed(lines)
    lines = _unbordered(unwrapped(_unexpanded(lines)))
    return _logged(_unquoted(lines))


def _from_json(text: str) -> str:
    """Rows a client exported as JSON, or the message of a jsonlog; anything else as it is."""
    start = text.lstrip()
    if not is_carrier(start):
        return text
    try:
        answer, _ = json.JSONDecoder().raw_decode(start)
    except (ValueError, RecursionError):
        return text
    rows = answer if isinstance(answer, list) else [answer]
    if not all(isinstance(row, dict) for row in rows):
        return text
    found = [row[COLUMN] for row in rows if COLUMN in row]
    if found and all(isinstance(value, str) for value in found):
        return "\n".join(found)
    if found:
        return json.dumps(found[0])
    message = rows[0].get("message") if rows else None
    return message if isinstance(message, str) and LOGGED.search(message) else text


def is_carrier(text: str) -> bool:
    """Whether this may be JSON that carries a plan rather than being one."""
    head = text[:HEAD]
    return head[:1] in {"[", "{"} and (f'"{COLUMN}"' in head or '"message"' in head)


def _from_csv(text: str) -> str:
    """The one column of a CSV file, or the message of PostgreSQL's csvlog."""
    if not any(line.lstrip(" ")[:1] == '"' or ',"' in line for line in text.split("\n")):
        return text
    try:
        rows = [row for row in csv.reader(text.splitlines(keepends=True), strict=True) if row]
    except csv.Error:
        return text
    if rows and all(len(row) == 1 for row in rows):
        return "\n".join(row[0] for row in rows)
    logged = next((field for row in rows for field in row if LOGGED.search(field)), None)
    # A log on standard error has its plan in many lines, the csvlog all in one field.
    return logged if logged is not None and "\n" in logged else text


def _unprefixed(lines: Sequence[str]) -> list[str]:
    """Without the mark before every line, were they quoted more than once; without syslog's."""
    kept = list(lines)
    if any(LOGGED.search(line) and SYSLOG.match(line) for line in kept):
        kept = [SYSLOG.sub("", line, count=1) for line in kept]
    for _ in range(len(MARKS)):
        written = [line.lstrip() for line in kept if line.strip()]
        mark = next((m for m in MARKS if written and all(w.startswith(m) for w in written)), None)
        if mark is None or all(RULE.fullmatch(line) for line in written):
            break
        kept = [line.lstrip()[len(mark) :] for line in kept]
    return _unmarked(kept)


def _unmarked(lines: list[str]) -> list[str]:
    """Without what a program or an editor put before every line (the name of a container, the
    time, a number, a bullet) and after it.
    """
    for pattern in (STAMP, BULLET):
        if all(pattern.match(line) for line in lines if line.strip()):
            lines = [pattern.sub("", line, count=1) for line in lines]
    written = [line for line in lines if line.strip()]
    if len(written) <= 1:
        return lines
    counting = next((each for each in (NUMBERED, PLACED) if _counts(each, written)), None)
    if counting is not None:
        lines = [counting.sub("", line, count=1) for line in lines]
    elif (shared := _shared(written)) and shared[0] not in STARTING:
        lines = [line[len(shared) :] for line in lines]
    ends = {line.rstrip()[-1:] for line in lines if line.strip()}
    return [line.rstrip()[:-1] for line in lines] if ends == {";"} else lines


def _counts(pattern: re.Pattern[str], written: Sequence[str]) -> bool:
    """Whether every line begins with the next number."""
    numbers = [pattern.match(line) for line in written]
    counted = [int(found[1]) for found in numbers if found]
    return len(counted) == len(written) and counted == [
        *range(counted[0], counted[0] + len(counted))
    ]


def _shared(written: Sequence[str]) -> str:
    """What all lines begin with, up to its last sign and one blank."""
    first, last = min(written), max(written)
    pairs = enumerate(zip(first, last, strict=False))
    end = next((place for place, (one, other) in pairs if one != other), len(first))
    prefix = first[: min(end, len(last))]
    kept = prefix.rstrip()
    return prefix[: len(kept) + 1] if kept else ""


def _unexpanded(lines: list[str]) -> list[str]:
    """Without the frame of psql's expanded mode (`\\x`)."""
    if not any(line.startswith("QUERY PLAN ") and FIELD.match(line) for line in lines):
        return lines
    return [FIELD.sub("", line, count=1) for line in lines if not RECORD.fullmatch(line.rstrip())]


def _unbordered(lines: Sequence[str]) -> list[str]:
    """Without the borders, the header and the footer psql draws."""
    written = [line for line in lines if line.strip()]
    marked = sum(1 for line in written if line.rstrip(" |│║")[-1:] in CONTINUING)
    always = len(written) > 1 and marked >= len(written) - 1
    lax = marked >= LEAST_MARKED * len(written)
    inner = ((line, _inner(line, marked=lax, always=always)) for line in lines)
    return [text for line, text in inner if not HEADER.fullmatch(text) and not _is_frame(line)]


def _is_frame(line: str) -> bool:
    stripped = line.strip()
    return bool(stripped) and bool(RULE.fullmatch(stripped) or FOOTER.fullmatch(stripped))


def _inner(line: str, *, marked: bool, always: bool = False) -> str:
    """One line without the borders psql puts around it; with `marked`, without its mark of a
    value that goes on, `always` where every line has one. A line that a terminal broke may end in
    a plus of its own.
    """
    inner = line.rstrip()
    if inner[:1] in {"|", "│", "║"}:
        inner = inner[1:]
    if inner[-1:] in {"|", "│", "║"}:
        inner = inner[:-1].rstrip()
    ends = always or len(inner) == 1 or inner[-2:-1] in CONTINUED
    if marked and inner[-1:] in CONTINUING and ends:
        inner = inner[:-1].rstrip()
    return inner


def _unquoted(lines: list[str]) -> list[str]:
    """Without the quotes some clients put around every row."""
    written = [line.strip() for line in lines if line.strip()]
    for quote in ('"', "'"):
        bare = [line.removesuffix(",") for line in written]
        if bare and all(len(line) > 1 and line[0] == line[-1] == quote for line in bare):
            joined = "\n".join(line[1:-1] for line in bare)
            return joined.replace(quote * 2, quote).split("\n")
    return lines


def _logged(lines: Sequence[str]) -> Unframed:
    """What auto_explain wrote between its own line and the next line of the log."""
    places = [place for place, line in enumerate(lines) if LOGGED.search(line)]
    if not places:
        return Unframed([line.expandtabs(8) if "\t" in line else line for line in lines])
    opening = lines[places[0]]
    found = LOGGED.search(opening)
    tail = LOGGED.split(opening, maxsplit=1)[-1].strip()
    after = lines[places[0] + 1 :]
    end = next((i for i, text in enumerate(after) if LOG_LINE.match(text)), len(after))
    kept = [text.replace("#011", "\t").expandtabs(8) for text in after[:end]]
    return Unframed(
        [tail, *kept] if tail else kept,
        duration_ms=float(found[1]) if found else None,
        others=len(places) - 1,
    )
