"""The lines of the board, without a screen."""

from studio.migrations.source import BoardSnapshot
from studio.migrations.states import States
from studio.model.migration import Board, BoardEntry, MigrationState, MigrationStatus
from studio.ui.migrations.board_lines import BoardLine, Narrowing, lines_of

PACKAGES = tuple(
    BoardEntry(f"auth.{n:04}", MigrationState.RECORDED, "Recorded; of an installed package.")
    for n in range(18)
)
OWN = BoardEntry("shop.0001", MigrationState.PENDING)


def texts(entries: tuple[BoardEntry, ...], narrowing: Narrowing) -> list[str]:
    board = Board(None, (MigrationStatus("django", entries),))
    lines: tuple[BoardLine, ...] = lines_of(BoardSnapshot(board, States(None, ())), narrowing)
    return [line.text for line in lines]


def test_what_packages_recorded_is_one_line_until_it_is_asked_for():
    found = texts((*PACKAGES, OWN), Narrowing())
    assert found == ["18 more: recorded; of an installed package.", "shop.0001"]
    assert texts((*PACKAGES, OWN), Narrowing(only="recorded")) == [one.id for one in PACKAGES]
    assert texts((*PACKAGES, OWN), Narrowing(needle="auth.0007")) == ["auth.0007"]


def test_a_history_that_is_all_there_is_is_listed():
    assert texts(PACKAGES, Narrowing()) == [one.id for one in PACKAGES]
