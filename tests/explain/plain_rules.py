"""The triggers of the findings once more, as plainly as the catalogue has them.

Read off the server's JSON; of studio's own figures only each node's exclusive and inclusive time.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A node of the server's JSON, with where it is and what it took."""

    fields: dict
    path: str
    above: "Place | None"
    self_ms: float
    wall_ms: float

    def __getitem__(self, name):
        return self.fields.get(name, 0)

    @property
    def kind(self):
        return self.fields["Node Type"]

    @property
    def loops(self):
        return self["Actual Loops"]

    @property
    def kept(self):
        return self["Actual Rows"] * self.loops

    def removed(self, by="Filter"):
        return self[f"Rows Removed by {by}"] * self.loops

    def summed(self, name):
        return self[name] + sum(worker.get(name, 0) for worker in self.fields.get("Workers", ()))


def places(fields, times, path="0", above=None) -> Iterator[Place]:
    here = Place(fields, path, above, *times[path])
    yield here
    for number, child in enumerate(fields.get("Plans", ())):
        yield from places(child, times, f"{path}.{number}", here)


def findings(top, times) -> set[tuple[str, str | None]]:
    """(id, path) of everything that has to be found, row_misestimate and its like apart."""
    listed = list(places(top["Plan"], times))
    total = top["Execution Time"]
    found = {(rule, None) for rule in whole(top, listed, total)}
    for place in listed:
        if place.loops:
            below = [other for other in listed if other.above is place]
            found |= {(rule, place.path) for rule in ONE(place, below, listed, total)}
    idle = [p.path for p in listed if p.above and p.above.loops and not p.loops]
    found |= {("never_executed", path) for path in idle[:1]}
    return found


def whole(top, listed, total):
    root = listed[0]
    read, hit = root["Shared Read Blocks"], root["Shared Hit Blocks"]
    if read >= 1000 and read >= hit:
        yield "cache_misses"
    if top["Planning Time"] > total and top["Planning Time"] >= 1:
        yield "planning_dominates"
    for trigger in top.get("Triggers", ()):
        if trigger["Time"] >= 1 and trigger["Time"] >= 0.25 * total:
            yield "fk_trigger_time" if "Constraint Name" in trigger else "trigger_time"


def ONE(place, below, listed, total):  # noqa: N802 - the rules about one node
    own, wall = place.self_ms / total, place.wall_ms / total
    yield from scans(place, below, own, wall)
    yield from joins(place, below, own, wall)
    yield from stores(place, below)
    yield from others(place, below, listed, wall)


def scans(place, below, own, wall):
    kept, removed, condition = place.kept, place.removed(), place.fields.get("Filter", "")
    mostly = removed >= 0.9 * (kept + removed)
    # No statement of ours has a SubPlan beside another condition.
    asked = condition and "SubPlan" not in condition
    if place.kind == "Seq Scan":
        spared = place.above is not None and unpruned(place.above)
        if asked and kept + removed >= 10_000 and mostly and own >= 0.1 and not spared:
            yield "seq_scan_filter"
        if kept >= 10_000 and sorted_for_few(place):
            yield "top_n_sort"
        if kept + removed >= 100_000 and wall >= 0.1 and repeated(place) and place.loops >= 10:
            yield "seq_scan_inner_loop"
    if place.kind in {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}:
        if asked and removed >= 1_000 and removed >= kept and own >= 0.1:
            yield "index_filter_discards"
        again = place.removed("Index Recheck")
        lossy, exact = place.summed("Lossy Heap Blocks"), place.summed("Exact Heap Blocks")
        if again >= 1_000 and again >= kept and not lossy and own >= 0.1:
            yield "index_recheck_discards"
        is_brin = not exact and below and below[0].kept == 10 * lossy
        if lossy and lossy >= 0.1 * (lossy + exact) and not is_brin:
            yield "lossy_bitmap"
    fetches = place.summed("Heap Fetches")
    if place.kind == "Index Only Scan" and fetches >= 1_000 and fetches >= 0.1 * kept:
        yield "heap_fetches"
    slow = place.self_ms * 1000 / max(1, kept + removed) >= 5
    if "slow(" in condition and kept + removed >= 1_000 and slow and own >= 0.25:
        yield "expensive_filter_function"


def sorted_for_few(place):
    """Of the statements of ours that do it, all sort one table by its own columns."""
    sort = place.above
    above = sort and sort.above
    while above and above.kind in {"Gather Merge", "Gather"}:
        above = above.above
    limited = sort and sort.kind == "Sort" and above and above.kind == "Limit"
    return limited and sort.kept <= 0.01 * place.kept and "(" not in str(sort["Sort Key"])


