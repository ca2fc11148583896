"""The floors, checked at run time: what importing a room brings in."""

import subprocess
import sys

import pytest

ROOMS = ["export", "queries", "rows", "edits", "explain", "migrations", "demo", "db", "backends",
         "config", "sqltext", "wal", "process", "model"]  # fmt: skip


def loaded_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_below_the_interface_knows_textual(room):
    code = (
        "import importlib, pkgutil\n"
        f"import studio.{room} as room\n"
        "for found in pkgutil.walk_packages(room.__path__, room.__name__ + '.'):\n"
        "    if not found.name.endswith('__main__'):\n"
        "        importlib.import_module(found.name)"
    )
    assert not {"textual", "rich"} & loaded_after(code)


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_and_version_import_no_textual_and_no_driver(flag):
    code = f"import sys\nsys.argv = ['studio', '{flag}']\nfrom studio.cli.main import main\n"
    code += "try:\n    main()\nexcept SystemExit:\n    pass"
    loaded = loaded_after(code)
    assert not {"textual", "rich", "sqlalchemy", "psycopg", "aiosqlite"} & loaded


FIRST_ROWS = (
    "import studio.cli.open, studio.cli.screen, studio.ui.app, studio.ui.startup.first_rows"
)
"""What this process imports until the first rows are on the screen; a helper reads them."""
LATER_ROOMS = (
    "activity", "completion", "doctor", "edits", "explain", "loading", "migrations", "queries",
    "wal", "ui.activity", "ui.health", "ui.migrations", "ui.plan", "ui.query", "ui.rows",
    "ui.values", "ui.wal", "ui.workspace", "backends.base", "backends.halves",
)  # fmt: skip
LATER_MODULES = {
    # A frozen noun takes half a millisecond to make: what the first rows are not made of.
    "studio.model.catalog", "studio.model.change", "studio.model.page", "studio.model.policies",
    "studio.model.server", "studio.model.term",
    # What is asked, typed, told or moved only later.
    "studio.ui.keys.help", "studio.ui.keys.keymap", "studio.ui.keys.palette",
    "studio.ui.shell.go_to", "studio.ui.startup.connect", "studio.ui.widgets.ask",
    "studio.ui.widgets.pick", "studio.ui.widgets.column_list", "studio.ui.widgets.sql_editor",
    "studio.config.arranged", "studio.config.by_table", "studio.config.reports",
    "studio.rows.first_rows.choice", "studio.rows.first_rows.reading", "studio.rows.pages",
    "sqlite3", "sqlalchemy", "psycopg", "aiosqlite", "sqlglot", "markdown_it", "yaml",
    "ast_grep_py", "tree_sitter", "importlib.metadata", "textual.widgets._text_area",
    "textual.widgets._markdown", "textual.widgets._data_table",
}  # fmt: skip


def test_the_first_rows_wait_for_nothing_that_comes_later():
    loaded = loaded_after(FIRST_ROWS)
    rooms = {f"studio.{room}" for room in LATER_ROOMS}
    in_rooms = {name for name in loaded if any(f"{name}.".startswith(f"{r}.") for r in rooms)}
    assert not (loaded & LATER_MODULES) | in_rooms
