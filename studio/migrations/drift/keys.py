"""Indexes and keys to other tables: what is declared against what is there."""

import re
from collections.abc import Iterator

from studio.migrations.drift.declared.schema import BARE, INDEXES
from studio.migrations.drift.reconcile import DdlWriter, operator_classes
from studio.migrations.drift.sides import Sides, named
from studio.migrations.drift.spelling import without_casts
from studio.model.catalog import ForeignKey, Index, IndexPart, Table
from studio.model.migration import Drift


def indexes(declared: Table, live: Table, sides: Sides) -> Iterator[Drift]:
    """Indexes and unique keys: missing, made by nobody, or made otherwise."""
    write = sides.writer
    key = live.primary_key
    present = [i for i in live.indexes if not (i.constraint and i.unique and i.columns == key)]
    left = list(present)
    missing: list[Index] = []
    for index in declared.indexes:
        found = _take(left, index)
        is_key = index.constraint and index.columns in {key, declared.primary_key}
        if found is None and not is_key:
            missing.append(index)
        elif found is not None and not _is_made_alike(index, found, live, sides):
            place = f"{named(live.ref)}.{found.name}"
            statement = write.change_index(live, index, found)
            yield Drift("index", place, described(index), described(found), statement)
    for index in missing:
        place = f"{named(live.ref)}.{index.name or ','.join(index.columns)}"
        yield Drift("missing_index", place, described(index), "", write.create_index(live, index))
    for index in left:
        if not index.name.startswith("sqlite_autoindex") or index.unique:
            place = f"{named(live.ref)}.{index.name}"
            yield Drift("extra_index", place, "", described(index), write.drop_index(live, index))


def _take(left: list[Index], wanted: Index) -> Index | None:
    """The live index that is the wanted one, taken out of the list."""
    same = [i for i in left if _signature(i) == _signature(wanted)]
    if not same and any(part.column is None for part in wanted.parts):
        # Expressions are rewritten by the database; the name is all there is to compare.
        same = [i for i in left if i.name == wanted.name and i.unique == wanted.unique]
    if not same and wanted.method == BARE:
        named_so = [i for i in left if i.name == wanted.name and i.unique == wanted.unique]
        same = [i for i in named_so if _members(i) == _members(wanted)]
    if not same and wanted.name:
        same = [i for i in left if i.name == wanted.name and i.constraint == wanted.constraint]
    same.sort(key=lambda i: i.name != wanted.name)
    if not same:
        return None
    left.remove(same[0])
    return same[0]


def _is_made_alike(wanted: Index, found: Index, live: Table, sides: Sides) -> bool:
    """Whether two indexes of one name, or over the same columns, are the same index."""
    if _is_bare_index(wanted, found, sides):
        return False
    if _signature(wanted) != _signature(found) and wanted.method != BARE:
        is_expression = any(part.column is None for part in wanted.parts)
        if not is_expression or len(wanted.parts) != len(found.parts):
            return False
    if INDEXES not in sides.knows or wanted.constraint or found.constraint:
        return True
    if wanted.method == BARE:
        return (wanted.predicate is None) == (found.predicate is None) or not wanted.predicate
    pairs = zip(wanted.parts, found.parts, strict=True)
    return (
        (wanted.method or "btree") == (found.method or "btree")
        and all(_is_same_part(one, two, live, sides) for one, two in pairs)
        and _is_same_text(wanted.predicate, found.predicate, live, sides)
        and _classes(wanted, found)
    )


def _is_bare_index(wanted: Index, found: Index, sides: Sides) -> bool:
    """Whether a constraint is declared and an index alone is there; SQLite's tools make those."""
    is_lost = wanted.constraint and wanted.unique and not found.constraint
    return is_lost and INDEXES in sides.knows and not sides.writer.rebuilds


def _is_same_part(one: IndexPart, two: IndexPart, live: Table, sides: Sides) -> bool:
    return (
        one.column == two.column
        and one.descending == two.descending
        and one.nulls_first == two.nulls_first
        and _is_same_text(one.expression, two.expression, live, sides)
    )


def _is_same_text(one: str | None, two: str | None, live: Table, sides: Sides) -> bool:
    if one is None or two is None:
        return one == two
    return sides.same.expressions(one, two, live.ref)


def _classes(wanted: Index, found: Index) -> bool:
    """Whether both name the same operator classes, where both tell."""
    if wanted.sql is None or found.sql is None:
        return True
    return operator_classes(wanted) == operator_classes(found)


def _members(index: Index) -> tuple[str, ...]:
    return tuple(part.column or _squeezed(part.expression or "") for part in index.parts)


def _signature(index: Index) -> tuple[object, ...]:
    parts = tuple((p.column or _squeezed(p.expression or ""), p.descending) for p in index.parts)
    return (parts, index.unique, index.predicate is not None)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\"`()]", "", without_casts(text)).lower()


def described(index: Index) -> str:
    """An index in a few words."""
    parts = ", ".join(map(_described_part, index.parts))
    where = f" where {index.predicate}" if index.predicate else ""
    method = "" if index.method in {"", "btree", BARE} else f"{index.method} "
    kind = "unique constraint " if index.constraint and index.unique else ""
    return f"{kind or ('unique ' if index.unique else '')}{method}({parts}){where}"


def _described_part(part: IndexPart) -> str:
    nulls = "" if part.nulls_first is None else f" NULLS {('LAST', 'FIRST')[part.nulls_first]}"
    return f"{part.column or part.expression or ''}{' DESC' if part.descending else ''}{nulls}"


def foreign_keys(declared: Table, live: Table, write: DdlWriter) -> Iterator[Drift]:
    """References to other tables."""
    left = list(live.foreign_keys)
    for key in declared.foreign_keys:
        found = next((k for k in left if _same_key(key, k)), None)
        if found is not None:
            left.remove(found)
            continue
        other = next((k for k in left if k.columns == key.columns), None)
        place = f"{named(live.ref)}.{key.name or ','.join(key.columns)}"
        there = told(other) if other else ""
        kind = "foreign_key" if other is not None else "missing_foreign_key"
        yield Drift(kind, place, told(key), there, write.add_key(live, key, other))
        if other is not None:
            left.remove(other)
    for key in left:
        place = f"{named(live.ref)}.{key.name or ','.join(key.columns)}"
        yield Drift("extra_foreign_key", place, "", told(key), write.drop_key(live, key))


def _same_key(one: ForeignKey, two: ForeignKey) -> bool:
    return (
        one.columns == two.columns
        and one.target.name == two.target.name
        and (one.target_columns or two.target_columns) == (two.target_columns or one.target_columns)
        and _rule(one.on_delete) == _rule(two.on_delete)
    )


def _rule(action: str) -> str:
    # Where nothing is deferred RESTRICT and NO ACTION refuse alike.
    return "NO ACTION" if action.upper() == "RESTRICT" else action.upper()


def told(key: ForeignKey) -> str:
    """A foreign key in a few words."""
    there = f"{named(key.target)} ({', '.join(key.target_columns)})"
    action = "" if key.on_delete.upper() == "NO ACTION" else f" on delete {key.on_delete.lower()}"
    return f"({', '.join(key.columns)}) references {there}{action}"
