"""Every theme that ships can be put on, and the grid wears its colours."""

import pytest
from textual.color import Color

from studio.config.themes import load_theme, theme_files
from studio.ui.terminal.theme import textual_theme
from studio.ui.widgets.cells import Role
from studio.ui.widgets.grid_styles import styles_of
from tests.ui.widgets.test_grid import GridApp


@pytest.mark.parametrize("name", sorted(theme_files()))
async def test_the_grid_wears_the_theme(name: str) -> None:
    spec = load_theme(name)
    app = GridApp()
    async with app.run_test(size=(80, 20)) as pilot:
        app.register_theme(textual_theme(spec))
        app.theme = spec.name
        await pilot.pause()
        styles = styles_of(app.grid)
        for role in (Role.NULL, Role.STAGED, Role.INSERTED, Role.DELETED, Role.KEY, Role.LINK):
            assert styles.roles[role].color == Color.parse(spec.grid[role]).rich_color
        assert styles.cursor.bgcolor == Color.parse(spec.grid["cursor"]).rich_color
        assert styles.cursor.color == Color.parse(spec.grid["cursor_text"]).rich_color
