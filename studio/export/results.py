"""One JSON document around the arrays of several statements."""

from typing import TextIO


class ResultsFrame:
    """What is around the arrays of several statements; around a single one there is nothing."""

    def __init__(self, out: TextIO, *, several: bool) -> None:
        """`out` gets the arrays between `begin` and `end` of each."""
        self._out = out
        self._several = several
        self._count = 0

    def begin(self, number: int | None = None) -> None:
        """The next statement's array comes; `number`: of the statement, where some have none."""
        self._count += 1
        if self._several:
            before = '{"results": [\n' if self._count == 1 else ",\n"
            self._out.write(f'{before}{{"statement": {number or self._count}, "rows": ')

    def end(self, more: str = "") -> None:
        """Its array is whole; `more` of the statement as JSON: a comma, a key and a value."""
        if self._several:
            self._out.write(f"{more}}}")

    def close(self) -> None:
        """There are no more statements."""
        if self._several:
            self._out.write("\n]}\n" if self._count else '{"results": []}\n')
            self._out.flush()
