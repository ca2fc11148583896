"""What goes to stdout and stderr: data that cannot steer a terminal."""

import re

STEERING = r"\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
"""Beyond ASCII's control characters: what a terminal obeys, as part of a class of a pattern."""
_CONTROL = re.compile(rf"[\x00-\x1f{STEERING}]")
_CONTROL_BUT_NEWLINE = re.compile(rf"[\x00-\x08\x0b-\x1f{STEERING}]")


def printable(text: str, *, lines: bool = False) -> str:
    """`text` with control characters replaced by pictures; with `lines`, newlines and tabs stay."""
    pattern = _CONTROL_BUT_NEWLINE if lines else _CONTROL
    clean = pattern.sub(_picture, text)
    return clean.encode("utf-8", "replace").decode("utf-8")


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    return chr(0x2400 + code) if code < 0x20 else "␡" if code == 0x7F else "�"  # noqa: PLR2004 ASCII
