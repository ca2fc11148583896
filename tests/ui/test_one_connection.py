"""A server that lets one connection in: everything works over it, and that is said once."""

import pytest

from tests.postgres import run_sql
from tests.scenes import answerable, settle
from tests.ui.editing.driving import USERS
from tests.ui.test_browse import press


@pytest.fixture
def limited(postgres, postgres_server):
    """The address of three users, for a role with one connection."""
    run_sql(
        postgres,
        *USERS,
        "CREATE ROLE one_screen LOGIN SUPERUSER",
        "ALTER ROLE one_screen NOSUPERUSER CONNECTION LIMIT 1",
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO one_screen",
    )
    yield postgres.replace("postgres@", "one_screen@")
    run_sql(postgres, "DROP OWNED BY one_screen")
    run_sql(postgres_server.url(), "DROP ROLE one_screen")


async def test_a_refused_second_connection_leaves_no_empty_workspace(limited, open_app, postgres):
    async with open_app(limited, table="users") as pilot:
        screen = pilot.app.screen
        assert [s.ref.name for s in screen.tree_pane.summaries][:1] == ["users"]
        assert screen.tab_stack.current.tab_place.startswith("row 1 of 3")
        await press(pilot, "d", "w")
        await settle(pilot)
        await answerable(pilot)
        await press(pilot, "enter")
        await settle(pilot)
        assert run_sql(postgres, "SELECT count(*) FROM users") == [(2,)]
        assert screen.tab_stack.current.tab_place.startswith("row 1 of 2")
        said = [n.message for n in pilot.app._notifications]
        assert len([one for one in said if "too many connections" in one]) == 1
