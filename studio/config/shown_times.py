"""Which zone times are shown in: one choice of a person's for every database, kept."""

from studio.config.settings import remember, remembered
from studio.model.times import TimesIn

_KEY = "times"


class ShownTimes:
    """The choice; read once."""

    def __init__(self) -> None:
        self._chosen: TimesIn | None = None

    @property
    def chosen(self) -> TimesIn:
        """What was chosen last; as they are stored, where nothing was."""
        if self._chosen is None:
            kept = remembered().get(_KEY, "")
            self._chosen = TimesIn(kept) if kept in set(TimesIn) else TimesIn.STORED
        return self._chosen

    def turn(self) -> TimesIn:
        """Choose the next, and keep that."""
        self._chosen = self.chosen.next
        remember(_KEY, self._chosen)
        return self._chosen
