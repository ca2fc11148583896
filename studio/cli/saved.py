"""`studio query --saved`: the queries that can be named."""

import json
import sys
from pathlib import Path

from studio.export.printable import printable
from studio.queries.saved import FOLDER, own_folder, saved_queries
from studio.queries.values import names_in
from studio.sqltext.syntax import Syntax


def list_saved(syntax: Syntax, *, as_json: bool) -> int:
    """Print them, a line each, or as one JSON document. The exit code."""
    found = [(one, names_in(one.text, syntax)) for one in saved_queries(Path(), syntax)]
    if as_json:
        document = [
            {
                "name": one.name,
                "description": one.description,
                "path": str(one.path),
                "parameters": names,
            }
            for one, names in found
        ]
        print(json.dumps({"saved": document}))
        return 0
    for one, names in found:
        words = [one.name, *(f":{name}" for name in names)]
        print(printable("  ".join([" ".join(words), *filter(None, [one.description])])))
    if not found:
        print(f"no saved query in {FOLDER} or {own_folder()}", file=sys.stderr)
    return 0
