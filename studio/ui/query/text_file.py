"""The file a query tab's text came from or went to: opened, saved, edited outside."""

import asyncio
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from studio.config import paths
from studio.queries.text import SqlFile, in_the_way
from studio.ui.query.runs import GROUP as RUNNING
from studio.ui.shell.tab import Tab
from studio.ui.terminal.external_editor import NoEditor, edit
from studio.ui.widgets.ask import Ask, AskText
from studio.ui.widgets.labels import plain
from studio.ui.widgets.sql_editor import SqlEditor
from studio.ui.work_ends import begin_work

_GROUP = "file"


class TextFile:
    """Moves the text between the editor of a tab and files; the tab holds it."""

    def __init__(
        self,
        tab: Tab,
        editor: Callable[[], SqlEditor],
        say: Callable[[str, str], None],
        file: SqlFile | None = None,
    ) -> None:
        """`say` shows a text under the editor, with its severity; `file` is where it came from."""
        self._tab = tab
        self._editor = editor
        self._say = say
        self._file = file

    @property
    def name(self) -> str | None:
        """Of the file, without its folder."""
        return None if self._file is None else self._file.path.name

    def ask_open(self) -> None:
        """Ask for a file and read it."""

        def answered(name: str | None) -> None:
            if name:
                begin_work(self._tab, partial(self._open, Path(name).expanduser()), _GROUP)

        self._tab.app.push_screen(AskText("Open which file of SQL?", self._path()), answered)

    def ask_save(self) -> None:
        """Save to the file it came from, or ask for one."""

        def answered(name: str | None) -> None:
            if name:
                begin_work(self._tab, partial(self._write, Path(name).expanduser()), _GROUP)

        self._tab.app.push_screen(AskText("Save the text as", self._path()), answered)

    async def _open(self, path: Path) -> None:
        try:
            self._file, text = await asyncio.to_thread(SqlFile.read, path)
        except (OSError, UnicodeDecodeError) as error:
            self._say(f"{path} cannot be read: {error}", "error")
            return
        self._editor().load_text(text)
        self._tab.post_message(Tab.Changed())

    async def _write(self, path: Path) -> None:
        lost = await asyncio.to_thread(in_the_way, path, self._file)
        question = Ask(f"{lost}\nReplace what it says?", yes="replace", no="leave it")
        if lost is not None and not await self._tab.app.push_screen_wait(question):
            return
        try:
            self._file = await asyncio.to_thread(SqlFile.write, path, self._editor().text)
        except (OSError, UnicodeEncodeError) as error:
            self._say(f"{path} cannot be written: {error}", "error")
            return
        self._say(f"saved as {path}", "")
        self._tab.post_message(Tab.Changed())

    async def edit_outside(self) -> None:
        """Hand the text to $VISUAL or $EDITOR, and take back what it saves."""
        if any(w.group == RUNNING and w.is_running for w in self._tab.app.workers):
            # Nothing else goes on while the editor has the terminal: its transaction would wait.
            self._say("a statement runs: stop it first, or wait for its end", "error")
            return
        draft = paths.state_folder() / f"editing-{os.getpid()}.sql"
        try:
            paths.write_private(draft, self._editor().text)
            ended = await edit(self._tab.app, draft)
            if ended == 0:
                self._editor().load_text(draft.read_text(encoding="utf-8"))
            else:
                self._say(f"the editor ended with {ended}: the text is as it was", "")
        except (NoEditor, OSError, UnicodeError) as error:
            self._say(plain(str(error)), "error")
        finally:
            draft.unlink(missing_ok=True)

    def _path(self) -> str:
        return str(self._file.path) if self._file is not None else ""
