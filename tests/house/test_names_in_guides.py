"""What READMEs and docstrings call by name is there: a new name is new in them too."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import studio

HOUSE = Path(studio.__file__).parent
GUIDES = sorted((*HOUSE.rglob("README.md"), *HOUSE.parent.glob("[CR]*.md")))
CLASS = re.compile(r"`(?:[a-z_]+\.)*([A-Z][a-z]+(?:[A-Z][a-z]*)*)(?:[.(][^`]*)?`")
"""`PlainPlan`, `writing.LineWriter`, `Session.own_lane`, `PlainPlan(…)`."""
OTHERS = frozenset({"DateStyle"})
"""A setting of PostgreSQL."""


@cache
def tree_of(path: Path) -> ast.Module:
    """A module, parsed once."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def names_in(folder: Path) -> set[str]:
    """Whatever the modules below `folder` define, import or use under a name."""
    found = set(OTHERS)
    for path in folder.rglob("*.py"):
        for node in ast.walk(tree_of(path)):
            match node:
                case ast.ClassDef(name=name) | ast.Name(id=name) | ast.Attribute(attr=name):
                    found.add(name)
                case ast.alias(name=name, asname=asname):
                    found |= {name, asname or name}
                case _:
                    pass
    return found


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: str(path.relative_to(HOUSE.parent)))
def test_a_class_that_a_guide_names_is_known_in_its_room(guide):
    room = guide.parent if guide.is_relative_to(HOUSE) else HOUSE
    # Every room works with the halves of the engines.
    known = names_in(room) | names_in(HOUSE / "backends")
    named = set(CLASS.findall(guide.read_text(encoding="utf-8")))
    assert sorted(named - known) == []


def test_names_are_read():
    assert CLASS.findall("`A` `Plain` `plans.PlainPlan` `Run.it(x)` `Run(…)` `END` `a.b`") == [
        "Plain",
        "PlainPlan",
        "Run",
        "Run",
    ]


def docstrings(path: Path) -> str:
    """Every text that stands alone in a module: docstrings, also those of attributes."""
    texts = [
        node.value.value
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]
    return "\n".join(texts)


def test_a_class_that_a_docstring_names_is_there():
    known = names_in(HOUSE)
    wrong = [
        f"{path.relative_to(HOUSE)}: {name}"
        for path in sorted(HOUSE.rglob("*.py"))
        for name in CLASS.findall(docstrings(path))
        if name not in known
    ]
    assert wrong == []
