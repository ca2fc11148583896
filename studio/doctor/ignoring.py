"""What a person does not want to be told: lines of the configuration or of the command."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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
        pattern = ".*".join(re.escape(part) for part in self.object.split("*"))
        is_object = re.fullmatch(pattern, finding.object, re.DOTALL) is not None
        return finding.check == self.check and is_object


def read_ignores(lines: Iterable[str], by: str) -> Iterator[Ignore]:
    """Each `check`, `check:object`, and perhaps ` -- why`. Raises ConfigInvalid."""
    for line in lines:
        found = _LINE.fullmatch(line.strip())
        if found is None:
            raise ConfigInvalid(f"{line!r} is no line to ignore findings by: write check:object")
        yield Ignore(found["check"], found["object"] or "*", found["reason"] or "", by)


def kept_ignores() -> tuple[Ignore, ...]:
    """Those of the configuration, as it is now. Raises ConfigInvalid."""
    kept = load_settings().doctor.get("ignore", ())
    return tuple(read_ignores(kept, place_of("ignore") if kept else ""))


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
