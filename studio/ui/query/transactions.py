"""The transaction of a query tab: its mode, its end, and what is said while it is open."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from textual.widgets import Static

from studio.backends.halves import Absent, ask
from studio.backends.halves.editing import EDITING
from studio.model.errors import StudioError
from studio.model.words import plural
from studio.queries.held import Held
from studio.queries.own_session import OwnSession
from studio.ui.query.outcome_words import what_came
from studio.ui.query.standing import standing_of, wants_an_end
from studio.ui.query.transaction_screen import TransactionChoice, TransactionScreen, described
from studio.ui.shell.tab import Tab, TabStanding
from studio.ui.widgets.ask import Ask
from studio.ui.widgets.labels import plain
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace

if TYPE_CHECKING:
    from studio.queries.outcome import StepOutcome

_GROUP = "transaction"
_IDLE_S = 600.0
"""A session that holds nothing is closed after so long, where the engine does not say sooner."""
_LOOK_EVERY = 2
"""Seconds between two looks at who waits."""
_BUSY = "a statement runs: esc stops it"


def _goes_with(held: Held) -> tuple[str, ...]:
    """What in a session is more than a setting: somebody's rows, or a lock."""
    return tuple(word for word in held.kept if word[:1].isdigit())


class ShowsTransaction(Protocol):
    """Whoever runs statements and says what is going on."""

    @property
    def is_running(self) -> bool:
        """Whether statements run."""

    def say(self, text: str, severity: str = "") -> None:
        """Show it under the editor."""


