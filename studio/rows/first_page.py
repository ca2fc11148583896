"""`python -m studio.rows.first_page`: look at a database once, and hand over the first screen."""

import gc
import json
import pickle
import sys

from studio.backends.registry import begin
from studio.db.url import parse


def main() -> int:
    """Read the question from stdin, write a pickled FirstLook to stdout; 1 when there is none."""
    # This process lives for half a second: nothing it makes is worth collecting.
    gc.disable()
    question = json.load(sys.stdin)
    target = parse(question["address"], read_only=question["read_only"])
    # Before the driver is imported: an engine's own helper looks meanwhile.
    begin(target)
    from studio.rows.looking import look  # noqa: PLC0415 what takes long comes after it

    seen = look(target, question["table"], question["page_rows"])
    if seen is None:
        return 1
    sys.stdout.buffer.write(pickle.dumps(seen, pickle.HIGHEST_PROTOCOL))
    return 0


if __name__ == "__main__":
    sys.exit(main())
