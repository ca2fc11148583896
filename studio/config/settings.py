"""Every setting, its default, and what it means; what was chosen in the app is remembered apart."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.config.paths import config_folder, state_folder, write_private
from studio.model.errors import ConfigInvalid


@dataclass(frozen=True, slots=True)
class Settings:
    """What config.toml may say. A key studio does not know is an error, never ignored."""

    theme: str = ""
    """A theme's name; empty: the one chosen last, else `dark`."""
    page_rows: int = 200
    """Rows a page asks for."""
    cache_mib: int = 16
    """Memory for rows already seen, per table tab."""
    statement_timeout_s: int = 0
    """Seconds after which a page, a count or an estimate is stopped; 0: never."""
    query_rows: int = 50_000
    """Rows a query keeps; beyond that is paging or export."""
    query_mib: int = 64
    """Memory for the rows of one query."""
    commit_wait_s: int = 60
    """Seconds the open transaction of a query tab waits for its commit before it is rolled back."""
    group_digits: bool = False
    """Whether amounts are written as 1,234,567; keys, codes, years and times never are."""
    completion: str = "typing"
    """When candidates show in a query tab: `typing`, `dot` (behind it), `asked` (ctrl+n), `off`."""
    accept: str = "tab"
    """What takes the first candidate: `tab`, `enter` or `both`; a chosen one both take."""
    vim: str = "off"
    """Whether the editor of a query tab has vim's keys: `on` or `off`."""
    history: str = "on"
    """Whether statements that ran are kept for ctrl+l: `on` or `off`."""
    no_history: tuple[str, ...] = ()
    """Texts that mark a connection whose statements are not kept when its address holds one."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Command id → keys, comma-separated; `[keys]` in the file."""
    production: tuple[str, ...] = ()
    """Texts that mark a connection as production when its address holds one of them."""
    doctor: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Findings not to report, each `check` or `check:object`, where `*` stands for any text, and
    why after ` -- `. `ignore` of `[doctor]` is under the empty text and holds everywhere; that of
    `[doctor."ADDRESS"]` is under the address, where `*` stands for any text too.
    """


def load_settings(path: Path | None = None) -> Settings:
    """Read config.toml; defaults where it or a key is missing. Raises ConfigInvalid."""
    path = path or config_folder() / "config.toml"
    text, said = _read(path)
    for key, why in _refusals(said):
        raise ConfigInvalid(why, path, _line_of(text, key))
    for key in ("production", "no_history"):
        if isinstance(marks := said.get(key), list):
            said[key] = tuple(marks)
    if isinstance(doctor := said.get("doctor"), dict):
        at = {mark: part for mark, part in doctor.items() if mark != _IGNORE}
        lists = {"": doctor, **at}
        said["doctor"] = {mark: tuple(part.get(_IGNORE, ())) for mark, part in lists.items()}
    return Settings(**said)


def keeps_history(settings: Settings, address: str) -> bool:
    """Whether statements that run at an address are kept."""
    is_left_out = any(mark in address for mark in settings.no_history)
    return settings.history == "on" and not is_left_out


def place_of(key: str, *section: str, text_there: str = "") -> str:
    """Where the settings file says something of `key`, in the section of those names: file and
    line; the file alone where a section is written in another way than `header_of` writes it.
    `text_there`: of a list, the line of that text.
    """
    path = config_folder() / "config.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return str(path)
    before, header, after = text.partition(header_of(section)) if section else ("", "", text)
    line = _line_of(after, key) if header or not section else None
    if line is not None and text_there:
        line += _lines_below(after.splitlines()[line - 1 :], text_there)
    return str(path) if line is None else f"{path}:{line + before.count(chr(10))}"


def header_of(section: Sequence[str]) -> str:
    """The line that begins a section: `[doctor]`, `[doctor."/data/app.db"]`."""
    first, *more = section
    return f"[{'.'.join((first, *(json.dumps(name, ensure_ascii=False) for name in more)))}]"


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    """The text, and what it says."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return "", {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"cannot be read: {error}", path) from error
    import tomllib  # noqa: PLC0415 6 ms at every start, for a file that few have

    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigInvalid(f"is not TOML: {error}", path) from error


