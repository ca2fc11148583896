"""A plan of FORMAT JSON printed as FORMAT TEXT prints it, by the rules of explain.c.

Studio asks for JSON alone, so that one run answers both; people read the other.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Fields = Mapping[str, Any]

AGGREGATES = {"Hashed": "HashAggregate", "Sorted": "GroupAggregate", "Mixed": "MixedAggregate"}
NAMED = ("Relation Name", "Function Name", "CTE Name", "Table Function Name", "Tuplestore Name")
LINES = (
    "Output", "Inner Unique", "Index Cond", "Recheck Cond", "TID Cond", "Order By", "Filter",
    "Join Filter", "Hash Cond", "Merge Cond", "One-Time Filter", "Sort Key", "Presorted Key",
    "Group Key",
    "Cache Key", "Cache Mode", "Function Call", "Table Function Call", "Remote SQL",
    "Run Condition", "Window", "Params Evaluated", "Workers Planned", "Workers Launched",
    "Single Copy", "Subplans Removed", "Conflict Resolution",
    "Conflict Arbiter Indexes", "Conflict Filter", "Heap Fetches", "Index Searches", "Disabled",
    "Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck",
    "Rows Removed by Conflict Filter", "Tuples Inserted", "Conflicting Tuples",
)  # fmt: skip
ELSEWHERE = frozenset(
    ("Node Type", "Parallel Aware", "Async Capable", "Strategy", "Partial Mode", "Operation",
     "Command", "Parent Relationship", "Subplan Name", "Join Type", "Scan Direction", "Schema",
     "Alias", "Index Name", "Custom Plan Provider", "Startup Cost", "Total Cost", "Plan Rows",
     "Plan Width", "Actual Startup Time", "Actual Total Time", "Actual Rows", "Actual Loops",
     "Sort Method", "Sort Space Type", "Sort Space Used", "Peak Memory Usage", "Disk Usage",
     "Planned Partitions", "HashAgg Batches", "Cache Hits", "Cache Misses", "Cache Evictions",
     "Cache Overflows", "Storage", "Maximum Storage", "Exact Heap Blocks", "Lossy Heap Blocks",
     "WAL Records", "WAL FPI", "WAL Bytes", "WAL Buffers Full", "Hash Buckets", "Hash Batches",
     "Original Hash Buckets", "Original Hash Batches")
)  # fmt: skip
"""Printed with others on one line, or not at all."""
ALWAYS_IN_JSON = ("Single Copy", "Inner Unique", "Disabled")
"""What text prints only when it is so."""
WAL = (("records", "Records"), ("fpi", "FPI"), ("bytes", "Bytes"))
BLOCKS = frozenset(
    f"{kind} {what} Blocks"
    for kind in ("Shared", "Local", "Temp")
    for what in ("Hit", "Read", "Dirtied", "Written")
)
TIMES = frozenset(
    f"{kind}I/O {what} Time"
    for kind in ("", "Shared ", "Local ", "Temp ")
    for what in ("Read", "Write")
)
PRINTED = ELSEWHERE | BLOCKS | TIMES | {*LINES, *NAMED}


def text(top: Fields) -> str:
    """One element of the JSON answer as the text of a plan.

    Raises KeyError, TypeError or ValueError where it is not as a server prints it.
    """
    lines = _node(top["Plan"], 0)
    if "Settings" in top:
        settings = ", ".join(f"{name} = '{value}'" for name, value in top["Settings"].items())
        lines.append(f"Settings: {settings}")
    if planning := list(_planning(top.get("Planning", {}))):
        lines += ["Planning:", *planning]
    if "Planning Time" in top:
        lines.append(f"Planning Time: {top['Planning Time']:.3f} ms")
    lines += [_trigger(fields) for fields in top.get("Triggers", ())]
    lines += _jit(top["JIT"]) if "JIT" in top else []
    if "Execution Time" in top:
        lines.append(f"Execution Time: {top['Execution Time']:.3f} ms")
    return "\n".join(lines) + "\n"


def _planning(fields: Fields) -> Iterator[str]:
    if used := _buffers(fields):
        yield f"  {used}"
    if "Memory Used" in fields:
        yield f"  Memory: used={fields['Memory Used']}kB  allocated={fields['Memory Allocated']}kB"


def _trigger(fields: Fields) -> str:
    name = "" if "Constraint Name" in fields else f" {fields['Trigger Name']}"
    constraint = f" for constraint {fields['Constraint Name']}" if not name else ""
    time = f" time={fields['Time']:.3f}" if "Time" in fields else ""
    return f"Trigger{name}{constraint} on {fields['Relation']}:{time} calls={fields['Calls']}"


def _jit(fields: Fields) -> list[str]:
    def listed(values: Fields, unit: str) -> str:
        parts = (f"{name} {one(value)}" for name, value in values.items())
        return ", ".join(part if part.endswith(")") else f"{part}{unit}" for part in parts)

    def one(value: object) -> str:
        if isinstance(value, dict):  # 17 and later: Generation with its part of it
            return f"{value['Total']:.3f} ms (Deform {value['Deform']:.3f} ms)"
        return str(value).lower() if isinstance(value, bool) else f"{value:.3f}"

    lines = ["JIT:", f"  Functions: {fields['Functions']}"]
    lines.append(f"  Options: {listed(fields['Options'], '')}")
    lines += [f"  Timing: {listed(fields['Timing'], ' ms')}"] if "Timing" in fields else []
    return lines


def _node(fields: Fields, indent: int) -> list[str]:
    start = " " * indent
    lines = []
    if "Subplan Name" in fields:
        lines.append(f"{start}{fields['Subplan Name']}")
        indent += 2
    if indent:
        lines.append(f"{' ' * indent}->  {_head(fields)}")
        indent += 6
    else:
        lines.append(_head(fields))
        indent = 2
    margin = " " * indent
    lines += [margin + line for line in _properties(fields)]
    for worker in fields.get("Workers", ()):
        lines += [margin + line for line in _worker_lines(worker)]
    for child in fields.get("Plans", ()):
        lines += _node(child, indent)
    return lines


def _head(fields: Fields) -> str:
    words = f"{_label(fields)}{_target(fields)}"
    if "Total Cost" in fields:
        words += (
            f"  (cost={fields['Startup Cost']:.2f}..{fields['Total Cost']:.2f} "
            f"rows={fields['Plan Rows']:.0f} width={fields['Plan Width']})"
        )
    if "Actual Loops" not in fields:
        return words
    return (
        f"{words} ({_measured(fields)})" if fields["Actual Loops"] else f"{words} (never executed)"
    )


def _measured(fields: Fields) -> str:
    time = ""
    if "Actual Total Time" in fields:
        time = f"time={fields['Actual Startup Time']:.3f}..{fields['Actual Total Time']:.3f} "
    rows = fields["Actual Rows"]
    counted = f"{rows:.2f}" if isinstance(rows, float) else rows
    return f"actual {time}rows={counted} loops={fields['Actual Loops']}"


def _label(fields: Fields) -> str:
    kind, joined = _kind(fields), fields.get("Join Type", "Inner")
    if joined != "Inner":
        kind = f"{kind.removesuffix(' Join')} {joined} Join"
    if fields.get("Partial Mode", "Simple") != "Simple":
        kind = f"{fields['Partial Mode']} {kind}"
    if fields.get("Parallel Aware"):
        kind = f"Parallel {kind}"
    return f"Async {kind}" if fields.get("Async Capable") else kind


def _kind(fields: Fields) -> str:
    kind, operation = str(fields["Node Type"]), fields.get("Operation", "Select")
    if kind == "Aggregate":
        return AGGREGATES.get(fields["Strategy"], kind)
    if kind == "ModifyTable":
        return str(operation)
    if kind == "SetOp":
        return f"{'Hash' if fields['Strategy'] == 'Hashed' else ''}SetOp {fields['Command']}"
    if kind == "Foreign Scan" and operation != "Select":
        return f"Foreign {operation}"
    return f"Custom Scan ({fields['Custom Plan Provider']})" if kind == "Custom Scan" else kind


def _quoted(name: str) -> str:
    plain = name.isidentifier() and name == name.lower()
    return name if plain else '"' + name.replace('"', '""') + '"'


def _target(fields: Fields) -> str:
    if "Index Name" in fields and fields["Node Type"] == "Bitmap Index Scan":
        return f" on {_quoted(fields['Index Name'])}"
    words = " Backward" if fields.get("Scan Direction") == "Backward" else ""
    if "Index Name" in fields:
        words += f" using {_quoted(fields['Index Name'])}"
    name = next((fields[key] for key in NAMED if key in fields), "")
    alias = fields.get("Alias", "")
    if name:
        schema = f"{_quoted(fields['Schema'])}." if "Schema" in fields else ""
        words += f" on {schema}{_quoted(name)}"
        return words + (f" {_quoted(alias)}" if alias and alias != name else "")
    return words + (f" on {_quoted(alias)}" if alias else "")


def _listed(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value).lower()


def _properties(fields: Fields) -> Iterator[str]:
    for name in LINES:
        value = fields.get(name)
        if name not in fields or (name in ALWAYS_IN_JSON and not value):
            continue
        if value or not name.startswith("Rows Removed"):
            yield f"{name}: {value if isinstance(value, str) else _listed(value)}"
    yield from _grouping_sets(fields.get("Grouping Sets", ()))
    yield from _details(fields)
    # What no server up to 18 prints: an extension's, or a newer one's.
    for name, value in fields.items():
        if name not in PRINTED and isinstance(value, str | int | float):
            yield f"{name}: {_listed(value)}"


def _grouping_sets(sets: Iterable[Fields]) -> Iterator[str]:
    for phase in sets:
        if "Sort Key" in phase:
            yield f"Sort Key: {', '.join(phase['Sort Key'])}"
        for key in ("Hash Key", "Group Key"):
            for group in phase.get(f"{key}s", ()):
                yield f"{key}: {', '.join(group) or '()'}"


def _details(fields: Fields) -> Iterator[str]:
    """What a node and each of its workers print alike."""
    yield from _sorting(fields)
    yield from _hashing(fields)
    if "Storage" in fields:
        yield f"Storage: {fields['Storage']}  Maximum Storage: {fields['Maximum Storage']}kB"
    exact, lossy = fields.get("Exact Heap Blocks", 0), fields.get("Lossy Heap Blocks", 0)
    if exact or lossy:
        named = [f"exact={exact}"] * bool(exact) + [f"lossy={lossy}"] * bool(lossy)
        yield f"Heap Blocks: {' '.join(named)}"
    yield from filter(None, (_buffers(fields), _io_timings(fields)))
    if fields.get("WAL Records"):
        found = [(word, fields.get(f"WAL {name}", 0)) for word, name in WAL]
        yield f"WAL: {' '.join(f'{word}={number}' for word, number in found if number)}"


def _sorting(fields: Fields) -> Iterator[str]:
    if "Sort Method" in fields:
        space = f"{fields['Sort Space Type']}: {fields['Sort Space Used']}kB"
        yield f"Sort Method: {fields['Sort Method']}  {space}"
    for groups in ("Full-sort Groups", "Pre-sorted Groups"):
        if groups in fields:
            yield f"{groups}: {_sorted_groups(fields[groups])}"


def _hashing(fields: Fields) -> Iterator[str]:
    used = f"Memory Usage: {fields.get('Peak Memory Usage')}kB"
    if "Hash Batches" in fields:
        buckets, batches = _changed(fields, "Hash Buckets"), _changed(fields, "Hash Batches")
        yield f"Buckets: {buckets}  Batches: {batches}  {used}"
    if "HashAgg Batches" in fields:
        planned = fields.get("Planned Partitions", 0)
        words = f"Planned Partitions: {planned}  " if planned else ""
        disk = f"  Disk Usage: {fields['Disk Usage']}kB" if fields.get("Disk Usage") else ""
        yield f"{words}Batches: {fields['HashAgg Batches']}  {used}{disk}"
    if "Cache Hits" in fields and (fields["Cache Misses"] or "Cache Key" not in fields):
        names = ("Hits", "Misses", "Evictions", "Overflows")
        counts = "  ".join(f"{name}: {fields[f'Cache {name}']}" for name in names)
        yield f"{counts}  {used}"


def _changed(fields: Fields, name: str) -> str:
    now, before = fields[name], fields[f"Original {name}"]
    batches = fields["Hash Batches"], fields["Original Hash Batches"]
    buckets = fields["Hash Buckets"], fields["Original Hash Buckets"]
    if batches[0] == batches[1] and buckets[0] == buckets[1]:
        return str(now)
    return f"{now} (originally {before})"


def _sorted_groups(groups: Fields) -> str:
    words = f"{groups['Group Count']}  Sort Method: {', '.join(groups['Sort Methods Used'])}"
    for kind in ("Memory", "Disk"):
        if space := groups.get(f"Sort Space {kind}"):
            for which in ("Average", "Peak"):
                words += f"  {which} {kind}: {space[f'{which} Sort Space Used']}kB"
    return words


def _buffers(fields: Fields) -> str:
    groups = []
    for kind, counters in (
        ("Shared", ("Hit", "Read", "Dirtied", "Written")),
        ("Local", ("Hit", "Read", "Dirtied", "Written")),
        ("Temp", ("Read", "Written")),
    ):
        counts = [(what, fields.get(f"{kind} {what} Blocks", 0)) for what in counters]
        if any(number for _, number in counts):
            words = " ".join(f"{what.lower()}={number}" for what, number in counts if number)
            groups.append(f"{kind.lower()} {words}")
    return f"Buffers: {', '.join(groups)}" if groups else ""


def _io_timings(fields: Fields) -> str:
    """Up to 16 one pair for shared and local blocks; from 17 each kind has its own."""
    groups = []
    for kind, named in (("", "shared/local"), ("Shared ", "shared"), ("Local ", "local"),
                        ("Temp ", "temp")):  # fmt: skip
        times = [(what, fields.get(f"{kind}I/O {what} Time", 0)) for what in ("Read", "Write")]
        if any(ms for _, ms in times):
            words = " ".join(f"{what.lower()}={ms:.3f}" for what, ms in times if ms)
            groups.append(f"{named} {words}")
    return f"I/O Timings: {', '.join(groups)}" if groups else ""


def _worker_lines(worker: Fields) -> Iterator[str]:
    """The first line of a worker stands behind its name."""
    lines = [_measured(worker)] if "Actual Loops" in worker else []
    lines += list(_details(worker))
    lines += _jit(worker["JIT"]) if "JIT" in worker else []
    if not lines:
        return
    yield f"Worker {worker['Worker Number']}:  {lines[0]}"
    yield from (f"  {line}" for line in lines[1:])
