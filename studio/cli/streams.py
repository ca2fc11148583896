"""stdin, stdout and stderr as the shell left them: closed, full, or in another encoding."""

import os
import sys
from io import StringIO, TextIOWrapper
from typing import TextIO

from studio.model.errors import ConfigInvalid


def prepare_streams() -> None:
    """Make the standard streams safe to write to, whatever the locale or a closed stderr.

    Data for a program is UTF-8; a terminal gets what it can show.
    """
    if sys.stderr is None:
        # print() would send what is meant for a closed stderr to stdout, among the data.
        sys.stderr = StringIO()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.encoding.lower() != "utf-8":
            if stream.isatty():
                stream.reconfigure(errors="backslashreplace")
            else:
                stream.reconfigure(encoding="utf-8")


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person is at the other end; a closed stream is None."""
    return stream is not None and stream.isatty()


def require_stdout() -> None:
    """Raises ConfigInvalid where stdout is closed: what was asked for would be lost unseen."""
    if sys.stdout is None:
        raise ConfigInvalid("stdout is closed: send it to a file, a pipe or a terminal")


def flush_stdout() -> None:
    """Write out what waits, while an error can still be told. Raises OSError."""
    sys.stdout.flush()


def discard_stdout() -> None:
    """Send what still waits nowhere: Python would complain again while it shuts down."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def read_stdin() -> str:
    """All of stdin as text; raises ConfigInvalid where it is closed or not UTF-8."""
    if sys.stdin is None:
        raise ConfigInvalid("stdin is closed, so no statement can be read from it")
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigInvalid(
            f"stdin is not UTF-8 text (byte {error.start + 1:,}): convert it with iconv first"
        ) from error
