"""What is said of a row that a check's query returned."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from studio.backends.halves.checking import HealthCheck
from studio.model.health import FindingScope, HealthSeverity

_KB = 1024
E, W, N = HealthSeverity.ERROR, HealthSeverity.WARNING, HealthSeverity.NOTICE


@dataclass(frozen=True, slots=True)
class Advice:
    """A check with its words. `{name}` stands for a fact of the evidence, `{object}` and `{table}`
    for what it is about.
    """

    check: HealthCheck
    says: str
    cost: str = ""
    doubt: str = ""
    blind: tuple[str, ...] = ()
    """Queries that tell why it may not have seen everything."""
    since: int = 0
    """The first major version it is for."""


def advice(  # noqa: PLR0913 - one line of a table
    check: str,
    title: str,
    severities: tuple[HealthSeverity, ...],
    says: str,
    cost: str = "",
    doubt: str = "",
    *,
    blind: tuple[str, ...] = (),
    since: int = 0,
    scope: FindingScope = FindingScope.DATABASE,
    many: bool = False,
    reads: str = "",
) -> Advice:
    """One check; `reads`: what it reads from end to end, when everything is asked for."""
    what = HealthCheck(check, title, severities, scope, whole=bool(reads), many=many, reads=reads)
    return Advice(what, says, cost, doubt, blind, since)


_COUNTED = re.compile(
    r"(?P<about>~?)\{(?P<name>\w+)\} (?P<before>(?:dead |live )?)"
    r"(?P<noun>column|delete|page|partition|row|scan|session|table|transaction|write)s\b"
)


def worded(template: str, evidence: Mapping[str, object]) -> str:
    """The template, where a count is one, with one of the thing; an estimate (`~`) that nobody
    has made is no number.
    """

    def counted(found: re.Match[str]) -> str:
        if found["about"] and evidence.get(found["name"]) is None:
            return f"an unknown number of {found['before']}{found['noun']}s"
        is_one = evidence.get(found["name"]) == 1
        return found.group().removesuffix("s") if is_one else found.group()

    return _COUNTED.sub(counted, template)


_NONE = {"last_analyze": "never", "oldest_snapshot": "none seen"}
"""What it means that there is none, where it means something."""


class Facts(dict[str, str]):
    """Evidence in words; what is not known is a question mark, or its own word."""

    def __init__(self, evidence: Mapping[str, object]) -> None:
        super().__init__({name: _said(name, value) for name, value in evidence.items()})

    def __missing__(self, name: str) -> str:
        """Nothing was measured."""
        return "?"


def _said(name: str, value: object) -> str:
    if value is None:
        return _NONE.get(name, "?")
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {one}" for key, one in value.items())
    if isinstance(value, int) and not isinstance(value, bool):
        return size(value) if name.endswith("bytes") else f"{value:,}"
    return str(value)


def size(count: float) -> str:
    """Bytes as people write them."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < _KB or unit == "GB":
            break
        count /= _KB
    return f"{count:,.0f} {unit}" if unit == "bytes" else f"{count:,.1f} {unit}"
