"""What can be done about a file before any driver is imported: see `halves.early.Early`."""

from pathlib import Path

from studio.backends.target import Target

_MEMORY = ":memory:"


def begin(target: Target) -> None:
    """Let a helper process look at the file, for the opening that will be asked for soon."""
    if target.address != _MEMORY:
        from studio.backends.sqlite import helper  # noqa: PLC0415 - not before the first paint

        helper.begin(Path(target.address))


def may_be_read_twice(target: Target) -> bool:
    """A file; a database in memory is its process's own."""
    return target.address != _MEMORY


def look_here(target: Target) -> bool:
    """Look from this process, which must have opened no database yet; whether its rows can be read
    in place. A private copy is made by who will keep it. Raises StudioError.
    """
    from studio.backends.sqlite import helper  # noqa: PLC0415 - not before the first paint
    from studio.backends.sqlite.deciding import OpeningMode, decide  # noqa: PLC0415 - not before it either

    found = helper.look_here(Path(target.address))
    return found.kind == "file" and decide(found, target.shown).how is not OpeningMode.COPY
