"""The ways that data goes, as CONTRIBUTING lists them: every file named there is in the house."""

import re
from pathlib import Path

import studio

HOUSE = Path(studio.__file__).parent
GUIDE = HOUSE.parent / "CONTRIBUTING.md"
NAMED = re.compile(r"[a-z_<>*]+(?:/[a-z_<>*]+)+(?:\.py|\.sql|/)?|[a-z_]+(?:\.py|/)")
NAME_WIDTH = 18
"""In columns: what stands left of it is a way's name."""
ENGINES = ("sqlite", "postgresql")


def ways() -> dict[str, str]:
    """Each way by its name: the text of its lines."""
    text = GUIDE.read_text(encoding="utf-8")
    block = text.split("## The ways data goes")[1].split("```")[1]
    found: dict[str, str] = {}
    for line in block.strip().splitlines():
        if not line.startswith(" "):
            name = line[:NAME_WIDTH].strip()
            found[name] = ""
        found[name] += line[NAME_WIDTH:] + "\n"
    return found


def places(named: str, folders: list[Path]) -> list[Path]:
    """Where `named` is: from the house's door, or in a folder that the way came through."""
    found = []
    for one in {named.replace("<engine>", engine) for engine in ENGINES}:
        found += [path for path in HOUSE.glob(one) if path.name != "__pycache__"]
        found += [path for folder in folders for path in folder.glob(one)]
    return found


def test_every_file_of_a_way_is_there():
    missing = []
    for name, text in ways().items():
        folders: list[Path] = []
        for named in NAMED.findall(text):
            found = places(named, folders)
            if not found:
                missing.append(f"{name}: {named}")
            folders += [path if path.is_dir() else path.parent for path in found]
    assert missing == []


def test_the_ways_are_read():
    found = ways()
    assert {"url → rows", "key → row → undo", "SQL → finding", "folder → board"} <= set(found)
    assert all(len(NAMED.findall(text)) >= 3 for text in found.values())
