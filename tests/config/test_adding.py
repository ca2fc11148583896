"""A line is added to a list of the configuration, and nothing else of it changes."""

import stat
import tomllib

import pytest

from studio.config.adding import add_line
from studio.model.errors import ConfigInvalid


@pytest.fixture
def config(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "studio").mkdir()
    return tmp_path / "studio" / "config.toml"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[doctor]\nignore = [\n  "new",\n]\n'),
        ("page_rows = 5", 'page_rows = 5\n\n[doctor]\nignore = [\n  "new",\n]\n'),
        ("[doctor]  # mine\n[keys]\n", '[doctor]  # mine\nignore = [\n  "new",\n]\n[keys]\n'),
        ("[doctor]\nignore = []\n", '[doctor]\nignore = [\n  "new",\n]\n'),
        ('[doctor]\nignore = ["a"]', '[doctor]\nignore = ["a",\n  "new",\n]'),
        (
            '[doctor]\nignore = [\n  "a:b[1] # x",  # why\n  \'c]\',\n]\n[keys]\n"x.y" = "k"\n',
            '[doctor]\nignore = [\n  "a:b[1] # x",  # why\n  \'c]\',\n  "new",\n]\n'
            '[keys]\n"x.y" = "k"\n',
        ),
        ('[doctor]\r\nignore = ["a"]\r\n', '[doctor]\r\nignore = ["a",\r\n  "new",\r\n]\r\n'),
    ],
)
def test_a_line_joins_what_is_there(config, before, after):
    config.write_bytes(before.encode())
    place = add_line(("doctor",), "ignore", "new")
    assert config.read_bytes().decode() == after
    number = 1 + next(n for n, line in enumerate(after.splitlines()) if '"new"' in line)
    assert place == f"{config}:{number}"


@pytest.mark.parametrize(
    "before",
    [
        'doctor = { ignore = ["a"] }\n',
        '[doctor]\nignore = ["""a""", "b"]\n',
        '[doctor]\nignore = [\n  "a"  # the last, without a comma\n]\n',
        "[doctor]\nignore = [",
        "no_such_setting = 1",
    ],
)
def test_what_it_cannot_add_to_stays_as_it_is(config, before):
    config.write_text(before)
    with pytest.raises(ConfigInvalid):
        add_line(("doctor",), "ignore", "new")
    assert config.read_text() == before


def test_a_link_and_its_rights_stay(config, tmp_path):
    real = tmp_path / "dotfiles.toml"
    real.write_text("")
    real.chmod(0o644)
    config.symlink_to(real)
    line = 'quote " back \\ line\n\x1b 😀'
    add_line(("doctor",), "ignore", line)
    assert config.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o644
    assert tomllib.loads(real.read_text())["doctor"]["ignore"] == [line]


def test_a_new_file_is_private(config):
    add_line(("doctor",), "ignore", "a")
    assert stat.S_IMODE(config.stat().st_mode) == 0o600


@pytest.mark.parametrize("before", ["", '[doctor]\nignore = ["a"]\n', '[doctor."/b.db"]\n'])
def test_a_line_joins_the_section_of_one_connection(config, before):
    config.write_text(before)
    for line in ("one", "two"):
        place = add_line(("doctor", '/data/a "b".db'), "ignore", line)
    said = tomllib.loads(config.read_text())["doctor"]
    assert said['/data/a "b".db'] == {"ignore": ["one", "two"]}
    assert said.get("ignore") == tomllib.loads(before).get("doctor", {}).get("ignore")
    lines = config.read_text().splitlines()
    number = int(place.rpartition(":")[2])
    assert lines[number - 4 : number] == [
        '[doctor."/data/a \\"b\\".db"]', "ignore = [", '  "one",', '  "two",',
    ]  # fmt: skip


def test_a_section_that_its_author_wrote_otherwise_is_left_to_them(config):
    before = "[doctor.'/a.db']\nignore = []\n"
    config.write_text(before)
    with pytest.raises(ConfigInvalid):
        add_line(("doctor", "/a.db"), "ignore", "new")
    assert config.read_text() == before
