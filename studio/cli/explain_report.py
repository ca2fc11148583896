"""What `studio explain` prints of one plan or of many, and the exit code that comes of it."""

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studio.backends.plans.words import FIRST_OF, plural, printable
from studio.explain.gates import Gates, failures
from studio.model.errors import StudioError

if TYPE_CHECKING:
    from studio.backends.halves.explaining import ExplainedPlan

FAILED = 1


@dataclass(slots=True)
class ExplainedStatement:
    """One statement, and what came of it."""

    name: str
    """How the report calls it: its file and line, or the name in the comment above it."""
    key: str
    """How a baseline calls it; stays when lines move."""
    shown: "ExplainedPlan | None"
    error: StudioError | None = None
    stopped: str = ""
    """Why a measurement has no end."""
    fails: list[str] = field(default_factory=list)


def judge(told: Sequence[ExplainedStatement], gates: Gates) -> None:
    """Note on each statement what of the gates it fails."""
    for one in told:
        if one.shown is None:
            continue
        if gates.any:
            one.fails += failures(gates, one.key, one.shown)
        if unread := one.shown.measures().unread:
            one.fails += _unread(unread)


def _unread(unread: Sequence[str]) -> Iterator[str]:
    """What of a text was left: plans are no lines."""
    lines = [text for text in unread if not text.startswith(FIRST_OF)]
    if len(lines) < len(unread):
        yield "the first plan of this text was read, no other: explain each by itself"
    if lines:
        yield f"{plural(len(lines), 'line')} of this text not read, first: {lines[0]}"


def show(told: Sequence[ExplainedStatement], *, as_json: bool, several: bool) -> int:
    """Print all of it; returns the exit code."""
    if as_json:
        documents = [_document(one, several=several) for one in told]
        shown = {"statements": documents} if several else documents[0]
        print(json.dumps(shown, allow_nan=False))
    else:
        width = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 120
        for line in _lines(told, width, several=several):
            print(printable(line.rstrip()))
    for one in told:
        where = f"{one.name}: " if several else ""
        for text in (one.error, one.stopped, *(f"fails {fail}" for fail in one.fails)):
            if text:
                print(f"studio: {where}{printable(str(text))}", file=sys.stderr)
    return _exit_code(told)


def _exit_code(told: Sequence[ExplainedStatement]) -> int:
    errors = [one.error.exit_code for one in told if one.error is not None]
    if errors:
        return errors[0]
    if any(one.stopped for one in told):
        return StudioError.exit_code
    return FAILED if any(one.fails for one in told) else 0


def _document(one: ExplainedStatement, *, several: bool) -> dict[str, object]:
    """The plan's own document; of one among many, and of one that fails, with what came of it."""
    plan = {} if one.shown is None else one.shown.as_json()
    if not (several or one.fails or one.error):
        return plan
    error = None if one.error is None else str(one.error)
    return {**plan, "statement": one.name, "fails": one.fails, "error": error}


def _lines(told: Sequence[ExplainedStatement], width: int, *, several: bool) -> Iterator[str]:
    for place, one in enumerate(told):
        if several:
            yield from ("",) if place else ()
            verdict = "FAILS" if one.fails or one.error or one.stopped else "ok"
            yield f"== {printable(one.name)}  {verdict}"
        if one.shown is not None:
            yield from one.shown.lines(width)
