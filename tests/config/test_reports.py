"""A report says where it happened and with what, and not a word of anybody's data."""

import re
from pathlib import Path

import pytest

from studio.config import reports

SECRET = "hunter2 of row 7"


def fail(value: str) -> None:
    local = f"x{value}"
    try:
        float(local)
    except ValueError as error:
        raise KeyError(value) from error


def failed() -> BaseException:
    try:
        fail(SECRET)
    except KeyError as error:
        return ExceptionGroup(SECRET, [error])
    raise AssertionError


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "studio" / "reports"


def test_versions_and_places_and_no_data() -> None:
    text = reports.report(failed())
    assert SECRET not in text
    assert "hunter2" not in text
    assert str(Path(__file__).parent) not in text
    for line in ("builtins.ValueError", "builtins.KeyError", "one of them", "and then"):
        assert line in text
    assert re.search(r"test_reports\.py:\d+ fail\n", text)
    assert re.search(r"^studio .+\nPython 3", text)
    assert "textual " in text


def test_it_is_private_and_told_of(state: Path) -> None:
    said = reports.told(failed())
    (path,) = state.iterdir()
    assert said.endswith(str(path))
    assert SECRET not in said
    assert path.stat().st_mode & 0o077 == 0
    assert "builtins.KeyError" in path.read_text()


def test_a_report_that_cannot_be_written_is_told_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    said = reports.told(failed())
    assert "builtins.KeyError" in said
    assert SECRET not in said


def test_old_reports_go(state: Path) -> None:
    error = failed()
    for _ in range(25):
        reports.written(error)
    assert len(list(state.iterdir())) == 20
