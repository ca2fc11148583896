"""Styles of widgets that come and go."""

from rich.style import Style
from textual.app import App

from studio.ui.values.value_view import ValueView
from studio.ui.widgets.theme_styles import themed_style


async def test_a_removed_widget_may_be_painted_once_more():
    app: App[None] = App()
    async with app.run_test() as pilot:
        view = ValueView()
        await app.mount(view)
        assert themed_style(view, "value--name") != Style()
        await view.remove()
        await pilot.pause()
        assert themed_style(view, "value--name") == Style()
