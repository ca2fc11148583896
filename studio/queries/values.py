"""Values for the parameters of statements: as they are typed, and what is known of them before."""

import asyncio
from collections.abc import Callable, Mapping

from studio.backends.base import Backend, Purpose
from studio.backends.halves import Absent, ask
from studio.backends.halves.parameter_types import (
    PARAMETER_TYPES,
    InfersTypes,
    ParameterType,
)
from studio.backends.halves.running import RUNNING
from studio.backends.halves.syntax import syntax_of
from studio.db.lane import Lane
from studio.db.session import Session
from studio.model.errors import StudioError
from studio.sqltext.parameters import numbered, wanted
from studio.sqltext.script import Script
from studio.sqltext.syntax import Syntax

_PATIENCE_S = 2.0
"""So long the server may take to say a type: it waits for locks like any statement."""


def reader(engine: Backend) -> Callable[[str, str], str | int | float | None]:
    """Reads a value typed for a parameter, of a kind (may be empty). Raises ValueError."""
    running = ask(engine, RUNNING)
    return _text if isinstance(running, Absent) else running.value


def _text(text: str, kind: str) -> str | None:
    """A value for an engine of which no types are known."""
    if kind not in {"", "text", "null"}:
        raise ValueError(f"{kind} is no type this engine takes: text or null")
    return None if kind == "null" else text


def names_in(text: str, syntax: Syntax) -> tuple[str, ...]:
    """What the statements of `text` want values for, each once, in their order."""
    found: dict[str, None] = {}
    for step in Script(text, syntax).steps:
        if step.psql is None:
            found |= dict.fromkeys(wanted(step.text, syntax))
    return tuple(found)


async def types_in(session: Session, text: str) -> Mapping[str, ParameterType]:
    """What the engine takes the parameters of `text` for, as far as it says: it does not know what
    only a person's own session knows. Nothing runs, and nothing is raised.
    """
    infer, syntax = ask(session.backend, PARAMETER_TYPES), syntax_of(session.backend)
    known: dict[str, ParameterType] = {}
    if isinstance(infer, Absent):
        return known
    for step in Script(text, syntax).steps:
        if step.psql is not None or not (names := wanted(step.text, syntax)):
            continue
        one = numbered(step.text, syntax, names)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                types = await _inferred(session.lane(Purpose.WATCH), infer, one.text)
        except (StudioError, TimeoutError):
            continue
        known = dict(zip(one.names, types, strict=False)) | known
    return known


async def _inferred(lane: Lane, infer: InfersTypes, sql: str) -> tuple[ParameterType, ...]:
    return await lane.run(lambda connection: infer(connection, sql))
