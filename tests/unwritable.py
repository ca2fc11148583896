"""Folders in which nothing can be kept, as real ones come to be."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

WAYS = ("in the way", "read-only", "full")


@contextmanager
def unwritable(folder: Path, way: str) -> Iterator[str]:
    """Make `folder` take nothing; what the system will say of it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if way == "in the way":
        folder.write_text("a file where the folder should be")
        yield "exists|directory"
        folder.unlink()
        return
    if os.geteuid() != 0:
        pytest.skip("only root mounts")
    folder.mkdir()
    options = "ro" if way == "read-only" else "size=4k"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], check=False)
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        if way == "full":
            (folder / "filler").write_bytes(b"x" * 4096)
        yield "Read-only file system" if way == "read-only" else "No space left"
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
