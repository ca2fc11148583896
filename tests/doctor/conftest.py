"""Nothing of the person who runs the tests is read or remembered."""

import pytest


@pytest.fixture(autouse=True)
def _homeless(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
