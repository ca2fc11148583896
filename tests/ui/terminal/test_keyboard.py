"""What a terminal sends, as messages."""

import pytest
from textual import events
from textual.message import Message

from studio.ui.terminal.driver import CameTogether, KeyboardReader

TEXT = " note \x1b[0m dw\n\x12\x07"
PASTED = b"\x1b[200~ note \x1b[0m dw\r\x12\x07\x1b[201~"


def heard(*chunks: bytes, pause_s: float = 0.0) -> list[str]:
    """Keys and pastes that these reads mean."""
    reader, now = KeyboardReader(), 0.0
    messages: list[Message] = []
    for chunk in chunks:
        messages += reader.feed(chunk, now)
        now += pause_s
    reader.close()
    return [
        message.key if isinstance(message, events.Key) else f"paste {message.text!r}"
        for message in messages
        if isinstance(message, events.Key | events.Paste)
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_a_paste_is_one_message_and_keys_around_it_are_keys(size):
    raw = b"j" + PASTED + b"\x1b[B" + PASTED + b"k"
    chunks = [raw[i : i + size] for i in range(0, len(raw), size)]
    paste = f"paste {TEXT!r}"
    assert heard(*chunks) == ["j", paste, "down", paste, "k"]


def test_an_empty_paste_is_one_too():
    assert heard(b"\x1b[200~\x1b[201~") == ["paste ''"]


def test_a_stray_end_is_nothing():
    assert heard(b"a\x1b[201~b") == ["a", "b"]


def test_keys_that_are_no_text_and_no_sequences_end_nothing():
    assert heard(b"\xff\xfea") == ["replacement_character", "replacement_character", "a"]
    assert heard(b"\x1b[99999999999;1u", b"a") == ["a"]


def test_what_is_read_in_one_go_has_one_time_and_is_told_of_ahead():
    told, *typed = KeyboardReader().feed(b"y\x1b[A" + PASTED + b"\r", 7.0)
    assert isinstance(told, CameTogether)
    assert list(told.typed) == typed
    assert [message.time for message in typed] == [7.0] * 4
    assert not any(isinstance(one, CameTogether) for one in KeyboardReader().feed(b"y", 8.0))


def test_letters_of_several_bytes_may_be_cut():
    assert heard(*(bytes([byte]) for byte in "é日".encode())) == ["é", "日"]
