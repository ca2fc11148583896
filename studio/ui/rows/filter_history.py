"""Filters typed before for the same table, and those that have a name."""

from collections.abc import Callable

from textual.widget import Widget
from textual.widgets.option_list import Option

from studio.config.kept_filters import KeptFilters
from studio.sqltext.secrets import names_secret
from studio.ui.rows.filter_bar import FilterBar
from studio.ui.widgets.ask import AskText
from studio.ui.widgets.labels import plain
from studio.ui.widgets.pick import Pick, in_columns


class FilterHistory:
    """Goes back and forth in them; writes and finds names."""

    def __init__(
        self,
        owner: Widget,
        connection: str,
        bar: Callable[[], FilterBar],
        is_kept: Callable[[], bool],
    ) -> None:
        """`is_kept`: whether what is typed is remembered at all, but under a name."""
        self._owner = owner
        self._kept = KeptFilters(connection)
        self._bar = bar
        self._is_kept = is_kept
        self._back = 0
        """How many steps back one is; 0: at what is being typed."""
        self._typed = ""

    def begin(self) -> None:
        """A filter is about to be typed."""
        self._back = 0

    def used(self, table: str, text: str) -> None:
        """It was asked for. One that may hold a secret is forgotten."""
        self._back = 0
        if self._is_kept() and not names_secret(text):
            self._kept.used(table, text)

    def recall(self, table: str, by: int) -> None:
        """Show an earlier one, or a later one up to what was being typed."""
        recent, field = self._kept.of(table).recent, self._bar().field
        if self._back == 0:
            self._typed = field.value
        back = max(0, min(len(recent), self._back + by))
        if back != self._back:
            self._back = back
            self._bar().edit(recent[-back] if back else self._typed)

    def save(self, table: str, text: str) -> None:
        """Ask for a name, and keep it under that."""

        def named(name: str | None) -> None:
            if name and name.strip():
                self._kept.name(table, name.strip(), text)
                said = f"saved as {plain(name.strip())}: F9 in the filter finds it"
                self._owner.notify(said, markup=False)

        if text.strip():
            self._owner.app.push_screen(AskText("Save this filter as"), named)
        else:
            self._owner.notify("there is no filter to save", markup=False)

    def choose(self, table: str, use: Callable[[str], None]) -> None:
        """Offer those with a name, then those that were typed, the newest first."""
        kept = self._kept.of(table)
        offered = [*sorted(kept.named.items()), *(("", text) for text in reversed(kept.recent))]
        if not offered:
            said = "no filter was typed here yet; ctrl+s saves one under a name"
            self._owner.notify(said, markup=False)
            return
        self._owner.app.push_screen(
            PickFilter(offered), lambda text: use(text) if text is not None else None
        )


class PickFilter(Pick[str]):
    """Choose one by some letters of its name or its text."""

    PLACEHOLDER = "a filter…"

    def __init__(self, offered: list[tuple[str, str]]) -> None:
        super().__init__()
        self._offered = offered
        self._shown: list[str] = []

    def offer(self, typed: str) -> list[Option]:
        """Those that have what is typed in them."""
        needle = typed.casefold()
        found = [pair for pair in self._offered if needle in " ".join(pair).casefold()]
        self._shown = [text for _, text in found]
        return [Option(line) for line in in_columns([(plain(n), plain(t)) for n, t in found])]

    def value(self, index: int) -> str | None:
        """The filter's text."""
        return self._shown[index] if index < len(self._shown) else None


class PickCondition(Pick[int]):
    """Choose one of a filter's conditions; answers with its place."""

    PLACEHOLDER = "drop…"

    def __init__(self, conditions: list[str]) -> None:
        super().__init__()
        self._conditions = conditions
        self._shown: list[int] = []

    def offer(self, typed: str) -> list[Option]:
        """Those that have what is typed in them, the newest first."""
        folded = typed.casefold()
        places = reversed(range(len(self._conditions)))
        self._shown = [p for p in places if folded in self._conditions[p].casefold()]
        lines = [(plain(self._conditions[place]),) for place in self._shown]
        return [Option(line) for line in in_columns(lines)]

    def value(self, index: int) -> int | None:
        """Its place."""
        return self._shown[index] if index < len(self._shown) else None
