"""The lines between two nodes of a text plan → the fields a JSON plan would print for them."""

import re
from collections.abc import Callable
from typing import Any

from studio.backends.postgresql.plans.explain_json import CONDITIONS
from studio.sqltext.comma_list import comma_parts

Fields = dict[str, Any]

LISTS = frozenset(
    (
        "Output",
        "Sort Key",
        "Presorted Key",
        "Group Key",
        "Params Evaluated",
        "Conflict Arbiter Indexes",
    )
)
GROUPING = frozenset(("Group Key", "Hash Key", "Sort Key"))
AMOUNT = re.compile(r"(-?[0-9]{1,18}(?:\.[0-9]{1,6})?) ?(?:kB|ms|bytes)?")
PAIR = re.compile(r"([A-Za-z][\w -]{0,40})(?:: |=)(-?[0-9]{1,18}(?:\.[0-9]{1,6})?)(?: ?kB| ?ms)?")
ORIGINALLY = re.compile(r"([0-9]{1,18}) \(originally ([0-9]{1,18})\)")
TRIGGER = re.compile(
    r"Trigger(?: (?!for constraint )(.{1,300}?))?(?: for constraint (.{1,300}?))?"
    r"(?: on (\S{1,300}))?:(?: time=([0-9.]{1,20}))? calls=([0-9]{1,18})"
)
SETTING = re.compile(r"([\w.]{1,100}) = '((?:[^']|'')*)'")
JIT_TIMING = re.compile(r"([A-Z]\w+) ([0-9.]{1,20}) ms")
LONGEST_LABEL = 60
BLOCKS = {"hit": "Hit", "read": "Read", "dirtied": "Dirtied", "written": "Written"}
SEPARATED = re.compile(r"  +")
SUMMED = {
    "Planning Time": "Planning Time",
    "Planning time": "Planning Time",
    "Execution Time": "Execution Time",
    "Execution time": "Execution Time",
    "Total runtime": "Execution Time",
    "Query Identifier": "Query Identifier",
}
RENAMED = {
    "Hits": "Cache Hits",
    "Misses": "Cache Misses",
    "Evictions": "Cache Evictions",
    "Overflows": "Cache Overflows",
}


def read_property(fields: Fields, text: str) -> bool:
    """Put one line of a node into its fields; False when it is no `Label: value`."""
    label, colon, value = text.partition(": ")
    if not colon:
        label, colon, value = text.partition(":")
    if not colon or len(label) > LONGEST_LABEL:
        return False
    value = value.strip()
    reader = READERS.get(label)
    if fields.get("Node Type") == "Aggregate" and label in GROUPING:
        _grouping(fields, f"{label}: {value}")
    elif reader:
        reader(fields, text)
    elif label in LISTS:
        _append_list(fields, label, value)
    else:
        fields[label] = value if label in CONDITIONS else _value(value)
    return True


def _append_list(fields: Fields, label: str, value: str) -> None:
    fields[label] = comma_parts(value)


def _grouping(fields: Fields, text: str) -> None:
    """A key of an Aggregate; a hashed one, a sort or a second group makes grouping sets.

    Each sort begins a phase whose groups follow it; a hashed set is a phase of its own.
    """
    label, _, value = text.partition(": ")
    listed = [] if value == "()" else comma_parts(value)
    sets: list[Fields] | None = fields.get("Grouping Sets")
    if label == "Group Key" and sets is None and "Group Key" not in fields and listed:
        fields[label] = listed
        return
    if sets is None:
        first = fields.pop("Group Key", None)
        sets = fields["Grouping Sets"] = [] if first is None else [{"Group Keys": [first]}]
    if label == "Hash Key":
        sets.append({"Hash Keys": [listed]})
    elif label == "Sort Key":
        sets.append({"Sort Key": listed, "Group Keys": []})
    elif sets and "Group Keys" in sets[-1]:
        sets[-1]["Group Keys"].append(listed)
    else:
        sets.append({"Group Keys": [listed]})


def _value(value: str) -> bool | float | str:
    if value in {"true", "false"}:
        return value == "true"
    found = AMOUNT.fullmatch(value)
    return float(found[1]) if found else value


def _buffers(fields: Fields, text: str) -> None:
    for group in text.removeprefix("Buffers: ").split(","):
        kind, _, counts = group.strip().partition(" ")
        for count in counts.split():
            what, _, number = count.partition("=")
            if kind in {"shared", "local", "temp"} and what in BLOCKS:
                fields[f"{kind.title()} {BLOCKS[what]} Blocks"] = _value(number)
    fields.setdefault("Shared Hit Blocks", 0)


def _io_timings(fields: Fields, text: str) -> None:
    for group in text.removeprefix("I/O Timings: ").split(","):
        words = group.strip().split()
        prefix = words[0].split("/")[0].title() if words and "=" not in words[0] else ""
        prefix = {"Temp": "Temp ", "Local": "Local "}.get(prefix, "")
        for word in words:
            what, equals, number = word.partition("=")
            if equals:
                fields[f"{prefix}I/O {what.title()} Time"] = _value(number)


