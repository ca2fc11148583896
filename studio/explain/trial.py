"""What is said before and after an index is tried."""

from studio.explain.prove import Proof
from studio.explain.report import Explained, SqliteExplained
from studio.explain.words import milliseconds
from studio.model.finding import Finding, IndexHint

SLOWER = 0.95


def hint_for(shown: Explained | SqliteExplained, finding: Finding | None) -> IndexHint | None:
    """The index a finding advises, else the first of the plan."""
    if finding is not None:
        for hint in shown.hints:
            if hint.sql in finding.fix or (hint.path and hint.path == finding.path):
                return hint
    return shown.hints[0] if shown.hints else None


def question(shown: Explained | SqliteExplained, hint: IndexHint) -> str:
    """What trying it does to the database, before it is done."""
    if isinstance(shown, SqliteExplained):
        how = "It is built on a private copy of the file; the file itself is only read."
    else:
        how = (
            "It is built in a transaction that is rolled back (or only imagined, with HypoPG). "
            f"Until then, whoever writes to {hint.table} waits."
        )
    return f"{hint.sql}\n\n{how}\nThe statement runs a few times before and after."


def sentence(proof: Proof) -> str:
    """What came of it; that it did not help is an answer."""
    if proof.before_ms is not None and proof.after_ms is not None:
        numbers = f"{milliseconds(proof.before_ms)} → {milliseconds(proof.after_ms)}"
    elif proof.cost is not None:
        numbers = f"cost ~{proof.cost[0]:,.0f} → ~{proof.cost[1]:,.0f}, nothing was run"
    else:
        numbers = "nothing was measured"
    speedup = proof.speedup or 1.0
    if not proof.used:
        return f"It did not help: the plan does not use it. {numbers}"
    if proof.helps:
        return f"It helps: {numbers}, {speedup:,.1f}× faster"
    if speedup < SLOWER:
        return f"It made things worse: {numbers}"
    return f"It did not help: it is used, and makes no difference. {numbers}"
