"""Failing to connect, on the screen: a password is asked for only where one would help."""

from textual.widgets import Static

from studio.ui.screens.ask import AskSecret
from studio.ui.screens.connect import Connect
from tests.postgres import run_sql


async def test_a_user_who_does_not_exist_is_not_asked_for_a_password(open_app, postgres):
    async with open_app(postgres.replace("postgres@", "ghost@", 1)) as pilot:
        assert isinstance(pilot.app.screen, Connect)
        said = str(pilot.app.screen.query_one("#error", Static).content)
        assert 'role "ghost" does not exist' in said
        await pilot.press("escape")
        await pilot.pause()
    assert pilot.app.return_code == 3


async def test_a_wanted_password_is_asked_for(open_app, postgres):
    run_sql(postgres, "CREATE USER scram_bob PASSWORD 'secret'")
    try:
        async with open_app(postgres.replace("postgres@", "scram_bob@", 1)) as pilot:
            assert isinstance(pilot.app.screen, AskSecret)
    finally:
        run_sql(postgres, "DROP USER scram_bob")
