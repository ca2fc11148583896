"""What a migration written as a program makes: the tables its way forward names.

Told by the words every tool has for it. Nothing is run, so it is evidence and no proof.
"""

import re
from dataclasses import dataclass

_PART = re.compile(
    r"(?:^|[{,;])[ \t]*(?:(?:module\.)?exports\.|export\s+|public\s+|static\s+|async\s+|override\s+"
    r"|const\s+|let\s+|function\s+|def\s+)*(?P<part>up|upgrade|change|down|downgrade)\s*[(:=]",
    re.MULTILINE,
)
_BACKWARDS = frozenset({"down", "downgrade"})
_TOLD = r"[\\\"'`\[:]*(?:\w+[\\\"'`\]]*\.[\\\"'`\[]*)?(?P<{0}>\w+)"
"""A name as SQL inside a string has it, with or without its schema."""
_CALLED = (
    r"[\s(]*(?:new\s+Table\s*\(\s*)?(?:\{{\s*)?(?:(?:table)?name\s*[:=]\s*)?"
    r"[\"'`:](?:\w+\.)?(?P<{0}>\w+)"
)
"""A name as the first thing a call is given."""
_CALL = _CALLED.format("called")
_SQL = _TOLD.format("told")
_MAKES = re.compile(
    rf"\b(?:create_?table\b|createTableIfNotExists\b|Schema::create\b|create\s+table\s*\(){_CALL}"
    rf"|\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_SQL}"
    r"|\bCreateModel\s*\(\s*name\s*=\s*['\"](?P<model>\w+)",
    re.IGNORECASE,
)
_TAKES = re.compile(
    rf"\b(?:drop_?table(?:_?if_?exists)?|rename_?table|Schema::drop(?:IfExists)?)\b{_CALL}"
    rf"|\b(?:DROP|RENAME)\s+TABLE\s+(?:IF\s+EXISTS\s+)?{_SQL}"
    rf"|\bALTER\s+TABLE\s+{_TOLD.format('renamed')}[\\\"'`\]]*\s+RENAME\s+TO\b",
    re.IGNORECASE,
)
_DB_TABLE = re.compile(r"['\"]db_table['\"]\s*:\s*['\"](?P<name>[^'\"]+)['\"]")
_LOOKS_FIRST = re.compile(
    r"has_?table|table_?exists|if_?not_?exists|if\s+not\s+exists|get_table_names|\bforce:|allTables",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ProgramTables:
    """Tables by name, in lower case, without their schemas."""

    made: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()
    """Dropped, or given another name."""
    looks_first: bool = False
    """Whether it asks what is there before it makes something."""


def tables_of(source: str, app: str = "") -> ProgramTables:
    """What the way forward makes and takes; `app`: what Django's models are called after."""
    text = forward(source)
    made = {name.lower() for name in _made(text, app)}
    taken = {(m["called"] or m["told"] or m["renamed"]).lower() for m in _TAKES.finditer(text)}
    return ProgramTables(
        frozenset(made), frozenset(taken), looks_first=_LOOKS_FIRST.search(text) is not None
    )


def forward(source: str) -> str:
    """The text without the parts that go back; all of it where no part has a name."""
    parts = list(_PART.finditer(source))
    ends = [*(part.start() for part in parts[1:]), len(source)]
    pieces = [
        source[part.start() : end]
        for part, end in zip(parts, ends, strict=False)
        if part["part"] not in _BACKWARDS
    ]
    return "\n".join(pieces) if pieces else source


def _made(text: str, app: str) -> list[str]:
    found = list(_MAKES.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)]
    names = []
    for match, end in zip(found, ends, strict=False):
        if match["model"]:
            own = _DB_TABLE.search(text, match.end(), end)
            name = own["name"] if own else f"{app}_{match['model']}"
            names.append(name.rpartition(".")[2].strip('"'))
        else:
            names.append(match["called"] or match["told"])
    return names
