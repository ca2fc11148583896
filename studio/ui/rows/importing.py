"""A file's rows into the table on the screen: looked at, then staged, or imported at once."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from textual.widget import Widget

from studio.loading.load import Loaded, load
from studio.loading.looked_at import LookedAt, look
from studio.loading.source import opened
from studio.model.catalog import Table
from studio.model.change import Insert
from studio.model.errors import StudioError
from studio.model.words import plural
from studio.ui.rows.import_preview import ImportPreview
from studio.ui.shell.tab import Tab
from studio.ui.widgets.ask import AskText
from studio.ui.widgets.labels import plain
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace

_GROUP = "import"
MOST_STAGED = 1000
"""Rows that are staged one by one, and can be undone; more go straight into the table."""
_TOLD_BAD = 5


class Importing:
    """One import at a time of one tab; what shows the rows holds it."""

    def __init__(
        self,
        owner: Widget,
        workspace: Workspace,
        stage: Callable[[Sequence[Insert]], None],
        reread: Callable[[], None],
    ) -> None:
        """`stage` takes new rows; `reread` shows what the table holds now."""
        self._owner = owner
        self._workspace = workspace
        self._stage = stage
        self._reread = reread
        self._doing = ""

    def ask(self, table: Table) -> None:
        """Ask for the file; then look into it."""
        if self._doing:
            self._owner.notify("an import runs: esc stops it", markup=False)
            return

        def answered(name: str | None) -> None:
            if name and name.strip():
                path = Path(name.strip()).expanduser()
                begin_work(self._owner, partial(self._run, table, path), _GROUP)

        question = f"Import which file into {plain(table.ref.name)}?"
        hint = ".csv .tsv .jsonl; .gz or .zst may follow"
        self._owner.app.push_screen(AskText(question, placeholder=hint), answered)

    @property
    def keeps_open_because(self) -> str:
        """What would be lost; empty: nothing."""
        return f"{self._doing}: esc stops it" if self._doing else ""

    def stop(self) -> bool:
        """Stop it; whether one ran. Its transaction is rolled back."""
        if not self._doing:
            return False
        self._owner.workers.cancel_group(self._owner, _GROUP)
        return True

    async def _run(self, table: Table, path: Path) -> None:
        backend = self._workspace.session.backend

        def read() -> LookedAt:
            with opened(str(path), None, None) as source:
                return look(source, table, backend, MOST_STAGED)

        try:
            found = await asyncio.to_thread(read)
        except StudioError as error:
            self._complain(f"nothing was imported: {error}")
            return
        if not await self._owner.app.push_screen_wait(ImportPreview(path.name, table, found)):
            return
        if found.more:
            await self._load(table, path)
        else:
            self._stage(found.rows)
            self._owner.notify(
                f"{plural(len(found.rows), 'new row')} staged: w reviews and applies", markup=False
            )

    async def _load(self, table: Table, path: Path) -> None:
        self._doing = f"importing {plain(path.name)}"
        self._owner.post_message(Tab.Working(self._doing))
        try:
            with opened(str(path), None, None) as source:
                loaded = await load(
                    self._workspace.session,
                    table.ref,
                    source,
                    create=False,
                    trial=False,
                    tell=self._tell,
                )
        except StudioError as error:
            self._complain(f"nothing was imported: {error}")
        except asyncio.CancelledError:
            # One that comes when COMMIT has answered is not heard.
            self._owner.notify("stopped: nothing was imported", markup=False)
            raise
        else:
            self._say(loaded)
        finally:
            self._doing = ""
            self._owner.post_message(Tab.Working())

    def _tell(self, rows: int) -> None:
        self._owner.post_message(Tab.Working(f"{self._doing}: {plural(rows, 'row')} ·"))

    def _say(self, loaded: Loaded) -> None:
        if not loaded.bad:
            said = f"{plural(loaded.rows, 'row')} imported into {plain(str(loaded.table))}"
            self._owner.notify(said, markup=False)
            self._reread()
            return
        lines = [f"line {bad.line}: {plain(bad.message)}" for bad in loaded.bad[:_TOLD_BAD]]
        if len(loaded.bad) > _TOLD_BAD:
            more = f"{len(loaded.bad) - _TOLD_BAD:,}{' or more' if loaded.is_cut else ''}"
            lines.append(f"and {more} more rows")
        self._complain("\n".join(["nothing was imported:", *lines]))

    def _complain(self, said: str) -> None:
        self._owner.notify(said, severity="error", timeout=15, markup=False)
