"""Which engines there are: names without importing, one loaded by its scheme."""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import cast

from studio.backends.base import Backend
from studio.model.errors import ConnectFailed

_BUILT_IN = {
    "sqlite": "studio.backends.sqlite.engine:SQLite",
    "postgresql": "studio.backends.postgresql.engine:PostgreSQL",
    "postgres": "studio.backends.postgresql.engine:PostgreSQL",
}
_GENERIC = "studio.backends.generic:Generic"


@cache
def backend(scheme: str) -> Backend:
    """The backend that answers to `scheme` (no driver part): built in, from an entry point, or
    generic.
    """
    if known := _BUILT_IN.get(scheme):
        return _load(known)
    for point in entry_points(group="studio.backends", name=scheme):
        return cast("Backend", point.load()())
    return _load(_GENERIC, scheme)


def _load(path: str, *scheme: str) -> Backend:
    module, _, name = path.partition(":")
    try:
        return cast("Backend", getattr(import_module(module), name)(*scheme))
    except ImportError as error:
        raise ConnectFailed(f"the engine behind {module} cannot be loaded: {error}") from error
