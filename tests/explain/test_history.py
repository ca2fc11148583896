"""Runs are kept per statement: private, bounded, and read again as they were."""

import json

import pytest

from studio.backends.postgresql.plans import pasted
from studio.backends.postgresql.plans.explained import explained
from studio.config import paths
from studio.explain.history import MOST_KEPT, KeptRun, PlanHistory, kept_run, trend
from studio.sqltext.syntax import POSTGRESQL
from tests.explain.rules.plans import scan

SQL = "SELECT * FROM t WHERE a = 1"


@pytest.fixture
def history(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "state_folder", lambda: tmp_path / "state")
    return PlanHistory("postgresql://me@host/shop", POSTGRESQL)


def run(ms, sql=SQL):
    answer = json.dumps([{"Plan": scan(ms=ms), "Execution Time": ms, "Planning Time": 0.1}])
    return kept_run(sql, explained(pasted.read(answer)[0])) or KeptRun("2026", sql, ms, answer)


def test_runs_come_back_oldest_first_with_their_plans(history):
    for ms in (40.0, 4.0):
        history.add(run(ms))
    kept = history.runs(SQL)
    assert [one.ms for one in kept] == [40.0, 4.0]
    assert kept[1].reopened().analysis.plan.execution_ms == 4.0
    assert trend(kept).endswith("40.0 → 4.0 ms")


def test_another_value_is_the_same_statement_and_another_column_is_not(history):
    history.add(run(5.0))
    assert len(history.runs("select * from t where a = 99")) == 1
    assert not history.runs("SELECT * FROM t WHERE b = 1")


def test_only_the_latest_runs_are_kept_and_only_their_owner_reads_them(history, tmp_path):
    for ms in range(1, MOST_KEPT + 6):
        history.add(run(float(ms)))
    kept = history.runs(SQL)
    assert len(kept) == MOST_KEPT
    assert kept[-1].ms == MOST_KEPT + 5
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600]


def test_a_damaged_line_is_left_out(history, tmp_path):
    history.add(run(5.0))
    (path,) = (path for path in tmp_path.rglob("*") if path.is_file())
    path.write_text('{"at": 1}\nnonsense\n' + path.read_text())
    assert [one.ms for one in history.runs(SQL)] == [5.0]


def test_one_run_has_no_trend():
    assert not trend((KeptRun("2026", SQL, 5.0, "{}"),))
