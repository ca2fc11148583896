"""What came to a query tab's session by itself: LISTEN heard it."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime

from rich.text import Text
from textual.widgets import Static

from studio.backends.halves.running import Notification
from studio.ui.widgets.labels import plain

_SHOWN = 4
_MOST = 200
_LONGEST = 500
"""Characters of a payload that are looked at: it may have 8,000."""
_PAINT_S = 0.2


class NotifiedLines(Static):
    """The last notifications, newest below, with when they were heard."""

    DEFAULT_CSS = """
    NotifiedLines {
        height: auto; max-height: 6; padding: 0 1; background: $surface; display: none;
    }
    """

    def __init__(self) -> None:
        super().__init__(markup=False, id="notified")
        self.heard: deque[tuple[datetime, Notification]] = deque(maxlen=_MOST)
        """The last of them, oldest first."""
        self._count = 0
        self._is_due = False

    def hear(self, came: Sequence[Notification]) -> None:
        """Show these below those from before."""
        now = datetime.now().astimezone()
        self.heard.extend((now, each) for each in came)
        self._count += len(came)
        if not self._is_due:
            self._is_due = True
            self.set_timer(_PAINT_S, self._paint)

    def _paint(self) -> None:
        self._is_due = False
        earlier = self._count - min(_SHOWN, len(self.heard))
        lines = [Text(f"and {earlier:,} before", "dim")] if earlier else []
        for at, told in list(self.heard)[-_SHOWN:]:
            line = Text(f"{at:%H:%M:%S}  ", no_wrap=True, overflow="ellipsis")
            line.append(plain(told.channel), "bold")
            line.append(f"  {plain(told.payload[:_LONGEST])}")
            line.append(f"  from pid {told.sender}", "dim")
            lines.append(line)
        self.display = True
        self.update(Text("\n").join(lines))
