"""The parts of a table beside its columns and indexes: its key, its checks, its enums."""

from collections.abc import Iterator

from studio.migrations.drift.reconcile import DdlWriter
from studio.migrations.drift.same import Same
from studio.model.catalog import Check, Column, ColumnKind, Table
from studio.model.migration import Drift


def primary_key(declared: Table, live: Table, place: str, write: DdlWriter) -> Iterator[Drift]:
    """Another key than the declared one, or none."""
    if declared.primary_key == live.primary_key:
        return
    name = next((i.name for i in live.indexes if i.constraint and _is_key(i.columns, live)), "")
    statement = write.change_primary_key(live, declared.primary_key, name)
    sides = (", ".join(t.primary_key) for t in (declared, live))
    told, there = (f"({side})" if side else "" for side in sides)
    yield Drift("primary_key", place, told, there, statement)


def _is_key(columns: tuple[str, ...], table: Table) -> bool:
    return bool(columns) and columns == table.primary_key


def checks(
    declared: Table, live: Table, place: str, write: DdlWriter, same: Same
) -> Iterator[Drift]:
    """Conditions that are declared and not there, or there and not declared, or other ones."""
    left = list(live.checks)
    for check in declared.checks:
        found = _named(left, check) or _alike(left, check, live, same)
        where = f"{place}.{check.name or _short(check)}"
        if found is None:
            statement = write.add_check(live, check, None)
            yield Drift("missing_check", where, _bare(check), "", statement)
            continue
        left.remove(found)
        if not same.expressions(_bare(check), _bare(found), live.ref):
            statement = write.add_check(live, check, found)
            yield Drift("check", where, _bare(check), _bare(found), statement)
    for check in left:
        where = f"{place}.{check.name or _short(check)}"
        yield Drift("extra_check", where, "", _bare(check), write.drop_check(live, check))


def _named(left: list[Check], wanted: Check) -> Check | None:
    return next((c for c in left if wanted.name and c.name == wanted.name), None)


def _alike(left: list[Check], wanted: Check, live: Table, same: Same) -> Check | None:
    by_text = (c for c in left if same.are_spelled_alike(_bare(c), _bare(wanted)))
    found = next(by_text, None)
    if found is None and not wanted.name:
        asked = (c for c in left if same.expressions(_bare(wanted), _bare(c), live.ref))
        found = next(asked, None)
    return found


def _bare(check: Check) -> str:
    text = check.expression.strip()
    if text[:5].upper() == "CHECK":
        text = text[5:].strip()
    return text.removesuffix("NOT VALID").strip()


def _short(check: Check) -> str:
    return " ".join(_bare(check).split())[:40]


def enum(column: Column, found: Column, write: DdlWriter, seen: set[str]) -> Iterator[Drift]:
    """Labels added to or taken from an enum: once for the type, whatever columns are of it."""
    is_told = column.choices and found.kind is ColumnKind.ENUM
    if not is_told or found.type_name in seen or column.choices == found.choices:
        return
    seen.add(found.type_name)
    told, there = (", ".join(side.choices) for side in (column, found))
    statement = write.change_enum(found.type_name, column.choices, found.choices)
    yield Drift("enum", found.type_name, told, there, statement)


def generated(
    live: Table, column: Column, found: Column, place: str, write: DdlWriter, same: Same
) -> Iterator[Drift]:
    """A column that is worked out on one side only, or otherwise."""
    one, two = column.generated, found.generated
    if one is None and two is None:
        return
    if not (one and two and same.expressions(one, two, live.ref)) and one != two:
        statement = write.change_generated(live, column)
        yield Drift("generated", place, one or "not generated", two or "not generated", statement)


def numbering(
    live: Table, column: Column, found: Column, place: str, write: DdlWriter
) -> Iterator[Drift]:
    """A column that the database numbers on one side only."""
    if column.identity != found.identity:
        words = ("no identity", "identity")
        statement = write.change_identity(live, column)
        yield Drift("identity", place, words[column.identity], words[found.identity], statement)
