"""What is said before and after indexes are tried."""

from collections.abc import Sequence

from studio.backends.base import Backend
from studio.backends.halves import required
from studio.backends.halves.explaining import ExplainedPlan
from studio.backends.halves.proving import PROVING, Proof
from studio.backends.plans.words import milliseconds
from studio.model.finding import Finding, IndexHint

SLOWER = 0.95


def hints_for(shown: ExplainedPlan, finding: Finding | None) -> tuple[IndexHint, ...]:
    """All indexes a finding advises; without one that advises any, those of the first that does."""
    if finding is not None and "CREATE INDEX" in finding.fix and not _advised(shown.hints, finding):
        # What it advises serves another statement: nothing of another finding stands for it.
        return ()
    for asked in (finding, *shown.findings):
        if asked is not None and (advised := _advised(shown.hints, asked)):
            return advised
    return shown.hints[:1]


def _advised(hints: Sequence[IndexHint], finding: Finding) -> tuple[IndexHint, ...]:
    """Named in its fix; else those of its node."""
    named = tuple(hint for hint in hints if hint.sql in finding.fix)
    return named or tuple(hint for hint in hints if hint.path and hint.path == finding.path)


def question(engine: Backend, hints: Sequence[IndexHint]) -> str:
    """What trying them does to the database, before it is done. Raises Unsupported with the reason
    where the engine tries none.
    """
    how = required(engine, PROVING).how(hints)
    statements = "\n".join(hint.sql for hint in hints)
    return f"{statements}\n\n{how}\nThe statement runs a few times before and after."


def nothing_to_try(finding: Finding | None) -> str:
    """Why there is nothing to try."""
    if finding is not None and "CREATE INDEX" in finding.fix:
        return "its index serves the statement as it is advised: write it so, and explain that"
    return "this plan advises no index to try"


def sentence(proof: Proof, finding: Finding | None = None) -> str:
    """What came of it, and of which indexes; that they did not help is an answer. `finding`: what
    was advised, which may also be to write the statement otherwise.
    """
    unused = [hint for hint in proof.built if hint not in proof.used]
    said = [_outcome(proof), f"Tried: {_listed(proof.built)}"]
    if unused and proof.used:
        said.append(f"The plan does not use {_listed(unused)}")
    said += [f"Not tried: {_listed([hint])} ({why})" for hint, why in proof.left_out]
    if unused and finding is not None and finding.fix.startswith("Write "):
        said.append("The finding also advises to write it otherwise, which was not tried")
    return ". ".join(said)


def _listed(hints: Sequence[IndexHint]) -> str:
    return ", ".join(f"{hint.table} ({', '.join(hint.columns)})" for hint in hints)


def _outcome(proof: Proof) -> str:
    if proof.before_ms is not None and proof.after_ms is not None:
        numbers = f"{milliseconds(proof.before_ms)} → {milliseconds(proof.after_ms)}"
    elif proof.cost is not None:
        numbers = f"cost ~{proof.cost[0]:,.0f} → ~{proof.cost[1]:,.0f}, nothing was run"
    else:
        numbers = "nothing was measured"
    speedup = proof.speedup or 1.0
    what = "What could be tried" if proof.left_out else "It"
    if not proof.used:
        uses = "does not use it" if len(proof.built) == 1 else "uses none of them"
        return f"{what} did not help: the plan {uses}. {numbers}"
    if proof.helps:
        verb = "helps" if what == "It" else "helped"
        return f"{what} {verb}: {numbers}, {speedup:,.1f}× faster"
    if speedup < SLOWER:
        return f"{what} made things worse: {numbers}"
    return f"{what} did not help: it is used, and makes no difference. {numbers}"
