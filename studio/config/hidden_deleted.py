"""Whether rows marked as deleted are hidden: one choice for all tables of a connection, kept."""

from studio.config.settings import remember, remembered
from studio.config.statements import folder_of


class HiddenDeleted:
    """The choice of one connection."""

    def __init__(self, connection: str) -> None:
        """`connection`: its address without secrets."""
        self._key = f"hide deleted {folder_of(connection)}"
        self._is_on: bool | None = None

    @property
    def is_on(self) -> bool:
        """Whether they are; read once."""
        if self._is_on is None:
            self._is_on = remembered().get(self._key) == "yes"
        return self._is_on

    def turn(self) -> bool:
        """Hide them, or show them again; whether they are hidden now."""
        self._is_on = not self.is_on
        remember(self._key, "yes" if self._is_on else "no")
        return self._is_on
