"""What the command line asks the UI to show."""

from dataclasses import dataclass, field
from pathlib import Path

from studio.config.settings import Settings
from studio.rows.first_look import Looking
from studio.ui.first_frame import FirstFrame


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError:
        # The folder a shell stands in may be gone.
        return Path.home()


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What the command line asked the UI to show."""

    target: str | None = None
    table: str | None = None
    where: str | None = None
    order: str | None = None
    query: str | None = None
    read_only: bool = False
    theme: str | None = None
    looking: Looking | None = None
    """A helper process that reads the first rows meanwhile."""
    frame: FirstFrame | None = None
    """Painted already, for the app to go on from."""
    settings: Settings = field(default_factory=Settings)
    folder: Path = field(default_factory=_here)
    """Where it was started: what lies around here is offered and looked at."""
