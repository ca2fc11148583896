"""The plan of an engine from a package: the keys show what it says, or its own reason."""

from pathlib import Path

import pytest
from textual.widgets import Static

from studio.backends import registry
from studio.ui.widgets.ask import Ask
from tests.scenes import settle
from tests.ui.plan.test_plan import explained

SQL = "SELECT * FROM people a, people b"


@pytest.fixture
def guest(tmp_path: Path, sqlite_file, monkeypatch):
    """The address of a file that an engine from a package opens."""
    info = tmp_path / "packages" / "studio_guest-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: studio-guest\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[studio.backends]\nvisitor = tests.backends.guest.studio_guest:GuestEngine\n"
        "[studio.backends.plans]\nvisitor = tests.backends.guest.studio_guest:GuestPlans\n"
    )
    monkeypatch.syspath_prepend(str(info.parent))
    registry.backend.cache_clear()
    yield f"visitor://{sqlite_file('CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)')}"
    registry.backend.cache_clear()


def told(pilot) -> list[str]:
    return [notification.message for notification in pilot.app._notifications]


async def test_a_guest_explains_in_its_own_way(open_app, guest, tmp_path):
    async with open_app(guest, folder=tmp_path) as pilot:
        tab = await explained(pilot, SQL)
        outline = tab.tree_view.outline
        lines = ["".join(p.text for p in outline.words(line, 60)) for line in range(2)]
        assert lines == ["guest SCAN a", "guest SCAN b"]
        assert list(outline.parents) == [None, 0]
        assert "not executed" in str(tab.query_one("#head", Static).render())
        await pilot.press("w")
        assert "guest SCAN b" in str(tab.query_one("#words", Static).render())
        await pilot.press("w", "t")
        assert told(pilot)[-1].startswith("this plan tells nothing of time")
        await pilot.press("B")
        assert told(pilot)[-1] == "guests keep their programs to themselves"
        await pilot.press("ctrl+e")
        await settle(pilot)
        await pilot.press("C", "enter")
        await settle(pilot)
        assert not isinstance(pilot.app.screen, Ask)
        assert tab.view.is_comparing
        assert [line[0] for line in tab.tree_view.outline.lines] == [" ", " "]
