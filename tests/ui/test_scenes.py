"""The pictures in screenshots/ are the snapshots of the screens: none is stale, none is missing.

A changed look is looked at, then written anew: `python -m tests.scenes screenshots/`.
"""

import re
from pathlib import Path

import pytest

from tests.scenes import SCENES, frozen, shoot

PICTURES = Path(__file__).parents[2] / "screenshots"


def comparable(svg: str) -> str:
    """The picture without the identifiers that are made up for each."""
    return re.sub(r"terminal-\d+", "terminal", svg)


@pytest.mark.parametrize("name", SCENES)
async def test_the_screen_looks_as_in_its_picture(name, request):
    is_busy = SCENES[name].is_busy
    server = request.getfixturevalue("postgres_server") if is_busy else None
    with frozen():
        now = await shoot(SCENES[name], server)
    kept = (PICTURES / f"{name}.svg").read_text(encoding="utf-8")
    assert comparable(now) == comparable(kept), f"{name} changed: look at it, then write it anew"


def test_every_picture_has_its_scene():
    assert {path.stem for path in PICTURES.glob("*.svg")} == SCENES.keys()
