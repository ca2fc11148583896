"""A screen may show the past of a database, over the screen of its now."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.ui.workspace import Workspace


class ShownPast:
    """Whether a screen shows a past, what that rules out, and the way back."""

    def __init__(
        self,
        workspace: "Workspace | None",
        say: Callable[[str], None],
        dismiss: Callable[[], object],
    ) -> None:
        """`workspace`: the past that is shown, open already; None: the screen is now's."""
        self.workspace = workspace
        self._say = say
        self._dismiss = dismiss

    @property
    def is_shown(self) -> bool:
        """Whether the screen shows a past."""
        return self.workspace is not None

    @property
    def way_back(self) -> str:
        """What the top line says of the way back; empty on the screen of now."""
        return "g n back to now   " if self.is_shown else ""

    def rules_out(self, why: str) -> bool:
        """Say why something cannot be done in the past, if one is shown."""
        if self.is_shown:
            self._say(why)
        return self.is_shown

    def leave(self) -> None:
        """Back to now, whose tabs are as they were."""
        if self.is_shown:
            self._dismiss()
        else:
            self._say("this is now: v on a commit of the WAL page (g w) goes into the past")
