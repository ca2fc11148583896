"""What bytes are by how they begin."""

import uuid

_LENGTH = 16
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF87a", "GIF image"),
    (b"GIF89a", "GIF image"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"%PDF-", "PDF document"),
    (b"PK\x03\x04", "zip archive"),
    (b"SQLite format 3\0", "SQLite database"),
)
"""As file(1) tells them: PNG 1.2 section 3.1, ITU T.81 B.1, RFC 1952, RFC 8878, ISO 32000,
APPNOTE.TXT 4.3.7, https://www.sqlite.org/fileformat.html.
"""


def byte_kind(data: bytes) -> str:
    """The kind of file whose signature `data` has, in a word or two; of 16 bytes that keep the
    rules of RFC 9562, how they read as a UUID, as chance may have it. Empty: nobody can tell.
    """
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if len(data) != _LENGTH:
        return ""
    read = uuid.UUID(bytes=data)
    is_one = read.variant == uuid.RFC_4122 and read.version in range(1, 9)
    return f"as a UUID {read}" if is_one else ""
