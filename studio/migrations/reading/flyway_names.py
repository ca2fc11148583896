"""Which files are Flyway's by their names, and what it keeps of each: a version, a checksum."""

import re
from pathlib import Path
from zlib import crc32

from studio.migrations.reading import files
from studio.migrations.reading.tree import FolderTree
from studio.model.migration import Migration, MigrationProject

BASELINE_KEY = "B:"
_LINE_END = re.compile(rb"\r\n|\r|\n")


class FlywayNames:
    """Flyway's naming rule with a project's prefixes."""

    def __init__(self, project: MigrationProject) -> None:
        self._versioned = project.setting("sqlMigrationPrefix") or "V"
        self._repeatable = project.setting("repeatableSqlMigrationPrefix") or "R"
        self._separator = project.setting("sqlMigrationSeparator") or "__"
        suffixes = project.setting("sqlMigrationSuffixes") or ".sql"
        self._suffixes = tuple(suffix.strip() for suffix in suffixes.split(","))
        self._baseline = "B"

    def migration(self, path: Path, tree: FolderTree) -> Migration | None:
        """The migration in a file, or None when its name is not one."""
        name = path.name
        is_java = name.endswith((".java", ".kt"))
        suffix = (
            path.suffix if is_java else next((s for s in self._suffixes if name.endswith(s)), "")
        )
        stem, separator, description = name.removesuffix(suffix).partition(self._separator)
        if not suffix or not separator:
            return None
        title = description.replace("_", " ")
        if stem == self._repeatable:
            key = f"R:{title}"
        elif stem.startswith(self._baseline) and _is_version(stem[len(self._baseline) :]):
            key = f"{BASELINE_KEY}{version_key(stem[len(self._baseline) :])}"
        elif stem.startswith(self._versioned) and _is_version(stem[len(self._versioned) :]):
            key = version_key(stem[len(self._versioned) :])
        else:
            return None
        if is_java or tree.has(path.parent, f"{name}.conf"):
            # Java has no checksum; with a script configuration Flyway combines several.
            return Migration(name, key, path, title)
        try:
            return Migration(name, key, path, title, str(checksum(files.contents(path))))
        except files.UnreadableFile as error:
            return Migration(name, key, path, title, problem=f"the file {error}")


def checksum(raw: bytes) -> int:
    """Flyway's checksum: CRC32 over the lines without their ends, as a signed 32-bit number."""
    text = raw.decode("utf-8", "replace").removeprefix("\ufeff").encode()
    value = crc32(_LINE_END.sub(b"", text))
    return value - (1 << 32) if value >= 1 << 31 else value


def _is_version(text: str) -> bool:
    return bool(re.fullmatch(r"\d+(?:[._]\d+)*", text))


def version_key(text: str) -> str:
    """Parts as numbers, trailing zeros gone: 1 and 1.0 are one version."""
    parts = [int(p) for p in re.split(r"[._]", text) if re.fullmatch(r"[0-9]{1,999}", p)]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return ".".join(str(p) for p in parts)
