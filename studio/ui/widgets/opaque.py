"""Texts that tell a person only which one is meant: UUIDs, hashes, ids made of chance."""

import re

LEAST_OPAQUE = 16
"""Characters: shorter ones are shown whole."""
_MOST_OPAQUE = 160
_HEX = re.compile(r"(?:[a-z0-9]{2,8}[:-])?(?=[a-fA-F]*[0-9])[0-9a-fA-F]{16,}\Z")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{17,}\Z")
_TURN = re.compile(r"[A-Za-z](?=[0-9])|[0-9](?=[A-Za-z])")
_LEAST_TURNS = 5
"""From letters to digits or back, in a text that nobody spelt: ULID, nanoid, cuid."""


def is_opaque(text: str) -> bool:
    """Whether `text` is such a one, and long."""
    if not LEAST_OPAQUE < len(text) <= _MOST_OPAQUE or not text.isascii():
        return False
    if _UUID.match(text) or (_HEX.match(text) and not text.isdigit()):
        return True
    return _TOKEN.match(text) is not None and len(_TURN.findall(text)) >= _LEAST_TURNS
