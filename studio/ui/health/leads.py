"""Where a finding leads: to its table, to the rows at fault, to their change, to a plan."""

from studio.doctor.mending import MOST, mended
from studio.model.errors import StudioError
from studio.model.health import FaultyRows, HealthFinding
from studio.model.page import WrittenCondition
from studio.model.relation import TableRef
from studio.model.words import plural
from studio.ui.editing.editable import why_not
from studio.ui.shell.tab import Tab
from studio.ui.widgets.labels import plain
from studio.ui.workspace import Workspace

_NONE_MENDED = "of these rows each is for a person to say: r shows them, R looks again"


class Leads:
    """Follows findings of one page; runs no fix."""

    def __init__(self, page: Tab, workspace: Workspace) -> None:
        self._page = page
        self._workspace = workspace

    def table(self, finding: HealthFinding | None) -> None:
        """Go to the structure of the table it is on."""
        if (ref := self._ref(finding)) is not None:
            self._page.post_message(self._page.Structure(ref))
        else:
            self._say("this is on no table")

    def rows(self, finding: HealthFinding | None) -> None:
        """Show the rows that have this fault, and no others."""
        ref = self._ref(finding)
        if finding is None or finding.rows is None or ref is None:
            self._say("no rows have this: it is about the table")
        else:
            self._show(ref, finding.rows)

    def mend(self, finding: HealthFinding | None) -> None:
        """Stage what mends those rows; a person reviews and applies it."""
        rows = finding.rows if finding is not None else None
        ref = self._ref(finding)
        if rows is None or ref is None:
            self._say("no rows have this: it is about the table")
        elif not rows.becomes:
            self._say("what these rows should hold is for a person to say")
        else:
            self._page.run_worker(self._stage(ref, rows), group="mend", exclusive=True)

    def prove(self, finding: HealthFinding | None) -> None:
        """Ask, in the plan of a statement that the fix's index should help, whether it does."""
        if finding is None or finding.provable is None:
            self._say("no statement is known that this would help")
        else:
            lead = finding.provable
            self._page.post_message(self._page.Explain(lead.sql, (lead.hint,)))

    async def _stage(self, ref: TableRef, rows: FaultyRows) -> None:
        workspace = self._workspace
        try:
            table = await workspace.table(ref)
            if why := why_not(workspace, table):
                self._page.notify(plain(why), severity="warning", markup=False)
                return
            changes = await mended(workspace.session, table, rows)
        except StudioError as error:
            self._page.notify(plain(str(error)), severity="error", markup=False)
            return
        if not changes:
            self._say(_NONE_MENDED if rows.mends else "no row has this any more: R looks again")
            return
        workspace.staging.stage(*changes)
        self._show(ref, rows)
        more = "the first " if len(changes) == MOST else ""
        self._say(f"staged {more}{plural(len(changes), 'change')}: w reviews, u takes back")

    def _show(self, ref: TableRef, rows: FaultyRows) -> None:
        self._page.post_message(self._page.Follow(ref, (WrittenCondition(rows.where),)))

    def _ref(self, finding: HealthFinding | None) -> TableRef | None:
        refs = (summary.ref for summary in self._workspace.summaries)
        return next((ref for ref in refs if finding and str(ref) == finding.table), None)

    def _say(self, message: str) -> None:
        self._page.notify(message, markup=False)
