"""Review and apply: what would change, the exact SQL, what follows; then try it, or do it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from studio.edits.apply import apply_changes, refusal
from studio.edits.effects import Effects, effects
from studio.edits.plan import Plan, plan
from studio.edits.preview import Preview, preview
from studio.edits.undo import journal_of, settle
from studio.model.catalog import TableRef
from studio.model.change import ApplyReport, Change, ChangeError, Outcome
from studio.model.errors import Refused, StatementFailed, StudioError
from studio.ui.commands import Command, bindings
from studio.ui.labels import plain, plain_lines
from studio.ui.screens import review_text as words
from studio.ui.screens.ask import AskText
from studio.ui.screens.conflicts import Conflicts
from studio.ui.sql_lines import STYLES, SqlLines
from studio.ui.theme_styles import styles
from studio.ui.widgets.line_list import LineList
from studio.ui.workspace import Workspace

_TICK_S = 0.15
"""Nothing is said to be running before it has run for so long."""
_SIGN_STYLES = {"~": "grid-staged", "+": "grid-inserted", "×": "grid-deleted"}


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is on the screen: a change set, and what was found out about it."""

    changes: tuple[Change, ...]
    plan: Plan | None = None
    preview: Preview | None = None
    sql_line: tuple[int, ...] = ()
    """By change: its line in the script."""


