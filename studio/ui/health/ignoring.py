"""Reporting a finding no more: the reason is asked for, and kept in the configuration."""

from collections.abc import Callable
from functools import partial

from studio.backends.target import Target
from studio.config.adding import add_line
from studio.doctor.ignoring import Ignore, address_of, line_for, read_ignores, section_of
from studio.model.errors import StudioError
from studio.model.health import HealthFinding
from studio.ui.shell.tab import Tab
from studio.ui.widgets.ask import AskText
from studio.ui.widgets.labels import plain


class Ignoring:
    """Asks for one page; nothing is written into the database."""

    def __init__(self, page: Tab, done: Callable[[HealthFinding, Ignore], None]) -> None:
        """`done` is told what is ignored from now on, and by which line."""
        self._page = page
        self._done = done

    def ask(self, finding: HealthFinding, target: Target) -> None:
        """Ask why, and add a line for this database."""
        question = (
            f"Report {finding.check} at {plain(finding.object)} no more in this database?\n"
            "A line in config.toml says so. Why?"
        )
        answered = partial(self._answered, finding, target)
        self._page.app.push_screen(AskText(question, placeholder="a reason"), answered)

    def _answered(self, finding: HealthFinding, target: Target, reason: str | None) -> None:
        if reason is None:
            return
        try:
            line = line_for(finding, reason)
            place = add_line(section_of(address_of(target)), "ignore", line)
        except (StudioError, OSError) as error:
            self._page.notify(plain(str(error)), severity="error", markup=False)
            return
        (ignore,) = read_ignores([line], place)
        self._done(finding, ignore)
        self._page.notify(f"ignored: {plain(place)}", markup=False)
