"""The last look at changes before they are sent: rows, what follows, the SQL, what came of it."""

import asyncio
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, ClassVar, TypeVar

from rich.text import Text
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from studio.backends.halves.syntax import syntax_of
from studio.edits.applying.apply import refusal, refused
from studio.edits.applying.effects import Effects, effects
from studio.edits.sql.prepared import Prepared, prepare
from studio.edits.sql.preview import Preview, preview
from studio.edits.sql.refusals import ChangeRefused
from studio.model.apply_report import ApplyOutcome, ApplyReport, ChangeError
from studio.model.change import Change
from studio.model.errors import Refused, StatementFailed, StudioError
from studio.ui.editing import change_words as words
from studio.ui.editing.sql_pane import SqlPane
from studio.ui.editing.what_follows import Consequences, Sight, WhatFollows
from studio.ui.keys.commands import Command, bindings, commands_of, key_label
from studio.ui.keys.help import Help
from studio.ui.shell.open_transactions import ways_out
from studio.ui.widgets.ask import AskName
from studio.ui.widgets.dialog import Confirming
from studio.ui.widgets.key_line import key_line
from studio.ui.widgets.labels import plain_lines
from studio.ui.widgets.line_list import LineList
from studio.ui.widgets.theme_styles import styles
from studio.ui.workspace import Workspace

if TYPE_CHECKING:
    from studio.model.catalog import TableRef

T = TypeVar("T")

_TICK_S = 0.15
"""Nothing is said to be running before it has run for so long."""
_TOGETHER_S = 0.4
"""So long the SQL waits for what follows, to be shown with it."""


@dataclass(frozen=True, slots=True)
class ReviewShown:
    """What is on the screen: a change set, and what was found out about it."""

    changes: tuple[Change, ...] = ()
    plan: Prepared | None = None
    script: Preview | None = None
    """Whole, to be saved."""


