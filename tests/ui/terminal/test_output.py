"""A terminal that does not read: nothing waits for it, nothing piles up, and it sees what is."""

import os
import pty
import select
import threading
import time
import tty

import pytest

from studio.ui.terminal.output import MOST_WAITING_BYTES, Output
from tests.patience import IN_VAIN_S

FRAME = b"x" * 9_999 + b"|"


class Reader:
    """The other end of a terminal, and what the output does with it."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.has_room = threading.Event()
        self.output = Output(self.slave, self.has_room.set)

    def read(self, until: bytes) -> bytes:
        """Everything up to where it ends in `until`."""
        found = b""
        end = time.monotonic() + IN_VAIN_S
        while not found.endswith(until) and time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                found += os.read(self.master, 1 << 16)
        assert found.endswith(until)
        return found


@pytest.fixture
def reader():
    made = Reader()
    yield made
    os.close(made.master)
    made.output.give_up()
    if made.output._thread is not None:
        made.output._thread.join(IN_VAIN_S)
    os.close(made.slave)


def fill(output: Output, frames: int = 2000) -> None:
    for _ in range(frames):
        output.write(FRAME, is_frame=True)


def test_what_is_written_arrives_in_order(reader):
    pieces = [f"{number};".encode() for number in range(5000)]
    for piece in pieces:
        reader.output.write(piece, is_frame=True)
    assert reader.read(b"4999;") == b"".join(pieces)


def test_frames_that_nobody_reads_are_dropped_whole_and_then_there_is_room(reader):
    fill(reader.output)
    assert reader.output._waiting_bytes <= MOST_WAITING_BYTES + len(FRAME)
    assert reader.output.is_behind
    seen = bytearray()
    while not reader.has_room.is_set():
        if select.select([reader.master], [], [], 0.05)[0]:
            seen += os.read(reader.master, 1 << 16)
    reader.output.write(b"dropped: nobody drew everything yet", is_frame=True)
    reader.output.catch_up()
    reader.output.write(b"everything", is_frame=True)
    seen += reader.read(b"everything")
    begun, rest = divmod(len(seen) - len(b"everything"), len(FRAME))
    assert rest == 0
    assert seen == FRAME * begun + b"everything"


def test_frames_dropped_when_all_is_written_leave_room_to_be_told_of(reader):
    reader.output.write(FRAME, is_frame=True)
    reader.read(FRAME)
    assert reader.output.drain(IN_VAIN_S)
    with reader.output._changed:
        # What the thread has to do lies between its last write and its next wait.
        reader.output._waiting_bytes = MOST_WAITING_BYTES + 1
    reader.output.write(FRAME, is_frame=True)
    assert reader.has_room.wait(IN_VAIN_S)


def test_modes_are_kept_when_frames_are_dropped(reader):
    reader.output.write(b"on", is_frame=False)
    fill(reader.output)
    reader.output.write(b"off", is_frame=False)
    assert reader.read(b"off").startswith(b"on")


def test_waiting_for_the_end_has_an_end(reader):
    reader.output.write(FRAME * 100, is_frame=True)
    while not reader.output._is_writing:
        time.sleep(0.001)
    start = time.monotonic()
    assert not reader.output.drain(0.2)
    assert time.monotonic() - start < IN_VAIN_S


def test_a_terminal_that_reads_gets_the_end(reader):
    reader.output.write(b"the end", is_frame=False)
    reading = threading.Thread(target=reader.read, args=(b"the end",))
    reading.start()
    assert reader.output.drain(IN_VAIN_S)
    reading.join()


def test_nothing_is_kept_for_a_terminal_that_is_gone():
    reader = Reader()
    fill(reader.output)
    os.close(reader.master)
    assert reader.output.drain(IN_VAIN_S)
    fill(reader.output)
    assert reader.output._waiting_bytes == 0
    os.close(reader.slave)


def test_a_terminal_somebody_made_nonblocking_gets_everything(reader):
    os.set_blocking(reader.slave, False)
    reader.output.write(FRAME * 20, is_frame=True)
    assert reader.read(b"|") != b""
    reader.output.write(b"end", is_frame=True)
    reader.read(b"end")
