"""Every set that was applied from here, as a list."""

from rich.text import Text
from textual.widgets.option_list import Option

from studio.edits.journal.journal import AppliedSet
from studio.model.apply_report import ApplyOutcome
from studio.ui.widgets.labels import plain
from studio.ui.widgets.pick import Pick


class AppliedSets(Pick[AppliedSet]):
    """Every set that was applied from here, newest first; enter looks at taking one back."""

    PLACEHOLDER = "applied sets: enter takes one back"

    def __init__(self, entries: tuple[AppliedSet, ...]) -> None:
        super().__init__()
        self._entries = entries
        self._shown: list[AppliedSet] = []

    def offer(self, typed: str) -> list[Option]:
        """Those whose line holds what was typed."""
        needle = typed.casefold()
        lines = [(entry, entry_line(entry)) for entry in self._entries]
        found = [(entry, line) for entry, line in lines if needle in line.casefold()]
        self._shown = [entry for entry, _ in found]
        return [
            Option(Text(line, style="" if entry.is_undoable else "dim", no_wrap=True))
            for entry, line in found
        ] or [Option("no set was applied from here", disabled=True)]

    def value(self, index: int) -> AppliedSet | None:
        """The set on line `index`."""
        return self._shown[index] if index < len(self._shown) else None


def entry_line(entry: AppliedSet) -> str:
    """`7   2026-11-20 11:04   applied   events 3`."""
    at = entry.at.astimezone().strftime("%Y-%m-%d %H:%M")
    counts: dict[str, int] = {}
    for change in entry.changes:
        counts[str(change.table)] = counts.get(str(change.table), 0) + 1
    tables = ", ".join(f"{plain(name)} {count:,}" for name, count in counts.items())
    return f"{entry.id:>4}   {at}   {_state(entry):<16}{tables}"


def _state(entry: AppliedSet) -> str:
    if entry.undone_by is not None:
        return f"undone by {entry.undone_by}"
    if entry.undoes is not None and entry.outcome is ApplyOutcome.APPLIED:
        return f"undo of {entry.undoes}"
    return entry.outcome.value if entry.outcome is not None else "not known"
