"""What an edited migration was when it ran: the version in git that has the recorded checksum."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.migrations.guarded import FrameworkFailed
from studio.migrations.registry import framework
from studio.model.migration import BoardEntry

MAX_VERSIONS = 200
_TIMEOUT_S = 5.0
_SETTINGS = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "log.showSignature=false")
_GIT = ("git", "--no-pager", *(word for setting in _SETTINGS for word in ("-c", setting)))
"""No configuration of the repository may start a program of its own."""


@dataclass(frozen=True, slots=True)
class Original:
    """A version of a file in git."""

    commit: str
    committed_at: str
    """ISO 8601."""
    text: str
    proven: bool
    """The recorded checksum is this text's; otherwise it is the newest from before it ran."""


def original(tool: str, entry: BoardEntry) -> Original | None:
    """What `entry`'s file was when it was applied, as far as git knows; None outside a work tree.

    Blocking, and starts git: call it in a thread, for one entry at a time.
    """
    if entry.path is None or entry.applied is None:
        return None
    before: Original | None = None
    for commit, at in _commits(entry.path):
        raw = _git(entry.path.parent, "cat-file", "blob", f"{commit}:./{entry.path.name}")
        if raw is None:
            continue
        text = raw.decode("utf-8", "replace")
        if entry.applied.checksum in _checksums(tool, raw):
            return Original(commit, at, text, proven=True)
        ran_at = entry.applied.at
        if before is None and ran_at is not None and at <= ran_at:
            before = Original(commit, at, text, proven=False)
    return before


def _checksums(tool: str, raw: bytes) -> tuple[str, ...]:
    try:
        return framework(tool).checksums(raw)
    except FrameworkFailed:
        return ()


def _commits(path: Path) -> Iterator[tuple[str, str]]:
    """The commits that touched the file, newest first, with their times in UTC."""
    listed = _git(
        path.parent,
        *("log", f"-{MAX_VERSIONS}", "--format=%H %cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ"),
        *("--", f"./{path.name}"),
    )
    for line in (listed or b"").decode("ascii", "replace").splitlines():
        commit, _, at = line.partition(" ")
        yield commit, at


def _git(folder: Path, *arguments: str) -> bytes | None:
    """What git prints, or None where it is missing, slow, or says no."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed program, no shell, the path is behind `--` or `:./`
            [*_GIT, *arguments],
            cwd=folder,
            capture_output=True,
            check=True,
            timeout=_TIMEOUT_S,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "TZ": "UTC", "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
