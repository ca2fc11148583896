"""SQL that a person wrote runs through `studio/queries`, wherever it was typed."""

import ast
from pathlib import Path

import studio

PACKAGE = Path(studio.__file__).parent
PARTS = {
    "studio.db.statements.read", "studio.db.rehearsal.rehearse", "studio.db.rehearsal.keep",
    "studio.db.rehearsal.counted", "studio.db.compiling.understood",
    "studio.queries.writing.AskedWrite", "studio.queries.delivery.Delivery",
}  # fmt: skip
"""What a run is made of: whoever takes these has a runner of his own."""


def test_only_one_room_runs_what_a_person_wrote():
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                names = {f"{node.module}.{alias.name}" for alias in node.names}
                if names & PARTS:
                    found.add(path.relative_to(PACKAGE).parts[0])
    assert found == {"queries"}
