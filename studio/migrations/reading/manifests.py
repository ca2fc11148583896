"""What a folder's manifests say: packages, configuration files, connection settings."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import yaml

from studio.migrations.framework import Surroundings
from studio.migrations.javascript import (
    Literal,
    Module,
    Undetermined,
    lookup,
    read,
    text,
    texts,
)
from studio.migrations.reading import environment, files, targets
from studio.migrations.reading.tree import FolderTree

JS_EXTENSIONS = ("ts", "mts", "cts", "js", "mjs", "cjs")
MAX_SOURCES = 3000
_LOCAL_FIRST = re.compile(r"\bloadEnvConfig\s*\(|dotenv-flow|@dotenvx/dotenvx.{0,80}nextjs")
_CRATE = r"(?m)^\s*\[?(?:[\w.\-]*dependencies\.)?[\"']?{0}[\w\-]*[\"']?(?:\.\w+)?\s*(?:=|\])"


def package(folder: Path, tree: FolderTree) -> Mapping[str, object]:
    """package.json as a mapping; empty when there is none or it is broken."""
    source = tree.text(folder, "package.json")
    return _package(source) if source else {}


@lru_cache(maxsize=1024)
def _package(source: str) -> Mapping[str, object]:
    return mapping(parsed_json(source))


@lru_cache(maxsize=1024)
def _listed(source: str) -> frozenset[str]:
    groups = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
    return frozenset(name for group in groups for name in mapping(_package(source).get(group)))


def depends_on(folder: Path, tree: FolderTree, *names: str) -> bool:
    """Whether package.json lists one of `names`."""
    source = tree.text(folder, "package.json")
    return bool(source) and not _listed(source).isdisjoint(names)


def is_of_inner_package(path: Path, folder: Path, tree: FolderTree, *names: str) -> bool:
    """Whether a package inside `folder` that lists one of `names` too has the file: it speaks."""
    inner = (place for place in upwards(path.parent, folder) if place != folder)
    return any(depends_on(place, tree, *names) for place in inner)


def has_crate(folder: Path, tree: FolderTree, crate: str) -> bool:
    """Whether Cargo.toml lists a crate whose name begins with `crate`."""
    source = tree.text(folder, "Cargo.toml")
    return bool(source) and bool(re.search(_CRATE.format(re.escape(crate)), source))


def crate_above(folder: Path, tree: FolderTree, crate: str) -> bool:
    """Whether the folder or a parent up to the tree's top lists the crate."""
    return any(has_crate(place, tree, crate) for place in upwards(folder, tree.top))


def upwards(folder: Path, top: Path) -> Iterable[Path]:
    """The folder and its parents up to `top`."""
    yield folder
    if folder != top and top in folder.parents:
        for parent in folder.parents:
            yield parent
            if parent == top:
                return


def root_of(folder: Path, around: Surroundings, *markers: str) -> Path:
    """The nearest parent that looks like a project's root; the tree's top when none does."""
    known = (*markers, ".env", "go.mod", "Cargo.toml", "package.json", "pyproject.toml", "Makefile")
    top = around.tree.top if around.tree.top in (folder, *folder.parents) else folder
    for place in upwards(folder, top):
        if around.tree.has(place, *known):
            return place
    return top


def parsed_json(source: str) -> object:
    """The JSON value, or None when it is broken or nested beyond reason."""
    try:
        value: object = json.loads(source) if source else None
    except (ValueError, RecursionError):
        return None
    return value


def parsed_toml(path: Path) -> Mapping[str, object]:
    """The TOML file as a mapping; empty when broken."""
    try:
        return tomllib.loads(files.text_or_empty(path))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def parsed_yaml(source: str) -> object:
    """The YAML value, or None when broken."""
    try:
        value: object = yaml.safe_load(source)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return value


def mapping(value: object) -> Mapping[str, object]:
    """The value when it is a mapping with text keys, else an empty one."""
    if not isinstance(value, dict):
        return {}
    return {key: inner for key, inner in value.items() if isinstance(key, str)}


