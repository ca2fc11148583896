"""Which file system a path is on, and whether locks and shared memory work there."""

from os import fsdecode, fsencode
from pathlib import Path

_NETWORK = {
    "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "virtiofs", "vboxsf", "prl_fs",
    "afs", "afpfs", "ceph", "glusterfs", "lustre", "ncpfs", "webdav", "davfs", "drvfs",
    "osxfs", "grpcfuse", "fakeowner",
}  # fmt: skip
"""Where another machine may write without our seeing its locks or its shared memory."""
_LOCAL_FUSE = {"fuseblk"}


def file_system(path: Path) -> str:
    """The type of the file system that holds `path`, as the kernel names it; "" when unknown."""
    try:
        mounts = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return ""
    best, kind = b"", b""
    target = fsencode(path)
    for line in mounts:
        before, _, after = line.partition(b" - ")
        point = _unescape(before.split()[4])
        inside = point in {b"/", target} or target.startswith(point + b"/")
        if inside and len(point) >= len(best):
            best, kind = point, after.split()[0]
    return fsdecode(kind)


def is_network(kind: str) -> bool:
    """Whether other machines may use the same files: no locks, no shared memory to rely on."""
    return kind in _NETWORK or (kind.startswith("fuse") and kind not in _LOCAL_FUSE)


def _unescape(text: bytes) -> bytes:
    """Spaces and the like are octal in mountinfo: `\\040`."""
    for code in (b"\\040", b"\\011", b"\\012", b"\\134"):
        text = text.replace(code, bytes([int(code[1:], 8)]))
    return text
