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


def test_the_first_paint_needs_no_driver():
    loaded = loaded_after("import studio.ui.app")
    assert not {"sqlalchemy", "psycopg", "aiosqlite", "sqlglot", "markdown_it", "yaml"} & loaded
