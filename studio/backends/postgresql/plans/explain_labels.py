"""The first words of a text plan's node → the fields a JSON plan names one by one."""

import re
from typing import Any

NAME = r'(?:"(?:[^"]|"")*"|[^\s".]+)'
TARGET = re.compile(rf"({NAME})(?:\.({NAME}))?(?: ({NAME}))?")
ON = re.compile(r'((?:[^"]|"(?:[^"]|"")*")*?) on (.*)', re.DOTALL)
SCANS_BY_INDEX = ("Index Only Scan", "Index Scan")
AGGREGATES = {
    "HashAggregate": "Hashed",
    "GroupAggregate": "Sorted",
    "MixedAggregate": "Mixed",
    "Aggregate": "Plain",
}
JOIN = re.compile(
    r"(Hash|Merge|Nested Loop)(?: (Left|Right|Full|Semi|Anti|Right Semi|Right Anti))?( Join)?"
)
OPERATIONS = ("Insert", "Update", "Delete", "Merge")
ON_NAMES = {
    "CTE Scan": "CTE Name",
    "WorkTable Scan": "CTE Name",
    "Named Tuplestore Scan": "Tuplestore Name",
    "Function Scan": "Function Name",
    "Table Function Scan": "Table Function Name",
    "Bitmap Index Scan": "Index Name",
}
ALIAS_ONLY = ("Subquery Scan", "Values Scan")
KNOWN = (
    "Aggregate", "Append", "BitmapAnd", "BitmapOr", "Gather", "Group", "Hash", "Incremental Sort",
    "Limit", "LockRows", "Materialize", "Memoize", "Merge Append", "ProjectSet", "Recursive Union",
    "Result", "Seq Scan", "SetOp", "Sort", "Unique", "WindowAgg", "Nested Loop", "Merge Join",
    "Index", "Bitmap", "CTE Scan", "Function Scan", "Values Scan", "Subquery Scan", "Foreign Scan",
    "Tid", "Sample Scan", "Custom Scan", "WorkTable Scan", "HashAggregate", "GroupAggregate",
    "MixedAggregate", "HashSetOp", "Parallel", "Partial", "Finalize", "Insert on", "Update on",
    "Delete on", "Merge on", "Async",
)  # fmt: skip


def opens_plan(line: str) -> bool:
    """Whether a line without any numbers could still be a node (COSTS OFF)."""
    return ": " not in line and line.strip().startswith(KNOWN)


def read(label: str) -> dict[str, Any]:
    """`Parallel Index Scan Backward using i on s.t a` and the like → JSON fields."""
    fields: dict[str, Any] = {"Parallel Aware": False}
    words = label.strip()
    for prefix, key, value in (
        ("Async ", "Async Capable", True),
        ("Partial ", "Partial Mode", "Partial"),
        ("Finalize ", "Partial Mode", "Finalize"),
        ("Parallel ", "Parallel Aware", True),
    ):
        if words.startswith(prefix):
            words = words.removeprefix(prefix)
            fields[key] = value
    kind, rest = _parted(words)
    if kind.startswith("Custom Scan (") and kind.endswith(")"):
        fields["Custom Plan Provider"] = kind[13:-1]
        kind = "Custom Scan"
    _kind(fields, kind)
    if rest:
        _target(fields, rest)
    return fields


def _parted(words: str) -> tuple[str, str]:
    """`Index Scan using "a on b" on t` → what it does, and on what; a quoted name stays whole."""
    found = ON.match(words)
    return (found[1], found[2]) if found else (words, "")


def _kind(fields: dict[str, Any], kind: str) -> None:
    join = JOIN.fullmatch(kind)
    for scan in SCANS_BY_INDEX:
        if kind.startswith(f"{scan} ") or kind == scan:
            _index_scan(fields, scan, kind.removeprefix(scan).strip())
            return
    if kind in AGGREGATES:
        fields |= {"Node Type": "Aggregate", "Strategy": AGGREGATES[kind]}
        fields.setdefault("Partial Mode", "Simple")
    elif kind.startswith(("HashSetOp", "SetOp")):
        name, _, command = kind.partition(" ")
        fields |= {"Node Type": "SetOp", "Command": command}
        fields["Strategy"] = "Hashed" if name == "HashSetOp" else "Sorted"
    elif join and (join[3] or join[1] == "Nested Loop"):
        base = join[1] if join[1] == "Nested Loop" else f"{join[1]} Join"
        fields |= {"Node Type": base, "Join Type": join[2] or "Inner"}
    elif kind in OPERATIONS:
        fields |= {"Node Type": "ModifyTable", "Operation": kind}
    else:
        fields["Node Type"] = kind or "Unknown node"
        if kind.startswith("Foreign "):
            _foreign(fields, kind.removeprefix("Foreign "))


def _foreign(fields: dict[str, Any], what: str) -> None:
    """A foreign table is scanned, or changed by the scan itself: `Foreign Update`."""
    if what in {"Scan", *OPERATIONS}:
        operation = "Select" if what == "Scan" else what
        fields |= {"Node Type": "Foreign Scan", "Operation": operation}


def _index_scan(fields: dict[str, Any], scan: str, rest: str) -> None:
    fields |= {"Node Type": scan, "Scan Direction": "Forward"}
    if rest.startswith("Backward"):
        fields["Scan Direction"] = "Backward"
        rest = rest.removeprefix("Backward").strip()
    if rest.startswith("using "):
        fields["Index Name"] = plain(rest.removeprefix("using ").strip())


def is_target(text: str) -> bool:
    """Whether a line below ModifyTable names one of several tables it changes."""
    words = text.removeprefix("Foreign ")
    return words.startswith(tuple(f"{operation} on " for operation in OPERATIONS))


def target(text: str) -> dict[str, Any]:
    """Such a line as one of JSON's Target Tables."""
    fields: dict[str, Any] = {"Node Type": "ModifyTable"}
    _target(fields, text.partition(" on ")[2])
    del fields["Node Type"]
    return fields


def _target(fields: dict[str, Any], text: str) -> None:
    found = TARGET.match(text.strip())
    if not found:
        return
    first, second, alias = (plain(part or "") for part in found.groups())
    name, schema = (second, first) if second else (first, "")
    kind = str(fields["Node Type"])
    if kind in ALIAS_ONLY:
        fields["Alias"] = name
        return
    fields[ON_NAMES.get(kind, "Relation Name")] = name
    if schema:
        fields["Schema"] = schema
    if kind != "Bitmap Index Scan":
        fields["Alias"] = alias or name


def plain(name: str) -> str:
    """An identifier without the quotes the server puts around unusual ones."""
    if len(name) > 1 and name[0] == name[-1] == '"':
        return name[1:-1].replace('""', '"')
    return name
