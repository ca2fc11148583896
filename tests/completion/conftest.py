"""Both shops, read once for all cases."""

import pytest

from studio.completion.known import CompletionCatalog
from tests.completion.shops import postgres_shop, sqlite_shop


@pytest.fixture(scope="session")
def shops(postgres_server, tmp_path_factory) -> dict[str, CompletionCatalog]:
    """By engine."""
    with postgres_server.database() as name:
        found = postgres_shop(postgres_server.url(name))
    lite = sqlite_shop(tmp_path_factory.mktemp("completion") / "shop.db")
    return {"postgresql": found, "sqlite": lite}
