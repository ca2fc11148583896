"""Rows marked as deleted: hidden by a condition that stands in the filter line like any other."""

from collections.abc import Callable
from dataclasses import replace

from studio.config.hidden_deleted import HiddenDeleted
from studio.model.catalog import Table
from studio.model.page import Condition
from studio.rows.question import Question
from studio.rows.soft_delete import without_deleted


class DeletedRows:
    """What one table's rows are asked with; the choice itself is that of the connection."""

    def __init__(self, choice: HiddenDeleted, ask: Callable[[Question], None]) -> None:
        self._choice = choice
        self._ask = ask
        self._was_on = choice.is_on

    def at_first(self, table: Table) -> tuple[Condition, ...]:
        """The filter of a table that is opened without one."""
        self._was_on = self._choice.is_on
        condition = without_deleted(table) if self._was_on else None
        return () if condition is None else (condition,)

    def turn(self, table: Table, question: Question) -> str:
        """Hide them or show them, here and in all tables; in words, what was done."""
        is_on = self._was_on = self._choice.turn()
        condition = without_deleted(table)
        if condition is not None:
            self._change(condition, question, is_on=is_on)
        said = f"rows marked as deleted are {'hidden' if is_on else 'shown'} in all tables"
        return said if condition is not None else f"{said}; no column says so in {table.ref}"

    def catch_up(self, table: Table, question: Question) -> None:
        """The choice may be another since these rows were asked for; rows that somebody chose by a
        filter stay what they are.
        """
        is_on = self._choice.is_on
        if is_on is self._was_on:
            return
        self._was_on = is_on
        condition = without_deleted(table)
        if condition is not None and not (is_on and question.filters):
            self._change(condition, question, is_on=is_on)

    def _change(self, condition: Condition, question: Question, *, is_on: bool) -> None:
        others = tuple(one for one in question.filters if one != condition)
        filters = (*others, condition) if is_on else others
        if filters != question.filters:
            self._ask(replace(question, filters=filters))
