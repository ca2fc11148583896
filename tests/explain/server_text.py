"""A JSON plan printed again as PostgreSQL's FORMAT TEXT prints it, from the rules of explain.c."""

import json

AGGREGATES = {"Hashed": "HashAggregate", "Sorted": "GroupAggregate", "Mixed": "MixedAggregate"}
NAMED = ("Relation Name", "Function Name", "CTE Name", "Table Function Name", "Tuplestore Name")
LINES = (
    "Output", "Index Cond", "Recheck Cond", "TID Cond", "Order By", "Filter", "Join Filter",
    "Hash Cond", "Merge Cond", "One-Time Filter", "Sort Key", "Presorted Key", "Group Key",
    "Cache Key", "Cache Mode", "Function Call", "Table Function Call", "Remote SQL",
    "Run Condition", "Window", "Params Evaluated", "Workers Planned", "Workers Launched",
    "Single Copy", "Inner Unique", "Subplans Removed", "Conflict Resolution",
    "Conflict Arbiter Indexes", "Conflict Filter", "Heap Fetches", "Index Searches", "Disabled",
    "Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck",
    "Rows Removed by Conflict Filter", "Tuples Inserted", "Conflicting Tuples",
)  # fmt: skip
ALWAYS_IN_JSON = ("Single Copy", "Inner Unique", "Disabled")
"""What text prints only when it is so."""


def text(top):
    """One element of the JSON answer as the lines of a text plan."""
    lines = node(top["Plan"], 0)
    if "Settings" in top:
        settings = ", ".join(f"{name} = '{value}'" for name, value in top["Settings"].items())
        lines.append(f"Settings: {settings}")
    if "Planning" in top and (used := buffers(top["Planning"])):
        lines += ["Planning:", f"  {used}"]
    if "Planning Time" in top:
        lines.append(f"Planning Time: {top['Planning Time']:.3f} ms")
    lines += [trigger(fields) for fields in top.get("Triggers", ())]
    lines += jit(top["JIT"], 0) if "JIT" in top else []
    if "Execution Time" in top:
        lines.append(f"Execution Time: {top['Execution Time']:.3f} ms")
    return "\n".join(lines) + "\n"


def trigger(fields):
    name = "" if "Constraint Name" in fields else f" {fields['Trigger Name']}"
    constraint = f" for constraint {fields['Constraint Name']}" if not name else ""
    time = f" time={fields['Time']:.3f}" if "Time" in fields else ""
    return f"Trigger{name}{constraint} on {fields['Relation']}:{time} calls={fields['Calls']}"


def jit(fields, indent):
    def listed(values, unit):
        parts = (f"{name} {one(value)}" for name, value in values.items())
        return ", ".join(part if part.endswith(")") else f"{part}{unit}" for part in parts)

    def one(value):
        if isinstance(value, dict):  # 17 and later: Generation with its part of it
            return f"{value['Total']:.3f} ms (Deform {value['Deform']:.3f} ms)"
        return str(value).lower() if isinstance(value, bool) else f"{value:.3f}"

    lines = ["JIT:", f"  Functions: {fields['Functions']}"]
    lines.append(f"  Options: {listed(fields['Options'], '')}")
    lines += [f"  Timing: {listed(fields['Timing'], ' ms')}"] if "Timing" in fields else []
    return [" " * indent + line for line in lines]


def node(fields, indent):
    start = " " * indent
    lines = []
    if "Subplan Name" in fields:
        lines.append(f"{start}{fields['Subplan Name']}")
        indent += 2
    if indent:
        lines.append(f"{' ' * indent}->  {head(fields)}")
        indent += 6
    else:
        lines.append(head(fields))
        indent = 2
    margin = " " * indent
    lines += [margin + line for line in properties(fields)]
    for worker in fields.get("Workers", ()):
        lines += [margin + line for line in worker_lines(worker)]
    for child in fields.get("Plans", ()):
        lines += node(child, indent)
    return lines


def head(fields):
    words = f"{label(fields)}{target(fields)}"
    if "Total Cost" in fields:
        words += (
            f"  (cost={fields['Startup Cost']:.2f}..{fields['Total Cost']:.2f} "
            f"rows={fields['Plan Rows']:.0f} width={fields['Plan Width']})"
        )
    if "Actual Loops" not in fields:
        return words
    return (
        f"{words} ({measured(fields)})" if fields["Actual Loops"] else f"{words} (never executed)"
    )


def measured(fields):
    time = ""
    if "Actual Total Time" in fields:
        time = f"time={fields['Actual Startup Time']:.3f}..{fields['Actual Total Time']:.3f} "
    return f"actual {time}rows={fields['Actual Rows']} loops={fields['Actual Loops']}"


def label(fields):
    kind, joined = fields["Node Type"], fields.get("Join Type", "Inner")
    if kind == "Aggregate":
        kind = AGGREGATES.get(fields["Strategy"], kind)
    elif kind == "ModifyTable":
        kind = fields["Operation"]
    elif kind == "SetOp":
        kind = f"{'Hash' if fields['Strategy'] == 'Hashed' else ''}SetOp {fields['Command']}"
    elif kind == "Foreign Scan" and fields.get("Operation", "Select") != "Select":
        kind = f"Foreign {fields['Operation']}"
    elif kind == "Custom Scan":
        kind = f"Custom Scan ({fields['Custom Plan Provider']})"
    if joined != "Inner":
        kind = f"{kind.removesuffix(' Join')} {joined} Join"
    if fields.get("Partial Mode", "Simple") != "Simple":
        kind = f"{fields['Partial Mode']} {kind}"
    if fields.get("Parallel Aware"):
        kind = f"Parallel {kind}"
    return f"Async {kind}" if fields.get("Async Capable") else kind


