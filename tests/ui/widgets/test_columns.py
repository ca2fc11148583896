"""Which columns are drawn, how wide, and in what order."""

import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.model.catalog import Column, ColumnKind, ForeignKey, Table, TableKind, TableRef
from studio.model.page import Sort
from studio.ui.widgets.cells import draw
from studio.ui.widgets.columns import (
    CELL_PADDING,
    MOST_SEEN,
    MOST_WIDTH,
    OPAQUE_WIDTH,
    ColumnLayout,
)
from studio.ui.widgets.glyphs import UNICODE
from studio.ui.widgets.grid_column import GridColumn, columns_of
from studio.ui.widgets.opaque import is_opaque


def layout_of(*columns: GridColumn) -> ColumnLayout:
    layout = ColumnLayout(UNICODE)
    layout.set_columns(columns)
    return layout


def names(layout: ColumnLayout, left: int = 0, width: int = 80) -> list[str]:
    return [layout.columns[slot.index].name for slot in layout.window(left, width).slots]


PLAIN = tuple(GridColumn(name) for name in ("alpha", "beta", "gamma", "delta"))
KEYED = (GridColumn("alpha"), GridColumn("id", ColumnKind.INTEGER, is_key=True), *PLAIN[1:])

layouts = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=30)


@given(shapes=layouts, left=st.integers(0, 40), width=st.integers(0, 120))
def test_what_is_drawn_fits_and_nothing_overlaps(
    shapes: list[tuple[int, bool]], left: int, width: int
) -> None:
    layout = layout_of(
        *(GridColumn(f"{i}" + "x" * size, is_key=key) for i, (size, key) in enumerate(shapes))
    )
    window = layout.window(left, width)
    end = 0
    for slot in window.slots:
        assert slot.x == end or slot.x == end + 1 == window.rule_x + 1
        end = slot.end
    assert end <= max(width, CELL_PADDING)
    assert len({slot.position for slot in window.slots}) == len(window.slots)


@given(shapes=layouts, width=st.integers(12, 120), data=st.data())
def test_every_column_can_be_reached_and_is_shown_whole_where_it_fits(
    shapes: list[tuple[int, bool]], width: int, data: st.DataObject
) -> None:
    layout = layout_of(
        *(GridColumn(f"{i}" + "x" * size, is_key=key) for i, (size, key) in enumerate(shapes))
    )
    left = data.draw(st.integers(0, len(layout) - 1))
    position = data.draw(st.integers(0, len(layout) - 1))
    window = layout.window(layout.left_to_show(position, left, width), width)
    shown = {slot.position: slot for slot in window.slots}
    assert position in shown
    first = window.scrolled[0].position if window.scrolled else -1
    assert position <= window.last_whole or position == first


def test_key_columns_come_first_and_stay() -> None:
    layout = layout_of(*KEYED)
    assert names(layout) == ["id", "alpha", "beta", "gamma", "delta"]
    assert names(layout, left=3, width=30)[:2] == ["id", "gamma"]
    assert layout.window(3, 30).has_left
    assert not layout.window(1, 80).has_left


def test_a_table_of_keys_alone_scrolls() -> None:
    layout = layout_of(*(GridColumn(f"key{i}", is_key=True) for i in range(30)))
    assert layout.pins == 0
    assert names(layout, left=20, width=30)[0] == "key20"


def test_hidden_columns_come_back_to_their_places() -> None:
    layout = layout_of(*PLAIN)
    layout.hide(1)
    assert names(layout) == ["alpha", "gamma", "delta"]
    assert layout.position_of(1) is None
    layout.show_all()
    assert names(layout) == ["alpha", "beta", "gamma", "delta"]


def test_the_last_column_cannot_be_hidden() -> None:
    layout = layout_of(PLAIN[0])
    layout.hide(0)
    assert names(layout) == ["alpha"]


def test_columns_move_among_those_pinned_like_them() -> None:
    layout = layout_of(*KEYED)
    assert layout.move(1, 2) == 3
    assert names(layout) == ["id", "beta", "gamma", "alpha", "delta"]
    assert layout.move(3, -9) == 1
    assert layout.move(0, 5) == 0


def test_pinning_and_letting_go() -> None:
    layout = layout_of(*KEYED)
    layout.pin(4, pinned=True)
    assert names(layout)[:2] == ["id", "delta"]
    layout.pin(1, pinned=False)
    assert names(layout)[0] == "delta"


