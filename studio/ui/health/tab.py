"""The page of findings: what is wrong in the database, and the SQL that mends it."""

import asyncio
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from studio.backends.target import Target
from studio.doctor.checks import read_whole
from studio.doctor.folding import More, folded
from studio.doctor.ignoring import Ignore, kept_ignores
from studio.doctor.known import known_of
from studio.doctor.memory import key_of
from studio.doctor.run import Asked, HealthReport, examine
from studio.migrations.declarations.reading import SchemaFiles, declarations_of
from studio.migrations.declarations.words import fix_in_words
from studio.migrations.reading.files import shown_path
from studio.model.errors import StudioError
from studio.model.health import HealthFinding, HealthSeverity
from studio.ui.health import words
from studio.ui.health.ignoring import Ignoring
from studio.ui.health.leads import Leads
from studio.ui.keys.commands import Command, bindings
from studio.ui.shell.tab import Tab
from studio.ui.terminal.clipboard import copy
from studio.ui.terminal.detached import detached
from studio.ui.widgets.ask import Ask
from studio.ui.widgets.labels import fit, plain
from studio.ui.widgets.line_list import LineList
from studio.ui.widgets.theme_styles import styles
from studio.ui.workspace import Workspace

KEY = "health"
"""Of the tab among the tabs: there is one page."""
_ROOM = 30
"""From so many rows of the terminal on, what one finding says is shown by itself."""


_NOTHING = "no finding here"
_OF_A_FINDING = frozenset({"details", "query", "statement", "copy_fix", "object"})
"""Actions that need one under the cursor."""


