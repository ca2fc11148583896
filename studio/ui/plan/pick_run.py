"""Earlier runs of a statement, newest first."""

from collections.abc import Sequence
from typing import ClassVar

from textual.widgets.option_list import Option

from studio.backends.plans.words import milliseconds
from studio.explain.history import KeptRun
from studio.model.words import local_time
from studio.ui.widgets.labels import plain
from studio.ui.widgets.pick import Pick


class PickRun(Pick[KeptRun]):
    """Enter takes the run before this one."""

    PLACEHOLDER: ClassVar[str] = "compare with which run?"

    def __init__(self, runs: Sequence[KeptRun]) -> None:
        super().__init__()
        self._all = tuple(reversed(runs))
        self._offered: tuple[KeptRun, ...] = ()

    def offer(self, typed: str) -> list[Option]:
        """Runs whose line holds what was typed."""
        self._offered = tuple(run for run in self._all if typed.casefold() in _line(run))
        return [Option(_line(run)) for run in self._offered]

    def value(self, index: int) -> KeptRun | None:
        """The run of that line."""
        return self._offered[index] if index < len(self._offered) else None


def _line(run: KeptRun) -> str:
    took = "not executed" if run.ms is None else milliseconds(run.ms)
    return f"{plain(local_time(run.at))[:19]}  {took:>14}"
