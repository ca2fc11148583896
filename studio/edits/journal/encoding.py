"""Values and changes as JSON: what `studio apply` reads and prints, and what the journal keeps."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import TypeAlias, cast

from studio.model.catalog import TableRef
from studio.model.change import DEFAULT, Assigned, Change, Default, Delete, Insert, Update
from studio.model.change_set import ChangeSet
from studio.model.document import JsonText
from studio.model.page import Shortened, Value

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

_TYPE = "$type"
JSON_OWN = frozenset({str, int, bool, type(None)})
"""Types that JSON has words for, exactly."""


class Malformed(ValueError):
    """Text that is no change set: says where and what was expected."""


def encoded(value: Assigned) -> Json:
    """A value as JSON, exactly."""
    made: Json
    match value:
        case bytes():
            made = {_TYPE: "bytes", "hex": value.hex()}
        case Decimal():
            made = {_TYPE: "decimal", "text": str(value)}
        case Default():
            made = {_TYPE: "default"}
        case float() if not isfinite(value):
            made = {_TYPE: "real", "text": repr(value)}
        case Shortened(head):
            made = {_TYPE: "shortened", "head": encoded(head)}
        case str() if (raw := _raw(value)) is not None:
            # Not every reader of JSON takes half a character.
            made = {_TYPE: "text", "hex": raw.hex()}
        case _:
            made = value
    return made


def _raw(text: str) -> bytes | None:
    """The bytes of a text that holds some as surrogate escapes; None of any other."""
    if text.isascii() or not any("\udc80" <= sign <= "\udcff" for sign in text):
        return None
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return None


def decoded(found: Json, where: str = "value") -> Assigned:
    """JSON as a value; lists, and objects without $type, are documents. Raises Malformed."""
    if isinstance(found, dict) and _TYPE in found:
        return _typed(found, where)
    if isinstance(found, dict | list):
        return JsonText(_dumped(found))
    return found


def _dumped(found: Json) -> str:
    """JSON as text, numbers as they were written."""
    match found:
        case dict():
            pairs = (f"{json.dumps(name)}: {_dumped(value)}" for name, value in found.items())
            return f"{{{', '.join(pairs)}}}"
        case list():
            return f"[{', '.join(map(_dumped, found))}]"
        case Decimal():
            return str(found)
        case _:
            return json.dumps(found, ensure_ascii=False)


def _typed(found: dict[str, Json], where: str) -> Assigned:
    kind = found.get(_TYPE)
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        known = ", ".join(sorted(_READERS))
        raise Malformed(f"{where} has an unknown {_TYPE} {kind!r}; known are {known}")
    try:
        return read(found)
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise Malformed(f"{where} is not a well-formed {kind} value") from error


def _text(found: dict[str, Json], key: str = "text") -> str:
    text = found[key]
    if not isinstance(text, str):
        raise TypeError(key)
    return text


def _decimal(found: dict[str, Json]) -> Decimal:
    return Decimal(_text(found))


def _whole_text(found: dict[str, Json]) -> str:
    """A text, or the bytes of one that is not UTF-8."""
    if "hex" not in found:
        return _text(found)
    return bytes.fromhex(_text(found, "hex")).decode("utf-8", "surrogateescape")


_READERS: Mapping[str, Callable[[dict[str, Json]], Assigned]] = {
    "bytes": lambda found: bytes.fromhex(_text(found, "hex")),
    "decimal": _decimal,
    "real": lambda found: float(_text(found)),
    "text": _whole_text,
    "default": lambda _found: DEFAULT,
}


def encoded_row(row: Mapping[str, Assigned]) -> dict[str, Json]:
    """A row's values by column."""
    if JSON_OWN.issuperset(map(type, row.values())):
        return cast("dict[str, Json]", dict(row))
    return {name: encoded(value) for name, value in row.items()}


def decoded_row(found: Json, where: str) -> dict[str, Assigned]:
    """A JSON object as values by column. Raises Malformed."""
    if not isinstance(found, dict):
        raise Malformed(f"{where} must be an object: column names and values")
    return {name: decoded(value, f"{where}.{name}") for name, value in found.items()}


