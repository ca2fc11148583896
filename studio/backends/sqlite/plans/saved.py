"""Plans of SQLite as people save them; see halves.saved_plans."""

from collections.abc import Mapping
from dataclasses import fields

from studio.backends.sqlite.plans import pasted
from studio.backends.sqlite.plans.explained import SqliteExplained, sqlite_explained
from studio.backends.sqlite.plans.finding_ids import FINDING_IDS
from studio.backends.sqlite.plans.query_plan import Actuals
from studio.model.errors import StudioError

finding_ids = FINDING_IDS


def read(
    text: str, sql: str = "", counters: Mapping[str, object] | None = None
) -> SqliteExplained | None:
    """The plan in a text; None for a text of another kind. Raises StudioError."""
    if not pasted.is_saved(text):
        return None
    return sqlite_explained(pasted.parse(text), sql, None, _actuals(counters))


def _actuals(kept: Mapping[str, object] | None) -> Actuals | None:
    if not isinstance(kept, Mapping):
        return None
    known = {item.name for item in fields(Actuals)}
    values = {name: _frozen(value) for name, value in kept.items() if name in known}
    try:
        return Actuals(**values)  # type: ignore[arg-type]
    except TypeError:
        raise StudioError("This run was kept in a form that cannot be read any more.") from None


def _frozen(value: object) -> object:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
