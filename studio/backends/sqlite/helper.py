"""Running `studio.wal` in a process of its own, because this one may hold SQLite's locks."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import studio
from studio.model.errors import ConfigInvalid, ConnectFailed, Refused
from studio.wal import probe as wal
from studio.wal.probe import Probe, from_json
from studio.wal.wanted import Saving

if TYPE_CHECKING:
    # The first paint waits for a probe, and not for what reads rows.
    from studio.backends.halves.wal_history import Progress

_ROOT = str(Path(studio.__file__).parent.parent)
_SERVE = (
    "import os, sys, _thread; "
    "sys.path.append(sys.argv.pop(1)); "
    "from studio.wal.__main__ import main; sys.exit(main(sys.argv[1:]))"
)
"""Who is asked by its standard input ends with that."""
_RUN = _SERVE.replace(
    "sys.path",
    # Nobody reads an answer when who asked is gone: its end of the pipe goes with it.
    "_thread.start_new_thread(lambda: (os.read(0, 1), os._exit(1)), ()); sys.path",
)
_LASTING = Saving()
_STOPPED = "stopped, as asked: nothing was written"
_PROBE_S = 10.0
_COPY_S = 600.0
_SAMPLE_S = 10.0
_READ_S = 120.0


_begun: dict[str, subprocess.Popen[str] | Probe] = {}
"""Probes that were started early and not asked for yet, by path."""


def begin(path: Path) -> None:
    """Start looking at `path` now, for the `probe` that will be asked for soon."""
    if str(path) not in _begun:
        with suppress(OSError):
            _begun[str(path)] = _start([str(path)])


def look_here(path: Path) -> Probe:
    """Look at `path` from this process, which must have opened no database yet: closing a file
    drops every lock this process has on it (POSIX). The next `probe` gives the same.
    """
    found = _begun[str(path)] = wal.probe(path)
    return found


def probe(path: Path) -> Probe:
    """Look at `path`; about 30 ms. Raises ConnectFailed when the helper cannot answer."""
    begun = _begun.pop(str(path), None)
    if isinstance(begun, Probe):
        return begun
    return from_json(_answer([str(path)], _PROBE_S, begun))


def copy_into(path: Path, folder: Path) -> Path:
    """Copy `path` with its -wal and -journal into `folder`. Raises ConnectFailed."""
    answer: dict[str, str] = json.loads(_answer([str(path), "--copy-to", str(folder)], _COPY_S))
    if "error" in answer:
        raise ConnectFailed(
            f"{path} cannot be read in place, and copying it failed: {answer['error']}"
        )
    return Path(answer["copy"])


def rows_in(path: Path, root: int) -> int | None:
    """About how many rows the b-tree at page `root` has; some 80 ms. None when nothing can be told.

    Raises ConnectFailed when the helper cannot answer.
    """
    answer: dict[str, int | None] = json.loads(_answer([str(path), "--rows", str(root)], _SAMPLE_S))
    return answer.get("rows")


def ask_wal(path: Path, *question: str) -> dict[str, Any]:
    """What `python -m studio.wal PATH QUESTION…` answers. Raises ConnectFailed, Refused for what
    the bytes cannot answer, ConfigInvalid for a table that is not there.
    """
    return _found(path, json.loads(_answer([str(path), *question], _READ_S)))


class ReaderProcess:
    """A process that stays, and reads of one database's files only what moved since the last
    question.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._process: subprocess.Popen[str] | None = None
        self._turn = Lock()
        self._is_closed = False

    def ask(self, *question: str, told: "Progress | None" = None) -> dict[str, Any]:
        """The same as `ask_wal`, or as `told_meanwhile`; one after the other."""
        with self._turn:
            if self._is_closed:
                raise ConnectFailed(f"nothing reads {self.path} any more")
            if self._process is not None and self._process.poll() is not None:
                _end(self._process)
                self._process = None
            if self._process is None:
                self._process = _start([str(self.path), "--serve"], _SERVE, subprocess.PIPE)
            process = self._process
            try:
                if process.stdin is None or process.stdout is None:
                    raise AssertionError(self.path)
                process.stdin.write(json.dumps(question) + "\n")
                process.stdin.flush()
                line = answered(process.stdout, told)
            except OSError:
                line = ""
            except Refused:
                self._process = None
                _end(process)
                raise
            if not line:
                self._process = None
                _end(process)
                raise ConnectFailed(f"the helper process that reads {self.path} has ended")
        return _found(self.path, json.loads(line))

    def stop(self) -> None:
        """End what it does; the next question starts another."""
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """The same, for good; without a question on its way."""
        self.stop()
        with self._turn:
            self._is_closed = True
            process, self._process = self._process, None
            if process is not None:
                _end(process)


