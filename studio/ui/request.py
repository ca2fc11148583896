"""What the command line asks the UI to show."""

from dataclasses import dataclass, field
from pathlib import Path

from studio.backends.target import Target
from studio.config.settings import Settings
from studio.process.signals import Ending
from studio.rows.first_rows.process import FirstRowsProcess
from studio.ui.startup.first_frame import FirstFrame


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError:
        # The folder a shell stands in may be gone.
        return Path.home()


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What the command line asked the UI to show."""

    target: Target | None = None
    table: str | None = None
    where: str | None = None
    order: str | None = None
    query: str | None = None
    read_only: bool = False
    theme: str | None = None
    first_rows: FirstRowsProcess | None = None
    """A helper process that reads the first rows meanwhile."""
    frame: FirstFrame | None = None
    """Painted already, for the app to go on from."""
    ending: Ending | None = None
    """Hears of signals, and of a terminal that is gone."""
    settings: Settings = field(default_factory=Settings)
    folder: Path = field(default_factory=_here)
    """Where it was started: what lies around here is offered and looked at."""
