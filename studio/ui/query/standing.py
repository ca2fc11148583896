"""What a query tab's session holds, in the words of the line above and the one below the text."""

from studio.activity.words import age
from studio.backends.halves.running import TransactionNow
from studio.model.words import plural
from studio.queries.held import Held
from studio.queries.own_session import OwnSession
from studio.ui.query.words import head
from studio.ui.shell.tab import TabStanding
from studio.ui.widgets.labels import plain

OLD_S = 300
"""A transaction is looked at from then on."""
LOCKED_S = 10
"""A whole file is locked for so long before that is said."""
_MOST_KEPT = 3
_MINUTE = 60
_STEP_S = 10
_HEAD = 28


def standing_of(own: OwnSession, *, locks_file: bool = False) -> TabStanding:
    """The two ends of the line above."""
    held = own.held
    transaction = _transaction(held, is_manual=own.is_manual)
    holds = locks_file and held.is_open and held.locks
    return TabStanding(_session(own), transaction, _tone(held), held.is_open, holds)


def _session(own: OwnSession) -> str:
    if not own.is_open:
        return ""
    if own.shared_because:
        return f"own session, {own.shared_because}"
    kept = own.held.kept
    more = [f"{len(kept) - _MOST_KEPT} more"] if len(kept) > _MOST_KEPT else []
    return ", ".join(["own session", *map(plain, kept[:_MOST_KEPT]), *more])


def _transaction(held: Held, *, is_manual: bool) -> str:
    if held.transaction is TransactionNow.FAILED:
        return "✗ tx failed: roll back"
    mode = "tx manual" if is_manual else "tx"
    if not held.is_open:
        now = mode if is_manual else "tx auto"
        return f"{now} · {plain(', '.join(held.prepared))} prepared" if held.prepared else now
    changes = plural(held.changes.statements, "change")
    seconds = int(held.age_s)
    if seconds >= _STEP_S:
        # Each repaint travels over somebody's line.
        seconds -= seconds % _STEP_S
    since = f"{seconds} s" if seconds < _MINUTE else age(seconds)
    return f"{mode} · open {since} · {changes}"


def _tone(held: Held) -> str:
    if held.transaction is TransactionNow.FAILED:
        return "error"
    return "warning" if held.is_open and held.age_s >= OLD_S else ""


def wants_an_end(held: Held, waiting: tuple[str, ...], *, locks_file: bool) -> str:
    """Why the transaction should come to its end soon; empty: nothing is held up."""
    if held.transaction is TransactionNow.FAILED:
        made = held.failed_by
        by = f" at {head(made.step.text, _HEAD)}" if made is not None else ""
        return f"✗ failed{by}: only ROLLBACK helps · ctrl+t"
    if waiting:
        return f"waiting for this transaction: {'; '.join(map(plain, waiting[:2]))} · ctrl+t"
    if locks_file and held.locks and held.locked_s >= LOCKED_S:
        since = held.locked_since
        return f"the file is locked for writers since {since} · ctrl+t commits or rolls back"
    if held.is_open and held.age_s >= OLD_S:
        return f"a transaction is open since {held.since} · ctrl+t commits or rolls back"
    return ""