class TransactionLine(Static):
    """What an open transaction holds up; not there while it holds up nothing."""

    DEFAULT_CSS = """
    TransactionLine { height: 1; padding: 0 1; background: $surface; color: $warning; }
    TransactionLine.-failed { color: $error; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False, id="transaction")
        self.display = False


class Transactions:
    """Toggles the mode, asks about the end, and keeps the time; the tab holds it."""

    def __init__(
        self, tab: Tab, shows: ShowsTransaction, workspace: Workspace, own: OwnSession | None
    ) -> None:
        """`own` is None where no session is a person's own."""
        self._tab = tab
        self._shows = shows
        self._workspace = workspace
        self._own = own
        rules = ask(workspace.session.backend, EDITING)
        self._locks_file = not isinstance(rules, Absent) and rules.holds_whole_database
        self._waiting: tuple[str, ...] = ()
        self._said = ""
        self._ticks = 0
        self._idle_ticks = 0

    @property
    def standing(self) -> TabStanding:
        """For the line above."""
        if self._own is None or self._own.reads_only:
            return TabStanding()
        return standing_of(self._own, locks_file=self._locks_file)

    @property
    def is_open(self) -> bool:
        """Whether one is."""
        return self._own is not None and self._own.held.is_open

    @property
    def _label(self) -> str:
        is_production = self._workspace.is_production
        return f"{self._workspace.label}{' (PRODUCTION)' if is_production else ''}"

    # -- keys ------------------------------------------------------------------------------------

    def choose(self) -> None:
        """Nothing is open: the other mode; else ask what is to become of the transaction."""
        own = self._own
        if own is None or own.reads_only:
            self._shows.say("nothing is changed here: there are no transactions")
        elif self._shows.is_running:
            self._shows.say(_BUSY, "error")
        elif own.held.is_open:
            begin_work(self._tab, self._ask_what, _GROUP)
        else:
            self._turn(own)

    def _turn(self, own: OwnSession) -> None:
        own.is_manual = not own.is_manual
        if own.is_manual:
            self._shows.say("manual: a transaction begins at the first change, ctrl+t ends it")
        else:
            when = ", once this transaction has ended" if own.held.is_open else ""
            self._shows.say(f"auto{when}: each statement by itself, asked about before it is kept")
        self._tab.post_message(Tab.Changed())

    async def _ask_what(self) -> None:
        own = self._own
        if own is None:
            return
        await self._look_who_waits()
        if not own.held.is_open:
            # It was lost meanwhile, and that is said.
            return
        question = described(own.held, self._label, self._waiting)
        chosen = await self._tab.app.push_screen_wait(TransactionScreen(question, own.held))
        if chosen is TransactionChoice.MODE:
            self._turn(own)
        elif chosen is not None:
            await self._do(own, chosen)

    async def _do(self, own: OwnSession, chosen: TransactionChoice) -> bool:
        """Whether it was done, and is told."""
        work: dict[TransactionChoice, Callable[[], Awaitable[StepOutcome]]] = {
            TransactionChoice.COMMIT: own.commit,
            TransactionChoice.ROLL_BACK: own.roll_back,
            TransactionChoice.SAVEPOINT: own.set_savepoint,
            TransactionChoice.BACK: own.go_back,
        }
        if self._shows.is_running:
            self._shows.say(_BUSY, "error")
            return False
        had = own.held
        self._tab.post_message(Tab.Working(chosen.replace("_", " ")))
        try:
            outcome = await work[chosen]()
        except StudioError as error:
            self._shows.say(str(error), "error")
            return False
        finally:
            self._tab.post_message(Tab.Working())
            self._tab.post_message(Tab.Changed())
            self.tick()
        if outcome.failure is not None:
            left = "" if own.held.is_open else own.lost or "the transaction is gone"
            lines = [str(outcome.failure.error), *([left] if left else [])]
            self._shows.say("\n".join(lines), "error")
            return False
        done = outcome.step.text if not outcome.command else what_came(outcome)
        count = plural(had.changes.statements, "change")
        said = f"{done} · {count}" if not own.held.is_open else done
        if chosen is TransactionChoice.COMMIT and outcome.command == "ROLLBACK":
            said = "COMMIT answered ROLLBACK: the transaction had failed, nothing was kept"
        self._shows.say(said)
        self._workspace.contents.wrote()
        if had.changes.structure:
            self._tab.post_message(Tab.StructureChanged())
        return True

    # -- before the tab goes ---------------------------------------------------------------------

    def settles_first(self, go_on: Callable[[], None]) -> bool:
        """See Tab."""
        own = self._own
        if own is None or not (own.held.is_open or _goes_with(own.held)):
            return False
        if self._shows.is_running:
            self._tab.notify(_BUSY, severity="warning", markup=False)
        else:
            settle = self._settle if own.held.is_open else self._let_go
            begin_work(self._tab, partial(settle, own, go_on), _GROUP)
        return True

    async def _let_go(self, own: OwnSession, go_on: Callable[[], None]) -> None:
        gone = ", ".join(map(plain, _goes_with(own.held)))
        question = f"{self._tab.tab_title} has a session of its own. With it goes: {gone}."
        if await self._tab.app.push_screen_wait(Ask(question, yes="let it go")):
            await own.close()
            self._tab.app.call_later(go_on)

    async def _settle(self, own: OwnSession, go_on: Callable[[], None]) -> None:
        question = f"{self._tab.tab_title}: a transaction is open. No answer leaves it open.\n\n"
        asked = f"{question}{described(own.held, self._label)}"
        screen = TransactionScreen(asked, own.held, only_ends=True)
        chosen = await self._tab.app.push_screen_wait(screen)
        if chosen is not None and await self._do(own, chosen) and not own.held.is_open:
            self._tab.app.call_later(go_on)

    # -- time ------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Once a second, and whenever something ran."""
        own = self._own
        if own is None or not self._tab.is_attached:
            return
        self._ticks += 1
        if own.held.is_open:
            self._idle_ticks = 0
            self._tab.post_message(Tab.Moved())
            if self._ticks % _LOOK_EVERY == 0 and not self._shows.is_running:
                begin_work(self._tab, self._look_who_waits, "waiting")
        else:
            self._waiting = ()
            self._rest(own)
        self._show()

    def _rest(self, own: OwnSession) -> None:
        if not own.is_open or self._shows.is_running:
            self._idle_ticks = 0
            return
        self._idle_ticks += 1
        idle_s = self._workspace.session.opening.idle_close_s or _IDLE_S
        if self._idle_ticks > idle_s and not own.held.is_anything:
            self._idle_ticks = 0
            begin_work(self._tab, partial(self._close_idle, own), _GROUP)

    async def _close_idle(self, own: OwnSession) -> None:
        await own.close_idle()
        self._tab.post_message(Tab.Changed())

    def find_loss(self) -> None:
        """The server may have ended the session: say what went with it."""
        begin_work(self._tab, self._look_who_waits, "waiting")

    async def _look_who_waits(self) -> None:
        own = self._own
        if own is None or self._locks_file:
            return
        if lost := await own.find_loss():
            self._shows.say(lost, "error")
            self._tab.post_message(Tab.Changed())
            return
        try:
            self._waiting = await own.who_waits()
        except StudioError:
            # Who waits cannot be seen: then nothing is said of it.
            self._waiting = ()
        self._show()

    def _show(self) -> None:
        own = self._own
        said = ""
        if own is not None:
            said = wants_an_end(own.held, self._waiting, locks_file=self._locks_file)
        if said == self._said:
            # A second in which nothing changed costs a terminal nothing.
            return
        self._said = said
        for line in self._tab.query(TransactionLine):
            line.display = bool(said)
            line.set_class(said.startswith("✗"), "-failed")
            line.update(said)
