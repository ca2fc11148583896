"""Functions and triggers against the text of the migrations that made them, where no snapshot
holds them and nothing is replayed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from studio.migrations.drift.code_texts import Texts
from studio.migrations.drift.queries import loosely, plainly
from studio.migrations.drift.same import Same
from studio.migrations.drift.sides import named
from studio.model.catalog import Table, Trigger
from studio.model.migration import Drift
from studio.model.stored import StoredRoutine
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import TokenKind, seen

_SETTINGS = frozenset({"immutable", "stable", "definer", "strict", "leakproof", "safe", "window"})
"""Words of CREATE FUNCTION that say how it is run, where they are not the usual."""
_CREATES = re.compile(r"\bCREATE\s+(FUNCTION|PROCEDURE)\b", re.IGNORECASE)
_STRICT = ["returns", "null", "on", "null", "input"]
_ENDS = frozenset(
    {"as", "language", "cost", "rows", "set", "parallel", "volatile", "not", "called"}
)


@dataclass(frozen=True, slots=True)
class ByText:
    """What came of it."""

    drift: tuple[Drift, ...]
    left_out: tuple[str, ...]
    """What is there and was compared with nothing, by name."""


def compared_by_text(
    texts: Texts,
    tables: Sequence[Table],
    routines: Sequence[StoredRoutine],
    same: Same,
    syntax: Syntax,
) -> ByText:
    """`tables` and `routines` are those that are there and people's own."""
    found: list[Drift] = []
    left_out: list[str] = []
    for item in (*_triggers(texts, tables, syntax), *_functions(texts, routines, same, syntax)):
        (left_out if isinstance(item, str) else found).append(item)  # type: ignore[arg-type]
    return ByText(tuple(found), tuple(left_out))


def _triggers(texts: Texts, tables: Sequence[Table], syntax: Syntax) -> Iterator[Drift | str]:
    wanted = {key: text for key, text in texts.triggers.items() if key[1] not in texts.unsure}
    for table in tables:
        for trigger in table.triggers:
            key = (table.ref.name.lower(), trigger.name.lower())
            place = f"{named(table.ref)}.{trigger.name}"
            told = f"the trigger {trigger.name} on {table.ref.name}"
            declared = wanted.pop(key, None)
            is_same = declared and _is_same_trigger(declared, trigger, table.ref.schema, syntax)
            if not is_same:
                if declared is None or is_same is None:
                    yield told
                    continue
                statement = f"{declared.rstrip().rstrip(';')};"
                drop = _drop(trigger, table, syntax)
                both = f"BEGIN; {drop} {statement} COMMIT;"
                yield Drift("trigger", place, _flat(declared), _flat(trigger.sql), both)
            elif not trigger.enabled:
                quoted = f"{_quoted(str(table.ref.schema))}.{_quoted(table.ref.name)}"
                turn_on = f"ALTER TABLE {quoted} ENABLE TRIGGER {_quoted(trigger.name)};"
                yield Drift("trigger", place, "on", "off", turn_on)
    present = {table.ref.name.lower(): table for table in tables}
    for (name, trigger_name), text in wanted.items():
        if name in present:
            place = f"{named(present[name].ref)}.{trigger_name}"
            yield Drift("missing_trigger", place, _flat(text), "", f"{text.rstrip().rstrip(';')};")


def _is_same_trigger(
    declared: str, live: Trigger, schema: str | None, syntax: Syntax
) -> bool | None:
    """None where only a condition is spelled otherwise."""
    if not live.sql:
        return None
    sides = [plainly(text, schema, syntax) for text in (declared, live.sql)]
    sides = [words[words.index("trigger") + 1 :] for words in sides]
    sides = [words[3:] if words[:3] == ["if", "not", "exists"] else words for words in sides]
    if not syntax.folds_names or sides[0] == sides[1]:
        # The engine keeps the text as it was given.
        return sides[0] == sides[1]
    parts = [_parts_of_trigger(words) for words in sides]
    if parts[0][0] != parts[1][0]:
        return False
    conditions = [loosely(part[1], schema, syntax) for part in parts]
    return True if conditions[0] == conditions[1] else None


