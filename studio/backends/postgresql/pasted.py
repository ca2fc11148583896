"""Plans as people paste them: out of psql, a log, a spreadsheet, a ticket → Plan.

A frame around a plan (borders, headers, `+` continuations, quotes, log prefixes) is taken off
before either parser sees it.
"""

import re
from dataclasses import replace

from studio.backends.postgresql import explain_json, explain_text
from studio.model.errors import StudioError
from studio.model.plan import Plan

LONGEST = 64_000_000
"""Characters. A plan of 10,000 nodes is about a fifth of this."""

HEADER = re.compile(r"\s*\"?QUERY PLAN\"?\s*")
RULE = re.compile(r"[\s\-+=|│┌┐└┘├┤┬┴┼─═╔╗╚╝╠╣╪║╤╧╞╡]{3,}")
FOOTER = re.compile(
    r"\s*\((?:\d+ rows?|\d+ Zeilen?|\d+ lignes?|\d+ filas?)\)\s*|Time: [\d.,]+ ms.*"
)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]")
LOGGED = re.compile(r"duration: ([0-9]{1,15}(?:\.[0-9]{1,6})?) ms\s+plan:")
LOG_LINE = re.compile(r"(?:\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d|.{0,200}(?:LOG|STATEMENT|DETAIL):  )")
MARK = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{},]', re.DOTALL)
CLOSING = {"[": "]", "{": "}"}


def read(text: str) -> tuple[Plan, ...]:
    """Read pasted plans, JSON or text, whatever is around them.

    Raises StudioError when there is no plan to be found.
    """
    if len(text) > LONGEST:
        raise StudioError("This is too large to be a plan.")
    if text[:1] in {"[", "{"}:
        try:
            return explain_json.parse(text)
        except explain_json.CutOff:
            pass  # Perhaps a frame without its header; then the lines below say more.
    lines = _logged(_unframed(CONTROL.sub("", text.lstrip("\ufeff").replace("\r\n", "\n"))))
    if not any(line.strip() for line in lines):
        raise StudioError("There is no plan here: the text is empty.")
    start = next((i for i, line in enumerate(lines) if line.lstrip()[:1] in {"[", "{"}), None)
    if start is not None and not any(explain_text.is_node(line) for line in lines[:start]):
        return _json(lines[start:])
    _refuse_other_formats(lines)
    return (explain_text.parse(lines),)


def _json(lines: list[str]) -> tuple[Plan, ...]:
    text = "\n".join(lines)
    try:
        return explain_json.parse(text)
    except explain_json.CutOff:
        whole = closed(text)
        if whole is None:
            raise
        plans = explain_json.parse(whole)
    return tuple(_noted(plan) for plan in plans)


def _noted(plan: Plan) -> Plan:
    return replace(plan, notes=(*plan.notes, "The text was cut off; this is what it still holds."))


def _refuse_other_formats(lines: list[str]) -> None:
    first = next(line.strip() for line in lines if line.strip())
    if first.startswith("<"):
        raise StudioError("XML plans are not read here: use FORMAT JSON or FORMAT TEXT.")
    if first.startswith("- Plan:"):
        raise StudioError("YAML plans are not read here: use FORMAT JSON or FORMAT TEXT.")


def _unframed(text: str) -> list[str]:
    """The lines inside psql's frame, joined where a value ran over several lines."""
    lines = text.split("\n")
    lines = [
        _inner(line) for line in lines if not HEADER.fullmatch(_inner(line)) and not _is_frame(line)
    ]
    written = [line.strip() for line in lines if line.strip()]
    if written and all(len(line) > 1 and line[0] == line[-1] == '"' for line in written):
        joined = "\n".join(line.strip()[1:-1] for line in lines if line.strip())
        return joined.replace('""', '"').split("\n")
    return lines


def _is_frame(line: str) -> bool:
    stripped = line.strip()
    return bool(stripped) and bool(RULE.fullmatch(stripped) or FOOTER.fullmatch(stripped))


def _inner(line: str) -> str:
    """One line without the borders and the continuation mark psql puts around it."""
    inner = line.rstrip()
    if inner[:1] in {"|", "│", "║"}:
        inner = inner[1:]
    if inner[-1:] in {"|", "│", "║"}:
        inner = inner[:-1].rstrip()
    if inner[-1:] in {"+", "↵"} and (len(inner) == 1 or inner[-2] in ' ,{[}]"'):
        inner = inner[:-1].rstrip()
    return inner


def _logged(lines: list[str]) -> list[str]:
    """What auto_explain wrote between its own line and the next line of the log."""
    for place, line in enumerate(lines):
        if LOGGED.search(line):
            after = lines[place + 1 :]
            tail = LOGGED.split(line, maxsplit=1)[-1].strip()
            end = next((i for i, text in enumerate(after) if LOG_LINE.match(text)), len(after))
            found = [text.replace("#011", "\t").expandtabs(8) for text in after[:end]]
            return [tail, *found] if tail else found
    return [line.expandtabs(8) if "\t" in line else line for line in lines]


def closed(text: str) -> str | None:
    """A JSON text that was cut off, with its last incomplete member dropped and brackets closed.

    None when nothing of it can stand.
    """
    marks = [found for found in MARK.finditer(text) if found[0][0] != '"']
    last = next((i for i in range(len(marks) - 1, -1, -1) if marks[i][0] == ","), None)
    if last is None:
        return None
    missing: list[str] = []
    for mark in marks[:last]:
        if mark[0] in CLOSING:
            missing.append(CLOSING[mark[0]])
        elif mark[0] != "," and (not missing or missing.pop() != mark[0]):
            return None
    if not missing or len(missing) > 2 * explain_json.DEEPEST:
        return None
    return text[: marks[last].start()] + "".join(reversed(missing))


def decoded(answer: object) -> tuple[Plan, ...]:
    """Plans of an answer a driver has decoded from JSON already."""
    return explain_json.plans(answer)