def answered(lines: Iterable[str], told: "Progress | None") -> str:
    """The line that does not just say how far it is; empty when there comes none. Raises Refused
    where it is to be stopped.
    """
    for line in lines:
        if not line.endswith("\n"):
            # Ended within its answer.
            break
        document = json.loads(line)
        if "copied" not in document:
            return line
        if told is not None and told(document["copied"], document["of"]):
            raise Refused(_STOPPED)
    return ""


def _end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def save_state(
    path: Path,
    commit: int | None,
    output: Path,
    ask: "Progress",
    how: Saving = _LASTING,
    reader: ReaderProcess | None = None,
) -> int:
    """Write the database as of a commit, or as it is now, to `output`; its bytes. `ask` is told
    how far it is, and answers whether to stop. A `reader` has read the WAL already. Raises as
    `ask_wal`.
    """
    when = "now" if commit is None else str(commit)
    kind = ["--fleeting"] if how.is_fleeting else []
    question = [*of_round(how.salt), "--as-of", when, str(output), *kind]
    if reader is not None:
        return int(reader.ask(*question, told=ask)["bytes"])
    return int(told_meanwhile(path, ask, *question)["bytes"])


def of_round(salt: str) -> list[str]:
    """What stands before a question about one round of the WAL."""
    return ["--round", salt] if salt else []


def told_meanwhile(path: Path, ask: "Progress", *question: str) -> dict[str, Any]:
    """The same as `ask_wal` of a question that takes its time: `ask` is told how far it is, and
    answers whether to stop.
    """
    process = _start([str(path), *question])
    try:
        for line in process.stdout or ():
            answer = json.loads(line)
            if "copied" not in answer:
                return _found(path, answer)
            if ask(answer["copied"], answer["of"]):
                raise Refused(_STOPPED)
    finally:
        process.kill()
        process.communicate()
    raise ConnectFailed(f"the helper process that reads {path} has ended")


def _found(path: Path, answer: dict[str, Any]) -> dict[str, Any]:
    if "unknown" in answer:
        raise ConfigInvalid(answer["unknown"])
    if "refused" in answer:
        raise Refused(answer["refused"])
    if "error" in answer:
        raise ConnectFailed(f"{path} cannot be read: {answer['error']}")
    found: dict[str, Any] = answer["found"]
    return found


def follow_wal(path: Path) -> Iterator[dict[str, Any]]:
    """Commits as they happen, until the iterator is closed. Raises ConnectFailed at the end."""
    process = _start([str(path), "--follow"])
    try:
        for line in process.stdout or ():
            yield json.loads(line)
    finally:
        process.kill()
        process.communicate()
    raise ConnectFailed(f"the helper process that follows {path} has ended")


@cache
def _lifeline() -> int:
    """The reading end of a pipe whose other end is open as long as this process is there."""
    reading, _ = os.pipe()
    return reading


def _start(
    arguments: list[str], run: str = _RUN, asked_by: int | None = None
) -> "subprocess.Popen[str]":
    # Isolated and without site: it imports the standard library only, and starts in half the time.
    command = [sys.executable, "-I", "-S", "-c", run, _ROOT, *arguments]
    return subprocess.Popen(  # noqa: S603 - a list of arguments, no shell
        command,
        stdin=_lifeline() if asked_by is None else asked_by,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _answer(
    arguments: list[str], timeout_s: float, begun: subprocess.Popen[str] | None = None
) -> str:
    try:
        process = begun or _start(arguments)
        with process:
            try:
                answer, _ = process.communicate(timeout=timeout_s)
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise ConnectFailed(
                    f"{arguments[0]} does not answer: no reply from its file system "
                    f"in {timeout_s:g} s"
                ) from error
    except OSError as error:
        raise ConnectFailed(
            f"the helper process that looks at {arguments[0]} failed: {error}"
        ) from error
    if process.returncode:
        raise ConnectFailed(
            f"the helper process that looks at {arguments[0]} failed: exit {process.returncode}"
        )
    return answer
