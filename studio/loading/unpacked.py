"""Files that are packed, as what is in them: gzip and zstd, known by their first bytes."""

import gzip
from io import BufferedReader, RawIOBase
from typing import Any, BinaryIO, cast

from studio.config.extras import extra

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_PIECE = 2**16


def unpacked(raw: BinaryIO) -> BinaryIO:
    """What is in `raw`, from its start. Reading raises EOFError where it ends too early, OSError
    where it is not what its first bytes say; ConfigInvalid without the package it takes.
    """
    raw.seek(0)
    head = raw.read(len(_ZSTD))
    raw.seek(0)
    if head.startswith(_GZIP):
        return cast("BinaryIO", gzip.GzipFile(fileobj=raw))
    return BufferedReader(_Zstd(raw)) if head == _ZSTD else raw


class _Zstd(RawIOBase):
    """Frame after frame; the package's own reader takes half a frame for the end."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._package = extra("zstandard", "zstd", ".zst")
        self._frame: Any = self._new()
        self._is_between = False
        self._held = b""

    def _new(self) -> Any:  # noqa: ANN401 - the package is not always there
        return self._package.ZstdDecompressor().decompressobj()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, into: Any, /) -> int:  # noqa: ANN401 - a buffer, which 3.11 cannot say
        """Fill `into` as far as there is something."""
        while not self._held:
            packed = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof:
                self._frame, self._is_between = self._new(), True
            packed = packed or self._raw.read(_PIECE)
            if not packed:
                if self._is_between:
                    return 0
                raise EOFError("the last frame is not whole")
            self._is_between = False
            try:
                self._held = self._frame.decompress(packed)
            except self._package.ZstdError as error:
                raise OSError(str(error)) from error
        size = min(len(into), len(self._held))
        into[:size] = self._held[:size]
        self._held = self._held[size:]
        return size
