"""Tabs that do not fit say so."""

from textual.app import App, ComposeResult

from studio.ui.shell.tab_bar import TabBar

TITLES = [f"table_{n}_of_many" for n in range(12)]


class Bars(App[None]):
    def get_theme_variable_defaults(self) -> dict[str, str]:
        return {"dim": "#888888"}

    def compose(self) -> ComposeResult:
        yield TabBar()


async def test_every_tab_is_drawn_whole_or_counted():
    async with Bars().run_test(size=(80, 4)) as pilot:
        bar = pilot.app.query_one(TabBar)
        for current in range(len(TITLES)):
            bar.show(TITLES, current)
            line = bar.render()
            assert line.cell_len <= bar.content_size.width + 3
            words = line.plain.rstrip()
            drawn = [n for n, title in enumerate(TITLES) if f"{n + 1} {title}   " in f"{words}   "]
            assert current in drawn
            before, after = drawn[0], len(TITLES) - 1 - drawn[-1]
            assert words.startswith(f"‹ {before} more ") is (before > 0)
            assert words.endswith(f" {after} more ›") is (after > 0)


async def test_tabs_that_fit_say_nothing_more():
    async with Bars().run_test(size=(80, 4)) as pilot:
        bar = pilot.app.query_one(TabBar)
        bar.show(["users", "orders"], 1)
        assert bar.render().plain.rstrip() == "1 users   2 orders"
