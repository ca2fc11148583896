"""A painted line that is kept is the line as it would be painted anew."""

import random

from textual.app import App
from textual.widgets.text_area import Selection

from studio.sqltext.syntax import SQLITE
from studio.ui.widgets.sql_editor import SqlEditor

SCRIPT = "\n".join(
    f"select {n}, 'text {n}' from t -- the line called {n}, which is long" for n in range(40)
)


class Host(App[None]):
    def compose(self):
        yield SqlEditor(SQLITE, wraps=True)


def painted(editor) -> list[str]:
    """With what the text area and its widget keep themselves forgotten."""
    editor._line_cache.clear()
    editor._styles_cache.clear()
    return [str(list(strip)) for strip in editor.render_lines(editor.size.region)]


def anew(editor) -> list[str]:
    editor._plain.clear()
    return painted(editor)


async def test_it_is_after_any_row_of_changes():
    choose = random.Random(7)
    async with Host().run_test(size=(40, 14)) as pilot:
        editor = pilot.app.query_one(SqlEditor)
        editor.load_text(SCRIPT)
        editor.focus()
        await pilot.pause()
        steps = (
            lambda: editor.insert(choose.choice(["'", "/*", "*/", "\n", "(", "x", "\t", "é"])),
            lambda: editor.move_cursor((choose.randrange(40), choose.randrange(20))),
            lambda: setattr(editor, "selection", Selection((2, 3), (choose.randrange(9), 5))),
            lambda: editor.mark((choose.randrange(200), choose.randrange(200, 400))),
            editor.unmark,
            lambda: editor.show_signs({choose.randrange(8): "✓"}),
            editor.undo,
            lambda: editor.scroll_to(y=choose.randrange(30), animate=False),
            lambda: pilot.resize_terminal(choose.choice([30, 40, 55]), 14),
            lambda: setattr(pilot.app, "theme", choose.choice(["nord", "gruvbox"])),
        )
        for _ in range(60):
            number = choose.randrange(len(steps))
            done = steps[number]()
            if hasattr(done, "__await__"):
                await done
            await pilot.pause()
            assert painted(editor) == anew(editor), number
            assert editor.text == "\n".join(editor.document.lines)
            assert editor.location_of(editor.cursor_index) == editor.cursor_location
            assert editor.wrapped_document.height == sum(
                len(offsets) + 1 for offsets in editor.wrapped_document._wrap_offsets
            )