def quoted(name):
    plain = name.isidentifier() and name == name.lower()
    return name if plain else '"' + name.replace('"', '""') + '"'


def target(fields):
    if "Index Name" in fields and fields["Node Type"] == "Bitmap Index Scan":
        return f" on {quoted(fields['Index Name'])}"
    words = " Backward" if fields.get("Scan Direction") == "Backward" else ""
    if "Index Name" in fields:
        words += f" using {quoted(fields['Index Name'])}"
    name = next((fields[key] for key in NAMED if key in fields), "")
    alias = fields.get("Alias", "")
    if name:
        schema = f"{quoted(fields['Schema'])}." if "Schema" in fields else ""
        words += f" on {schema}{quoted(name)}"
        return words + (f" {quoted(alias)}" if alias and alias != name else "")
    return words + (f" on {quoted(alias)}" if alias else "")


def listed(value):
    return ", ".join(value) if isinstance(value, list) else str(value).lower()


def properties(fields):
    for name in LINES:
        value = fields.get(name)
        if name not in fields or (name in ALWAYS_IN_JSON and not value):
            continue
        if value or not name.startswith("Rows Removed"):
            yield f"{name}: {value if isinstance(value, str) else listed(value)}"
    yield from grouping_sets(fields.get("Grouping Sets", ()))
    yield from details(fields)


def grouping_sets(sets):
    for phase in sets:
        if "Sort Key" in phase:
            yield f"Sort Key: {', '.join(phase['Sort Key'])}"
        for key in ("Hash Key", "Group Key"):
            for group in phase.get(f"{key}s", ()):
                yield f"{key}: {', '.join(group) or '()'}"


def details(fields):
    """What a node and each of its workers print alike."""
    if "Sort Method" in fields:
        space = f"{fields['Sort Space Type']}: {fields['Sort Space Used']}kB"
        yield f"Sort Method: {fields['Sort Method']}  {space}"
    for groups in ("Full-sort Groups", "Pre-sorted Groups"):
        if groups in fields:
            yield f"{groups}: {sorted_groups(fields[groups])}"
    if "Hash Batches" in fields:
        yield (
            f"Buckets: {changed(fields, 'Hash Buckets')}  Batches: "
            f"{changed(fields, 'Hash Batches')}  Memory Usage: {fields['Peak Memory Usage']}kB"
        )
    if "HashAgg Batches" in fields:
        planned = fields.get("Planned Partitions", 0)
        words = f"Planned Partitions: {planned}  " if planned else ""
        words += f"Batches: {fields['HashAgg Batches']}"
        words += f"  Memory Usage: {fields['Peak Memory Usage']}kB"
        yield words + (f"  Disk Usage: {fields['Disk Usage']}kB" if fields["Disk Usage"] else "")
    if "Cache Hits" in fields and (fields["Cache Misses"] or "Cache Key" not in fields):
        counts = "  ".join(
            f"{name}: {fields[f'Cache {name}']}"
            for name in ("Hits", "Misses", "Evictions", "Overflows")
        )
        yield f"{counts}  Memory Usage: {fields['Peak Memory Usage']}kB"
    if "Storage" in fields:
        yield f"Storage: {fields['Storage']}  Maximum Storage: {fields['Maximum Storage']}kB"
    exact, lossy = fields.get("Exact Heap Blocks", 0), fields.get("Lossy Heap Blocks", 0)
    if exact or lossy:
        named = [f"exact={exact}"] * bool(exact) + [f"lossy={lossy}"] * bool(lossy)
        yield f"Heap Blocks: {' '.join(named)}"
    if used := buffers(fields):
        yield used
    if waited := io_timings(fields):
        yield waited
    if fields.get("WAL Records"):
        yield f"WAL: records={fields['WAL Records']} bytes={fields['WAL Bytes']}"


def changed(fields, name):
    now, before = fields[name], fields[f"Original {name}"]
    batches = fields["Hash Batches"], fields["Original Hash Batches"]
    buckets = fields["Hash Buckets"], fields["Original Hash Buckets"]
    if batches[0] == batches[1] and buckets[0] == buckets[1]:
        return str(now)
    return f"{now} (originally {before})"


def sorted_groups(groups):
    words = f"{groups['Group Count']}  Sort Method: {', '.join(groups['Sort Methods Used'])}"
    for kind in ("Memory", "Disk"):
        if space := groups.get(f"Sort Space {kind}"):
            for which in ("Average", "Peak"):
                words += f"  {which} {kind}: {space[f'{which} Sort Space Used']}kB"
    return words


def buffers(fields):
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


def io_timings(fields):
    """Up to 16 one pair for shared and local blocks; from 17 each kind has its own."""
    groups = []
    for kind, named in (("", "shared/local"), ("Shared ", "shared"), ("Local ", "local"),
                        ("Temp ", "temp")):  # fmt: skip
        times = [(what, fields.get(f"{kind}I/O {what} Time", 0)) for what in ("Read", "Write")]
        if any(ms for _, ms in times):
            words = " ".join(f"{what.lower()}={ms:.3f}" for what, ms in times if ms)
            groups.append(f"{named} {words}")
    return f"I/O Timings: {', '.join(groups)}" if groups else ""


def worker_lines(worker):
    """The first line of a worker stands behind its name."""
    lines = [measured(worker)] if "Actual Loops" in worker else []
    lines += list(details(worker))
    lines += jit(worker["JIT"], 0) if "JIT" in worker else []
    if not lines:
        return
    yield f"Worker {worker['Worker Number']}:  {lines[0]}"
    yield from (f"  {line}" for line in lines[1:])


def of(answer):
    """The text of a JSON answer, given as text."""
    return text(json.loads(answer)[0])
