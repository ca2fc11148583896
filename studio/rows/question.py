"""What is asked of a relation: which rows, in which order."""

from dataclasses import dataclass, replace

from studio.model.catalog import Table
from studio.model.change import Change
from studio.model.page import AllOf, AnyOf, Condition, Expressed, Filter, Not, Operator, Sort
from studio.rows.row_order import turned
from studio.rows.window import RowWindow


@dataclass(frozen=True, slots=True)
class Question:
    """Every answer carries one: what the header and the filter line say is what the rows are."""

    filters: tuple[Condition, ...] = ()
    order: tuple[Sort, ...] = ()

    @classmethod
    def of(cls, window: RowWindow) -> "Question":
        """What the rows of a window answer."""
        return cls(window.request.filters, window.request.order)

    @classmethod
    def for_row(cls, change: Change, order: tuple[Sort, ...]) -> "Question":
        """The one row that a change is about."""
        return cls(tuple(_equal(name, value) for name, value in change.identity.items()), order)

    def with_value(self, column: str, value: object) -> "Question":
        """Only rows with this value there."""
        return replace(self, filters=(*self.filters, _equal(column, value)))

    def without_value(self, column: str, value: object) -> "Question":
        """Only rows without this value there: those where nothing is known of it too."""
        unwanted = _equal(column, value)
        is_null = Filter(column, Operator.IS_NOT_NULL) if value is None else Not(unwanted)
        return replace(self, filters=(*self.filters, is_null))

    def dropped(self, place: int) -> "Question":
        """By one condition less."""
        return replace(self, filters=self.filters[:place] + self.filters[place + 1 :])

    def kept_by(self, conditions: tuple[Condition, ...]) -> "Question":
        """Only rows that these keep, too."""
        return replace(self, filters=(*self.filters, *conditions))

    def turned(self, column: str, *, alone: bool) -> "Question":
        """Ordered by `column` one step on, alone or after the others: up, down, not at all."""
        kept = () if alone else tuple(sort for sort in self.order if sort.column != column)
        return replace(self, order=turned(kept, self.order, column))

    def fitting(self, table: Table) -> "Question":
        """As much of it as can be asked of `table`, whose columns changed."""
        names = set(table.column_names)
        return Question(
            tuple(one for one in self.filters if _names_of(one) <= names),
            tuple(sort for sort in self.order if sort.column in names),
        )


def shown_names(table: Table) -> tuple[str, ...]:
    """The columns that `SELECT *` shows, in order."""
    return tuple(column.name for column in table.columns if not column.hidden)


def _equal(column: str, value: object) -> Filter:
    kind = Operator.IS_NULL if value is None else Operator.EQUAL
    return Filter(column, kind, value)  # type: ignore[arg-type]


def _names_of(condition: Condition) -> set[str]:
    """The columns a condition is about."""
    match condition:
        case AllOf(conditions) | AnyOf(conditions):
            return set().union(*map(_names_of, conditions))
        case Not(inner):
            return _names_of(inner)
        case Filter(column=str(name)):
            return {name}
        case Expressed():
            return set(condition.columns)
    return set()
