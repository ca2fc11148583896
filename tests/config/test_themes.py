from itertools import combinations

import pytest

from studio.config.themes import contrast, difference, load_theme, read_theme, theme_files
from studio.model.errors import ConfigInvalid

NAMES = sorted(theme_files())


def test_the_themes_people_ask_for_are_there():
    assert {
        "dark", "light", "high-contrast", "ansi", "nord", "gruvbox", "catppuccin"
    } <= set(NAMES)  # fmt: skip


BEHIND = ("background", "surface", "panel")
COLOURED = [name for name in NAMES if not load_theme(name).ansi]


@pytest.mark.parametrize("name", COLOURED)
def test_every_text_colour_can_be_read_wherever_it_stands(name):
    spec = load_theme(name)
    least = 7 if name == "high-contrast" else 4.5
    for key in spec.palette.keys() - set(BEHIND):
        for behind in BEHIND:
            found = contrast(spec.palette[key], spec.palette[behind])
            assert found >= least, f"{key} on {behind}: {found:.2f}"
    for key in spec.grid.keys() - {"row", "cursor", "cursor_text"}:
        assert contrast(spec.grid[key], spec.palette["background"]) >= least, key


@pytest.mark.parametrize("name", COLOURED)
def test_a_cursor_is_seen(name):
    spec = load_theme(name)
    assert contrast(spec.grid["cursor_text"], spec.grid["cursor"]) >= 4.5
    assert contrast(spec.grid["cursor"], spec.palette["background"]) >= 4.5
    for key in ("key", "staged", "inserted", "deleted"):
        assert difference(spec.grid["cursor"], spec.grid[key]) >= 15, key


@pytest.mark.parametrize("name", NAMES)
def test_keys_numbers_text_and_null_are_told_apart(name):
    spec = load_theme(name)
    for one, other in combinations(("key", "number", "text", "null"), 2):
        if spec.ansi:
            assert spec.grid[one] != spec.grid[other], (one, other)
        else:
            assert difference(spec.grid[one], spec.grid[other]) >= 15, (one, other)


def test_what_a_file_leaves_out_follows_from_its_palette(tmp_path):
    text = theme_files()["nord"].read_text()
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("[grid]\n", '[grid]\nnull = "#ff0000"\n'))
    spec = read_theme(path)
    assert spec.grid["null"] == "#ff0000"
    assert spec.grid["staged"] == spec.palette["warning"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "lacks"),
        ("[palette]\nbackground = 'red'", "#rrggbb"),
        ("[palette]\nbackgroud = '#000000'", "backgroud"),
        ("[palette", "not a theme"),
        ("palette = 3", "table of colours"),
        ("[palette]\nbackground = 'ansi_mauve'", "the terminal's own"),
        ("[palette]\nbackground = '#000000\\n'", "#rrggbb"),
        ('[palette]\nbackground = "#000000\\n"', "#rrggbb"),
        ("dark = 'no'", "true or false"),
        (f"a = {'[' * 5000}", "not a theme"),
        ("a = '\x00'", "not a theme"),
    ],
)
def test_a_broken_theme_says_what_and_where(tmp_path, text, says):
    path = tmp_path / "broken.toml"
    path.write_text(text)
    with pytest.raises(ConfigInvalid, match=says) as raised:
        read_theme(path)
    assert str(path) in str(raised.value)


def test_contrast_is_that_of_wcag():
    assert round(contrast("#000000", "#ffffff"), 2) == 21.0
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


def test_differences_are_those_of_cie():
    assert round(difference("#ffffff", "#000000")) == 100
    assert difference("#123456", "#123456") == 0
