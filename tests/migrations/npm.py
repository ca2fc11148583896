"""Packages of npm for tests, installed once into a cache: one folder for each set of versions."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

INSTALL_S = 240

Packages = tuple[str, ...]


def installed(packages: Packages, build_s: float | None = None) -> Path:
    """The folder of the installed packages; skips where they cannot be had.

    `build_s`: how long those may take that are built here; without, nothing is built.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    wanted = json.dumps([packages, build_s] if build_s else packages)
    called = hashlib.sha256(wanted.encode()).hexdigest()[:12]
    cache = Path(tempfile.gettempdir()) / f"studio-tests-npm-{os.getuid()}" / called
    if not (cache / "installed.json").is_file():
        _install(npm, packages, cache, build_s)
    return cache / "node_modules"


def _install(npm: str, packages: Packages, cache: Path, build_s: float | None) -> None:
    cache.parent.mkdir(exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix="building-", dir=cache.parent))
    allowed = {name.rpartition("@")[0]: True for name in packages} if build_s else {}
    project = {"private": True, "allowScripts": allowed}
    (building / "package.json").write_text(json.dumps(project))
    # Some stand in for others, in versions these do not expect; and nothing is built or fetched
    # beside the registry, unless it was asked for.
    quiet = ["--no-audit", "--no-fund", "--silent", "--legacy-peer-deps"]
    if build_s is None:
        quiet.append("--ignore-scripts")
    words = [npm, "install", *quiet, *packages]
    try:
        subprocess.run(
            words, cwd=building, check=True, capture_output=True, timeout=build_s or INSTALL_S
        )
    except (subprocess.SubprocessError, OSError) as error:
        shutil.rmtree(building)
        pytest.skip(f"the packages cannot be installed: {type(error).__name__}")
    (building / "installed.json").write_text(json.dumps(packages))
    # Whole or not at all: another session may be installing too.
    shutil.rmtree(cache, ignore_errors=True)
    try:
        building.rename(cache)
    except OSError:
        shutil.rmtree(building)


def node(folder: Path, *words: str, fails: bool = False, **variables: str) -> str:
    """Run node in `folder`, with a tool's own environment and nothing of this one's."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        ["node", *words],
        cwd=folder,
        env={**kept, "NO_COLOR": "1", "CI": "1", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr
