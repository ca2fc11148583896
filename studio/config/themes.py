"""Theme files: TOML in, ThemeSpec out. What a file leaves out follows from its palette."""

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from studio.config.guests import Failed, answer_of
from studio.config.paths import config_folder
from studio.config.settings import Settings, remembered
from studio.model.errors import ConfigInvalid

DEFAULT = "dark"

_PALETTE = (
    "background",
    "surface",
    "panel",
    "foreground",
    "dim",
    "primary",
    "secondary",
    "accent",
    "warning",
    "error",
    "success",
    "link",
)
_DERIVED = {
    "syntax": {
        "keyword": "primary",
        "string": "success",
        "number": "accent",
        "comment": "dim",
        "name": "foreground",
        "type": "link",
        "operator": "secondary",
    },
    "grid": {
        "null": "dim",
        "number": "accent",
        "text": "foreground",
        "header": "dim",
        "key": "link",
        "link": "link",
        "staged": "warning",
        "inserted": "success",
        "deleted": "error",
        "cursor": "primary",
        "cursor_text": "background",
        "row": "surface",
    },
    "plan": {"hot": "error", "warm": "warning", "cool": "success", "bar": "primary"},
}
_LINEAR_BELOW = 0.04045
"""sRGB is linear below this (IEC 61966-2-1)."""
_ANSI = "black|red|green|yellow|blue|magenta|cyan|white"
_COLOUR = re.compile(rf"#[0-9a-fA-F]{{6}}|ansi_(?:default|(?:bright_)?(?:{_ANSI}))")
"""The terminal's own colours are these 16 and its default: another name ends the screen."""


@dataclass(frozen=True, slots=True)
class ThemeSpec:
    """A theme, whole: every section has every key, each a colour (`#rrggbb`, or `ansi_…`)."""

    name: str
    dark: bool
    palette: Mapping[str, str]
    syntax: Mapping[str, str]
    grid: Mapping[str, str]
    plan: Mapping[str, str]

    @property
    def ansi(self) -> bool:
        """Whether the terminal's own 16 colours are used."""
        return self.palette["background"].startswith("ansi_")


def wanted_theme(asked: str | None, settings: Settings) -> str:
    """The theme's name to start with: asked for, set, chosen in the app earlier, or the default."""
    return asked or settings.theme or remembered().get("theme") or DEFAULT


def read_theme(path: Path) -> ThemeSpec:
    """The theme in one file. Raises ConfigInvalid with file and line, whatever the file holds."""
    spec = answer_of(lambda: _read(path), ours=(ConfigInvalid,))
    if isinstance(spec, Failed):
        raise ConfigInvalid(f"not a theme: {spec.why}", path)
    return spec


def _read(path: Path) -> ThemeSpec:
    text = path.read_text(encoding="utf-8")
    said = tomllib.loads(text)
    dark = said.get("dark", True)
    if not isinstance(dark, bool):
        raise ConfigInvalid("dark must be true or false", path)
    palette = _section(said, "palette", path, text)
    if missing := [name for name in _PALETTE if name not in palette]:
        raise ConfigInvalid(f"the palette lacks {', '.join(missing)}", path)
    filled = {
        section: {key: palette[source] for key, source in keys.items()}
        | _section(said, section, path, text)
        for section, keys in _DERIVED.items()
    }
    return ThemeSpec(
        name=str(said.get("name", path.stem)),
        dark=dark,
        palette=MappingProxyType(palette),
        syntax=MappingProxyType(filled["syntax"]),
        grid=MappingProxyType(filled["grid"]),
        plan=MappingProxyType(filled["plan"]),
    )


def _section(said: dict[str, object], name: str, path: Path, text: str) -> dict[str, str]:
    section = said.get(name, {})
    known = _PALETTE if name == "palette" else tuple(_DERIVED[name])
    if not isinstance(section, dict):
        raise ConfigInvalid(f"[{name}] must be a table of colours", path)
    for key, colour in section.items():
        line = next((n for n, row in enumerate(text.splitlines(), 1) if row.startswith(key)), None)
        if key not in known:
            raise ConfigInvalid(f"[{name}] has no colour called {key!r}", path, line)
        if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
            raise ConfigInvalid(
                f"{key} must be #rrggbb or ansi_name, one of the terminal's own", path, line
            )
    return {str(key): str(colour) for key, colour in section.items()}


def theme_folders() -> tuple[Path, ...]:
    """Where theme files are, later ones winning: the wheel's, the checkout's, the person's."""
    package = Path(__file__).resolve().parent.parent
    return (package / "_themes", package.parent / "themes", config_folder() / "themes")


def theme_files() -> dict[str, Path]:
    """Theme name (the file's) → file, without reading any."""
    found: dict[str, Path] = {}
    for folder in theme_folders():
        if folder.is_dir():
            found.update({path.stem: path for path in sorted(folder.glob("*.toml"))})
    return found


def load_theme(name: str) -> ThemeSpec:
    """The theme called `name`. Raises ConfigInvalid with the names there are."""
    files = theme_files()
    if name not in files:
        raise ConfigInvalid(f"no theme called {name!r}; there are: {', '.join(sorted(files))}")
    return read_theme(files[name])


def contrast(one: str, other: str) -> float:
    """WCAG 2.1 contrast ratio of two `#rrggbb` colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def difference(one: str, other: str) -> float:
    """How far apart two `#rrggbb` colours look: ΔE*ab (CIE 1976), about 2 is just seen."""
    return math.dist(_lab(one), _lab(other))


def _lab(colour: str) -> tuple[float, float, float]:
    """CIE L*a*b* under D65."""
    red, green, blue = _linear(colour)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (
        v ** (1 / 3) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116 for v in (x, y, z)
    )
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _cube_root(part: float) -> float:
    """Near black a straight line instead, as CIE has it."""
    return part ** (1 / 3) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.1)."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(colour: str) -> tuple[float, float, float]:
    """Red, green and blue as light, 0 to 1 (IEC 61966-2-1)."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return _light(red), _light(green), _light(blue)


def _light(part: float) -> float:
    return part / 12.92 if part <= _LINEAR_BELOW else ((part + 0.055) / 1.055) ** 2.4
