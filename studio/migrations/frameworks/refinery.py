"""refinery: V and U files, a SipHash-1-3 over name, version and text."""

import re
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

from studio.migrations.framework import (
    Framework,
    NextSteps,
    Order,
    Reading,
    Surroundings,
    numeric_order,
)
from studio.migrations.history import Row, shape
from studio.migrations.reading import environment, files, manifests, targets
from studio.migrations.reading.tree import FolderTree
from studio.migrations.reading.values import as_text, as_time
from studio.model.catalog import TableRef
from studio.model.migration import AppliedMigration, Migration, MigrationProject
from studio.model.notes import DatabaseUnknown

_FILE = re.compile(r"^([UV])(\d+(?:\.\d+)?)__(\w+)\.(sql|rs)$")
_MASK = (1 << 64) - 1


class Refinery(Framework):
    """The Rust crate and its command."""

    name = "refinery"
    title = "refinery"
    precedence = 170
    history = shape("version name applied_on checksum")
    default_names = frozenset({"refinery_schema_history"})
    consequences = NextSteps(
        pending="The next run applies it.",
        out_of_order="refinery refuses a V migration out of order and runs a U one.",
        missing="refinery aborts, unless told not to.",
        changed="refinery aborts, unless told not to.",
    )

    def find(self, folder: Path, around: Surroundings) -> Iterable[MigrationProject]:
        """By refinery.toml, or by the crate and files named its way."""
        has_config = around.tree.has(folder, "refinery.toml")
        if not has_config and not manifests.has_crate(folder, around.tree, "refinery"):
            return
        places = [
            place
            for place in around.tree.below(folder)
            if any(_FILE.match(name) for name in around.tree.files(place))
        ]
        nested = {p for p in places if any(other in p.parents for other in places)}
        for place in places:
            if place not in nested:
                yield self._project(folder, place, around, has_config=has_config)

    def read(self, project: MigrationProject, tree: FolderTree) -> Reading:
        """Files by version, subfolders too."""
        found = [
            _migration(place / name)
            for place in tree.below(project.folders[0])
            for name in tree.files(place)
            if _FILE.match(name)
        ]
        return Reading(tuple(sorted(found, key=lambda m: self.order(m.key))))

    def applied(self, rows: Sequence[Row]) -> tuple[AppliedMigration, ...]:
        """Every row ran."""
        return tuple(
            AppliedMigration(
                as_text(r["version"]),
                as_time(r["applied_on"]),
                as_text(r["checksum"]) or None,
                label=f"V{as_text(r['version'])}__{as_text(r['name'])}",
            )
            for r in rows
        )

    def apply_command(self, project: MigrationProject) -> str:
        """The command of refinery_cli; most projects run their migrations themselves at start."""
        return f"refinery migrate -p {files.relative(project.folders[0], project.root)}"

    def order(self, key: str) -> Order:
        """By number."""
        return numeric_order(key)

    def _project(
        self, root: Path, folder: Path, around: Surroundings, *, has_config: bool
    ) -> MigrationProject:
        variables = environment.of(root, around.repository)
        main = manifests.dig(manifests.parsed_toml(root / "refinery.toml"), "main")
        settings = manifests.mapping(main)
        kind = manifests.string(settings.get("db_type"))
        path = manifests.string(settings.get("db_path"))
        url = targets.target(path, root, "sqlite") if path else None
        if not url and kind:
            names = {
                "db_host": "host",
                "db_port": "port",
                "db_user": "user",
                "db_pass": "password",
                "db_name": "name",
            }
            url = manifests.server({v: settings.get(k) for k, v in names.items()}, kind)
        url = url or targets.target(variables.get("DATABASE_URL", ""), root)
        return MigrationProject(
            self.name,
            root,
            (folder,),
            config=root / ("refinery.toml" if has_config else "Cargo.toml"),
            table=TableRef(None, "refinery_schema_history"),
            url=url,
            notes=() if url else (DatabaseUnknown("the database is set in code"),),
        )


def _migration(path: Path) -> Migration:
    match = _FILE.match(path.name)
    version, title = (match[2].lstrip("0") or "0", match[3]) if match else ("0", "")
    if path.suffix == ".rs" or "." in version:
        # A Rust migration's text exists only once it is compiled.
        return Migration(path.stem, version, path, title)
    try:
        text = files.contents(path).decode("utf-8", "replace")
    except files.UnreadableFile as error:
        return Migration(path.stem, version, path, title, problem=f"the file {error}")
    number = int(version)
    wide = str(checksum(title, struct.pack("<q", number & _MASK >> 1), text))
    if number >= 1 << 31:
        return Migration(path.stem, version, path, title, wide)
    narrow = str(checksum(title, struct.pack("<i", number), text))
    return Migration(path.stem, version, path, title, narrow, (wide,))


def checksum(name: str, version: bytes, text: str) -> int:
    """refinery's checksum: name, version (little-endian, 4 or 8 bytes), text, hashed as in Rust."""
    return siphash13(name.encode() + b"\xff" + version + text.encode() + b"\xff")


def siphash13(data: bytes) -> int:
    """SipHash with one compression and three finalisation rounds under the zero key."""
    state = [0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573]
    tail = len(data) % 8
    for (word,) in struct.iter_unpack("<Q", data[: len(data) - tail]):
        state[3] ^= word
        _round(state)
        state[0] ^= word
    last = int.from_bytes(data[len(data) - tail :], "little") | (len(data) & 0xFF) << 56
    state[3] ^= last
    _round(state)
    state[0] ^= last
    state[2] ^= 0xFF
    for _ in range(3):
        _round(state)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _round(v: list[int]) -> None:
    a, b, c, d = v
    a = (a + b) & _MASK
    b = (b << 13 | b >> 51) & _MASK ^ a
    a = (a << 32 | a >> 32) & _MASK
    c = (c + d) & _MASK
    d = (d << 16 | d >> 48) & _MASK ^ c
    a = (a + d) & _MASK
    d = (d << 21 | d >> 43) & _MASK ^ a
    c = (c + b) & _MASK
    b = (b << 17 | b >> 47) & _MASK ^ c
    c = (c << 32 | c >> 32) & _MASK
    v[:] = a, b, c, d
