"""The values a statement is planned and measured with, one for each of its parameters."""

from textual.widget import Widget

from studio.backends.base import Backend
from studio.backends.halves.explaining import BoundValues
from studio.queries.values import reader
from studio.sqltext.parameters import by_number
from studio.sqltext.syntax import Syntax
from studio.ui.widgets.ask import AskText


class ParameterValues:
    """Asks for them once, and knows what was answered."""

    def __init__(
        self, owner: Widget, sql: str, syntax: Syntax, engine: Backend | None, given: BoundValues
    ) -> None:
        """`engine` reads them; None: nothing is asked. `given`: known from where the statement
        stands; empty: not known there.
        """
        self._owner = owner
        self._engine = engine
        self._names = by_number(sql, syntax)
        self.given = given
        """Those of the last answer."""
        self._is_given = bool(given)
        """Whether they were given where the statement stands: nobody is asked again."""

    @property
    def count(self) -> int:
        """How many the statement has."""
        return len(self._names)

    def take(self, values: BoundValues) -> None:
        """Measure with these from now on."""
        if values:
            self.given, self._is_given = values, True

    async def for_run(self) -> BoundValues | None:
        """Those to measure with; asked for where they are not known. None: never mind."""
        return self.given if self._is_given else await self.ask()

    async def ask(self) -> BoundValues | None:
        """A value for each; remembered for the next time. None: never mind."""
        if self._engine is None:
            return None
        answers: list[str | int | float | None] = []
        read = reader(self._engine)
        for number, name in enumerate(self._names):
            known = self.given[number] if number < len(self.given) else None
            shown = "" if known is None else str(known)
            question = f"A value for {name}; nothing is NULL"
            answer = await self._owner.app.push_screen_wait(AskText(question, shown, "NULL"))
            if answer is None:
                return None
            answers.append(read(answer, "") if answer else None)
        self.given = tuple(answers)
        return self.given
