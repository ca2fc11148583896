"""Rows on the screen into a file, in the background: asked, told, stopped."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TextIO

from textual.widget import Widget

from studio.export.files import exported, format_of
from studio.export.tables import Exported
from studio.model.errors import StudioError
from studio.model.words import plural
from studio.ui.rows.export_dialog import AskExport, Wish
from studio.ui.shell.tab import Tab
from studio.ui.widgets.ask import Ask
from studio.ui.widgets.labels import plain
from studio.ui.work_ends import begin_work

_GROUP = "export"
_TOLD_S = 0.25
Write = Callable[[str, TextIO, Callable[[int], None]], Awaitable[Exported]]
"""Writes rows in a format to a stream, and tells how many it has written."""


@dataclass(frozen=True, slots=True)
class ExportScope:
    """Some rows that can be exported."""

    words: str
    write: Write
    of: int | None = None
    """About how many they are."""


class Exporting:
    """One export at a time of one tab; the tab, or what shows its rows, holds it."""

    def __init__(self, owner: Widget) -> None:
        """`owner`: with whom it ends."""
        self._owner = owner
        self._doing = ""

    def ask(self, name: str, scopes: Sequence[ExportScope], note: str = "") -> None:
        """Ask for the file, and which rows; then write them."""
        if self._doing:
            self._owner.notify("an export runs: esc stops it", markup=False)
            return

        def answered(wish: Wish | None) -> None:
            if wish is not None:
                do = partial(self._run, name, scopes[wish.scope], wish.path)
                begin_work(self._owner, do, _GROUP)

        title = f"Rows of {plain(name)}"
        words = [scope.words for scope in scopes]
        stem = name.replace("/", "_") or "rows"
        self._owner.app.push_screen(AskExport(title, words, f"{stem}.csv", note), answered)

    @property
    def keeps_open_because(self) -> str:
        """What would be lost; empty: nothing."""
        return f"{self._doing}: esc stops it" if self._doing else ""

    def stop(self) -> bool:
        """Stop it; whether one ran. Nothing of its file stays."""
        if not self._doing:
            return False
        self._owner.workers.cancel_group(self._owner, _GROUP)
        self._owner.notify("the export is stopped: no file was written", markup=False)
        return True

    async def _run(self, name: str, scope: ExportScope, path: Path) -> None:
        if await asyncio.to_thread(path.is_file):
            question = Ask(f"{path} exists already.\nReplace it?", yes="replace", no="leave it")
            if not await self._owner.app.push_screen_wait(question):
                return
        self._doing = f"exporting {plain(name)}"
        self._owner.post_message(Tab.Working(self._doing))
        began = monotonic()
        try:
            with exported(path) as out:
                tell = _Teller(self._owner, self._doing, scope.of)
                done = await scope.write(format_of(path), out, tell)
        except StudioError as error:
            self._owner.notify(f"nothing was exported: {error}", severity="error", markup=False)
        else:
            self._say(done, path, monotonic() - began)
        finally:
            self._doing = ""
            self._owner.post_message(Tab.Working())

    def _say(self, done: Exported, path: Path, seconds: float) -> None:
        said = f"{plural(done.rows, 'row')} in {plain(str(path.absolute()))}"
        self._owner.notify(f"{said}, {seconds:,.1f} s", markup=False)
        if done.lost:
            self._owner.notify(plain(done.lost), severity="warning", markup=False)


class _Teller:
    """Says in the last line how far it is; from whatever thread."""

    def __init__(self, owner: Widget, doing: str, of: int | None) -> None:
        self._owner = owner
        self._doing = doing
        self._of = of
        self._began = self._told = monotonic()

    def __call__(self, rows: int) -> None:
        now = monotonic()
        if now - self._told >= _TOLD_S:
            self._told = now
            self._owner.post_message(Tab.Working(self._words(rows, now - self._began)))

    def _words(self, rows: int, seconds: float) -> str:
        rate = rows / seconds
        words = f"{self._doing}: {plural(rows, 'row')}, {rate:,.0f} a second"
        if self._of and rows < self._of and rate:
            words += f", ~{(self._of - rows) / rate:,.0f} s left"
        return f"{words} ·"
