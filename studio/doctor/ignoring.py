"""What a person does not want to be told: lines of the configuration or of the command."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.backends.target import Target
from studio.config.settings import load_settings, place_of
from studio.model.errors import ConfigInvalid
from studio.model.health import HealthFinding

_LINE = re.compile(r"(?P<check>[a-z][a-z0-9_]*)(?::(?P<object>.*?))?(?:\s+--\s+(?P<reason>.*))?")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One line: a check, or a check at some objects."""

    check: str
    object: str = "*"
    """`*` stands for any text, as in `public.legacy_*`."""
    reason: str = ""
    by: str = ""
    """Where it was said."""

    def covers(self, finding: HealthFinding) -> bool:
        """Whether a finding is not to be reported."""
        return finding.check == self.check and _is_like(self.object, finding.object)


def read_ignores(lines: Iterable[str], by: str) -> Iterator[Ignore]:
    """Each `check`, `check:object`, and perhaps ` -- why`. Raises ConfigInvalid."""
    for line in lines:
        found = _LINE.fullmatch(line.strip())
        if found is None:
            raise ConfigInvalid(f"{line!r} is no line to ignore findings by: write check:object")
        yield Ignore(found["check"], found["object"] or "*", found["reason"] or "", by)


def kept_ignores(target: Target) -> tuple[Ignore, ...]:
    """Those of the configuration, as it is now, for one connection: of `[doctor."ADDRESS"]`, then
    of `[doctor]`. Raises ConfigInvalid.
    """
    kept = load_settings().doctor
    address = address_of(target)
    here = [pattern for pattern in kept if pattern and _is_like(pattern, address)]
    return tuple(
        ignore
        for at in (*here, "")
        if kept.get(at)
        for line in kept[at]
        for ignore in read_ignores([line], place_of("ignore", *section_of(at), text_there=line))
    )


def section_of(address: str) -> tuple[str, ...]:
    """The section of the configuration for an address; for every one where it is empty."""
    return ("doctor", address) if address else ("doctor",)


def address_of(target: Target) -> str:
    """What a connection is called in the configuration: without secrets; of a file its whole path,
    whatever folder it was named in.
    """
    path = Path(target.shown)
    return str(path.resolve()) if path.exists() else target.shown


def _is_like(pattern: str, text: str) -> bool:
    """Whether a text is `pattern`, where `*` stands for any text."""
    said = ".*".join(re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(said, text, re.DOTALL) is not None


def line_for(finding: HealthFinding, reason: str) -> str:
    """The line that ignores one finding; `*` stands for what such a line cannot hold."""
    name = re.sub(
        r"\s+--\s+|^\s+|\s+$|[^\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]", "*", finding.object
    )
    why = " ".join(reason.split())
    line = f"{finding.check}:{name}{f' -- {why}' if why else ''}"
    if not any(one.covers(finding) for one in read_ignores([line], "")):
        raise ConfigInvalid(f"no line can name {finding.object!r}")
    return line
