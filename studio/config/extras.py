"""Packages that only some files need."""

from importlib import import_module
from types import ModuleType

from studio.model.errors import ConfigInvalid


def extra(package: str, name: str, what: str) -> ModuleType:
    """The package, which studio's extra `name` brings. Raises ConfigInvalid, which says how."""
    try:
        return import_module(package)
    except ImportError as error:
        raise ConfigInvalid(
            f"{what} files need the package {package}: pip install 'studio-tui[{name}]'"
        ) from error
