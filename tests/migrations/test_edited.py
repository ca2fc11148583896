"""The version in git that ran, proven by the checksum the database keeps."""

import os
import subprocess
from pathlib import Path

from studio.migrations.edited import original
from tests.migrations.projects import board_of, database, write
from tests.migrations.test_drizzle import CONFIG, OLD, digest, journal


def git(folder: Path, *arguments: str) -> None:
    name = {"GIT_CONFIG_GLOBAL": "/dev/null", "HOME": str(folder), "PATH": os.environ["PATH"]}
    who = ("-c", "user.name=A", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, env=name, capture_output=True)


def project(folder: Path) -> Path:
    write(
        folder,
        {
            "drizzle.config.ts": CONFIG,
            "drizzle/meta/_journal.json": journal(("0000_a", 1)),
            "drizzle/0000_a.sql": "first\n",
        },
    )
    database(folder / "app.db", OLD, (None, digest(b"second\n"), 1))
    return folder


def test_the_version_with_the_recorded_checksum(tmp_path: Path) -> None:
    folder = project(tmp_path)
    git(folder, "init", "-q")
    for text in ("first\n", "second\n", "third\n"):
        write(folder, {"drizzle/0000_a.sql": text})
        git(folder, "add", "drizzle")
        git(folder, "commit", "-qm", text)
    (status,) = board_of(folder).projects
    assert status.entries[0].state.value == "changed"
    found = original("drizzle", status.entries[0])
    assert found is not None
    assert found.text == "second\n"
    assert found.proven


def test_nothing_outside_a_work_tree(tmp_path: Path) -> None:
    (status,) = board_of(project(tmp_path)).projects
    assert original("drizzle", status.entries[0]) is None


def test_a_repository_cannot_start_programs(tmp_path: Path) -> None:
    folder = project(tmp_path)
    canary = tmp_path / "canary"
    git(folder, "init", "-q")
    git(folder, "add", "drizzle")
    git(folder, "commit", "-qm", "x")
    script = write(tmp_path, {"s.sh": f"#!/bin/sh\ntouch {canary}\n"}) / "s.sh"
    script.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "diff.external",
        "core.pager",
        "gpg.program",
        "log.showSignature",
    ):
        git(folder, "config", key, "true" if key.endswith("Signature") else str(script))
    (status,) = board_of(folder).projects
    original("drizzle", status.entries[0])
    assert not canary.exists()
