"""Cutting a terminal's bytes into keys and pastes, however they are read."""

from itertools import pairwise

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from studio.ui.terminal.driver import text_of
from studio.ui.terminal.pastes import (
    END,
    MOST_BYTES,
    SILENCE_S,
    START,
    Began,
    KeyBytes,
    NotTaken,
    Pasted,
    PasteSplitter,
)

SPECIAL = (
    *(b"\x1b", b"[", b"\x1b[", b"\x1b[2", b"\x1b[20", b"\x1b[200", b"\x1b[201", b"\x1b[0m", b"~"),
    *(b"\x12", b"\x07", b"\r", b"\n", b"\0", b"\x9b201~", b"\xc3", b"\xff", b"dw\r", b"0", b"1"),
)
ANYTHING = st.lists(st.sampled_from(SPECIAL) | st.binary(max_size=4), max_size=12).map(b"".join)
PASTES = (
    st.lists(st.sampled_from([*SPECIAL, START]) | st.binary(max_size=4), max_size=12)
    .map(b"".join)
    .filter(lambda raw: END not in raw + END[:-1])
)
TYPED = ANYTHING.filter(lambda raw: START not in raw and END not in raw)
PATIENTLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is slow at anything."""
SESSIONS = st.lists(
    st.tuples(st.just(Pasted), PASTES) | st.tuples(st.just(KeyBytes), TYPED), max_size=6
)


def read(splitter, chunks, pause_s=0.0):
    """Every part that these reads give, keys that touch as one."""
    now, parts = 0.0, []
    for chunk in chunks:
        parts += splitter.feed(chunk, now)
        now += pause_s
    parts += splitter.tick(now + 10)
    return joined(parts)


def joined(parts):
    """As one list of (kind, bytes); an ESC that turned out to begin a paste is no key."""
    made = []
    for part in parts:
        match part:
            case KeyBytes(raw) if made and made[-1][0] is KeyBytes:
                made[-1] = (KeyBytes, made[-1][1] + raw)
            case Began():
                assert made[-1][0] is KeyBytes
                assert made[-1][1].endswith(b"\x1b")
                made[-1] = (KeyBytes, made[-1][1][:-1])
            case KeyBytes(raw) | Pasted(raw):
                made.append((type(part), raw))
    return [(kind, raw) for kind, raw in made if kind is Pasted or raw]


def cut(raw, places):
    edges = [0, *sorted({place % (len(raw) + 1) for place in places}), len(raw)]
    return [raw[a:b] for a, b in pairwise(edges) if a < b]


def expected(session):
    made = []
    for kind, raw in session:
        if kind is KeyBytes and made and made[-1][0] is KeyBytes:
            made[-1] = (KeyBytes, made[-1][1] + raw)
        elif kind is Pasted or raw:
            made.append((kind, raw))
    return made


def stream(session):
    return b"".join(START + raw + END if kind is Pasted else raw for kind, raw in session)


def is_sound(session):
    """Whether keys and markers form no marker where they touch."""
    return stream(session).count(START) == sum(
        1 + raw.count(START) if kind is Pasted else 0 for kind, raw in session
    )


@PATIENTLY
@given(SESSIONS.filter(is_sound), st.lists(st.integers(0, 500), max_size=20))
@example([(Pasted, b" note \x1b[0m dw\r")], [])
@example([(Pasted, START * 2)], list(range(40)))
@example([(KeyBytes, b"\x1b"), (Pasted, b"\x1b[201")], list(range(40)))
def test_a_paste_is_what_stands_between_the_markers(session, places):
    assert read(PasteSplitter(), cut(stream(session), places)) == expected(session)


@PATIENTLY
@given(SESSIONS.filter(is_sound))
def test_a_byte_at_a_time_with_pauses_gives_the_same(session):
    chunks = [bytes([byte]) for byte in stream(session)]
    assert read(PasteSplitter(), chunks, pause_s=0.9) == expected(session)


@PATIENTLY
@given(PASTES)
def test_a_paste_may_pause_for_long(text):
    splitter = PasteSplitter()
    parts = list(splitter.feed(START, 0.0))
    now = 0.0
    for byte in text + END:
        parts += splitter.tick(now + SILENCE_S - 0.1)
        now += SILENCE_S - 0.1
        parts += splitter.feed(bytes([byte]), now)
    assert joined(parts) == [(Pasted, text)]


def test_a_lone_escape_is_a_key_at_once():
    assert list(PasteSplitter().feed(b"\x1b", 0.0)) == [KeyBytes(b"\x1b")]


def test_what_only_begins_like_a_marker_comes_through_in_time():
    splitter = PasteSplitter()
    parts = [*splitter.feed(b"\x1b", 0.0), *splitter.feed(b"[2", 0.1)]
    assert parts == [KeyBytes(b"\x1b")]
    assert splitter.deadline is not None
    assert list(splitter.tick(splitter.deadline)) == [KeyBytes(b"[2")]
    assert splitter.deadline is None


def test_a_bracket_typed_long_after_escape_is_not_held_back():
    splitter = PasteSplitter()
    list(splitter.feed(b"\x1b", 0.0))
    assert list(splitter.feed(b"[", 10.0)) == [KeyBytes(b"[")]


def test_a_paste_that_never_ends_gives_the_keyboard_back():
    splitter = PasteSplitter()
    assert list(splitter.feed(START + b"dw\r", 0.0)) == []
    assert list(splitter.tick(SILENCE_S - 0.1)) == []
    assert list(splitter.tick(SILENCE_S)) == [NotTaken(3, is_endless=True)]
    assert list(splitter.feed(b"q", SILENCE_S + 1)) == [KeyBytes(b"q")]


def test_the_rest_of_a_paste_that_was_given_up_is_no_keys():
    splitter = PasteSplitter()
    list(splitter.feed(START + b"a", 0.0))
    list(splitter.tick(SILENCE_S))
    assert list(splitter.feed(b"dw\r" * 1000, 3600.0)) == []
    assert list(splitter.feed(b"dw\r" + END + b"j", 3600.1)) == [KeyBytes(b"j")]
    assert list(splitter.feed(START + b"b" + END, 3601.0)) == [Pasted(b"b")]


def test_a_new_paste_after_one_that_was_given_up_is_whole():
    splitter = PasteSplitter()
    list(splitter.feed(START + b"a", 0.0))
    list(splitter.tick(SILENCE_S))
    assert list(splitter.feed(b"j" + START + b"b" + END + b"k", 60.0)) == [
        KeyBytes(b"j"), Pasted(b"b"), KeyBytes(b"k"),
    ]  # fmt: skip


def test_a_paste_that_is_too_long_is_kept_out_of_memory_and_still_no_keys():
    splitter = PasteSplitter()
    chunk = b"dw\r!" * (1 << 18)
    count = MOST_BYTES // len(chunk) + 8
    parts = list(splitter.feed(START, 0.0))
    for _ in range(count):
        parts += splitter.feed(chunk, 0.0)
    assert splitter.held_bytes <= MOST_BYTES
    parts += splitter.feed(END[:3], 0.0)
    parts += splitter.feed(END[3:] + b"j", 0.0)
    assert parts == [NotTaken(count * len(chunk), is_endless=False), KeyBytes(b"j")]


def test_broken_utf8_is_text():
    assert text_of(b"a\xff\xc3b\xed\xa0\x80") == "a\ufffd\ufffdb\ufffd\ufffd\ufffd"


def test_lines_end_as_texts_do():
    assert text_of(b"a\rb\r\nc\nd\0") == "a\nb\nc\nd"
