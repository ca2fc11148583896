"""Which findings an engine's plans can have, so that no gate is made of a mistyped name.

A backend that explains names them in an attribute `finding_ids`, and so does a reader of saved
plans, which is asked without a database. What is not named cannot be asked for by its id.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

from studio.backends.halves import Absent, Half, ask
from studio.config.guests import Failed, answer_of

if TYPE_CHECKING:
    from studio.backends.base import Backend

FINDING_IDS: Half[Collection[str]] = Half(
    "finding_ids", "{engine} does not say which findings its plans can have"
)
"""An attribute: the ids themselves."""


def named_by(engine: "Backend") -> frozenset[str]:
    """The ids an engine names; none where it names none. Never raises."""
    found = ask(engine, FINDING_IDS)
    return frozenset() if isinstance(found, Absent) else _ids(found)


def named_by_reader(reader: object) -> frozenset[str]:
    """The ids that a reader of saved plans names."""
    found = answer_of(lambda: getattr(reader, FINDING_IDS.name, ()))
    return frozenset() if isinstance(found, Failed) else _ids(found)


def _ids(named: object) -> frozenset[str]:
    """What a guest named, as far as it is a number of names."""
    found = answer_of(lambda: frozenset(map(str, named)))  # type: ignore[call-overload]
    return frozenset() if isinstance(found, Failed) else found
