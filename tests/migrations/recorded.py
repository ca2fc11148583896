"""A tool of node's in a project: what it did when it was recorded, or the tool itself.

A start of such a tool costs a second, so the gate plays a record: for every command what it said,
and what it left of every file and every SQLite database. Both are the tool's own work.

    STUDIO_LONG=1 pytest tests/migrations/test_recorded_tools.py      the tools themselves
    STUDIO_RECORD=1 pytest tests/migrations/test_recorded_tools.py    and their records anew
"""

import json
import os
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.examples import IS_LONG
from tests.migrations.npm import Packages, installed, node

RECORDS = Path(__file__).parents[1] / "samples" / "tools"
IS_RECORDED_ANEW = bool(os.environ.get("STUDIO_RECORD"))
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[^\n]*\r(?!\n)")
_DATABASES = (".db", ".sqlite")
_PASSING = ("-wal", "-shm", "-journal")

Files = dict[str, str | None]


@dataclass
class Tool:
    """One command line tool in one project; call it with its words."""

    name: str
    """What its record is called."""
    script: str
    """Inside node_modules; with `./` one of the project."""
    packages: Packages
    variables: dict[str, str] = field(default_factory=dict)
    folder: Path = Path()
    _steps: list[dict[str, object]] = field(default_factory=list)
    _at: int = 0

    @property
    def _record(self) -> Path:
        return RECORDS / f"{self.name}.json"

    @property
    def _is_live(self) -> bool:
        return IS_LONG or IS_RECORDED_ANEW

    def begin(self, folder: Path) -> None:
        """Work in `folder`, beside which node finds the packages."""
        self.folder = folder
        if self._is_live:
            (folder.parent / "node_modules").symlink_to(installed(self.packages))
        else:
            record = json.loads(self._record.read_text())
            assert record["packages"] == list(self.packages), "to be recorded anew"
            self._steps = record["steps"]

    def __call__(self, *words: str, fails: bool = False) -> str:
        """What one command said; it fails exactly where it is expected to."""
        return (self._run if self._is_live else self._play)(words, fails)

    def end(self) -> None:
        """Keep what was recorded; every step of a record was wanted."""
        if IS_RECORDED_ANEW:
            told = {"packages": self.packages, "steps": self._steps}
            self._record.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        elif not self._is_live:
            assert self._at == len(self._steps)

    def _run(self, words: tuple[str, ...], fails: bool) -> str:
        before = _state(self.folder)
        is_own = self.script.startswith("./")
        script = self.script if is_own else f"../node_modules/{self.script}"
        said = node(self.folder, script, *words, fails=fails, **self.variables)
        after = _state(self.folder)
        left: Files = {name: text for name, text in after.items() if before.get(name) != text}
        left |= dict.fromkeys(before.keys() - after.keys())
        told = _plain(said, self.folder)
        self._steps.append({"words": words, "fails": fails, "told": told, "left": left})
        return told

    def _play(self, words: tuple[str, ...], fails: bool) -> str:
        step = self._steps[self._at]
        self._at += 1
        assert (step["words"], step["fails"]) == (list(words), fails), "to be recorded anew"
        left = step["left"]
        assert isinstance(left, dict)
        for name, text in left.items():
            _put(self.folder / name, text)
        return str(step["told"])


def _plain(said: str, folder: Path) -> str:
    """Without colours, without lines that were painted over, and of no machine."""
    lines = _ESCAPES.sub("", said).replace(str(folder), ".").splitlines()
    kept = [line.rstrip() for line in lines if line.strip() and not line.lstrip().startswith("at ")]
    return "\n".join(line for line in kept if "node_modules" not in line)


def _state(folder: Path) -> dict[str, str]:
    """Every file's text, and of databases the statements that make them."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.endswith(_PASSING):
            is_database = name.endswith(_DATABASES)
            found[name] = _dump(path) if is_database else path.read_text()
    return found


def _dump(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return "\n".join(connection.iterdump())


def _put(path: Path, text: str | None) -> None:
    if text is None or path.name.endswith(_DATABASES):
        path.unlink(missing_ok=True)
    if text is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.name.endswith(_DATABASES):
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(text)
    else:
        path.write_text(text)
