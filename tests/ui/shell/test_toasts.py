"""What studio says in passing hides as little as it can, and never the keys."""

import pytest
from textual.widgets._toast import Toast, ToastRack

from studio.db.url import parse
from studio.ui.app import StudioApp
from studio.ui.request import OpenRequest
from tests.scenes import frozen, settle


@pytest.mark.parametrize("keys", [(), ("t",), ("ctrl+p",), ("question_mark",)])
async def test_toasts_are_as_high_as_their_words_and_leave_the_last_line(demo, keys):
    app = StudioApp(OpenRequest(target=parse(str(demo)), theme="dark", folder=demo.parent))
    with frozen():
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            await settle(pilot)
            await pilot.press(*keys)
            await settle(pilot)
            app.clear_notifications()
            app.notify("one line", markup=False)
            app.notify("as many words as take two lines of the room there is " * 2, markup=False)
            await settle(pilot)
            await pilot.pause()
            rack = app.screen.query_one(ToastRack)
            toasts = sorted(rack.query(Toast), key=lambda toast: toast.region.y)
            assert [toast.region.height for toast in toasts] == [1, 2]
            assert toasts[0].region.bottom == toasts[1].region.y
            assert toasts[1].region.bottom == 23