def _refusals(said: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What is wrong, and with which key."""
    for key, value in said.items():
        if (why := _refusal(key, value)) is not None:
            yield key, why
        elif key == "doctor" and isinstance(value, dict):
            yield from _doctor_refusals(value)
        elif isinstance(value, dict):
            for name, keys in value.items():
                if not isinstance(keys, str):
                    yield name, f'[{key}] {name} must be a text, like "ctrl+k"'


def _doctor_refusals(value: Mapping[str, object], *section: str) -> Iterator[tuple[str, str]]:
    header = header_of(("doctor", *section))
    for name, lines in value.items():
        if not section and isinstance(lines, dict) and name:
            yield from _doctor_refusals(lines, name)
        elif name != _IGNORE:
            yield name, f"unknown setting {header} {name}"
        elif not isinstance(lines, list) or not all(isinstance(x, str) and x for x in lines):
            yield name, f'{header} ignore must be a list of texts, like "check:object -- why"'


def _refusal(key: str, value: object) -> str | None:
    """What is wrong with a setting, or None."""
    if key not in _KINDS:
        return f"unknown setting {key!r}"
    kind, wanted = _KINDS[key]
    # To Python, true is an int.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        return f"{key} must be {wanted}"
    if isinstance(value, list) and not all(isinstance(item, str) and item for item in value):
        return f"{key} must be {wanted}"
    if key in _CHOICES and value not in _CHOICES[key]:
        return f"{key} must be {wanted}"
    if kind is int and isinstance(value, int) and not _LEAST[key] <= value <= _MOST:
        return f"{key} must be {wanted} from {_LEAST[key]:,} to {_MOST:,}, not {value:,}"
    return None


_IGNORE = "ignore"
_KINDS: Mapping[str, tuple[type, str]] = {
    "theme": (str, "a text"),
    "page_rows": (int, "a whole number"),
    "cache_mib": (int, "a whole number"),
    "statement_timeout_s": (int, "a whole number"),
    "query_rows": (int, "a whole number"),
    "query_mib": (int, "a whole number"),
    "commit_wait_s": (int, "a whole number"),
    "group_digits": (bool, "true or false"),
    "completion": (str, "typing, dot, asked or off"),
    "accept": (str, "tab, enter or both"),
    "vim": (str, "on or off"),
    "history": (str, "on or off"),
    "no_history": (list, "a list of texts"),
    "keys": (dict, "a table: [keys]"),
    "doctor": (dict, "a table: [doctor]"),
    "production": (list, "a list of texts"),
}
_CHOICES: Mapping[str, frozenset[str]] = {
    "completion": frozenset({"typing", "dot", "asked", "off"}),
    "vim": frozenset({"on", "off"}),
    "history": frozenset({"on", "off"}),
    "accept": frozenset({"tab", "enter", "both"}),
}
_LEAST: Mapping[str, int] = {
    "page_rows": 1,
    "cache_mib": 1,
    "statement_timeout_s": 0,
    "query_rows": 1,
    "query_mib": 1,
    "commit_wait_s": 1,
}
_MOST = 10_000_000


def _line_of(text: str, key: str) -> int | None:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip().lstrip("[\"'").startswith(key):
            return number
    return None


def _lines_below(lines: Sequence[str], text: str) -> int:
    """How far below the first line a text stands in quotes; 0 where it is not found."""
    literals = (json.dumps(text, ensure_ascii=False), f"'{text}'")
    found = (at for at, line in enumerate(lines) if any(one in line for one in literals))
    return next(found, 0)


def _remembered_file() -> Path:
    return state_folder() / "remembered.json"


def remembered() -> dict[str, str]:
    """What was chosen in the app earlier; {} where nothing, or nothing readable, was kept."""
    try:
        kept = json.loads(_remembered_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in kept.items()} if isinstance(kept, dict) else {}


def remember(key: str, value: str) -> None:
    """Keep one choice for the next start; a folder that cannot be written is no reason to stop."""
    kept = remembered() | {key: value}
    try:
        write_private(_remembered_file(), json.dumps(kept, indent=1, sort_keys=True))
    except OSError:
        return
