"""Scripts stopped at random moments: the state that is told is the one that others see."""

import pytest

from tests.bench.script_cancels import storm


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_a_stop_at_any_moment_tells_the_state_it_leaves(request, tmp_path, engine):
    if engine == "sqlite":
        path = tmp_path / "a.db"
        path.touch()
        target = str(path)
    else:
        target = request.getfixturevalue("postgres")
    assert len(await storm(target, 30, seed=5)) == 30
