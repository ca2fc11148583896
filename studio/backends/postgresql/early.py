"""What can be done about a server before any driver is imported: see `halves.early.Early`."""

from studio.backends.target import Target


def begin(target: Target) -> None:
    """Nothing: connecting needs the driver."""
    del target


def may_be_read_twice(target: Target) -> bool:
    """A server has room for two connections."""
    del target
    return True


def look_here(target: Target) -> bool:
    """Nothing has to be looked at first."""
    del target
    return True
