"""Values that are of another class than their column says: the optional half of who shows one."""

from typing import Protocol

from studio.backends.halves import Half
from studio.model.catalog import Column
from studio.model.page import Value


class SaysStorage(Protocol):
    """Says it."""

    def __call__(self, column: Column, value: Value) -> str:
        """The class, as `text`; empty where the class is the declared one. Does not block."""


STORAGE_CLASS: Half[SaysStorage] = Half(
    "storage_class", "every value of {engine} is of its column's type"
)
"""A method `storage_class`."""
