"""A program that runs Python's migration tools, each command in a fork of its own.

What takes a command its time is to import the tool; here that is done once. Commands come as lines
of JSON, `{"words", "folder", "variables"}`; each is answered by `{"code", "told"}`.
"""

import json
import os
import runpy
import sys
import tempfile
import traceback

import alembic.command
import alembic.config
import django.core.management.commands.makemigrations
import django.core.management.commands.migrate
import django.core.management.commands.squashmigrations  # noqa: F401 - what a command would import
import sqlalchemy.dialects.sqlite  # noqa: F401 - as above
import yoyo.scripts.main
from django.core.management import execute_from_command_line


def main() -> None:
    """Answer until there is nothing more to read."""
    sys.dont_write_bytecode = True
    for line in sys.stdin:
        wanted = json.loads(line)
        with tempfile.TemporaryFile() as told:
            child = os.fork()
            if child == 0:
                os._exit(_in_fork(wanted, told.fileno()))
            _, state = os.waitpid(child, 0)
            told.seek(0)
            text = told.read().decode(errors="replace")
        print(json.dumps({"code": os.waitstatus_to_exitcode(state), "told": text}), flush=True)


def _in_fork(wanted: dict[str, object], told: int) -> int:
    """The exit code of one command; what it prints goes to `told`."""
    os.dup2(told, 1)
    os.dup2(told, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    folder, words, variables = wanted["folder"], wanted["words"], wanted["variables"]
    os.environ.clear()
    os.environ.update(variables)  # type: ignore[call-overload]
    os.chdir(str(folder))
    sys.path.insert(0, str(folder))
    try:
        _run([str(word) for word in words])  # type: ignore[attr-defined]
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code)
    except BaseException:  # noqa: BLE001 - what Python itself does with an error at the top
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _run(words: list[str]) -> None:
    sys.argv = words
    match words[0]:
        case "alembic":
            alembic.config.main(words[1:], prog="alembic")
        case "django-admin":
            execute_from_command_line(words)
        case "yoyo":
            yoyo.scripts.main.main(words[1:])
        case script:
            runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
