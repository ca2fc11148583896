"""Plans as people paste them: out of psql, a log, a spreadsheet, a ticket → Plan.

`frames` takes off what is around a plan before either parser sees it.
"""

import re
from dataclasses import replace
from textwrap import dedent

from studio.backends.plans.other_engines import engine_of
from studio.backends.postgresql.plans import explain_json, explain_text
from studio.backends.postgresql.plans.carriers import of_program, plain_text
from studio.backends.postgresql.plans.frames import is_carrier, unframed
from studio.backends.postgresql.plans.markup import from_xml, from_yaml, is_xml, is_yaml
from studio.backends.postgresql.plans.plan import Plan
from studio.backends.postgresql.plans.rewrapped import joined, without_prompts
from studio.model.errors import StudioError

LONGEST = 64_000_000
"""Characters. A plan of 10,000 nodes is about a fifth of this."""

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\u200b-\u200f\u2060\ufeff]")
"""With what takes no room: web pages and chats put it between and before words."""
COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}m")
CUT_OFF = "The text was cut off; this is what it still holds."
ELLIPSIS = re.compile(r"(?<=[0-9])…(?=[0-9])")
CURLED = str.maketrans("‘’“”", "''\"\"")  # noqa: RUF001 - the quotes that were meant
MARK = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{},]', re.DOTALL)
CLOSING = {"[": "]", "{": "}"}


def read(text: str) -> tuple[Plan, ...]:
    """Read pasted plans, JSON or text, whatever is around them.

    Raises StudioError when there is no plan to be found.
    """
    _refuse_others(text)
    if text[:1] in {"[", "{"}:
        text = of_program(text)
    if text[:1] in {"[", "{"}:
        try:
            return _counted(explain_json.parse(text))
        except explain_json.CutOff:
            pass  # Perhaps a frame without its header; then the lines below say more.
        except explain_json.NoPlan:
            if not is_carrier(text):
                raise
    text = plain_text(text)
    found = unframed(CONTROL.sub("", COLOUR.sub("", _lined(text))))
    # What JSON or CSV carried may hold such signs too.
    lines = CONTROL.sub("", _as_typed("\n".join(found.lines))).split("\n")
    if not any(line.strip() for line in lines):
        raise StudioError("There is no plan here: the text is empty.")
    plans = _read_lines(without_prompts(lines))
    if plans[0].analyzed and plans[0].execution_ms is None:
        # auto_explain prints no Execution Time; its duration is the executor's, triggers and all.
        notes = tuple(note for note in plans[0].notes if note != explain_text.NO_END)
        known = plans[0].notes if found.duration_ms is None else notes
        first = replace(plans[0], execution_ms=found.duration_ms, notes=known)
        plans = (first, *plans[1:])
    return _counted(plans, found.others)


def _lined(text: str) -> str:
    """With one kind of line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _as_typed(text: str) -> str:
    """Without what mail and word processors make of dots and quotes."""
    text = ELLIPSIS.sub("..", text)
    return text if "'" in text else text.translate(CURLED)


def _refuse_others(text: str) -> None:
    if len(text) > LONGEST:
        raise StudioError("This is too large to be a plan.")
    if other := engine_of(text):
        raise StudioError(
            f"This is a plan of {other}: studio reads those of PostgreSQL and SQLite."
        )


def _read_lines(lines: list[str]) -> tuple[Plan, ...]:
    start = next((i for i, line in enumerate(lines) if line.lstrip()[:1] in {"[", "{"}), None)
    if start is not None and not any(explain_text.is_node(line) for line in lines[:start]):
        return _json(lines[start:])
    whole = "\n".join(lines)
    if is_xml(whole):
        return explain_json.plans(from_xml(whole))
    if is_yaml(whole):
        return explain_json.plans(from_yaml(dedent(whole)))
    return (explain_text.parse(joined(lines)),)


def _json(lines: list[str]) -> tuple[Plan, ...]:
    text = "\n".join(lines)
    try:
        return explain_json.parse(text)
    except explain_json.CutOff:
        whole = closed(text)
        if whole is None:
            raise
        plans = explain_json.parse(whole)
    return tuple(replace(_noted(plan, CUT_OFF), unread=(CUT_OFF,)) for plan in plans)


def _counted(plans: tuple[Plan, ...], others: int = 0) -> tuple[Plan, ...]:
    """Say on the first plan how many were left out: a rule can make several of one statement."""
    others += len(plans) - 1
    if not others:
        return plans
    return (_noted(plans[0], f"The first of {others + 1} plans in this text."), *plans[1:])


def _noted(plan: Plan, note: str) -> Plan:
    return replace(plan, notes=(*plan.notes, note))


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
    return _counted(explain_json.plans(answer))
