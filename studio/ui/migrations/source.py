"""What the top line says of migrations. Blocking, and it loads the migrations room: import and
call it in a thread.
"""

from collections.abc import Callable
from pathlib import Path
from time import monotonic

from studio.backends.target import Target
from studio.migrations.reading.tree import Stopped, never
from studio.migrations.source import MigrationSource
from studio.model.errors import StudioError
from studio.ui.migrations.board_words import badge_words

_BADGE_S = 20.0
"""A folder that takes longer to look through gets no badge."""


def badge_of(here: Path, target: Target, stop: Callable[[], bool] = never) -> str:
    """What the top line says of the connected database's migrations; empty when nothing waits."""
    until = monotonic() + _BADGE_S
    try:
        source = MigrationSource(here, target)
        return badge_words(source.connected(lambda: stop() or monotonic() > until))
    except (StudioError, OSError, Stopped):
        # The badge is a courtesy; the board says what is wrong.
        return ""