def test_choices_outlive_another_order_of_the_rows() -> None:
    layout = layout_of(*PLAIN)
    layout.hide(0)
    layout.widen(1, 7)
    layout.move(0, 1)
    layout.set_columns([GridColumn("alpha"), GridColumn("beta", sort_rank=1), *PLAIN[2:]])
    assert names(layout) == ["gamma", "beta", "delta"]
    assert layout.width(1) == len("beta") + 7


def test_another_tables_columns_start_afresh() -> None:
    layout = layout_of(*PLAIN)
    layout.hide(0)
    layout.widen(1, 7)
    layout.set_columns(KEYED)
    assert names(layout) == ["id", "alpha", "beta", "gamma", "delta"]
    assert layout.width(2) == len("beta")


def test_widths_follow_what_is_seen_and_never_shrink() -> None:
    layout = layout_of(GridColumn("a"), GridColumn("b"))
    slots = layout.window(0, 60).slots
    assert layout.observe(["x" * 9, None], slots)
    assert [layout.width(0), layout.width(1)] == [9, 3]
    assert not layout.observe(["x", "y"], slots)
    assert layout.observe(["x" * 5000, "y"], slots)
    assert layout.width(0) == MOST_WIDTH
    assert not layout.observe(["x" * 6000, "y"], slots)


def test_room_nobody_needs_goes_to_what_is_cut() -> None:
    layout = layout_of(GridColumn("a"), GridColumn("b"))
    layout.observe(["x" * 100, "y"], layout.window(0, 200).slots)
    first, second = layout.window(0, 200).slots
    assert first.width == 100
    assert second.x == 102
    narrow, _ = layout.window(0, 60).slots
    assert narrow.width == 60 - CELL_PADDING - 3 - CELL_PADDING


def test_room_goes_to_what_is_cut_also_when_other_columns_are_scrolled_away() -> None:
    layout = layout_of(GridColumn("key", is_key=True), GridColumn("wide"), GridColumn("cut"))
    layout.observe(["k" * 60, "x" * 40, "y" * 60], layout.window(0, 400).slots)
    key, cut = layout.window(2, 120).slots
    assert key.width + cut.width == 120 - 1 - 2 * CELL_PADDING
    assert layout.window(2, 120).rule_x == key.end


def test_points_stand_below_one_another_and_what_was_seen_before_still_fits() -> None:
    layout = layout_of(GridColumn("a", ColumnKind.REAL), GridColumn("n", ColumnKind.INTEGER))
    slots = layout.window(0, 60).slots
    layout.observe([123456, 1], slots)
    assert layout.width(0) == 6
    assert layout.observe([0.25, 22], slots)
    assert layout.width(0) == len("123456.25")
    drawn = [
        "".join(span.text for span in draw(value, layout.format(0), layout.width(0), UNICODE))
        for value in (123456, 0.25, 7.5)
    ]
    assert {line.rstrip().find(".") for line in drawn} == {-1, 7}
    assert drawn[0].rstrip().endswith("123456")
    assert len(drawn[0].rstrip()) == 7
    assert layout.format(1).decimals == 0


@pytest.mark.parametrize("name", ["id", "user_id", "created_at", "year", "code", "zip"])
def test_digits_are_grouped_only_where_asked_and_never_in_names(name: str) -> None:
    assert not GridColumn("total", ColumnKind.INTEGER).format.grouped
    assert GridColumn("total", ColumnKind.INTEGER, is_grouped=True).format.grouped
    assert not GridColumn(name, ColumnKind.INTEGER, is_grouped=True).format.grouped


def test_a_width_somebody_chose_stays() -> None:
    layout = layout_of(GridColumn("a"), GridColumn("b"))
    layout.widen(0, 2)
    assert not layout.observe(["x" * 100, "y"], layout.window(0, 200).slots[:1])
    assert layout.width(0) == 5
    layout.widen(0, -100)
    assert layout.width(0) == 1
    layout.widen(0, 10_000)
    assert layout.width(0) == MOST_SEEN


@pytest.mark.parametrize(
    ("column", "signs"),
    [
        (GridColumn("id", is_key=True), "◊"),
        (GridColumn("user_id", is_reference=True), "→"),
        (GridColumn("both", is_key=True, is_reference=True), "◊→"),
        (GridColumn("at", sort_rank=1, descending=True), " ↓"),
        (GridColumn("at", sort_rank=2, is_only_sort=False), " ↑2"),
        (GridColumn("data", ColumnKind.JSON), " {}"),
    ],
)
def test_headings_say_what_a_column_is(column: GridColumn, signs: str) -> None:
    assert column.signs(UNICODE) == signs


