"""Programs that use a database while we look at it: real processes, told what to do."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

_PROGRAM = """
import json, os, sqlite3, sys
if len(sys.argv) > 1:
    os.setgroups([])
    os.setgid(int(sys.argv[1]))
    os.setuid(int(sys.argv[1]))
connection = None
for line in sys.stdin:
    verb, text = json.loads(line)
    answer = None
    try:
        if verb == "open":
            connection = sqlite3.connect(text, isolation_level=None, timeout=0)
        elif verb == "sql":
            answer = connection.execute(text).fetchall()
        elif verb == "close":
            connection.close()
    except sqlite3.Error as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
"""


class Program:
    """An application with one connection, as `user` (and the group of that number) when it is
    given. Waits for nobody: its busy timeout is 0.
    """

    def __init__(self, path: Path, user: int | None = None, command: Sequence[str] = ()) -> None:
        """`command`: of an application that is told the same in its own language."""
        who = [] if user is None else [str(user)]
        self.process = subprocess.Popen(
            command or [sys.executable, "-I", "-S", "-c", _PROGRAM, *who],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.tell("open", str(path))

    def tell(self, verb: str, text: str = "") -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps([verb, text]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def sql(self, text: str) -> Any:
        answer = self.tell("sql", text)
        assert not isinstance(answer, dict), answer
        return answer

    def close(self) -> None:
        """Close its connection, and leave."""
        if self.process.poll() is None:
            self.tell("close")
        self._end()

    def kill(self) -> None:
        """As SIGKILL: nothing is cleaned up."""
        self.process.kill()
        self._end()

    def _end(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def snapshot(folder: Path) -> dict[str, tuple[object, ...]]:
    """All that looking must not change. Reads the files: not while this process has them open."""
    found = {".": _status(folder)[:-1]}
    for entry in sorted(folder.iterdir()):
        if entry.is_file() and not entry.is_symlink():
            found[entry.name] = (*_status(entry), sha256(entry.read_bytes()).hexdigest())
    return found


def glance(folder: Path) -> dict[str, tuple[object, ...]]:
    """The same by `stat` alone, for while something is open."""
    return {".": _status(folder)} | {p.name: _status(p) for p in sorted(folder.iterdir())}


def _status(path: Path) -> tuple[object, ...]:
    status = path.lstat()
    return (
        status.st_ino,
        status.st_mode,
        status.st_uid,
        status.st_gid,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_size,
    )


def as_nobody(work: Callable[[], Any]) -> Any:
    """`work` as the user who owns nothing."""
    return as_user(65534, work)


def as_user(user: int, work: Callable[[], Any]) -> Any:
    """`work` in a child that has given up root for good; its JSON answer. Import all it needs
    before.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
            os.write(writing, json.dumps(work()).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    assert status == 0, f"the child failed: {status}"
    return json.loads(text)