def repeated(place):
    if place.fields.get("Parent Relationship") == "SubPlan":
        return True
    above = place.above
    if above is None:
        return False
    inner = place.fields.get("Parent Relationship") == "Inner"
    return (above.kind == "Nested Loop" and inner) or repeated(above)


def joins(place, below, own, wall):
    inner = [child for child in below if child.fields["Parent Relationship"] == "Inner"]
    if place.kind == "Nested Loop" and inner and inner[0].kind != "Materialize":
        hits, misses = inner[0].summed("Cache Hits"), inner[0].summed("Cache Misses")
        cached = hits >= 0.8 * (hits + misses) > 0
        often = inner[0].loops >= 1_000 and inner[0].wall_ms >= 0.25 * (place.wall_ms / wall)
        if often and not cached:
            yield "nested_loop_many"
    removed = place.removed("Join Filter")
    if removed >= 100_000 and removed >= 0.9 * (removed + place.kept) and own >= 0.1:
        yield "join_filter_discards"
    if place.kind == "Memoize":
        hits, misses = place.summed("Cache Hits"), place.summed("Cache Misses")
        thrown = place.summed("Cache Evictions") + place.summed("Cache Overflows")
        bad = hits < 0.3 * (hits + misses) or thrown >= misses / 2
        if misses >= 1_000 and wall >= 0.05 and bad:
            yield "memoize_ineffective"


def stores(place, below):
    parts = [place.fields, *place.fields.get("Workers", ())]
    if place.kind in {"Sort", "Incremental Sort"} and any("Disk" in str(part) for part in parts):
        yield "sort_spill"
    if place["Hash Batches"] > 1:
        yield "hash_spill"
    if place.summed("Disk Usage"):
        yield "agg_spill"
    keeps = place.kind in {"CTE Scan", "Materialize", "WindowAgg", "Function Scan"}
    sets = place.kind == "Aggregate" and "Grouping Sets" in place.fields
    readers = [child for child in below if child.fields["Parent Relationship"] != "InitPlan"]
    written = place["Temp Written Blocks"] - sum(c["Temp Written Blocks"] for c in readers)
    if (keeps or sets) and written >= 128 and not place.summed("Disk Usage"):
        yield "temp_io"


def others(place, below, listed, wall):
    if place.fields.get("Parent Relationship") == "SubPlan" and place.loops >= 100 and wall >= 0.25:
        number = place["Subplan Name"].split()[-1]
        if f"hashed SubPlan {number}" not in str(place.above.fields):
            materialized = place.kind == "Materialize"
            yield "subplan_not_hashed" if materialized else "correlated_subplan"
    if place.kind == "CTE Scan":
        name = place["CTE Name"]
        readers = [p for p in listed if p.kind == "CTE Scan" and p["CTE Name"] == name]
        condition = place.fields.get("Filter", "")
        depends = "$" in condition or "Plan " in condition
        mostly = place.removed() >= 0.9 * (place.removed() + place.kept)
        if place.removed() >= 10_000 and mostly and len(readers) == 1 and not depends:
            yield "cte_filter_after_materialize"
    if unpruned(place):
        yield "partitions_not_pruned"
    if place.kind == "Limit":
        produced = next(c.kept for c in below if c.fields["Parent Relationship"] == "Outer")
        if produced - place.kept >= 10_000 and produced >= 10 * place.kept:
            yield "big_offset"
    if place["Workers Launched"] < place["Workers Planned"]:
        yield "workers_not_launched"
    if disabled(place) and not any(map(disabled, below)):
        yield "disabled_node"


def unpruned(place):
    """Only partitions have an alias made by the server: the table's and a number."""
    members = place.fields.get("Plans", ())
    if place.kind not in {"Append", "Merge Append"} or place["Subplans Removed"]:
        return False
    if any(not m["Alias"].startswith("events") for m in members if "Alias" in m):
        return False
    scans = [m for m in members if m["Node Type"].endswith("Scan")]
    empty = [m for m in scans if not m["Actual Rows"] * m["Actual Loops"]]
    gone = sum(m.get("Rows Removed by Filter", 0) * m["Actual Loops"] for m in scans)
    ran = len(scans) >= 4 and all(m["Actual Loops"] for m in scans)
    return ran and 2 * len(empty) >= len(scans) and gone >= 10_000


def disabled(place):
    return place.fields.get("Disabled", place["Startup Cost"] >= 1e10)
