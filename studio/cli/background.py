"""Failures nobody waits for: in threads, in forgotten tasks, while objects go."""

import logging
import sys
import threading


def keep_quiet() -> None:
    """From now on they are written to a report, and not to the terminal."""
    threading.excepthook = lambda failed: _report(failed.exc_value)
    sys.unraisablehook = lambda failed: _report(failed.exc_value)
    logging.getLogger("asyncio").addHandler(_Reporting(logging.ERROR))


class _Reporting(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _report(record.exc_info[1] if record.exc_info else None)


def _report(error: BaseException | None) -> None:
    from studio.config.reports import written  # noqa: PLC0415 - hardly ever wanted

    if error is not None:
        written(error)
