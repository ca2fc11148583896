"""Where Flyway is told what: its own files, Spring's, and the folders that locations name."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from studio.migrations.reading import files, manifests, targets
from studio.migrations.reading.tree import FolderTree

_RESOURCES = Path("src/main/resources")
_PROPERTY = re.compile(r"^\s*([\w.\-]+)\s*[=:]\s*(.*?)\s*$", re.MULTILINE)


def configurations(folder: Path, tree: FolderTree) -> Iterator[Path]:
    """Its own files, then Spring's: the first that speaks of Flyway is the one."""
    if tree.has(folder, "flyway.toml", "flyway.conf"):
        name = "flyway.toml" if tree.has(folder, "flyway.toml") else "flyway.conf"
        yield folder / name
    within = tree.subfolders(folder)
    if "conf" in within and tree.has(folder / "conf", "flyway.conf"):
        yield folder / "conf" / "flyway.conf"
    if "src" in within:
        place = folder / _RESOURCES
        names = ("application.properties", "application.yml", "application.yaml")
        yield from (place / name for name in names if tree.has(place, name))


def is_springs(folder: Path, settings: Mapping[str, str]) -> bool:
    """Whether Spring runs the migrations in their usual place, without a word about Flyway."""
    keys = {plain_key(key) for key in settings}
    return "spring.datasource.url" in keys and (folder / _RESOURCES / "db/migration").is_dir()


def settings_of(config: Path) -> dict[str, str]:
    """What a file says, whatever its syntax: each setting by its dotted name."""
    source = files.text_or_empty(config)
    if config.suffix == ".toml":
        return _flat(manifests.parsed_toml(config))
    if config.suffix in {".yml", ".yaml"}:
        return _flat(manifests.mapping(manifests.parsed_yaml(source)))
    lines = "\n".join(line for line in source.splitlines() if line.lstrip()[:1] not in {"#", "!"})
    return {m[1]: m[2] for m in _PROPERTY.finditer(lines)}


def _flat(value: Mapping[str, object], prefix: str = "", depth: int = 0) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, inner in value.items():
        name = f"{prefix}{key}"
        if isinstance(inner, dict) and depth < 8:  # noqa: PLR2004 - deeper than any real setting
            found.update(_flat(manifests.mapping(inner), f"{name}.", depth + 1))
        elif isinstance(inner, list):
            found[name] = ",".join(str(item) for item in inner)
        elif inner is not None:
            found[name] = str(inner)
    return found


def plain_key(key: str) -> str:
    """Spring writes default-schema where others write defaultSchema."""
    return key.replace("-", "").lower()


def vendor_of(url: str) -> str:
    """What `{vendor}` in a location stands for."""
    engine = re.match(r"(?:jdbc:)?(\w+)", url)
    return engine[1].lower() if engine else ""


def vendors_at(root: Path, given: str) -> list[str]:
    """The engines whose folders lie where `{vendor}` is said."""
    found: set[str] = set()
    for location in given.split(","):
        place, marker, _ = location.strip().rpartition(":")[2].partition("{vendor}")
        bases = (_RESOURCES, Path(), Path("src/main/java"), Path("src/main/kotlin"))
        for base in bases if marker else ():
            folder = root / base / place
            if folder.is_dir():
                found.update(each.name for each in folder.iterdir() if each.is_dir())
    return sorted(found)


def folders_at(root: Path, given: str, vendor: str) -> Iterable[Path]:
    """The folders of the locations `given`, or of the usual ones."""
    for location in given.split(",") if given else ["classpath:db/migration", "filesystem:sql"]:
        kind, colon, place = location.strip().replace("{vendor}", vendor).partition(":")
        if not colon:
            kind, place = "classpath", kind
        if kind == "filesystem" and not targets.is_on_other_drive(place):
            folder = Path(files.plain(root / place.partition("*")[0]))
            if given or folder.is_dir():
                yield folder
        elif kind == "classpath":
            for base in (_RESOURCES, Path("src/main/java"), Path("src/main/kotlin"), Path()):
                if (root / base / place).is_dir():
                    yield root / base / place
