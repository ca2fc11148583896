import pytest

from studio.config.settings import Settings, load_settings, remember, remembered
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
     ("\npage_rows = 'many'", ":2: page_rows must be a int")],
)  # fmt: skip
def test_a_mistake_is_told_with_file_and_line(tmp_path, text, says):
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigInvalid) as raised:
        load_settings(path)
    assert says in str(raised.value)
    assert str(path) in str(raised.value)


def test_choices_are_remembered_privately(tmp_path, monkeypatch):
    monkeypatch.setattr("studio.config.settings.state_folder", lambda: tmp_path / "state")
    assert remembered() == {}
    remember("theme", "nord")
    remember("theme", "light")
    assert remembered() == {"theme": "light"}
    assert (tmp_path / "state" / "remembered.json").stat().st_mode & 0o777 == 0o600
