"""Whether a database still holds what it did, where an engine tells without asking it."""

from collections.abc import Hashable
from typing import Protocol

from studio.backends.halves import Half
from studio.backends.target import Opening


class ContentsNow(Protocol):
    """Stamps the contents of an opened database."""

    def __call__(self, opening: Opening) -> Hashable | None:
        """Something that is another after each commit, whoever made it; a few `stat` calls, and no
        statement. None where that cannot be told.
        """


CONTENTS: Half[ContentsNow] = Half("contents", "{engine} does not say when somebody wrote")
"""A method `contents`."""
