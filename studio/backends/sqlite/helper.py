"""Running `studio.wal` in a process of its own, because this one may hold SQLite's locks."""

import json
import subprocess
import sys
from pathlib import Path

import studio
from studio.model.errors import ConnectFailed
from studio.wal.probe import Probe, from_json

_ROOT = str(Path(studio.__file__).parent.parent)
_RUN = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from studio.wal.__main__ import main; sys.exit(main(sys.argv[1:]))"
)
_PROBE_S = 10.0
_COPY_S = 600.0


def probe(path: Path) -> Probe:
    """Look at `path`; about 30 ms. Raises ConnectFailed when the helper cannot answer."""
    return from_json(_helper([str(path)], _PROBE_S))


def copy_into(path: Path, folder: Path) -> Path:
    """Copy `path` with its -wal and -journal into `folder`. Raises ConnectFailed."""
    answer: dict[str, str] = json.loads(_helper([str(path), "--copy-to", str(folder)], _COPY_S))
    if "error" in answer:
        raise ConnectFailed(
            f"{path} cannot be read in place, and copying it failed: {answer['error']}"
        )
    return Path(answer["copy"])


def _helper(arguments: list[str], timeout_s: float) -> str:
    # Isolated and without site: it imports the standard library only, and starts in half the time.
    command = [sys.executable, "-I", "-S", "-c", _RUN, _ROOT, *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - a list of arguments, no shell
            command, capture_output=True, text=True, timeout=timeout_s, check=True
        )
    except subprocess.TimeoutExpired as error:
        raise ConnectFailed(
            f"{arguments[0]} does not answer: no reply from its file system in {timeout_s:g} s"
        ) from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise ConnectFailed(
            f"the helper process that looks at {arguments[0]} failed: {error}"
        ) from error
    return done.stdout
