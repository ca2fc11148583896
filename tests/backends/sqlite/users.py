"""What tests with more than one user need."""

import os
import sys

import pytest

from studio.wal.__main__ import main as wal_main

root_only = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user"
)


def forked(arguments: list[str], timeout_s: float, begun: object = None) -> str:
    """The helper without a new interpreter, which another user may not be able to start."""
    del timeout_s, begun
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        # Whatever happens, there must not be two test runs.
        try:
            os.dup2(writing, 1)
            sys.stdout = os.fdopen(1, "w")
            wal_main(arguments)
            sys.stdout.flush()
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        text = answer.read().decode()
    os.waitpid(child, 0)
    return text
