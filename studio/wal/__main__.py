"""`python -m studio.wal PATH`: a look at a database's files, as JSON, from a process of its own.

`--copy-to FOLDER` copies them instead, and prints where; `--rows PAGE` estimates the rows of the
b-tree that begins at that page; `questions` has the rest.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from studio.wal.probe import probe, to_json

_BEHIND = 5
"""Of niceness: about a third of the time of who is not nice, when both want all of it."""
_USAGE = """\
usage: python -m studio.wal PATH [--round SALT]
         [--copy-to FOLDER | --rows PAGE | --report | --commit N [TABLE] | --between N M [TABLE]
          | --as-of N|now OUTPUT [--fleeting] | --journal | --undone [TABLE] | --deleted | --sizes
          | --counts N… | --places N | --users | --probe NAME | --salvage OUTPUT | --place OUTPUT
          | --follow | --serve]"""


def main(arguments: list[str]) -> int:
    """Print one line of JSON: a Probe, {"copy": …}, {"rows": …} or {"error": …}.

    Exit 2: not understood.
    """
    match arguments:
        case [path]:
            print(to_json(probe(Path(path))))
        # Looked for alone it starts faster: the first paint waits for a probe, a board for several.
        case [path, "--copy-to", folder]:
            from studio.wal.copying import copy_database  # noqa: PLC0415

            try:
                print(json.dumps({"copy": str(copy_database(Path(path), Path(folder)))}))
            except OSError as error:
                print(json.dumps({"error": error.strerror or str(error)}))
        case [path, "--rows", page] if page.isdigit():
            from studio.wal.leaves import count_rows  # noqa: PLC0415

            try:
                print(json.dumps({"rows": count_rows(Path(path), int(page))}))
            except OSError as error:
                print(json.dumps({"error": error.strerror or str(error)}))
        case [path, *question]:
            from studio.wal.questions import replies  # noqa: PLC0415

            _give_way()
            found = None
            for found in replies(Path(path), question, _tell):
                _tell(found)
            return _misunderstood() if found is None else 0
        case _:
            return _misunderstood()
    return 0


def _give_way() -> None:
    """Let the program whose database it is go first, where the processor is short."""
    if hasattr(os, "nice"):
        os.nice(_BEHIND)


def _tell(document: dict[str, Any]) -> None:
    print(json.dumps(document), flush=True)


def _misunderstood() -> int:
    print(_USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
