from dataclasses import fields

import pytest

from studio.config.settings import _KINDS, Settings, load_settings, remember, remembered
from studio.model.errors import ConfigInvalid


def test_no_file_means_the_defaults(tmp_path):
    assert load_settings(tmp_path / "config.toml") == Settings()


def test_what_the_file_says_is_taken(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text('theme = "nord"\nproduction = ["prod-db"]\n[keys]\n"app.quit" = "ctrl+q"\n')
    settings = load_settings(path)
    assert settings.theme == "nord"
    assert settings.production == ("prod-db",)
    assert settings.keys == {"app.quit": "ctrl+q"}


@pytest.mark.parametrize(
    ("text", "says"),
    [("tehme = 'x'", ":1: unknown setting 'tehme'"), ("a = ", "not TOML"),
     ("\npage_rows = 'many'", ":2: page_rows must be a whole number"),
     ("page_rows = true", ":1: page_rows must be a whole number"),
     ("page_rows = 0", ":1: page_rows must be a whole number from 1 to 10,000,000, not 0"),
     ("cache_mib = -1", ":1: cache_mib must be"),
     ("theme = 3", ":1: theme must be a text"),
     ("keys = 'q'", ":1: keys must be a table"),
     ("production = 'prod'", ":1: production must be a list of texts"),
     ("history = 'of'", ":1: history must be on or off"),
     ("production = ['']", ":1: production must be a list of texts"),
     ("[keys]\n'rows.filter' = 3", ":2: [keys] rows.filter must be a text")],
)  # fmt: skip
def test_a_mistake_is_told_with_file_and_line(tmp_path, text, says):
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigInvalid) as raised:
        load_settings(path)
    assert says in str(raised.value)
    assert str(path) in str(raised.value)


def test_every_setting_has_its_rule():
    assert set(_KINDS) == {item.name for item in fields(Settings)}


def test_choices_are_remembered_privately(tmp_path, monkeypatch):
    monkeypatch.setattr("studio.config.settings.state_folder", lambda: tmp_path / "state")
    assert remembered() == {}
    remember("theme", "nord")
    remember("theme", "light")
    assert remembered() == {"theme": "light"}
    assert (tmp_path / "state" / "remembered.json").stat().st_mode & 0o777 == 0o600
