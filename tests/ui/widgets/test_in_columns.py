"""Lines of a picker stand in columns."""

from rich.cells import cell_len

from studio.ui.widgets.pick import in_columns

LINES = [("users", "table", "240"), ("会話", "virtual table", "~1.4k"), ("x" * 60, "view", "")]


def test_each_column_begins_in_one_cell():
    short = [line.plain for line in in_columns(LINES[:2])]
    assert cell_len(short[0].partition("table")[0]) == cell_len(short[1].partition("virtual")[0])


def test_numbers_end_in_one_cell():
    lines = [line.plain for line in in_columns(LINES[:2], right=True)]
    assert len({cell_len(line) for line in lines}) == 1


def test_one_long_name_does_not_push_the_others_out_of_sight():
    users = in_columns(LINES)[0].plain
    assert cell_len(users) < 80
    assert "table" in users


def test_no_lines_are_none():
    assert in_columns([]) == []
