"""Every run of a statement, kept by its fingerprint: what "before the index" looked like.

Private files below the state folder, one line a run, the server's own document in it.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from studio.backends.postgresql import pasted
from studio.backends.sqlite import pasted as sqlite_pasted
from studio.config import paths
from studio.config.statements import folder_of, holds_secret
from studio.explain.report import Explained, SqliteExplained, explained, sqlite_explained
from studio.model.errors import StudioError
from studio.model.query_plan import Actuals
from studio.sqltext.fingerprint import fingerprint
from studio.sqltext.syntax import Syntax

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
    """Execution, or SQLite's wall time; None: not executed."""
    document: str
    """The server's JSON, or SQLite's rows as JSON."""
    actuals: Mapping[str, object] | None = None
    """SQLite's counters."""

    def reopened(self) -> Explained | SqliteExplained:
        """The plan again, without what was known of the database then. Raises StudioError."""
        if sqlite_pasted.is_saved(self.document):
            steps = sqlite_pasted.parse(self.document)
            return sqlite_explained(steps, self.sql, None, _actuals(self.actuals))
        return explained(pasted.read(self.document)[0])


def kept_run(sql: str, shown: Explained | SqliteExplained) -> KeptRun | None:
    """A run to keep; None where the plan has no document, is too long, or names a secret."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    if isinstance(shown, SqliteExplained):
        rows = [[step.id, step.parent, step.cost, step.raw] for step in shown.steps]
        document = json.dumps(rows)
        actuals = None if shown.actuals is None else asdict(shown.actuals)
        run = KeptRun(
            at, sql, None if shown.actuals is None else shown.actuals.wall_ms, document, actuals
        )
    else:
        plan = shown.analysis.plan
        run = KeptRun(at, sql, plan.execution_ms if plan.analyzed else None, plan.source)
    is_kept = run.document and len(run.document) <= LARGEST and not holds_secret(sql)
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


def _actuals(kept: Mapping[str, object] | None) -> Actuals | None:
    if not isinstance(kept, Mapping):
        return None
    known = {item.name for item in fields(Actuals)}
    values = {name: _frozen(value) for name, value in kept.items() if name in known}
    try:
        return Actuals(**values)  # type: ignore[arg-type]
    except TypeError:
        raise StudioError("This run was kept in a form that cannot be read any more.") from None


def _frozen(value: object) -> object:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


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
