import pytest

from studio.config.themes import contrast, load_theme, read_theme, theme_files
from studio.model.errors import ConfigInvalid

NAMES = sorted(theme_files())


def test_the_themes_people_ask_for_are_there():
    assert {
        "dark", "light", "high-contrast", "ansi", "nord", "gruvbox", "catppuccin"
    } <= set(NAMES)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_text_colour_can_be_read_on_its_background(name):
    spec = load_theme(name)
    if spec.ansi:
        return
    least = 7 if name == "high-contrast" else 4.5
    for key, colour in spec.palette.items():
        if key not in {"background", "surface", "panel"}:
            assert contrast(colour, spec.palette["background"]) >= least, key
    assert contrast(spec.grid["cursor_text"], spec.grid["cursor"]) >= 4.5


def test_what_a_file_leaves_out_follows_from_its_palette(tmp_path):
    text = theme_files()["nord"].read_text()
    path = tmp_path / "mine.toml"
    path.write_text(text + '\n[grid]\nnull = "#ff0000"\n')
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
