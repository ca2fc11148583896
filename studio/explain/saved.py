"""A plan from a file or the clipboard, whichever engine it came from."""

from pathlib import Path

from studio.backends.halves.explaining import ExplainedPlan
from studio.backends.registry import saved_plan
from studio.model.errors import StudioError

_UTF_16 = frozenset((b"\xff\xfe", b"\xfe\xff"))
_LOOKED_AT = 64 * 1024
"""Bytes: no text has a zero among its first ones."""


def decoded(data: bytes) -> str:
    """The text of a saved plan, whatever its encoding is worth."""
    encoding = "utf-16" if data[:2] in _UTF_16 else "utf-8-sig"
    return data.decode(encoding, "replace")


def is_binary(data: bytes) -> bool:
    """Whether it is no text in any encoding a plan or a statement comes in."""
    return data[:2] not in _UTF_16 and b"\0" in data[:_LOOKED_AT]


def read_file(path: Path) -> ExplainedPlan:
    """The plan in a file. Raises StudioError."""
    try:
        data = path.expanduser().read_bytes()
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        raise StudioError(f"Cannot read {path}: {why}.") from None
    if is_binary(data):
        raise StudioError(f"{path} is no text, and so no plan.")
    return saved(decoded(data))


def saved(text: str) -> ExplainedPlan:
    """Read a saved plan of any engine; raises StudioError when it is none."""
    return saved_plan(text)
