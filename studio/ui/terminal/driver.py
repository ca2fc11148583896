"""The driver: Textual's own, with pastes cut out before its parser sees what was typed.

Textual 8.2 looks for escape sequences in pasted text as it does among keys, and ends the paste at
the first one it does not know: the rest would be commands.
"""

import os
import selectors
import signal
from codecs import getincrementaldecoder
from time import monotonic

from textual import events
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.message import Message

from studio.ui.terminal.pastes import Began, KeyBytes, NotTaken, Part, Pasted, PasteSplitter
from studio.ui.terminal.steady import SteadyDriver

_TICK_S = 0.1
"""Textual's own: so late the escape key may be told from the beginning of a sequence."""
_READ_BYTES = 64 * 1024


class PasteNotTaken(Message):
    """A paste gave no text."""

    def __init__(self, byte_count: int, *, is_endless: bool) -> None:
        super().__init__()
        self.byte_count = byte_count
        self.is_endless = is_endless
        """Its end never came; else it was too long."""


class CameTogether(Message):
    """The next keys and pastes were read in one go. Sent ahead of them: on a busy machine each may
    come long after the one before.
    """

    def __init__(self, typed: tuple[events.Key | events.Paste, ...]) -> None:
        super().__init__()
        self.typed = typed


class KeyboardReader:
    """Makes messages of what a terminal sends. Their time is that of the read they came in."""

    def __init__(self, debug: bool = False) -> None:
        self._debug = debug
        self._splitter = PasteSplitter()
        self._parser = XTermParser(debug)
        # What is no UTF-8 is no key either, and no reason to end.
        self._decode = getincrementaldecoder("utf-8")("replace")

    def feed(self, raw: bytes, now: float) -> list[Message]:
        """What these bytes mean; `now` in `monotonic` seconds."""
        made = [message for part in self._splitter.feed(raw, now) for message in self._read(part)]
        for message in made:
            message.time = now
        typed = tuple(one for one in made if isinstance(one, events.Key | events.Paste))
        return [CameTogether(typed), *made] if len(typed) > 1 else made

    def tick(self, now: float) -> list[Message]:
        """What is meant by nothing having come for a while."""
        waited = [message for part in self._splitter.tick(now) for message in self._read(part)]
        return [*self._parser.tick(), *waited]

    def close(self) -> None:
        """Nothing comes any more."""
        try:
            list(self._parser.feed(""))
        except (EOFError, ParseError):
            return

    def _read(self, part: Part) -> list[Message]:
        match part:
            case KeyBytes(raw):
                return self._parsed(self._decode.decode(raw))
            case Began():
                self._begin_anew()
                return []
            case Pasted(raw):
                return [events.Paste(text_of(raw))]
            case NotTaken(byte_count, is_endless):
                return [PasteNotTaken(byte_count, is_endless=is_endless)]

    def _parsed(self, typed: str) -> list[Message]:
        messages: list[Message] = []
        if typed:
            try:
                messages.extend(self._parser.feed(typed))
            except (ValueError, OverflowError):
                # A sequence with a number that is no character: it is no key.
                self._begin_anew()
        return messages

    def _begin_anew(self) -> None:
        """Forget what the parser holds; it knows no other way to forget an ESC."""
        before, self._parser = self._parser, XTermParser(self._debug)
        for name in ("last_x", "last_y", "mouse_pixels", "terminal_size", "terminal_pixel_size"):
            setattr(self._parser, name, getattr(before, name))


def text_of(raw: bytes) -> str:
    """A paste as text. Terminals write CR where a line ends; NUL is left out, as Textual does: no
    engine keeps it everywhere a text may go.
    """
    text = raw.decode("utf-8", "replace").replace("\0", "")
    return text.replace("\r\n", "\n").replace("\r", "\n")


class StudioDriver(SteadyDriver):
    """Reads pastes whole, and never waits for the screen."""

    def run_input_thread(self) -> None:
        """Wait for input and send what it means, until told to end."""
        reader = KeyboardReader(self._debug)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_TICK_S):
                    raw = self._typed()
                    if not raw:
                        # Its end would be read again and again: as good as a hang-up.
                        os.kill(os.getpid(), signal.SIGHUP)
                        break
                    self._send(reader.feed(raw, monotonic()))
                self._send(reader.tick(monotonic()))
        reader.close()

    def _typed(self) -> bytes:
        """What is there to read; empty at the terminal's end."""
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:
            return b""

    def _send(self, messages: list[Message]) -> None:
        for message in messages:
            self.process_message(message)