def _sort(fields: Fields, text: str) -> None:
    parts = SEPARATED.split(text)
    fields["Sort Method"] = parts[0].removeprefix("Sort Method: ").strip()
    for part in parts[1:]:
        kind, _, size = part.partition(": ")
        fields["Sort Space Type"] = kind
        fields["Sort Space Used"] = _value(size)


def _sort_groups(fields: Fields, text: str) -> None:
    """`Full-sort Groups: 3  Sort Method: quicksort  Average Memory: 27kB  Peak Memory: 27kB`."""
    label, _, rest = text.partition(": ")
    groups: Fields = {}
    for part in SEPARATED.split(rest):
        name, _, value = part.partition(": ")
        if name.startswith("Sort Method"):
            groups["Sort Methods Used"] = comma_parts(value)
        elif name.startswith(("Average ", "Peak ")):
            which, _, kind = name.partition(" ")
            space = groups.setdefault(f"Sort Space {kind}", {})
            space[f"{which} Sort Space Used"] = _value(value)
        else:
            groups["Group Count"] = _value(name)
    fields[label] = groups


def _hash(fields: Fields, text: str) -> None:
    """Buckets and batches of a Hash; batches, memory and disk of a HashAggregate."""
    is_hash = "Buckets: " in text
    for part in SEPARATED.split(text):
        name, _, value = part.partition(": ")
        original = ORIGINALLY.fullmatch(value)
        if name in {"Buckets", "Batches"}:
            name = f"Hash {name}" if is_hash else f"HashAgg {name}"
            if original:
                fields[f"Original {name}"] = float(original[2])
                value = original[1]
        fields[{"Memory Usage": "Peak Memory Usage"}.get(name, name)] = _value(value)


def _pairs(fields: Fields, text: str) -> None:
    for name, number in PAIR.findall(text):
        label = name.strip()
        label = {"Memory Usage": "Peak Memory Usage"}.get(label, RENAMED.get(label, label))
        fields[label] = float(number)


def _blocks(fields: Fields, text: str) -> None:
    for name, number in PAIR.findall(text.removeprefix("Heap Blocks:")):
        fields[f"{name.strip().title()} Heap Blocks"] = float(number)


def _tuples(fields: Fields, text: str) -> None:
    for name, number in PAIR.findall(text.removeprefix("Tuples:")):
        fields[f"Tuples {name.strip().title()}"] = float(number)


def _wal(fields: Fields, text: str) -> None:
    names = {"records": "WAL Records", "fpi": "WAL FPI", "bytes": "WAL Bytes"}
    names["full"] = names["buffers full"] = "WAL Buffers Full"
    for name, number in PAIR.findall(text.removeprefix("WAL:")):
        fields[names.get(name.strip(), f"WAL {name.strip()}")] = float(number)


def _storage(fields: Fields, text: str) -> None:
    for part in SEPARATED.split(text):
        name, _, value = part.partition(": ")
        fields[name] = _value(value)


READERS: dict[str, Callable[[Fields, str], None]] = {
    "Buffers": _buffers,
    "I/O Timings": _io_timings,
    "Sort Method": _sort,
    "Full-sort Groups": _sort_groups,
    "Pre-sorted Groups": _sort_groups,
    "Buckets": _hash,
    "Batches": _hash,
    "Planned Partitions": _hash,
    "Hits": _pairs,
    "Heap Blocks": _blocks,
    "Tuples": _tuples,
    "WAL": _wal,
    "Storage": _storage,
}


def read_summary(top: Fields, text: str) -> Fields | None:
    """Take a line about the whole statement: the fields its further lines go to, or None."""
    trigger = TRIGGER.fullmatch(text) if text.startswith("Trigger ") else None
    if trigger:
        top.setdefault("Triggers", []).append(_trigger(trigger))
        return {}
    label, colon, value = text.partition(":")
    value = value.strip()
    if not colon:
        return None
    if label in SUMMED:
        top[SUMMED[label]] = _value(value)
        return {}
    if label == "Settings":
        top["Settings"] = {k: v.replace("''", "'") for k, v in SETTING.findall(value)}
        return {}
    if label == "Serialization" or (label in {"Planning", "JIT"} and not value):
        section: Fields = {"Printed": value} if value else {}
        top[label] = section
        return section
    return None


def _trigger(found: re.Match[str]) -> Fields:
    name, constraint, relation, time, calls = found.groups()
    fields: Fields = {"Trigger Name": name or "", "Calls": float(calls)}
    if constraint:
        fields["Constraint Name"] = constraint
    if relation:
        fields["Relation"] = relation
    if time:
        fields["Time"] = float(time)
    return fields


def read_section(section: Fields, text: str) -> None:
    """Take a line indented below `Planning:`, `JIT:` or `Serialization:`."""
    if text.startswith("Timing: "):
        section["Timing"] = {name: float(ms) for name, ms in JIT_TIMING.findall(text)}
    else:
        read_property(section, text)