def encoded_change(change: Change) -> dict[str, Json]:
    """One change as `studio apply` reads it (README), with a new row's own token."""
    made: dict[str, Json] = {
        "op": OPS[type(change)],
        "schema": change.table.schema,
        "table": change.table.name,
    }
    if isinstance(change, Insert):
        made["row"] = change.row
    else:
        made["identity"] = encoded_row(change.identity)
        made["before"] = encoded_row(change.before)
    if not isinstance(change, Delete):
        made["after"] = encoded_row(change.after)
    return made


OPS: Mapping[type, str] = {Insert: "insert", Update: "update", Delete: "delete"}
"""What each kind of change is called in JSON."""
KEYS = {
    "insert": {"op", "schema", "table", "after", "row"},
    "update": {"op", "schema", "table", "identity", "before", "after"},
    "delete": {"op", "schema", "table", "identity", "before"},
}
"""What each kind of change says in JSON."""


def decoded_change(found: Json, where: str = "change") -> Change:
    """One change from JSON. Raises Malformed."""
    if not isinstance(found, dict):
        raise Malformed(f"{where} must be an object with op, table, …")
    op, table = found.get("op"), _table(found, where)
    if not isinstance(op, str) or op not in KEYS:
        raise Malformed(f"{where}: op must be insert, update or delete, not {op!r}")
    if unknown := sorted(set(found) - KEYS[op]):
        raise Malformed(f"{where}: {op} has no {', '.join(unknown)}")
    after = decoded_row(found.get("after", {}), f"{where}.after")
    if op == "insert":
        row = found.get("row")
        return Insert(table, after, row) if isinstance(row, str) else Insert(table, after)
    identity = _values(found.get("identity", {}), f"{where}.identity")
    before = _values(found.get("before", {}), f"{where}.before")
    if not identity and not before:
        raise Malformed(f"{where}: identity or before must say which row is meant")
    if op == "delete":
        return Delete(table, identity, before)
    if not after:
        raise Malformed(f"{where}: an update needs after: what the row becomes")
    return Update(table, identity, before, after)


def _table(found: dict[str, Json], where: str) -> TableRef:
    table, schema = found.get("table"), found.get("schema")
    if not isinstance(table, str):
        raise Malformed(f"{where}: table must be a name")
    if schema is not None and not isinstance(schema, str):
        raise Malformed(f"{where}: schema must be a name or null")
    return TableRef(schema, table)


def _values(found: Json, where: str) -> dict[str, Value]:
    row = decoded_row(found, where)
    for name, value in row.items():
        if isinstance(value, Default):
            raise Malformed(f"{where}.{name}: default is not something a row can hold")
    return cast("dict[str, Value]", row)


def decoded_changes(text: str) -> tuple[Change, ...]:
    """A change file: `{"changes": […]}`. Raises Malformed."""
    found = parsed(text)
    if not isinstance(found, dict) or not isinstance(found.get("changes"), list):
        raise Malformed('expected an object with a list called "changes"')
    if unknown := sorted(set(found) - {"changes"}):
        raise Malformed(f'unknown key {unknown[0]!r} beside "changes"')
    listed = cast("list[Json]", found["changes"])
    return tuple(decoded_change(one, f"changes[{i}]") for i, one in enumerate(listed))


def parsed(text: str) -> Json:
    """A JSON document, its numbers as they were written. Raises Malformed."""
    try:
        found: Json = json.loads(
            text,
            parse_float=_number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_distinct,
        )
    except Malformed:
        raise
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, " if "\n" in text.rstrip() else ""
        raise Malformed(f"not JSON at {place}column {error.colno}: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not JSON: {error}") from error
    return found


def _number(text: str) -> Decimal:
    """JSON numbers are decimal: 0.1 stays 0.1 until a column says what it is."""
    return Decimal(text)


def _distinct(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Of two identities nobody knows which one was meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed(f"{twice!r} is said twice in one object")
    return found


def _refuse_constant(text: str) -> Json:
    raise Malformed(f'{text} is not JSON; write {{"$type": "real", "text": "{text.lower()}"}}')


def dumped_changes(changes: ChangeSet) -> str:
    """A change set as a file `studio apply` reads."""
    made = {"changes": [encoded_change(change) for change in changes]}
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"
