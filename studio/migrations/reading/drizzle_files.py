"""Drizzle's migrations on disk: the journal of kit 0.x and the dated folders of 1.0."""

import re
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from studio.migrations.framework import Reading
from studio.migrations.reading import files, manifests
from studio.migrations.reading.tree import FolderTree
from studio.model.migration import Migration

JOURNAL = Path("meta") / "_journal.json"
DATED_FOLDER = re.compile(r"^(\d{14})_?")


def statement_hash(raw: bytes) -> str:
    """Drizzle's hash of a migration: SHA-256 of its text, CR and byte order mark included."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        raw = raw.decode("utf-8", "replace").encode()
    return sha256(raw).hexdigest()


def read_journal(folder: Path, tree: FolderTree) -> Reading:
    """The entries in the journal's order, then the files that it does not list."""
    journal = manifests.parsed_json(
        files.text_or_empty(folder / JOURNAL, files.MAX_MIGRATION_BYTES)
    )
    listed = manifests.mapping(journal).get("entries")
    dialect = manifests.string(manifests.mapping(journal).get("dialect"))
    sql = [name for name in tree.files(folder) if name.endswith(".sql")]
    if not isinstance(listed, list):
        why = "meta/_journal.json cannot be read, and Drizzle would stop on it"
        return Reading(tuple(_from_file(folder, n, problem=why) for n in sql), (f"{why}.",))
    found: list[Migration] = []
    notes: list[str] = []
    for number, item in enumerate(listed):
        entry = manifests.mapping(item)
        tag, when = entry.get("tag"), entry.get("when")
        if not isinstance(tag, str) or isinstance(when, bool) or not isinstance(when, int | float):
            notes.append(f"entry {number} of the journal has no usable tag and time; left out.")
            continue
        found.append(_listed(folder, tag, int(when)))
    tags = {migration.id for migration in found}
    found.extend(_from_file(folder, n) for n in sql if n.removesuffix(".sql") not in tags)
    return Reading(tuple(found), tuple(notes), dialect=dialect)


def _listed(folder: Path, tag: str, when: int) -> Migration:
    path = folder / f"{tag}.sql"
    if "/" in tag or "\\" in tag or "\0" in tag:
        return Migration(tag, str(when), problem="its name leads out of the folder")
    try:
        raw = files.contents(path)
    except files.UnreadableFile as error:
        return Migration(tag, str(when), title=tag, problem=f"{tag}.sql {error}")
    return Migration(tag, str(when), path, tag.partition("_")[2], statement_hash(raw))


def _from_file(folder: Path, name: str, problem: str = "") -> Migration:
    path = folder / name
    try:
        checksum: str | None = statement_hash(files.contents(path))
    except files.UnreadableFile as error:
        checksum, problem = None, problem or f"{name} {error}"
    stem = name.removesuffix(".sql")
    return Migration(stem, "0", path, checksum=checksum, listed=False, problem=problem)


def read_folders(folder: Path, tree: FolderTree) -> Reading:
    """The folders by name, as Drizzle 1.x sorts them."""
    found: list[Migration] = []
    for name in sorted(tree.subfolders(folder), key=lambda n: (n.casefold(), n)):
        if not tree.has(folder / name, "migration.sql"):
            continue
        path = folder / name / "migration.sql"
        key, title = str(_generated(name)), name.partition("_")[2]
        try:
            checksum = statement_hash(files.contents(path))
        except files.UnreadableFile as error:
            found.append(Migration(name, key, title=title, problem=f"migration.sql {error}"))
        else:
            found.append(Migration(name, key, path, title, checksum))
    return Reading(tuple(found))


def _generated(name: str) -> int:
    """The time in a folder's name as epoch milliseconds; 0 when it holds none."""
    match = DATED_FOLDER.match(name)
    try:
        moment = datetime.strptime(match[1], "%Y%m%d%H%M%S") if match else None  # noqa: DTZ007 - UTC set below
    except ValueError:
        moment = None
    return int(moment.replace(tzinfo=UTC).timestamp() * 1000) if moment else 0
