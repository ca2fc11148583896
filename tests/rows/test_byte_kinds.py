"""What bytes are called."""

import gzip
import io
import uuid
import zipfile

import pytest

from studio.rows.byte_kinds import byte_kind


def zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a"), "b")
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "PNG image"),
        (b"\xff\xd8\xff\xe0\0", "JPEG image"),
        (b"%PDF-1.7", "PDF document"),
        (b"SQLite format 3\0" + bytes(84), "SQLite database"),
        (gzip.compress(b"a", mtime=0), "gzip"),
        (zipped(), "zip archive"),
        (b"", ""),
        (b"\x89PN", ""),
        (bytes(16), ""),
        (bytes(17), ""),
    ],
)
def test_a_signature_names_a_kind(data, kind):
    assert byte_kind(data) == kind


def test_sixteen_bytes_read_as_a_uuid():
    made = uuid.uuid4()
    assert byte_kind(made.bytes) == f"as a UUID {made}"
    assert byte_kind(made.bytes + b"\0") == ""