class ChangeReview(Confirming[T]):
    """What is about to be sent. Subclasses say what that is, how it is sent, what comes then."""

    CONFIRMS: ClassVar[frozenset[str]] = frozenset({"apply", "try"})
    SHARED: ClassVar[tuple[Command, ...]] = (
        Command("review.whole", "Every guard and value, or folded", "f", "whole", "whole"),
        Command("review.skip", "Stop finding out what follows", "s", "skip", "stop looking"),
        Command("review.help", "Keys of this place", "question_mark", "help", "keys"),
        Command("review.save", "Save the SQL as a file", "o", "save", "save as .sql"),
        Command("review.next", "Changes, what follows, SQL", "tab,shift+tab", "app.focus_next"),
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = bindings(SHARED)
    DEFAULT_CSS = """
    ChangeReview { align: center middle; }
    ChangeReview > Vertical {
        width: 100%; height: 100%; background: $background; padding: 0;
    }
    ChangeReview #title { height: auto; max-height: 2; padding: 0 1; background: $panel; }
    ChangeReview #title { text-style: bold; }
    ChangeReview.-production #title { background: $error; color: $background; }
    ChangeReview #changes { height: auto; max-height: 45%; }
    ChangeReview.-whole WhatFollows { max-height: 50%; }
    ChangeReview #result { height: auto; max-height: 8; padding: 0 1; display: none; }
    ChangeReview #result { background: $surface; }
    ChangeReview #result.-shown { display: block; }
    ChangeReview #keys { height: 1; padding: 0 1; background: $panel; }
    ChangeReview ToastRack { margin-bottom: 9; }
    """

    def __init__(self, workspace: Workspace, title: str, doing: str) -> None:
        """How the title begins, and what is said while it is done: `Apply to`, `applying`."""
        super().__init__()
        self.workspace = workspace
        self._title, self._doing_it = title, doing
        self.shown = ReviewShown()
        self.report: ApplyReport | None = None
        self.doing = ""
        self._problems: dict[int, str] = {}
        """By change: what is wrong with it."""
        self.row_keys: dict[TableRef, tuple[str, ...]] = {}
        self._knows = False
        """Whether the catalog was looked at for this review."""
        self._sight = Sight.LOOKING
        self._looks_for = ""
        """What is being found out, or why it is not known."""
        self._was_early = False
        """Whether somebody wanted to send it before that was offered, and was told so."""
        self._effects = Effects()
        self.notes: tuple[str, ...] = ()
        """What is to be said of the set besides."""

    # -- what a subclass is for ------------------------------------------------------------------

    def begin(self) -> None:
        """Show what it is about: the frame stands."""
        raise NotImplementedError

    async def send(self, changes: tuple[Change, ...], *, trial: bool) -> ApplyReport:
        """Do it. Raises StudioError: nothing was done."""
        raise NotImplementedError

    def ended(self, report: ApplyReport) -> None:
        """Nothing is left to do: leave."""
        raise NotImplementedError

    # -- the frame -------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Title, changes, what follows, SQL, what came of it, keys."""
        with Vertical():
            yield Static(id="title", markup=False)
            yield LineList(id="changes")
            yield WhatFollows()
            yield SqlPane(syntax_of(self.workspace.session.backend))
            yield Static(id="result", markup=False)
            yield Static(id="keys", markup=False)

    def on_mount(self) -> None:
        """Name it at once; the rest comes as it is found out."""
        self.query_one("#title", Static).update(self._title)
        self.set_class(self.workspace.is_production, "-production")
        signs = words.SIGN_STYLES.values()
        self._styles = styles(self.app, *signs, "dim", "error", "warning", "accent")
        self.changes_list.focus()
        self.begin()

    def on_resize(self, event: events.Resize) -> None:
        """Offer the keys there is room for."""
        del event
        self.show_keys()

    @property
    def changes_list(self) -> LineList:
        """One line a change, in the order they were staged."""
        return self.query_one("#changes", LineList)

    @property
    def sql_pane(self) -> SqlPane:
        """The statements that would be sent."""
        return self.query_one(SqlPane)

    @property
    def is_known(self) -> bool:
        """Whether it may be sent: what follows is known, or was given up."""
        return self._sight in {Sight.KNOWN, Sight.UNKNOWN}

    def offers(self, command: Command) -> bool:
        """Whether the key of `command` does something now."""
        if self.doing:
            return command.action == "close"
        if command.action in self.CONFIRMS:
            return self.is_known
        if command.action == "skip":
            return self._sight is Sight.LOOKING and bool(self.shown.changes)
        if command.action in {"whole", "save"}:
            return self.shown.script is not None
        return True

    def show_keys(self) -> None:
        """The keys that do something now; what each does."""
        sure = " all the same" if self._sight is Sight.UNKNOWN else ""
        keys = [
            (key_label(command.keys), self._word(command) + (sure * (command.action == "apply")))
            for command in commands_of(self)
            if command.hint and self.offers(command)
        ]
        line = key_line(keys, self.size.width - 2, (self._styles["accent"], self._styles["dim"]))
        self.query_one("#keys", Static).update(line)

    def _word(self, command: Command) -> str:
        if command.action == "close" and self.doing:
            return "stop"
        if command.action == "whole" and self.has_class("-whole"):
            return "fold"
        return command.hint

    def show_changes(self, changes: tuple[Change, ...]) -> None:
        """Show the set itself, of which nothing else is known yet."""
        self.shown, self._problems = ReviewShown(changes), {}
        self._effects = Effects()
        where, is_production = self.workspace.label, self.workspace.is_production
        title = words.title(self._title, changes, where, production=is_production)
        self.query_one("#title", Static).update(title)
        self.changes_list.show(len(changes), self._change_line)
        self.changes_list.refresh(layout=True)
        self.sql_pane.clear()

    def _change_line(self, index: int) -> Text:
        change = self.shown.changes[index]
        key, problem = self.row_keys.get(change.table, ()), self._problems.get(index, "")
        return words.drawn_line(change, key, problem, self.changes_list.size.width, self._styles)

    # -- what it would do ------------------------------------------------------------------------

    async def look_ahead(self, changes: tuple[Change, ...]) -> None:
        """Find out what `changes` would do, and only then offer to send them."""
        workspace = self.workspace
        try:
            self.look_for("the statements, and what follows")
            refs = dict.fromkeys(change.table for change in changes)
            tables = {ref: await workspace.table(ref) for ref in refs}
            self.row_keys = {ref: table.primary_key for ref, table in tables.items()}
            self.changes_list.refresh()
            begin = workspace.session.backend.begin_write
            catalog = await (workspace.load_catalog() if self._knows else workspace.fresh_catalog())
            self._knows = True
            ready = await prepare(workspace.session, changes, catalog)
            # Another one, where the schema changed since.
            workspace.catalog = ready.catalog
            script = preview(ready, begin)
            self.shown = ReviewShown(changes, ready, script)
            following = asyncio.ensure_future(effects(workspace.session, changes, ready.catalog))
            try:
                # Mostly both are there at once: one frame, not two.
                await asyncio.wait([following], timeout=_TOGETHER_S)
                await self.sql_pane.show(ready, script)
                self._follow()
                self.look_for("rows that follow by foreign keys, and triggers")
                self._effects = await following
            finally:
                following.cancel()
        except ChangeRefused as error:
            self.see(Sight.REFUSED)
            self.show_report(changes, refused(error))
        except StudioError as error:
            self.see(Sight.UNKNOWN, str(error))
        else:
            self.see(Sight.KNOWN)

    def look_for(self, what: str) -> None:
        """Say that `what` is being found out."""
        self.see(Sight.LOOKING, what)

    def see(self, sight: Sight, what: str = "") -> None:
        """Say what is known now. A key that sends counts from when it was offered."""
        was_known = self.is_known
        self._sight, self._looks_for = sight, what
        self._show_follows()
        self.show_keys()
        if self.is_known and not was_known:
            self.ask_anew()
            if self._was_early:
                self._was_early = False
                self.say("")

    def action_skip(self) -> None:
        """Find out no more; what follows is not known then."""
        if self._sight is Sight.LOOKING and self.shown.changes and not self.doing:
            self.workers.cancel_group(self, "preview")
            self.see(Sight.UNKNOWN, f"you stopped looking for {self._looks_for}")

    @work(group="sql", exclusive=True)
    async def action_whole(self) -> None:
        """Show every guard and value, or fold them."""
        if self.shown.script is not None:
            self.toggle_class("-whole")
            self.show_keys()
            await self.sql_pane.show_whole(is_whole=self.has_class("-whole"))
            self._follow()

    def _show_follows(self) -> None:
        plan = self.shown.plan
        found = Consequences(self._effects, self.notes, plan.lasting if plan is not None else ())
        self.query_one(WhatFollows).tell(found, self._sight, self._looks_for)

    @on(LineList.Moved, "#changes")
    def _follow(self) -> None:
        """Show the statement of the change under the cursor."""
        self.sql_pane.go_to_change(self.changes_list.line)

    def say(self, text: str, style: str = "") -> None:
        """Say what came of it."""
        shown = self.query_one("#result", Static)
        shown.update(Text(plain_lines(text), style=self._styles.get(style, "")))
        shown.set_class(bool(text), "-shown")

    def action_help(self) -> None:
        """Every key that works here."""
        self.app.push_screen(Help(self))

    def action_save(self) -> None:
        """Write the script to a file."""
        self.sql_pane.save(self.say)

    # -- trying and sending ----------------------------------------------------------------------

    def action_try(self) -> None:
        """Run everything in a transaction and roll it back."""
        if self._may_send():
            self._run(trial=True)

    def action_apply(self) -> None:
        """Send it; on a production connection, only with the table's name typed."""
        if not self._may_send():
            return
        if not self.workspace.is_production or not self.shown.changes:
            self._run(trial=False)
            return
        name = self.shown.changes[0].table.name
        question = f"PRODUCTION {self.workspace.label}\nType the table's name, {name}, to go on"

        def typed(text: str | None) -> None:
            if text is not None and text.strip() == name:
                self._run(trial=False)
            elif text is not None:
                self.say(f"that is not {name!r}: nothing was sent", "error")

        self.app.push_screen(AskName(question), typed)

    def _may_send(self) -> bool:
        if not self.doing and self._sight is Sight.LOOKING:
            self._was_early = True
            self.say(f"not yet, press it again when this is known: {self._looks_for}")
        return not self.doing and self.is_known

    @work(group="apply", exclusive=True)
    async def _run(self, *, trial: bool) -> None:
        changes = self.shown.changes
        self.doing = "trying" if trial else self._doing_it
        self.show_keys()
        since = perf_counter()

        def tell() -> None:
            journal, elapsed = self.workspace.staging.journal, f"{perf_counter() - since:.1f} s"
            holders = self.workspace.session.waits_for
            self.say(words.waiting_words(self.doing, len(changes), elapsed, journal, holders))

        ticking = self.set_interval(_TICK_S, tell)
        try:
            report = await self._sent(changes, trial=trial)
        except asyncio.CancelledError:
            if self.is_mounted:
                self.say("stopped before COMMIT, rolled back: nothing was changed")
            raise
        finally:
            ticking.stop()
            self.doing = ""
            if self.is_mounted:
                self.show_keys()
        self.show_report(changes, report)

    async def _sent(self, changes: tuple[Change, ...], *, trial: bool) -> ApplyReport:
        try:
            return await self.send(changes, trial=trial)
        except (Refused, StatementFailed) as error:
            return refusal(error)
        except StudioError as error:
            lost = ChangeError(None, "lost", str(error))
            return ApplyReport(ApplyOutcome.NOTHING, errors=(lost,))

    def show_report(self, changes: tuple[Change, ...], report: ApplyReport) -> None:
        """Say what came of it; leave where nothing is left to do."""
        self.report, self._problems = report, words.problems(report)
        if report.outcome is ApplyOutcome.APPLIED or report.had_nothing_to_do:
            self.ended(report)
            return
        self.changes_list.show(len(changes), self._change_line)
        if report.outcome is ApplyOutcome.TRIED:
            self.say("\n".join((words.trial_words(report, len(changes)), *report.notes)))
            return
        self.show_failure(report)

    def show_failure(self, report: ApplyReport, *advice: str) -> None:
        """Say why nothing was changed, and which change it was."""
        whole = [words.error_words(error) for error in report.errors]
        if any(error.kind == "busy" for error in report.errors):
            whole[:0] = ways_out(self.app.screen_stack)
        self.say(
            "\n".join([words.outcome_words(report), *whole[:5], *report.notes, *advice]), "error"
        )
        wrong = [c.index for c in report.conflicts]
        wrong += [e.change for e in report.errors if e.change is not None]
        if wrong:
            self.changes_list.go_to(min(wrong))

    def action_close(self) -> None:
        """Stop what runs, else go back."""
        if self.doing:
            self.workers.cancel_group(self, "apply")
        else:
            self.dismiss(None)
