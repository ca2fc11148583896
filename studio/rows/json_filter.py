"""A value inside a JSON column → the condition that keeps the rows which have it there."""

import json
from collections.abc import Sequence

from studio.backends.halves.operators import Operators
from studio.model.catalog import Column, ColumnKind
from studio.model.page import Condition, Expressed
from studio.model.term import Constant, Named, Operation, Term
from studio.rows.literal import is_plain

_WORDS = {"true": "1", "false": "0"}
"""What an engine that computes values of its own makes of JSON's."""


def node_filter(
    column: Column,
    steps: Sequence[str | int],
    value: str,
    operators: Operators,
    *,
    is_escaped: bool = False,
) -> Condition:
    """`payload->'a'->>'b' = 'x'`: the rows whose value at `steps` is `value`, a JSON text; for an
    object or an array, those that have one there. `is_escaped`: a key on the way stands with
    escapes in the text. Raises ValueError with the reason why not.
    """
    if not {"->", "->>"} <= operators.computes.keys():
        raise ValueError("this engine does not say how it looks into JSON")
    if not operators.has_json_path and column.kind is not ColumnKind.JSON:
        raise ValueError(f"{column.type_name} is no JSON to the database: / column contains …")
    if not steps:
        raise ValueError("this is the whole value: f on its cell keeps the rows that have it")
    if operators.has_json_path and is_escaped:
        # SQLite compared keys as they are written for years: it would find nothing.
        raise ValueError("a key written with escapes cannot be asked for")
    if value[:1] in {"{", "["}:
        return Expressed(_at(column, steps, operators, "->"), "is not null")
    return _scalar(_at(column, steps, operators, "->>"), value, operators)


def _scalar(term: Term, value: str, operators: Operators) -> Condition:
    found = json.loads(value, strict=False)
    if found is None:
        return Expressed(term, "is null")
    if isinstance(found, str):
        return Expressed(term, "=", Constant(found))
    if "->>" in operators.makes_text:
        return Expressed(term, "=", Constant(value))
    return Expressed(term, "=", Constant(_WORDS.get(value, value), is_number=True))


def _at(column: Column, steps: Sequence[str | int], operators: Operators, last: str) -> Term:
    term: Term = Named(column.name)
    if operators.has_json_path:
        return Operation(last, term, Constant(_path(steps)))
    for place, step in enumerate(steps):
        sign = last if place == len(steps) - 1 else "->"
        term = Operation(sign, term, Constant(str(step), is_number=isinstance(step, int)))
    return term


def _path(steps: Sequence[str | int]) -> str:
    """Raises ValueError: a path of SQLite has no way to write a quote within a key."""
    if any(isinstance(step, str) and '"' in step for step in steps):
        raise ValueError("a key with a quote in it cannot be asked for")
    return "$" + "".join(map(_step, steps))


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if is_plain(step) and step.isascii() else f'."{step}"'