class Review(ModalScreen[tuple[Change, str] | None]):
    """The last look before anything leaves. Answers with a change and a column to go to."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("review.apply", "Apply", "enter", "apply", "apply"),
        Command("review.try", "Run everything, tell, and roll back", "t", "try", "try (dry run)"),
        Command("review.drop", "Drop this change", "minus,d", "drop", "drop"),
        Command("review.close", "Stop what runs, else back", "escape,q", "close", "back"),
        Command("review.go", "Go to its row, to edit it again", "e", "go", "edit again"),
        Command("review.conflicts", "Settle the conflicts", "c", "conflicts"),
        Command("review.save", "Save the SQL as a file", "o", "save", "save as .sql"),
        Command("review.look", "Look again what became of it", "r", "look"),
        Command("review.undo", "Take the last staged step back", "u", "undo"),
        Command("review.next", "Changes, SQL", "tab,shift+tab", "app.focus_next"),
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    Review { align: center middle; }
    Review > Vertical {
        width: 100%; height: 100%; background: $background; padding: 0;
    }
    Review #title { height: 1; padding: 0 1; background: $panel; text-style: bold; }
    Review.-production #title { background: $error; color: $background; }
    Review #changes { height: auto; max-height: 45%; }
    Review #effects { height: auto; max-height: 6; padding: 0 1; display: none; }
    Review #effects.-shown { display: block; }
    Review .rule { height: 1; color: $dim; text-wrap: nowrap; text-overflow: clip; }
    Review #sql { height: 1fr; }
    Review #result { height: auto; max-height: 8; padding: 0 1; display: none; }
    Review #result { background: $surface; }
    Review #result.-shown { display: block; }
    Review #keys { height: 1; padding: 0 1; background: $panel; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self._shown = _Shown(())
        self._report: ApplyReport | None = None
        self._sent: tuple[Change, ...] = ()
        self._doing = ""
        self._problems: Mapping[int, str] = {}
        """By change: what is wrong with it."""
        self._row_keys: dict[TableRef, tuple[str, ...]] = {}
        self._knows = False
        """Whether the catalog was looked at for this review."""

    # -- the frame -------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Title, changes, what follows, SQL, what came of it, keys."""
        with Vertical():
            yield Static(id="title", markup=False)
            yield LineList(id="changes")
            yield Static(id="effects")
            yield Static(
                Text("─ SQL ".ljust(400, "─"), no_wrap=True, overflow="crop"), classes="rule"
            )
            yield LineList(id="sql")
            yield Static(id="result")
            yield Static(id="keys")

    def on_mount(self) -> None:
        """Show the set; SQL and effects come as they are known."""
        self.set_class(self.workspace.is_production, "-production")
        self.query_one("#keys", Static).update(self._keys())
        self.changes_list.focus()
        self._load()

    @property
    def changes_list(self) -> LineList:
        """The changes."""
        return self.query_one("#changes", LineList)

    def _keys(self) -> Text:
        text = Text(no_wrap=True, overflow="ellipsis")
        for command in self.COMMANDS_HERE:
            if command.hint:
                key = {"minus": "-", "escape": "esc"}.get(command.keys.split(",")[0])
                text.append(key or command.keys.split(",")[0], style="bold")
                text.append(f" {command.hint}   ")
        return text

    def _load(self) -> None:
        staging = self.workspace.staging
        changes = staging.changes.changes
        self._shown = _Shown(changes)
        self._problems = {}
        label = self.workspace.label
        self.query_one("#title", Static).update(
            words.title(
                len(changes), staging.changes.tables, label, production=self.workspace.is_production
            )
        )
        self._styles = styles(self.app, *_SIGN_STYLES.values(), "dim", "error")
        self.changes_list.show(len(changes), self._change_line)
        if not changes:
            self.dismiss(None)
            return
        self._look_ahead(changes)

    def _change_line(self, index: int) -> Text:
        change = self._shown.changes[index]
        sign = words.sign(change)
        style = self._styles[_SIGN_STYLES[sign]]
        text = Text(no_wrap=True)
        problem = self._problems.get(index, "")
        text.append("! " if problem else "  ", self._styles["error"])
        text.append(f"{sign} {plain(str(change.table))}  ", style)
        text.append(words.change_words(change, self._row_keys.get(change.table, ())))
        if problem:
            text.append(f"   {problem}", self._styles["error"])
        elif guard := words.guard_words(change, self._row_keys.get(change.table, ())):
            text.append(f"   {guard}", self._styles["dim"])
        return text

    # -- what it would do ------------------------------------------------------------------------

    @work(group="preview", exclusive=True)
    async def _look_ahead(self, changes: tuple[Change, ...]) -> None:
        workspace = self.workspace
        try:
            tables = {ref: await workspace.table(ref) for ref in _tables(changes)}
            self._row_keys = {ref: table.primary_key for ref, table in tables.items()}
            self.changes_list.refresh()
            begin = workspace.session.backend.begin_write
            catalog = await (workspace.load_catalog() if self._knows else workspace.fresh_catalog())
            self._knows = True
            ready = await plan(workspace.session, changes, catalog)
            # Another one, where the schema changed since.
            workspace.catalog = ready.catalog
            made = await asyncio.to_thread(preview, ready, begin)
            engine, width = workspace.session.backend.name, self.app.size.width
            lines = await asyncio.to_thread(SqlLines, engine, made, width)
            self._shown = _Shown(changes, ready, made, lines.of_change(len(changes)))
            self._show_sql(lines)
            self._show_effects(await effects(workspace.session, changes, ready.catalog))
        except StudioError as error:
            self.say(str(error), "error")

    def _show_sql(self, lines: SqlLines) -> None:
        colours = styles(self.app, *(name for _, name in STYLES))
        sql = self.query_one("#sql", LineList)
        sql.show(lines.count, lambda index: lines.line(index, colours))
        self._follow()

    def _show_effects(self, found: Effects) -> None:
        text = Text()
        for stops, line in words.effect_words(found):
            text.append(f"{'!' if stops else ' '} {line}\n", self._styles["error"] if stops else "")
        said = self.query_one("#effects", Static)
        text.rstrip()
        said.update(text)
        said.set_class(bool(text.plain), "-shown")

    @on(LineList.Moved, "#changes")
    def _follow(self) -> None:
        """Show the statement of the change under the cursor."""
        at, lines = self.changes_list.line, self._shown.sql_line
        if at < len(lines):
            self.query_one("#sql", LineList).go_to(lines[at])

    def say(self, text: str, style: str = "") -> None:
        """Say what came of it."""
        shown = self.query_one("#result", Static)
        shown.update(Text(plain_lines(text), style=self._styles.get(style, "")))
        shown.set_class(bool(text), "-shown")

    # -- row by row ------------------------------------------------------------------------------

    def _here(self) -> Change | None:
        at = self.changes_list.line
        return self._shown.changes[at] if at < len(self._shown.changes) else None

    def action_drop(self) -> None:
        """Leave the change under the cursor out; `u` takes that back."""
        change = self._here()
        if change is not None and not self._doing:
            self.workspace.staging.drop(change)
            self._report = None
            self.say("dropped; u brings it back")
            self._load()

    def action_undo(self) -> None:
        """Take the last step back, a drop or an edit."""
        if not self._doing and self.workspace.staging.undo():
            self._report = None
            self._load()

    def action_go(self) -> None:
        """Back to the row, on the column that is wrong if one is."""
        change = self._here()
        if change is None or self._doing:
            return
        errors = self._report.errors if self._report is not None else ()
        at = self.changes_list.line
        columns = next((e.columns for e in errors if e.change == at and e.columns), ())
        column = columns[0] if columns else next(iter(change.after), "")
        self.dismiss((change, column))

    def action_save(self) -> None:
        """Write the script to a file."""
        made = self._shown.preview
        if made is None:
            return

        def chosen(path: str | None) -> None:
            if path:
                self._save(Path(path).expanduser(), str(made))

        self.app.push_screen(AskText("Save the SQL as", "changes.sql"), chosen)

    @work(group="save", exclusive=True)
    async def _save(self, path: Path, script: str) -> None:
        def write() -> None:
            with path.open("x", encoding="utf-8", errors="surrogateescape") as file:
                file.write(script)

        try:
            await asyncio.to_thread(write)
        except FileExistsError:
            self.say(f"{path} exists already; choose another name", "error")
        except OSError as error:
            self.say(f"{path} cannot be written: {error.strerror or error}", "error")
        else:
            self.say(f"saved as {path}; studio runs nothing from it")

    # -- trying and applying -----------------------------------------------------------------------

    def action_try(self) -> None:
        """Run everything in a transaction and roll it back."""
        if not self._doing:
            self._run(trial=True)

    def action_apply(self) -> None:
        """Apply; on a production connection, only with the table's name typed."""
        if self._doing:
            return
        if not self.workspace.is_production:
            self._run(trial=False)
            return
        name = self._shown.changes[0].table.name
        question = f"PRODUCTION {self.workspace.label}\nType the table's name, {name}, to apply"

        def typed(text: str | None) -> None:
            if text is not None and text.strip() == name:
                self._run(trial=False)
            elif text is not None:
                self.say(f"that is not {name!r}: nothing was sent", "error")

        self.app.push_screen(AskText(question), typed)

    @work(group="apply", exclusive=True)
    async def _run(self, *, trial: bool) -> None:
        changes = self._shown.changes
        self._doing = "trying" if trial else "applying"
        since = perf_counter()

        def tell() -> None:
            journal, elapsed = self.workspace.staging.journal, f"{perf_counter() - since:.1f} s"
            self.say(words.waiting_words(self._doing, len(changes), elapsed, journal))

        ticking = self.set_interval(_TICK_S, tell)
        try:
            report = await self._sent_off(changes, trial=trial)
        except asyncio.CancelledError:
            if self.is_mounted:
                self.say("stopped before COMMIT, rolled back: nothing was changed")
            raise
        finally:
            ticking.stop()
            self._doing = ""
        self._show_report(changes, report)

    async def _sent_off(self, changes: tuple[Change, ...], *, trial: bool) -> ApplyReport:
        workspace, ready = self.workspace, self._shown.plan
        try:
            journal = workspace.staging.journal or await journal_of(workspace.session)
            await workspace.staging.kept()
            return await apply_changes(
                workspace.session,
                ready if ready is not None and ready.staged is changes else changes,
                trial=trial,
                journal=None if trial else journal,
                catalog=await workspace.load_catalog(),
            )
        except (Refused, StatementFailed) as error:
            return refusal(error)
        except StudioError as error:
            return ApplyReport(Outcome.NOTHING, errors=(ChangeError(None, "lost", str(error)),))

    def _show_report(self, changes: tuple[Change, ...], report: ApplyReport) -> None:
        self._report, self._sent = report, changes
        self._problems = words.problems(report)
        if report.outcome is Outcome.APPLIED:
            self.notify(words.outcome_words(report), markup=False)
            for note in report.notes:
                self.notify(plain_lines(note), markup=False)
            self.workspace.staging.applied(changes)
            self.dismiss(None)
            return
        self.changes_list.show(len(changes), self._change_line)
        if report.outcome is Outcome.TRIED:
            self.say("\n".join((words.trial_words(report, len(changes)), *report.notes)))
            return
        self._show_failure(report)

    def _show_failure(self, report: ApplyReport) -> None:
        whole = [words.error_words(error) for error in report.errors]
        lines = [words.outcome_words(report), *whole[:5], *report.notes]
        if report.errors and report.errors[0].change is not None:
            lines.append("e goes to the row and column of the change under the cursor")
        if report.conflicts:
            lines.append("c settles the conflicts: take one, edit again, or drop, row by row")
        self.say("\n".join(lines), "error")
        wrong = [c.index for c in report.conflicts]
        wrong += [e.change for e in report.errors if e.change is not None]
        if wrong:
            self.changes_list.go_to(min(wrong))
        if report.conflicts:
            self.action_conflicts()

    def action_conflicts(self) -> None:
        """Settle the conflicts, row by row."""
        report = self._report
        if report is None or not report.conflicts or self._sent != self._shown.changes:
            return

        def settled(wanted: tuple[Change, str] | None) -> None:
            if wanted is not None:
                self.dismiss(wanted)
                return
            if self.workspace.staging.changes.changes != self._sent:
                self._report = None
                self.say("settled; enter applies again")
            self._load()

        self.app.push_screen(Conflicts(self.workspace, report.conflicts, self._row_keys), settled)

    def action_look(self) -> None:
        """Find out what became of a set whose end nobody saw."""
        if self._report is not None and self._report.outcome is Outcome.UNKNOWN:
            self._look()

    @work(group="apply", exclusive=True)
    async def _look(self) -> None:
        staging, report = self.workspace.staging, self._report
        if staging.journal is None or report is None:
            return
        self.say("looking…")
        try:
            found = await settle(self.workspace.session, staging.journal)
        except (StudioError, OSError) as error:
            self.say(f"still not known: {error}", "error")
            return
        ours = next((entry for entry in found if entry.id == report.journal_id), None)
        if ours is None or ours.outcome in {None, Outcome.UNKNOWN}:
            self.say("still not known; everything staged is kept", "error")
        elif ours.outcome is Outcome.APPLIED:
            self.notify("all of it happened", markup=False)
            staging.applied(self._sent)
            self.dismiss(None)
        else:
            self.say("nothing happened; enter applies again")

    def action_close(self) -> None:
        """Stop what runs, else go back to the rows."""
        if self._doing:
            self.workers.cancel_group(self, "apply")
        else:
            self.dismiss(None)


def _tables(changes: Sequence[Change]) -> tuple[TableRef, ...]:
    return tuple(dict.fromkeys(change.table for change in changes))
