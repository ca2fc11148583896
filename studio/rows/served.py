"""Whether an index may find the rows of a filter, or every row has to be read for it."""

from collections.abc import Sequence

from studio.model.catalog import Index, Table, TableKind
from studio.model.page import AllOf, AnyOf, Condition, Expressed, Filter, Operator, WrittenCondition

_SOUGHT = frozenset(
    {
        *(Operator.EQUAL, Operator.IN, Operator.IS_NULL),
        *(Operator.LESS, Operator.LESS_EQUAL, Operator.GREATER, Operator.GREATER_EQUAL),
        # Where what is sought begins with its wildcard, it is no help; that is not looked at.
        *(Operator.LIKE, Operator.ILIKE),
    }
)


def is_unserved(table: Table, filters: Sequence[Condition]) -> bool:
    """Whether no index of `table` can help with `filters`, for certain: what cannot be told is
    not said.
    """
    if not filters or table.kind not in {TableKind.TABLE, TableKind.MATERIALIZED_VIEW}:
        return False
    # A condition of its own may be the very one that was filtered by.
    if any(index.predicate for index in table.indexes):
        return False
    return not _may_serve(table, AllOf(tuple(filters)))


def _may_serve(table: Table, condition: Condition) -> bool:
    match condition:
        case AllOf(conditions):
            return any(_may_serve(table, one) for one in conditions)
        case AnyOf(conditions):
            return all(_may_serve(table, one) for one in conditions)
        case Expressed():
            return any(_holds_expression(index, condition) for index in table.indexes)
        case Filter(column=column, operator=operator):
            return column is not None and _may_find(table, column, operator)
    # SQL that somebody wrote may be anything; what is negated finds the rest of the rows.
    return isinstance(condition, WrittenCondition)


def _may_find(table: Table, column: str, operator: Operator) -> bool:
    if operator in _SOUGHT and column in table.primary_key[:1]:
        return True
    return any(_may_look_up(index, column, operator) for index in table.indexes)


def _may_look_up(index: Index, column: str, operator: Operator) -> bool:
    if index.method != "btree":
        # Others find parts of texts, or by any of their columns.
        return any(part.column in {column, None} for part in index.parts)
    # Not its first column alone: engines skip through the values of that, where they are few.
    return operator in _SOUGHT and column in index.columns


def _holds_expression(index: Index, condition: Expressed) -> bool:
    return any(part.column is None or part.column in condition.columns for part in index.parts)
