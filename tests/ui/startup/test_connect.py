"""Failing to connect, on the screen: a password is asked for only where one would help."""

from textual.widgets import Static

from studio.ui.shell.main import MainScreen
from studio.ui.startup.connect import Connect
from studio.ui.widgets.ask import AskSecret
from tests.postgres import run_sql
from tests.ui.test_browse import press


async def test_a_user_who_does_not_exist_is_not_asked_for_a_password(open_app, postgres):
    async with open_app(postgres.replace("postgres@", "ghost@", 1)) as pilot:
        assert isinstance(pilot.app.screen, Connect)
        said = str(pilot.app.screen.query_one("#error", Static).content)
        assert 'role "ghost" does not exist' in said
        await pilot.press("escape", "escape")
        await pilot.pause()
    assert pilot.app.return_code == 3


async def test_the_first_escape_in_the_start_list_says_that_the_next_one_leaves(open_app):
    async with open_app(None, size=(80, 24)) as pilot:
        line = next(s for s in pilot.app.screen_stack if isinstance(s, MainScreen)).status
        assert line.render().plain.split() == ["enter", "connect", "esc", "quit"]
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, Connect)
        said = pilot.app.screen.query_one("#none", Static)
        assert "esc again leaves studio" in str(said.content)
        await press(pilot, "text:z", "escape")
        assert isinstance(pilot.app.screen, Connect)
        await pilot.press("escape")
        await pilot.pause()
    assert pilot.app.return_code == 0


async def test_over_an_open_database_escape_goes_back_to_it(open_app, demo):
    async with open_app(demo, table="users") as pilot:
        await press(pilot, "g", "c", "escape")
        assert isinstance(pilot.app.screen, MainScreen)


async def test_a_wanted_password_is_asked_for(open_app, postgres):
    run_sql(postgres, "CREATE USER scram_bob PASSWORD 'secret'")
    try:
        async with open_app(postgres.replace("postgres@", "scram_bob@", 1)) as pilot:
            assert isinstance(pilot.app.screen, AskSecret)
    finally:
        run_sql(postgres, "DROP USER scram_bob")
