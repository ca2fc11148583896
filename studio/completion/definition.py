"""Where the name at a cursor is defined: a relation of the database, or a place in the text."""

from studio.completion.complete import Completer
from studio.completion.scope import StatementScope
from studio.model.relation import TableRef
from studio.sqltext.places.finder import look
from studio.sqltext.places.query import QueryBlock, QuerySource
from studio.sqltext.tokens import folded


def definition(completer: Completer, text: str, position: int) -> TableRef | int | None:
    """The relation that the name at `position` is, or is a column of; or the place in the text of
    what WITH or parentheses in FROM define; None where nothing is known.
    """
    known = completer.known
    around = completer.reader.around(text, position)
    name = text[around.word_start : around.word_end]
    if not around.is_code or not name:
        return None
    quoted = bool(around.quote)
    name = name.strip('"`[]') if quoted else folded(name) if known.syntax.folds_names else name
    scope = StatementScope(known, look(around, known.syntax))
    query = scope.place.query
    parts = (*scope.place.qualifier, name)
    if len(parts) == 1:
        for table in scope.common_tables(query):
            if known.same(table.name, name):
                return scope.shape.tokens[table.start].start
        for item in scope.items():
            if known.same(item.source.alias, name):
                return _of_source(scope, item.source, query)
    if (relation := known.table(parts)) is not None:
        return relation.ref
    col = scope.resolve(parts, query)
    return None if col is None or col.table is None else col.table.ref


def _of_source(
    scope: StatementScope, source: QuerySource, query: QueryBlock
) -> TableRef | int | None:
    """What an alias stands for."""
    common = scope.common_table(source, query)
    if common is not None:
        return scope.shape.tokens[common.start].start
    table = scope.table(source, query)
    if table is not None:
        return table.ref
    return scope.shape.tokens[source.start].start if source.query is not None else None
