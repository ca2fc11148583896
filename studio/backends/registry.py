"""Which engines there are: names without importing, one loaded by its scheme.

studio's own are named here; those of other people are entry points, which cost 40 ms to list and
are asked for schemes that are nobody's.
"""

from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, cast

from studio.backends.target import Target
from studio.config.guests import Failed, answer_of
from studio.model.errors import ConnectFailed, StudioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from studio.backends.base import Backend
    from studio.backends.halves.early import Early
    from studio.backends.halves.explaining import ExplainedPlan
    from studio.backends.halves.saved_plans import SavedPlans

ENTRY_POINTS = "studio.backends"
"""The group of engines, each under its scheme."""
EARLY_ENTRY_POINTS = "studio.backends.early"
"""The group of what they can do before any driver is imported, under the same scheme."""
PLANS_ENTRY_POINTS = "studio.backends.plans"
"""The group of their readers of saved plans."""


class _Own(NamedTuple):
    """Where one of studio's own engines stands."""

    engine: str
    early: str
    plans: str


_OWN = {
    "sqlite": _Own(
        "studio.backends.sqlite.engine:SQLite",
        "studio.backends.sqlite.early",
        "studio.backends.sqlite.plans.saved",
    ),
    "postgresql": _Own(
        "studio.backends.postgresql.engine:PostgreSQL",
        "studio.backends.postgresql.early",
        "studio.backends.postgresql.plans.saved",
    ),
}
"""PostgreSQL is last: of a text that is no plan at all, it says best why."""
_GENERIC = "studio.backends.generic:Generic"


@cache
def backend(scheme: str) -> "Backend":
    """The backend that answers to `scheme` (no driver part): studio's own, from an entry point, or
    generic. Raises ConnectFailed, with the guest's name, for one that cannot be loaded.
    """
    if own := _OWN.get(scheme):
        return _load(own.engine)
    guest = _guest(ENTRY_POINTS, scheme)
    return _load(_GENERIC, scheme) if guest is None else cast("Backend", guest)


def own_engines() -> "Iterator[Backend]":
    """Studio's own, each loaded as it comes."""
    for scheme in _OWN:
        yield backend(scheme)


def is_own(engine: "Backend") -> bool:
    """Whether an engine is studio's: a fault of one of those is a fault of studio."""
    return type(engine).__module__.startswith("studio.")


def begin(target: Target) -> None:
    """Let the engine of `target` start what it can while the first screen is being painted."""
    if (early := _early(target.backend)) is not None:
        answer_of(lambda: early.begin(target), ours=(StudioError,))


def may_be_read_twice(target: Target) -> bool:
    """Whether two processes may look at the database of `target`."""
    early = _early(target.backend)
    if early is None:
        return False
    return answer_of(lambda: early.may_be_read_twice(target), ours=(StudioError,)) is True


def look_here(target: Target) -> bool:
    """Let the engine of `target` look from this process, which must have opened nothing yet;
    whether one more connection may look at its rows at once. Raises StudioError.
    """
    early = _early(target.backend)
    if early is None:
        return True
    return answer_of(lambda: early.look_here(target), ours=(StudioError,)) is True


def saved_plan(
    text: str, sql: str = "", counters: "Mapping[str, object] | None" = None
) -> "ExplainedPlan":
    """A plan that somebody saved, of whatever engine; `sql` and `counters` where a history kept
    them beside it. Raises StudioError when it is none.
    """
    wrong = StudioError("There is no plan here.")
    try:
        for own in _OWN.values():
            reader = cast("SavedPlans", import_module(own.plans))
            if (found := reader.read(text, sql, counters)) is not None:
                return found
    except StudioError as error:
        wrong = error
    # Only now: most plans are ours to read, and listing guests takes longer than that.
    for guest in _guest_readers():
        read = answer_of(partial(guest.read, text, sql, counters), ours=(StudioError,))
        if read is not None and not isinstance(read, Failed):
            return read
    raise wrong


def own_finding_ids() -> frozenset[str]:
    """Every id that a finding of studio's own engines can have."""
    from studio.backends.halves.finding_ids import named_by_reader  # noqa: PLC0415 not before the first rows

    readers = (cast("SavedPlans", import_module(own.plans)) for own in _OWN.values())
    return frozenset().union(*(named_by_reader(reader) for reader in readers))


def guests_finding_ids() -> frozenset[str]:
    """Those that readers of saved plans from other packages name."""
    from studio.backends.halves.finding_ids import named_by_reader  # noqa: PLC0415 not before the first rows

    return frozenset().union(*map(named_by_reader, _guest_readers()))


def _guest_readers() -> "Iterator[SavedPlans]":
    from importlib.metadata import entry_points  # noqa: PLC0415 - as in _guest

    for scheme in sorted(entry_points(group=PLANS_ENTRY_POINTS).names):
        try:
            yield cast("SavedPlans", _guest(PLANS_ENTRY_POINTS, scheme))
        except ConnectFailed:
            continue  # The text is then no plan that anybody here can read.


@cache
def _early(scheme: str) -> "Early | None":
    if own := _OWN.get(scheme):
        return cast("Early", import_module(own.early))
    try:
        return cast("Early | None", _guest(EARLY_ENTRY_POINTS, scheme))
    except ConnectFailed:
        # Nothing is missing without it but a moment; the engine itself says what is wrong.
        return None


def _guest(group: str, scheme: str) -> object:
    # Only engines of other people need it, and it costs 40 ms to import.
    from importlib.metadata import entry_points  # noqa: PLC0415

    point = next(iter(entry_points(group=group, name=scheme)), None)
    if point is None:
        return None

    def load() -> object:
        made: Callable[[], object] = point.load()
        return made()

    found = answer_of(load)
    if isinstance(found, Failed):
        whose = f" of the package {point.dist.name}" if point.dist is not None else ""
        raise ConnectFailed(
            f"the engine {scheme}{whose} ({point.value}) cannot be loaded: {found.why}"
        )
    return found


def _load(path: str, *scheme: str) -> "Backend":
    module, _, name = path.partition(":")
    try:
        return cast("Backend", getattr(import_module(module), name)(*scheme))
    except ImportError as error:
        raise ConnectFailed(f"the engine behind {module} cannot be loaded: {error}") from error