def dig(value: object, *keys: str) -> object:
    """The value under nested keys, or None."""
    for key in keys:
        value = mapping(value).get(key)
    return value


def string(value: object, default: str = "") -> str:
    """The value when it is text, else the default."""
    return value if isinstance(value, str) else default


def js_file(path: Path, around: Surroundings) -> Module:
    """The literals of a JavaScript or TypeScript file, with the variables of its folder's .env."""
    source = files.text_or_empty(path)
    module = read(source, environment.of(path.parent, around.repository), path.parent)
    order = _env_files(source, module)
    if order == environment.ENV_FILES:
        return module
    return read(source, environment.of(path.parent, around.repository, order), path.parent)


def _env_files(source: str, module: Module) -> tuple[str, ...]:
    """The .env files in the order the script itself loads them: the first to set a name wins."""
    if _LOCAL_FIRST.search(source):
        return environment.LOCAL_FIRST
    if "dotenv" not in source:
        return environment.ENV_FILES
    loaded = [
        place
        for name in ("config", "dotenvConfig", "loadEnv", "configDotenv")
        for options in module.objects(name)
        for place in texts(lookup(options, "path"))
    ]
    return (*loaded, *environment.ENV_FILES)


def js_config(folder: Path, stem: str, around: Surroundings) -> Path | None:
    """`stem.ts`, `stem.js`, … in `folder`, TypeScript first."""
    present = around.tree.files(folder)
    return next((folder / f"{stem}.{e}" for e in JS_EXTENSIONS if f"{stem}.{e}" in present), None)


def undetermined(what: str, value: Literal, assumed: str) -> str:
    """A note about a value only running the project could tell; "" when it could be read."""
    if isinstance(value, Undetermined):
        return f"{what} is not determinable ({value.reason}); {assumed}."
    return ""


def connection(value: Literal, base: Path, engine: str) -> str | None:
    """A target from a connection text or from an object with url, host, filename, … in it."""
    if isinstance(value, str):
        return targets.target(value, base, engine)
    if not isinstance(value, dict):
        return None
    for key in ("url", "connectionString", "clientUrl", "uri"):
        if given := text(lookup(value, key)):
            return targets.target(given, base, engine)
    if targets.is_sqlite(engine):
        for key in ("filename", "storage", "database", "dbName"):
            if given := text(lookup(value, key)):
                return targets.target(given, base, engine)
        return None
    return server({k: v for k, v in value.items() if isinstance(v, str | int)}, engine)


def server(parts: Mapping[str, object], engine: str) -> str | None:
    """A URL from host, port, user, password and database under their usual names."""

    def part(*names: str) -> str:
        return next((str(parts[n]) for n in names if parts.get(n) not in {None, ""}), "")

    name = part("database", "dbname", "dbName", "name")
    if not name:
        return None
    scheme = "mysql" if "my" in engine.lower() or "maria" in engine.lower() else "postgresql"
    user = quote(part("user", "username"), safe="")
    password = quote(part("password", "pass"), safe="")
    login = f"{user}{':' if password else ''}{password}@" if user else ""
    port = part("port")
    return f"{scheme}://{login}{part('host', 'hostname')}{':' if port else ''}{port}/{quote(name)}"


def sources(folder: Path, around: Surroundings, *words: str) -> Iterable[Path]:
    """JavaScript and TypeScript files below `folder` with one of `words` (of MENTIONED) in them.

    Within bounds; declarations are left out.
    """
    seen = 0
    for place in around.tree.below(folder):
        for name in around.tree.files(place):
            if name.rpartition(".")[2] in JS_EXTENSIONS and ".d." not in name:
                seen += 1
                if seen > MAX_SOURCES:
                    return
                if not around.tree.mentions(place, name).isdisjoint(words):
                    yield place / name


def has_marker(folder: Path, around: Surroundings, marker: str, tries: int = 5) -> bool:
    """Whether one of the first .sql files of `folder` holds `marker` (in lower case)."""
    named = [name for name in around.tree.files(folder) if name.lower().endswith(".sql")]
    return any(marker in files.head(folder / name).lower() for name in named[:tries])
