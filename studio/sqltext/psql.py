"""psql's own lines in a script: what they would do, and what does that here."""

import re
from dataclasses import dataclass

_COMMAND = re.compile(r"\\([A-Za-z]+\+?|[;.?!]|)")
_COPY_IN = re.compile(r"\\copy\b.*\bfrom\s+p?stdin\b", re.IGNORECASE | re.DOTALL)

_DECIDING = {
    "if": "what follows depends on it",
    "elif": "what follows depends on it",
    "else": "what follows depends on it",
    "endif": "what stands before depends on it",
    "gexec": "it runs statements that only its answer names",
    "gset": "what follows uses what it sets",
    "i": "the statements of that file would be missing: give that file itself",
    "ir": "the statements of that file would be missing: give that file itself",
    "include": "the statements of that file would be missing: give that file itself",
    "c": "what follows would run in another database: split the script there",
    "connect": "what follows would run in another database: split the script there",
}
"""Without these, half of a script would be wrong."""

_INSTEAD = {
    "copy": "studio import reads a file, studio export writes one",
    "d": "studio schema TARGET shows what is there",
    "dt": "studio schema TARGET shows what is there",
    "l": "a TARGET names its database",
    "x": "--format markdown, or space on a row, shows one value a line",
    "timing": "the time of each statement is always told",
    "echo": "",
    "set": "--param name=value gives a value to :name",
    "restrict": "",
    "unrestrict": "",
    "watch": "",
    "gdesc": "",
    "crosstabview": "",
}


@dataclass(frozen=True, slots=True)
class PsqlLine:
    """One backslash command."""

    command: str
    decides: str = ""
    """Why a script with it cannot be run at all; empty: it can be left out."""
    instead: str = ""
    """What does the like here."""


def psql_line(text: str) -> PsqlLine:
    """What the command in `text` is."""
    found = _COMMAND.match(text)
    command = found[1].rstrip("+") if found else ""
    decides = _DECIDING.get(command, "")
    if _COPY_IN.match(text):
        decides = "the lines behind it are rows: write COPY … FROM STDIN"
    return PsqlLine(command, decides, _INSTEAD.get(command, ""))