class HealthTab(Tab):
    """The findings over all that is known of one."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("health.details", "All of this finding", "enter", "details", "details"),
        Command("health.query", "Query with the fix; nothing is run", "T", "query", "fix"),
        Command("health.statement", "Query with the statement that found it; nothing is run", "t",
                "statement", "found by"),
        Command("health.copy", "Copy the fix", "y", "copy_fix", "copy fix"),
        Command("health.object", "Its table's structure", "o", "object", "object"),
        Command("health.rows", "The rows that have it", "r", "rows", "rows"),
        Command("health.mend", "Stage the change of those rows, to review", "m", "mend", "mend"),
        Command("health.prove", "Try whether the fix's index helps", "v", "prove", "prove"),
        Command("health.ignore", "Report it no more, with a reason", "x", "ignore", "ignore"),
        Command("health.all", "All of each check, or the first five", "a", "all", "all"),
        Command("health.blind", "What was not seen, is gone or ignored", "b", "blind"),
        Command("health.full", "Read whole tables, too", "F", "full", "full"),
        Command("health.again", "Look again", "R", "again", "again"),
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    HealthTab #title { height: 1; padding: 0 1; text-style: bold; }
    HealthTab #pane {
        height: auto; max-height: 50%; padding: 0 1; border-top: solid $panel; display: none;
        scrollbar-size-vertical: 1;
    }
    HealthTab.-details #pane { display: block; }
    HealthTab #details { height: auto; }
    """

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        """`folder`: where a project may lie."""
        super().__init__()
        self._workspace = workspace
        self._leads = Leads(self, workspace)
        self._ignoring = Ignoring(self, self._ignored)
        self._folder = folder
        self._asked = Asked(remembers=True)
        self.findings: tuple[HealthFinding | More, ...] = ()
        """What the list shows: found so far, most serious first."""
        self._shows_all = False
        """Whether many of one check are all shown."""
        self._report: HealthReport | None = None
        self._at = datetime.now().astimezone()
        """When the report was made."""
        self._titles: dict[str, str] = {}
        self._count = 0
        """Findings of the report that the list was made of."""
        self._is_looking = False
        self._stopped = ""
        self._shows_unseen = False
        """Whether the pane tells of what was not seen, and not of a finding."""
        self._details = Text()
        """What the pane says: the same again is not laid out again."""
        self._files = SchemaFiles()
        """Of the project around here; nothing until they were read."""

    def compose(self) -> ComposeResult:
        """The counts, the findings, and all of one."""
        yield Static("Health · looking…", id="title", markup=False)
        yield LineList(id="findings")
        with VerticalScroll(id="pane"):
            yield Static(id="details", markup=False)

    def on_mount(self) -> None:
        """Look at once."""
        self.set_class(self.app.size.height >= _ROOM, "-details")
        self._look()

    @property
    def current(self) -> HealthFinding | None:
        """The finding under the cursor."""
        found, line = self.findings, self._list.line
        here = found[line] if line < len(found) else None
        return None if isinstance(here, More) else here

    @property
    def _target(self) -> Target:
        return self._workspace.session.opening.target

    @property
    def _list(self) -> LineList:
        return self.query_one("#findings", LineList)

    # -- looking ---------------------------------------------------------------------------------

    @work(group="health", exclusive=True)
    async def _look(self) -> None:
        self._is_looking, self._stopped = True, "stopped: R looks again"
        self.post_message(self.Working("looking for what is wrong"))
        try:
            kept = await asyncio.to_thread(kept_ignores, self._target)
            self._asked = replace(self._asked, ignores=kept)
            async for report in examine(self._workspace.session, self._asked):
                self._at = datetime.now().astimezone()
                self._show(report)
            self._stopped = ""
            if self.findings and self._files.root is None:
                self._read_schema_files()
        except StudioError as error:
            self._stopped = plain(str(error))
            self.notify(self._stopped, severity="error", markup=False)
        finally:
            self._is_looking = False
            self._show_title()
            self._tell_everybody()
            self.post_message(self.Working())

    @work(group="schema", exclusive=True)
    async def _read_schema_files(self) -> None:
        """After the findings: they are true without it."""
        target, here = self._target, self._folder
        self._files = await detached(lambda stop: declarations_of(here, target, stop))
        self._show_details()

    def _tell_everybody(self) -> None:
        """Structure, catalog, plans and the top line show what was found, with its age."""
        if self._report is not None:
            self._workspace.health = known_of(self._report, self._at)
            self.post_message(self.Looked())

    def _show(self, report: HealthReport) -> None:
        """The report grows: most checks add nothing to the list, and then nothing of it moves."""
        is_new = self._report is not report or len(report.findings) != self._count
        self._report, self._count = report, len(report.findings)
        # What came since the page was opened stays new on it, however often it looks.
        self._asked = replace(self._asked, before=report.last)
        self._show_title()
        if is_new:
            self._titles = {check.id: check.title for check in report.checks}
            self._show_list(report)

    def _show_list(self, report: HealthReport) -> None:
        """The cursor stays on its finding, and at the first where it was never moved."""
        here, found = self.current if self._list.line else None, report.findings
        self.findings = tuple(found if self._shows_all else folded(found))
        self._list.show(len(self.findings), self._line)
        if here is not None:
            same = (
                place
                for place, one in enumerate(self.findings)
                if isinstance(one, HealthFinding) and key_of(one) == key_of(here)
            )
            self._list.go_to(next(same, self._list.line))
        self._show_details()
        self.post_message(self.Changed())
        self.post_message(self.Moved())

    def _line(self, place: int) -> Text:
        finding = self.findings[place]
        width = max(1, self._list.size.width)
        if isinstance(finding, More):
            return words.more_of(finding, self._titles[finding.check], self._tones())
        word = "" if self._report is None else self._report.word_of(finding)
        title = self._titles[finding.check]
        return words.line_of(finding, title, word, width, self._tones())

    def _tones(self) -> words.Tones:
        return words.Tones.of(styles(self.app, "error", "warning", "dim"))

    def _show_title(self) -> None:
        tables = sum(one.kind.is_plain for one in self._workspace.summaries)
        known = self._workspace.health
        at = "" if known is None else known.said_at(datetime.now().astimezone())
        text = words.title_of(
            self._report,
            self._stopped,
            at,
            tables=tables,
            is_looking=self._is_looking,
        )
        # One line stays one line: nothing moves when it says something else.
        shown = fit(plain(text), max(1, self.size.width - 2))
        self.query_one("#title", Static).update(shown, layout=False)

    def _show_details(self) -> None:
        """What was asked for last: all of a finding, or what was not seen."""
        report, finding = self._report, self.current
        text = Text()
        if report is not None and self._shows_unseen:
            text = words.not_looked(report, self._files.cut)
        elif report is not None and finding is not None:
            title = self._titles[finding.check]
            text = words.details_of(finding, title, report, self._tones())
            place = self._files.said.of(finding)
            if place is not None and self._files.root is not None:
                fix = fix_in_words(self._files.said, finding)
                path = shown_path(place.file, self._files.root)
                text.append_text(words.declared_at(path, place, fix, self._tones()))
        if text != self._details or text.spans != self._details.spans:
            self._details = text
            self.query_one("#details", Static).update(text)

    def on_resize(self) -> None:
        """The counts take the width there is."""
        self._show_title()

    # -- what the frame shows --------------------------------------------------------------------

    @property
    def tab_title(self) -> str:
        """One word, and a sign when something is wrong now."""
        wrong = self._report is not None and self._report.count(HealthSeverity.ERROR)
        return "health ⚠" if wrong else "health"

    @property
    def tab_place(self) -> str:
        """The finding among the findings."""
        if not self.is_mounted or not self.findings:
            return ""
        here = self.findings[min(self._list.line, len(self.findings) - 1)]
        if isinstance(here, More) or self._report is None:
            return "a shows all"
        found = self._report.findings
        return f"finding {found.index(here) + 1:,} of {len(found):,}"

    def take_focus(self) -> bool:
        """Into the list."""
        if not (self.is_mounted and self.query(LineList)):
            return False
        self._list.focus()
        return True

    def stop(self) -> bool:
        """Stop looking; else close what is open below."""
        if self._is_looking:
            self.workers.cancel_group(self, "health")
        elif self.has_class("-details"):
            self.remove_class("-details")
            self._list.focus()
        else:
            return False
        return True

    def has_effect(self, action: str) -> bool:
        """Without findings there is only looking again, and further."""
        return action not in _OF_A_FINDING or self.current is not None

    # -- commands --------------------------------------------------------------------------------

    @on(LineList.Moved)
    def _moved(self) -> None:
        self._shows_unseen = False
        self._show_details()
        self.post_message(self.Moved())

    def action_details(self) -> None:
        """Open what is known of this finding, or go into it."""
        if self.current is None:
            self.notify(_NOTHING, markup=False)
            return
        if self.has_class("-details"):
            self.query_one("#pane").focus()
        self._shows_unseen = False
        self._show_details()
        self.add_class("-details")

    def action_all(self) -> None:
        """Show all of each check, or only the first where there are many."""
        self._shows_all = not self._shows_all
        if self._report is not None:
            self._show_list(self._report)

    def action_blind(self) -> None:
        """Show what could not be looked at."""
        self._shows_unseen = True
        self._show_details()
        self.add_class("-details")

    def action_query(self) -> None:
        """Open a query tab with the fix and its warning."""
        if (finding := self._with_fix()) is not None:
            self.post_message(self.Write(words.query_of(finding)))

    def action_statement(self) -> None:
        """Open a query tab with what found it."""
        finding = self.current
        if finding is None or not finding.found_by:
            said = "the catalog alone told it: no statement of its own" if finding else _NOTHING
            self.notify(said, markup=False)
        else:
            self.post_message(self.Write(words.statement_of(finding)))

    def action_copy_fix(self) -> None:
        """The statements of the fix, without its warning, to the clipboard."""
        if (finding := self._with_fix()) is not None:
            copy(self.app, finding.fix)

    def _with_fix(self) -> HealthFinding | None:
        finding = self.current
        if finding is not None and finding.fix:
            return finding
        self.notify("no statement mends this" if finding else _NOTHING, markup=False)
        return None

    def action_object(self) -> None:
        """Go to the structure of the table it is on."""
        self._leads.table(self.current)

    def action_rows(self) -> None:
        """Show the rows that have this fault, and no others."""
        self._leads.rows(self.current)

    def action_mend(self) -> None:
        """Stage what mends those rows; a person reviews and applies it."""
        self._leads.mend(self.current)

    def action_prove(self) -> None:
        """Ask, in the plan of a statement that the fix's index should help, whether it does."""
        self._leads.prove(self.current)

    def action_ignore(self) -> None:
        """Ask why, and write a line of the configuration; nothing is written into the database."""
        if (finding := self.current) is not None:
            self._ignoring.ask(finding, self._target)

    def _ignored(self, finding: HealthFinding, by: Ignore) -> None:
        if self._report is not None:
            self._report.ignore(finding, by)
            self._show(self._report)
            self._tell_everybody()

    def action_again(self) -> None:
        """Look again."""
        self._look()

    def action_full(self) -> None:
        """Ask first: whole tables are read."""
        whole = read_whole(() if self._report is None else self._report.checks)
        if self._report is None or not whole:
            self.notify("no check here reads whole tables", markup=False)
            return
        waiting = self._report.not_run
        size = max((one.reads_bytes for one in waiting), default=0)
        read = f"{size:,} bytes" if size else whole
        question = f"Read {read} to look at everything?\nesc stops it."
        self.app.push_screen(Ask(question, yes="read", no="do not"), self._full_answered)

    def _full_answered(self, allowed: bool | None) -> None:
        if allowed:
            self._asked = replace(self._asked, full=True, before=None)
            self._look()
