"""Every run of a statement, kept by its fingerprint: what "before the index" looked like.

Private files below the state folder, one line a run, the server's own document in it.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from studio.backends.halves.explaining import ExplainedPlan
from studio.backends.registry import saved_plan
from studio.config import paths
from studio.config.statements import folder_of
from studio.sqltext.fingerprint import fingerprint
from studio.sqltext.secrets import without_secrets
from studio.sqltext.syntax import GENERIC, Syntax

MOST_KEPT = 60
"""Runs of one statement; older ones go."""
LARGEST = 4_000_000
"""Characters of a plan that is kept."""


@dataclass(frozen=True, slots=True)
class KeptRun:
    """One run as it was kept."""

    at: str
    """ISO 8601, UTC."""
    sql: str
    ms: float | None
    """What it took; None: not executed."""
    document: str
    """What the engine's reader of saved plans reads again."""
    actuals: Mapping[str, object] | None = None
    """What was measured besides the document."""

    def reopened(self) -> ExplainedPlan:
        """The plan again, without what was known of the database then. Raises StudioError."""
        return saved_plan(self.document, self.sql, self.actuals)


def kept_run(sql: str, shown: ExplainedPlan, syntax: Syntax = GENERIC) -> KeptRun | None:
    """A run to keep; None where the plan has no document, is too long, or names a secret."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    kept = shown.kept()
    run = KeptRun(at, sql, kept.ms, kept.document, kept.counters)
    is_short = run.document and len(run.document) <= LARGEST
    is_kept = is_short and without_secrets(sql, syntax) == sql
    return run if is_kept else None


class PlanHistory:
    """The runs on one connection."""

    def __init__(self, connection: str, syntax: Syntax) -> None:
        self._folder = paths.state_folder() / "plans" / folder_of(connection)
        self._syntax = syntax

    def _path(self, sql: str) -> Path:
        return self._folder / f"{fingerprint(sql, self._syntax)}.jsonl"

    def add(self, run: KeptRun) -> None:
        """Keep a run; where nothing can be kept, nothing is."""
        path = self._path(run.sql)
        try:
            known = self.runs(run.sql)
            if len(known) >= MOST_KEPT:
                lines = [json.dumps(asdict(r)) for r in (*known[1 - MOST_KEPT :], run)]
                paths.write_private(path, "\n".join(lines) + "\n")
                return
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(run)) + "\n")
        except (OSError, UnicodeError):
            return

    def runs(self, sql: str) -> tuple[KeptRun, ...]:
        """The runs of a statement, oldest first; what cannot be read is left out."""
        try:
            lines = self._path(sql).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ()
        found = (_read(line) for line in lines)
        return tuple(run for run in found if run is not None)


def _read(line: str) -> KeptRun | None:
    try:
        said = json.loads(line)
        ms = said["ms"]
        return KeptRun(
            str(said["at"]),
            str(said["sql"]),
            None if ms is None else float(ms),
            str(said["document"]),
            said.get("actuals"),
        )
    except (ValueError, KeyError, TypeError):
        return None


def trend(runs: tuple[KeptRun, ...]) -> str:
    """The measured runs as a line of bars, oldest first: `▇▇▁ 412 → 12 ms`; empty for fewer than
    two.
    """
    times = [run.ms for run in runs if run.ms is not None][-_BARS:]
    if len(times) < 2:  # noqa: PLR2004 - one point has no direction
        return ""
    most = max(times) or 1.0
    bars = "".join(_EIGHTHS[min(7, int(ms / most * 7.99))] for ms in times)
    return f"{bars} {times[0]:,.1f} → {times[-1]:,.1f} ms"


_BARS = 12
_EIGHTHS = "▁▂▃▄▅▆▇█"
