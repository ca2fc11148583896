"""Told to end, a program ends: in order if it can, and in time if it cannot."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from studio.process.signals import Ending
from tests.patience import IN_VAIN_S
from tests.ui.terminal.states import SLOW

BEGINS = """
import atexit, os, pathlib, signal, sqlite3, sys, threading, time
from studio.process.signals import Ending
def told(text):
    print(text, flush=True)
"""
ENDING = [signal.SIGTERM, signal.SIGHUP]


def started(script: str, *arguments: str) -> subprocess.Popen[str]:
    """A program that has said "ready"."""
    command = [sys.executable, "-c", BEGINS + script, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code, and what it said."""
    assert process.stdout is not None
    with process.stdout:
        return waited_for(process), process.stdout.read()


def waited_for(process: subprocess.Popen[Any]) -> int:
    """Its exit code; a program that does not end in time is not left to go on."""
    try:
        return process.wait(IN_VAIN_S)
    finally:
        process.kill()


@pytest.mark.parametrize("number", ENDING)
def test_it_cleans_up_and_a_second_signal_does_not_disturb_it(number):
    process = started("""
with Ending():
    try:
        told("ready")
        time.sleep(600)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0)
        told("clean")
""")
    process.send_signal(number)
    assert ended(process) == (128 + number, "clean\n")


@pytest.mark.parametrize("number", ENDING)
def test_what_cannot_be_interrupted_ends_and_its_finalizers_run(number):
    process = started(f"""
atexit.register(told, "finalized")
with Ending():
    told("ready")
    sqlite3.connect(":memory:").execute({SLOW!r})
""")
    start = time.monotonic()
    process.send_signal(number)
    assert ended(process) == (128 + number, "finalized\n")
    assert time.monotonic() - start < IN_VAIN_S


def test_what_hangs_in_the_end_ends_with_the_programs_own_code():
    process = started("""
with Ending() as ending:
    ending.at_last = lambda: (told("last"), time.sleep(600))
    threading.Thread(target=time.sleep, args=(600,)).start()
    told("ready")
    ending.finish(7)
""")
    assert ended(process) == (7, "last\n")


def test_who_is_handed_the_end_brings_it_about():
    process = started("""
with Ending() as ending:
    over = threading.Event()
    ending.hand_to(lambda number: (told(number.name), over.set()))
    told("ready")
    over.wait()
""")
    process.terminate()
    assert ended(process) == (143, "SIGTERM\n")


def test_nohup_is_obeyed():
    process = started("""
signal.signal(signal.SIGHUP, signal.SIG_IGN)
with Ending():
    told("ready")
    os.kill(os.getpid(), signal.SIGHUP)
    told("goes on")
""")
    assert ended(process) == (0, "goes on\n")


def test_afterwards_everything_is_as_before():
    before = [signal.getsignal(number) for number in ENDING]
    threads = threading.active_count()
    with Ending():
        assert [signal.getsignal(number) for number in ENDING] != before
    assert [signal.getsignal(number) for number in ENDING] == before
    assert threading.active_count() == threads


def test_in_another_thread_it_does_nothing():
    before = [signal.getsignal(number) for number in ENDING]
    seen = []

    def run() -> None:
        with Ending():
            seen.extend(signal.getsignal(number) for number in ENDING)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == before


@pytest.mark.parametrize("number", ENDING)
def test_a_query_that_is_ended_leaves_no_draft_of_its_file(tmp_path, number):
    output = tmp_path / "rows.csv"
    sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    command = [sys.executable, "-m", "studio", "query", ":memory:", sql]
    process = subprocess.Popen([*command, "--format", "csv", "--output", str(output)])
    end = time.monotonic() + IN_VAIN_S
    while not any(path.stat().st_size for path in tmp_path.iterdir()):
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    assert waited_for(process) == 128 + number
    assert list(tmp_path.iterdir()) == []


def test_a_helper_ends_with_who_asked_it(tmp_path):
    room = tmp_path / "studio" / "wal"
    room.mkdir(parents=True)
    for package in (room, room.parent):
        (package / "__init__.py").touch()
    (room / "__main__.py").write_text("import time\ndef main(words):\n    time.sleep(600)\n")
    process = started(
        """
from studio.backends.sqlite import helper
helper._ROOT = sys.argv[1]
process = helper._start(["any.db"])
told("ready")
told(process.pid)
time.sleep(600)
""",
        str(tmp_path),
    )
    assert process.stdout is not None
    helper = Path(f"/proc/{int(process.stdout.readline())}")
    end = time.monotonic() + IN_VAIN_S
    while "any.db" not in (helper / "cmdline").read_text():
        # Between fork and exec it has no words of its own.
        assert time.monotonic() < end
    process.kill()
    process.wait()
    end = time.monotonic() + IN_VAIN_S
    while helper.exists() and (helper / "cmdline").read_bytes():
        assert time.monotonic() < end
        time.sleep(0.01)
    process.stdout.close()
