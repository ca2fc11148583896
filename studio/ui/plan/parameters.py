"""The values a statement is planned and measured with, one for each of `$1`, `$2`, …."""

from textual.widget import Widget

from studio.sqltext.parameters import highest_number
from studio.sqltext.syntax import Syntax
from studio.ui.widgets.ask import AskText

Values = tuple[str | None, ...]
"""As texts, which the server reads by each parameter's type; None is NULL."""


class ParameterValues:
    """Asks for them once, and knows what was answered."""

    def __init__(self, owner: Widget, sql: str, syntax: Syntax, given: Values) -> None:
        """`given`: known from where the statement stands; empty: not known there."""
        self._owner = owner
        self.count = highest_number(sql, syntax)
        """How many the statement has."""
        self.given = given
        """Those of the last answer."""
        self._is_given = bool(given)
        """Whether they were given where the statement stands: nobody is asked again."""

    def take(self, values: Values) -> None:
        """Measure with these from now on."""
        if values:
            self.given, self._is_given = values, True

    async def for_run(self) -> Values | None:
        """Those to measure with; asked for where they are not known. None: never mind."""
        return self.given if self._is_given else await self.ask()

    async def ask(self) -> Values | None:
        """A value for each; remembered for the next time. None: never mind."""
        answers: list[str | None] = []
        for number in range(self.count):
            known = self.given[number] if number < len(self.given) else None
            question = f"A value for ${number + 1}; nothing is NULL"
            answer = await self._owner.app.push_screen_wait(AskText(question, known or "", "NULL"))
            if answer is None:
                return None
            answers.append(answer or None)
        self.given = tuple(answers)
        return self.given
