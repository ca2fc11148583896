"""What studio says in passing hides as little as it can, and never the keys."""

import pytest
from textual.widgets._toast import Toast, ToastRack

from studio.db.url import parse
from studio.ui.app import StudioApp
from studio.ui.request import OpenRequest
from studio.ui.toasts import MOST
from tests.scenes import frozen, settle
from tests.ui.editing.driving import USERS
from tests.ui.test_browse import press


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


async def test_a_toast_leaves_what_a_dry_run_came_to(sqlite_file):
    path = sqlite_file(*USERS)
    app = StudioApp(
        OpenRequest(target=parse(str(path)), theme="dark", folder=path.parent, table="users")
    )
    with frozen():
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            await settle(pilot)
            await press(pilot, "d", "w")
            app.notify("said before", markup=False)
            await press(pilot, "t")
            result = app.screen.query_one("#result")
            assert result.region.height
            (toast,) = app.screen.query(Toast)
            assert toast.region.bottom <= result.region.y


async def test_the_same_words_are_one_toast_whose_time_begins_anew(demo):
    app = StudioApp(OpenRequest(target=parse(str(demo)), theme="dark", folder=demo.parent))
    with frozen():
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            await settle(pilot)
            await pilot.press("backspace")
            (first,) = app._notifications
            raised = first.raised_at
            (toast,) = app.screen.query(Toast)
            (timer,) = toast._timers
            await pilot.press(*["backspace"] * 20)
            await settle(pilot)
            assert list(app._notifications) == [first]
            assert list(app.screen.query(Toast)) == [toast]
            assert first.raised_at > raised
            # One runs, from now; that of the first press is stopped.
            assert timer._task is None
            assert sum(each._task is not None for each in toast._timers) == 1


async def test_only_a_few_toasts_are_there_and_what_is_wrong_stays_longest(demo):
    app = StudioApp(OpenRequest(target=parse(str(demo)), theme="dark", folder=demo.parent))
    with frozen():
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            await settle(pilot)
            app.notify("wrong", severity="error", markup=False)
            for number in range(MOST + 3):
                app.notify(f"notice {number}", markup=False)
            await settle(pilot)
            told = ["wrong", *(f"notice {number}" for number in range(4, MOST + 3))]
            assert [notice.message for notice in app._notifications] == told
            shown = {str(toast.render()) for toast in app.screen.query(Toast)}
            assert shown == set(told)
