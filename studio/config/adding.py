"""Adding one line to a list of config.toml; everything a person wrote there stays as it is."""

import json
import re
import tomllib
from collections.abc import Sequence

from studio.config.paths import config_folder, write_private
from studio.config.settings import header_of, load_settings, place_of
from studio.model.errors import ConfigInvalid

_SECTION = r"(?m)^[ \t]*{}[ \t]*(?:#.*)?$"
_NEXT_SECTION = re.compile(r"(?m)^[ \t]*\[")
_TOKEN = re.compile(r"#[^\n]*|\"{3}|'{3}|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|[][]")
"""What may hold a bracket that ends no list, and the brackets that do. Texts of several lines are
left to the person.
"""


def add_line(section: Sequence[str], key: str, line: str) -> str:
    """Add a text to the list `key` of the section of those names, one in the other; where it stands
    now. Raises ConfigInvalid, OSError; then nothing is changed.
    """
    path = (config_folder() / "config.toml").resolve()
    load_settings(path)  # What is no configuration is not written to.
    try:
        raw = path.read_bytes().decode("utf-8")
        mode = path.stat().st_mode & 0o777
    except FileNotFoundError:
        raw, mode = "", None
    text = raw.replace("\r\n", "\n")
    made = _added(text, section, key, json.dumps(line, ensure_ascii=False))
    if not _is_only_more(text, made, section, key, line):
        literal = json.dumps(line, ensure_ascii=False)
        where = f"{header_of(section)} {key}"
        raise ConfigInvalid(
            f"{where} is written in a way only its author can add to: add {literal} there", path
        )
    write_private(path, made if text == raw else made.replace("\n", "\r\n"))
    if mode is not None:
        path.chmod(mode)
    return place_of(key, *section, text_there=line)


def _added(text: str, section: Sequence[str], key: str, literal: str) -> str:
    header = header_of(section)
    found = re.search(_SECTION.format(re.escape(header)), text)
    if found is None:
        gap = "\n" if text and not text.endswith("\n") else ""
        blank = "\n" if text else ""
        return f"{text}{gap}{blank}{header}\n{key} = [\n  {literal},\n]\n"
    end = _NEXT_SECTION.search(text, found.end())
    body_end = end.start() if end is not None else len(text)
    begins = re.compile(rf"(?m)^[ \t]*{re.escape(key)}[ \t]*=[ \t]*\[").search(
        text, found.end(), body_end
    )
    if begins is None:
        return f"{text[: found.end()]}\n{key} = [\n  {literal},\n]{text[found.end() :]}"
    at = _closing(text, begins.end())
    if at is None:
        return text
    inside = re.sub(r"#[^\n]*$", "", text[begins.end() : at]).rstrip()
    comma = "" if not inside or inside.endswith(",") else ","
    kept = text[begins.end() : at].rstrip()
    if "#" in kept.rpartition("\n")[2]:
        return text
    return f"{text[: begins.end()]}{kept}{comma}\n  {literal},\n{text[at:]}"


def _closing(text: str, at: int) -> int | None:
    """Where the list ends that was open at `at`."""
    depth = 1
    for token in _TOKEN.finditer(text, at):
        said = token.group()
        if said in {'"""', "'''"}:
            return None
        depth += {"[": 1, "]": -1}.get(said, 0)
        if depth == 0:
            return token.start()
    return None


def _is_only_more(before: str, after: str, section: Sequence[str], key: str, line: str) -> bool:
    """Whether the new text says what the old one did, and the line."""
    try:
        was, now = tomllib.loads(before), tomllib.loads(after)
    except tomllib.TOMLDecodeError:
        return False
    place = was
    for name in section:
        place = place.setdefault(name, {})
        if not isinstance(place, dict):
            return False
    place.setdefault(key, []).append(line)
    return was == now
