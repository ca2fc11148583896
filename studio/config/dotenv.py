""".env files: the assignments of one file, as the tools that read them agree on them."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from stat import S_ISREG

MOST_BYTES = 256 * 1024

_ASSIGNMENT = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.]*)(?:[ \t]*=[ \t]*|:[ \t]+)"""
    r"""(?:(?:"((?:[^"\\]|\\[\s\S]){0,9000})"|'([^']{0,9000})'|`([^`]{0,9000})`)[ \t]*(?:\#.*)?$"""
    r"""|(.*?)(?:[ \t]+\#.*|[ \t]*)$)""",
    re.MULTILINE,
)
_REFERENCE = re.compile(r"\\\$|\$\{([A-Za-z_]\w*)(?::?-([^}]*))?\}|\$([A-Za-z_]\w*)", re.ASCII)
_ESCAPES = {"\\n": "\n", "\\r": "\r", "\\t": "\t", '\\"': '"', "\\\\": "\\"}
_ESCAPE = re.compile(r"\\[nrt\"\\]")


def read(path: Path) -> Mapping[str, str]:
    """The assignments of a .env file; {} where there is none, or none that can be read."""
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode) or status.st_size > MOST_BYTES:
            return {}
        return parse(path.read_text(encoding="utf-8-sig", errors="replace"))
    except (OSError, ValueError):
        return {}


def parse(text: str) -> dict[str, str]:
    """The assignments of one file; later ones win, lines that are none are left out.

    Quoted values may span lines. What the process has set wins over the file inside `${…}`.
    """
    found: dict[str, str] = {}
    for match in _ASSIGNMENT.finditer(text.replace("\r\n", "\n").replace("\r", "\n")):
        name, double, single, backtick, bare = match.groups()
        known = {**found, **os.environ}
        if single is not None or backtick is not None:
            found[name] = single if single is not None else backtick
        elif double is not None:
            whole = _ESCAPE.sub(lambda m: _ESCAPES[m[0]], double)
            found[name] = expand(whole, known, keep=True)
        else:
            found[name] = "" if bare.startswith("#") else expand(bare, known, keep=True)
    return found


def expand(text: str, variables: Mapping[str, str], *, keep: bool = False) -> str:
    r"""`$NAME`, `${NAME}` and `${NAME:-default}` replaced, `\$` a plain dollar.

    A name nobody set becomes nothing; with `keep` a bare `$NAME` stays, as passwords hold dollars.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[3]
        if name is None:
            return "$"
        unset = match[0] if keep and match[3] else match[2] or ""
        return variables.get(name) or unset

    return _REFERENCE.sub(value, text)
