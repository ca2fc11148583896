"""Whether connecting ends at once where nobody waits for it any more.

A driver that connects in a thread of its own goes on until it has a connection or none, and what
it opened must be closed first: an engine without this is waited for.
"""

from studio.backends.halves import Half

CANCELS_CONNECTING: Half[bool] = Half(
    "cancels_connecting", "{engine} connects to the end, also where nobody waits for it"
)
"""An attribute, True."""
