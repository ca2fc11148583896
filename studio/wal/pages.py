"""What states need of where their pages are, and what is known of checkpoints."""

from typing import TYPE_CHECKING, Protocol

from studio.wal.frames import WalHeader

if TYPE_CHECKING:
    from studio.wal.states import State


class CheckpointMarks(Protocol):
    """What is known of checkpoints from elsewhere than the two files."""

    @property
    def is_attached(self) -> bool:
        """Whether that is so now, and not what somebody left there."""

    def up_to(self, header: WalHeader | None, mx_frame: int) -> int | None:
        """No frame beyond that one was ever written to the main file; None where that is not known
        of the WAL that `header` begins.
        """


class StatePages(Protocol):
    """Where the pages of states are: a WAL's frames, or a journal's records."""

    page_size: int
    interior: dict[tuple[int, int], tuple[int, ...]]

    @property
    def wal_pages(self) -> frozenset[int]:
        """The pages that states differ in."""

    @property
    def lock_page(self) -> int:
        """The number of the page that is never used."""

    def state(self, frame: int) -> "State":
        """A state; 0 is the first."""

    def frame_of(self, page: int, frame: int) -> int:
        """What holds `page` in that state; 0 where the main file does."""

    def image(self, frame: int) -> bytes:
        """The page held there."""

    def main_image(self, page: int) -> bytes:
        """The page in the main file; b"" where it ends before."""

    def is_overwritten(self, page: int) -> bool:
        """Whether the main file has lost the page's older content."""