def test_columns_know_their_keys_references_and_part_in_the_order() -> None:
    table = Table(
        TableRef("main", "events"),
        TableKind.TABLE,
        (
            Column("id", "INTEGER", ColumnKind.INTEGER),
            Column("user_id", "INTEGER", ColumnKind.INTEGER),
            Column("at", "TEXT", ColumnKind.TEXT),
        ),
        primary_key=("id",),
        foreign_keys=(ForeignKey(None, ("user_id",), TableRef("main", "users"), ("id",)),),
    )
    key, reference, at = columns_of(
        table, table.column_names, (Sort("at", descending=True), Sort("id"))
    )
    assert (key.is_key, key.sort_rank, key.format.grouped) == (True, 2, False)
    assert (reference.is_reference, reference.sort_rank) == (True, 0)
    assert (at.sort_rank, at.descending, at.is_only_sort) == (1, True, False)


def test_two_thousand_columns_are_no_more_work_than_thirty() -> None:
    def steps(count: int) -> int:
        layout = layout_of(*(GridColumn(f"column{i}") for i in range(count)))
        row = ["some text"] * count
        layout.window(0, 100)
        taken = 0

        def step(_frame: FrameType, _event: str, _argument: object) -> Any:
            nonlocal taken
            taken += 1
            return step

        before = sys.gettrace()
        sys.settrace(step)
        for left in range(8):
            window = layout.window(left, 100)
            layout.observe(row, window.slots)
            layout.left_to_show(left + 2, left, 100)
        sys.settrace(before)
        return taken

    assert 100 < steps(2000) <= steps(30) * 1.1


UUIDS = [f"{i * 7919:08x}-ba8e-4445-9656-9e3a5db5{i:04x}" for i in range(1, 9)]


def narrow_layout() -> ColumnLayout:
    layout = layout_of(GridColumn("id", is_key=True), GridColumn("of"), GridColumn("note"))
    for uuid in UUIDS:
        layout.observe([uuid, uuid[::-1], "some words " * 9], layout.window(0, 300).slots)
    return layout


def test_ids_shrink_so_that_more_columns_are_seen() -> None:
    layout = narrow_layout()
    key, reference, note = layout.window(1, 60).slots
    assert key.width == OPAQUE_WIDTH
    assert reference.width in {OPAQUE_WIDTH, 36}
    assert note.width >= 24
    # The text comes first where there is room for it, then ids: whole, or as short as they were.
    key, reference, note = layout.window(1, 150).slots
    assert note.width == 100
    assert (key.width, reference.width) == (OPAQUE_WIDTH, OPAQUE_WIDTH)
    assert [slot.width for slot in layout.window(1, 200).slots] == [36, 36, 100]


def test_a_text_that_is_no_id_makes_its_column_one_of_texts() -> None:
    layout = narrow_layout()
    layout.observe([UUIDS[0], "not an id but words of people", ""], layout.window(0, 300).slots)
    assert not layout.format(1).is_opaque
    layout.observe([None, UUIDS[0], ""], layout.window(0, 300).slots)
    assert not layout.format(1).is_opaque
    assert layout.format(0).is_opaque


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c85f0d46-9037-45c8-bcaf-4a5acfa6cf3e", True),
        ("9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08", True),
        ("sha256:9f86d081884c7d659a2feaa0c55ad015", True),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", True),
        ("V1StGXR8_Z5jdHi6B-myT", True),
        ("user_2NNEqL2nrIRdJ194ndJqAHwEfxC", True),
        ("2026-01-06T09:00:00.000Z", False),
        ("2026-01-06_backup_of_accounts_v2", False),
        ("someone.with.a.long.name@example.com", False),
        ("12345678901234567890", False),
        ("an-ordinary-slug-of-an-article", False),
        ("deadbeef", False),
        ("/srv/files/2026/01/06/picture-17.png", False),
    ],
)
def test_ids_are_told_from_texts(text: str, expected: bool) -> None:
    assert is_opaque(text) is expected


def test_both_ends_of_an_id_are_drawn() -> None:
    layout = narrow_layout()
    drawn = draw("c85f0d46-9037-45c8-bcaf-4a5acfa6cf3e", layout.format(0), 13, UNICODE)
    assert "".join(span.text for span in drawn) == " c85f0d46…cf3e "