def _parts_of_trigger(words: Sequence[str]) -> tuple[tuple[object, ...], str]:
    """What it says, whatever the order and spelling, and its condition."""
    on = words.index("on") if "on" in words else len(words)
    head = " ".join(words[:on])
    timing = next((w for w in ("before", "after", "instead of") if f" {w} " in f" {head} "), "")
    events = sorted(each.strip() for each in head.partition(timing)[2].split(" or "))
    rest = ["function" if word == "procedure" else word for word in words[on + 1 :]]
    level = "row" if "row" in rest[: rest.index("execute") if "execute" in rest else None] else ""
    ends = rest.index("execute") if "execute" in rest else len(rest)
    begins = rest.index("when") if "when" in rest[:ends] else ends
    before = [word for word in rest[:begins] if word not in {"for", "each", "row", "statement"}]
    facts = (words[0], timing, tuple(events), tuple(before), level, tuple(rest[ends:]))
    return facts, " ".join(rest[begins + 1 : ends])


def _functions(
    texts: Texts, routines: Sequence[StoredRoutine], same: Same, syntax: Syntax
) -> Iterator[Drift | str]:
    names = [routine.ref.name.lower() for routine in routines]
    for routine in routines:
        name = routine.ref.name.lower()
        place = f"{named(routine.ref)}({routine.arguments})"
        told = f"the function {routine.ref.name}({routine.arguments})"
        declared = None if name in texts.unsure else texts.functions.get(name)
        if declared is None or names.count(name) > 1 or not (routine.sql and routine.body):
            yield told
            continue
        is_same = _is_same_function(declared, routine, same, syntax)
        if is_same is None:
            yield told
        elif not is_same:
            yield Drift(
                "function",
                place,
                _flat(declared),
                _flat(routine.sql),
                _replacing(declared),
            )
    for name, text in texts.functions.items():
        if name not in names and name not in texts.unsure:
            made = f"{text.rstrip().rstrip(';')};"
            yield Drift("missing_function", name, _flat(text), "", made)


def _replacing(statement: str) -> str:
    """The same, also where there is one already."""
    made = _CREATES.sub(r"CREATE OR REPLACE \1", statement, count=1)
    return f"{made.rstrip().rstrip(';')};"


def _is_same_function(
    declared: str, live: StoredRoutine, same: Same, syntax: Syntax
) -> bool | None:
    body = _body(declared, syntax)
    if body is None:
        return None
    if body != live.body:
        is_loose = live.language in {"sql", "plpgsql"}
        if not is_loose or not same.statements(body, live.body, live.ref.schema):
            return False
    one, two = (_settings(text, live.ref.schema, syntax) for text in (declared, live.sql))
    if one != two:
        return False
    results = [_result(text, live.ref.schema, syntax) for text in (declared, live.sql)]
    if results[0] == results[1]:
        return True
    given = [f"NULL::{result}" for result in results]
    return True if same.when_printed(given[0], given[1], None) else None


def _body(statement: str, syntax: Syntax) -> str | None:
    """The text behind AS; None where there is none, or more than one."""
    tokens = seen(statement, syntax)
    for number, token in enumerate(tokens[:-1]):
        if token.text.upper() == "AS" and tokens[number + 1].kind is TokenKind.STRING:
            text = tokens[number + 1].text
            if text.startswith("'"):
                return text[1:-1].replace("''", "'")
            mark = text[: text.index("$", 1) + 1] if text.startswith("$") else None
            return text[len(mark) : -len(mark)] if mark else None
    return None


def _settings(statement: str, schema: str | None, syntax: Syntax) -> tuple[frozenset[str], str]:
    words = plainly(statement, schema, syntax)
    text = " ".join(words)
    found = set(words) & _SETTINGS
    if " ".join(_STRICT) in text:
        found.add("strict")
    at = words.index("language") + 1 if "language" in words else None
    return frozenset(found), words[at].strip("'").lower() if at is not None else ""


def _result(statement: str, schema: str | None, syntax: Syntax) -> str:
    words = plainly(statement, schema, syntax)
    if "returns" not in words:
        return ""
    begins = words.index("returns") + 1
    ends = next(
        (n for n, word in enumerate(words[begins:], begins) if word in _ENDS | _SETTINGS),
        len(words),
    )
    return " ".join(words[begins:ends])


def _drop(trigger: Trigger, table: Table, syntax: Syntax) -> str:
    if not syntax.folds_names:
        return f"DROP TRIGGER {_quoted(trigger.name)};"
    place = f"{_quoted(str(table.ref.schema))}.{_quoted(table.ref.name)}"
    return f"DROP TRIGGER {_quoted(trigger.name)} ON {place};"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _flat(text: str) -> str:
    return " ".join(text.split())
