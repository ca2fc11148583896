"""What a terminal sends, cut into keys and pastes.

A terminal in bracketed paste mode (xterm's mode 2004) writes `ESC[200~` before what is pasted and
`ESC[201~` after it. Between the two everything is text: escape sequences, control characters, a
second `ESC[200~`. Only the first end marker ends it, wherever the reads cut the stream.
"""

from collections.abc import Generator, Iterator
from typing import NamedTuple

START, END = b"\x1b[200~", b"\x1b[201~"
_BEHIND_ESCAPE = START[1:]
BRACKET_S, UNFINISHED_S = 1.0, 5.0
"""So long the `[` of a start marker is waited for behind its ESC, and so long what comes next: a
person may type the first two by themselves, and nobody types the rest."""
SILENCE_S = 30.0
"""A paste whose end has not come after so long without a byte has none: keys are keys again."""
MOST_BYTES = 32 * 1024 * 1024
"""A longer paste is not kept. It is still no keys: its end is waited for."""
_TYPED_AT_ONCE = 512
"""Nobody types more bytes between two reads."""


class KeyBytes(NamedTuple):
    """Bytes that are keys, mouse reports and answers of the terminal."""

    raw: bytes


class Began:
    """A paste began with the ESC that was given away last, as a key: it is to be forgotten."""


class Pasted(NamedTuple):
    """A whole paste, as it came."""

    raw: bytes


class NotTaken(NamedTuple):
    """A paste that gives no text."""

    byte_count: int
    is_endless: bool
    """Its end never came; else it was too long."""


Part = KeyBytes | Began | Pasted | NotTaken
_Parts = Generator[Part, None, bytes]
"""Parts, and in the end the bytes that were not looked at."""


class PasteSplitter:
    """Cuts the bytes of one terminal as they are read. Times are seconds of a clock that never goes
    back.

    An ESC at the end of a read is given away at once, or the escape key would be slow. When the
    rest of a start marker follows, a paste begins all the same.
    """

    def __init__(self) -> None:
        self._held: bytes | None = None
        """Behind an ESC that was given away: what may yet become a start marker. None: no ESC."""
        self._paste: bytearray | None = None
        """The paste that is coming, or its last bytes when it is too long."""
        self._left_out = 0
        """Bytes of it that were not kept."""
        self._is_overdue = False
        """A paste was given up: what is left of it may still come."""
        self._last = 0.0

    @property
    def deadline(self) -> float | None:
        """When to call `tick`, should nothing be read before."""
        if self._paste is not None:
            return self._last + SILENCE_S
        if self._held is None:
            return None
        return self._last + (UNFINISHED_S if len(self._held) > 1 else BRACKET_S)

    @property
    def held_bytes(self) -> int:
        """Bytes that are kept until more comes."""
        return len(self._paste or b"") + len(self._held or b"")

    def tick(self, now: float) -> Iterator[Part]:
        """What has waited long enough."""
        if self.deadline is None or now < self.deadline:
            return
        if self._paste is not None:
            yield NotTaken(self._left_out + len(self._paste), is_endless=True)
            self._paste, self._is_overdue = None, True
        elif held := self._unheld():
            yield KeyBytes(held)

    def feed(self, raw: bytes, now: float) -> Iterator[Part]:
        """The parts that are whole with these bytes."""
        yield from self.tick(now)
        self._last = now
        if self._is_overdue:
            raw = self._without_rest(raw)
        while raw:
            if self._paste is not None:
                raw = yield from self._paste_goes_on(self._paste, raw)
            elif self._held is not None:
                raw = yield from self._behind_escape(self._held, raw)
            else:
                raw = yield from self._keys(raw)

    def _paste_goes_on(self, paste: bytearray, raw: bytes) -> _Parts:
        unseen = max(0, len(paste) - len(END) + 1)
        paste += raw
        at = paste.find(END, unseen)
        if at < 0:
            if len(paste) + self._left_out > MOST_BYTES:
                cut = max(0, len(paste) - len(END) + 1)
                self._left_out += cut
                del paste[:cut]
            return b""
        self._paste = None
        rest = bytes(paste[at + len(END) :])
        if self._left_out + at > MOST_BYTES:
            yield NotTaken(self._left_out + at, is_endless=False)
        else:
            yield Pasted(bytes(paste[:at]))
        return rest

    def _behind_escape(self, held: bytes, raw: bytes) -> _Parts:
        missing = len(_BEHIND_ESCAPE) - len(held)
        made = held + raw[:missing]
        if made == _BEHIND_ESCAPE:
            yield Began()
            self._begin()
            return raw[missing:]
        if _BEHIND_ESCAPE.startswith(made):
            self._held = made
            return b""
        return (yield from self._keys(self._unheld() + raw))

    def _keys(self, raw: bytes) -> _Parts:
        at = raw.find(START)
        if at >= 0:
            if at:
                yield KeyBytes(raw[:at])
            self._begin()
            return raw[at + len(START) :]
        for length in range(len(START) - 1, 0, -1):
            if raw.endswith(START[:length]):
                yield KeyBytes(raw[: len(raw) - length + 1])
                self._held = START[1:length]
                return b""
        yield KeyBytes(raw)
        return b""

    def _begin(self) -> None:
        self._held, self._paste, self._left_out, self._is_overdue = None, bytearray(), 0, False

    def _unheld(self) -> bytes:
        held, self._held = self._held or b"", None
        return held

    def _without_rest(self, raw: bytes) -> bytes:
        """`raw` without what is left of a paste that was given up."""
        start, end = raw.find(START), raw.find(END)
        if end >= 0 and not 0 <= start < end:
            self._is_overdue = False
            return raw[end + len(END) :]
        return b"" if start < 0 and len(raw) > _TYPED_AT_ONCE else raw
