"""`[keys]` in config.toml: what it moves, and what is said of its mistakes."""

import asyncio

import pytest
from rich.console import Console
from textual.containers import VerticalScroll

from studio.config.settings import Settings
from studio.ui.keys.help import Help, _keys, laid_out
from studio.ui.keys.keymap import keymap_of, mistakes, places
from tests.ui.test_browse import press, tab


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("ctrl+k", "ctrl+k"),
        ("Ctrl+k , f9", "ctrl+k,f9"),
        ("/", "slash"),
        ("?,!", "question_mark,exclamation_mark"),
        ("+,ctrl++", "plus,ctrl+plus"),
        ("nonsense,x", "x"),
        ("space", "space"),
        ("ctrl+pagedown", "ctrl+pagedown"),
    ],
)
def test_keys_are_named_as_textual_names_them(typed: str, named: str) -> None:
    assert keymap_of({"rows.filter": typed}) == {"rows.filter": named}


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("rows.filtr", "x", "no command 'rows.filtr'; is it 'rows.filter'?"),
        ("zzz", "x", "no command 'zzz'"),
        ("rows.filter", "hyperspace", "no key 'hyperspace'"),
        ("rows.filter", "cntrl+k", "no key 'cntrl+k'"),
        ("rows.filter", "", "no key ''"),
        ("rows.filter", "s", "rows.filter: s is also the key of rows.sort"),
        ("studio.connections", "f9", "two keys"),
    ],
)
def test_a_mistake_is_named(name: str, typed: str, says: str) -> None:
    ((told, sentence),) = mistakes({name: typed}, places())
    assert told == name
    assert says in sentence


def test_what_is_right_is_not_complained_of() -> None:
    every = places()
    assert len(every) > 20
    assert list(mistakes({}, every)) == []
    assert list(mistakes({"rows.filter": "f9,ctrl+f", "app.quit": "ctrl+q"}, every)) == []


async def test_a_moved_key_works_and_help_shows_it(open_app, demo) -> None:
    settings = Settings(keys={"rows.filter": "!", "studio.help": "f9"})
    async with open_app(demo, table="users", settings=settings) as pilot:
        await press(pilot, "!")
        assert tab(pilot).rows.filter_bar.is_typing
        await press(pilot, "escape", "f9")
        assert isinstance(pilot.app.screen, Help)
        assert ["!", "Filter"] in [line.split() for line in drawn(pilot, width=60)]


def drawn(pilot, width: int) -> list[str]:
    """What help shows, in one column where `width` cells are too few for two."""
    console = Console(width=width, force_terminal=False)
    with console.capture() as lines:
        console.print(laid_out(pilot.app.screen.shown, width))
    return [line.rstrip() for line in lines.get().splitlines()]


async def test_help_is_grouped_by_what_keys_are_for_and_can_be_searched(open_app, demo) -> None:
    async with open_app(demo, table="users", size=(80, 24)) as pilot:
        await press(pilot, "question_mark")
        names = [name for name, _ in pilot.app.screen.shown]
        assert names[:2] == ["Reading rows", "Changing rows"]
        assert names[-2:] == ["Tabs", "studio"]
        classes = {type(node).__name__ for node in pilot.app.screen_stack[0].walk_children()}
        assert not classes & set(names)
        both = drawn(pilot, width=74)
        assert any(line[:36].strip() and line[38:].strip() for line in both)
        assert "1…9" in " ".join(both)
        await press(pilot, *"null")
        assert drawn(pilot, width=60) == ["Changing rows", "n  Set NULL", ""]
        await press(pilot, *"xyz")
        assert "ctrl+p" in " ".join(drawn(pilot, width=60))
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, Help)


async def test_mistakes_are_told_on_start_with_file_and_line(open_app, demo, tmp_path, monkeypatch):
    (tmp_path / "config.toml").write_text('theme = "dark"\n[keys]\n"rows.filtr" = "x"\n')
    monkeypatch.setattr("studio.config.settings.config_folder", lambda: tmp_path)
    settings = Settings(keys={"rows.filtr": "x"})
    async with open_app(demo, table="users", settings=settings) as pilot:
        for _ in range(400):
            await asyncio.sleep(0.02)
            if len(pilot.app._notifications):
                break
        (told,) = [note.message for note in pilot.app._notifications]
        assert told.startswith(str(tmp_path / "config.toml") + ":3: ")
        assert "rows.filter" in told


@pytest.mark.parametrize("opens", [("question_mark",), ("T", "f1")])
async def test_help_scrolls_and_names_keys_whole(open_app, demo, opens) -> None:
    async with open_app(demo, table="users", size=(80, 24)) as pilot:
        await press(pilot, *opens)
        scroll = pilot.app.screen.query_one(VerticalScroll)
        last, places = scroll.max_scroll_y, []
        assert last > 0
        for key in ("down", "down", "up", "end", "home", "pagedown", "pageup"):
            await press(pilot, key)
            places.append(scroll.scroll_y)
        assert places == [1, 2, 1, last, 0, min(last, scroll.size.height - 1), 0]
        assert scroll.region.bottom < 24
        words = set(" ".join(drawn(pilot, width=71)).split())
        every = [command for _, commands in pilot.app.screen.shown for command in commands]
        keys = " ".join(_keys(command) for command in every if not command.id.startswith("tabs."))
        assert set(keys.split()) <= words
