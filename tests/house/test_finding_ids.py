"""Every finding has an id that a gate may name: no rule gives one that is not registered."""

import ast
from pathlib import Path

import pytest

import studio
from studio.backends.postgresql.plans.finding_ids import FINDING_IDS as POSTGRESQL
from studio.backends.sqlite.plans.finding_ids import FINDING_IDS as SQLITE
from studio.backends.sqlite.plans.findings import SORTED_FOR

CALLS = {"Finding", "weighted", "_finding"}
"""What makes a finding, its id first."""
BACKENDS = Path(studio.__file__).parent / "backends"


@pytest.mark.parametrize(("engine", "registered"), [("postgresql", POSTGRESQL), ("sqlite", SQLITE)])
def test_the_registered_ids_are_those_of_the_rules(engine, registered):
    given = set()
    for path in (BACKENDS / engine / "plans").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in CALLS:
                given |= set(_ids(node))
    assert given == registered


def _ids(call):
    """The ids in a rule's own words; `weighted` of SQLite hands on the one it is given."""
    value = next((word.value for word in call.keywords if word.arg == "id"), None)
    value = value or call.args[0]
    if isinstance(value, ast.IfExp):
        return {value.body.value, value.orelse.value}
    if isinstance(value, ast.JoinedStr):
        return {f"{value.values[0].value}{kind}" for kind in SORTED_FOR.values()}
    return {value.value} if isinstance(value, ast.Constant) else set()
