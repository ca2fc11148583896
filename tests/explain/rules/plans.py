"""Plans made up node by node, as the server would print them."""

import json

from studio.backends.postgresql.plans import pasted
from studio.backends.postgresql.plans.explained import explained


def node(kind, *below, ms=0.0, rows=1.0, loops=1, plan=None, **fields):
    """A node that took `ms` per loop, children included; labels with `_` for their spaces."""
    names = ("Outer", "Inner")
    children = []
    for place, child in enumerate(below):
        child.setdefault("Parent Relationship", names[min(place, 1)])
        children.append(child)
    labelled = {name.replace("_", " "): value for name, value in fields.items()}
    return {
        "Node Type": kind, "Startup Cost": 0.0, "Total Cost": 100.0, "Plan Width": 8,
        "Plan Rows": rows if plan is None else plan, "Actual Startup Time": 0.0,
        "Actual Total Time": ms, "Actual Rows": rows, "Actual Loops": loops, **labelled,
        **({"Plans": children} if children else {}),
    }  # fmt: skip


def scan(table="t", **fields):
    """A Seq Scan of one table, named as VERBOSE names it."""
    named = {"Relation Name": table, "Schema": "public", "Alias": table}
    return node("Seq Scan", **fields) | named


def shown(root, *, execution=None, planning=0.1, **top):
    """Everything studio says about a plan."""
    labelled = {name.replace("_", " "): value for name, value in top.items()}
    ms = root["Actual Total Time"] * root["Actual Loops"] if execution is None else execution
    answer = {"Plan": root, "Planning Time": planning, "Execution Time": ms, **labelled}
    return explained(pasted.read(json.dumps([answer]))[0])


def found(root, **top):
    """(id, path) of every finding."""
    return {(finding.id, finding.path) for finding in shown(root, **top).findings}


def ids(root, **top):
    """The ids alone."""
    return {rule for rule, _ in found(root, **top)}
