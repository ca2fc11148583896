"""What a plan shows, most worth first; enter goes to the node."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from studio.backends.plans.words import milliseconds
from studio.model.finding import Finding, Severity
from studio.ui.keys.commands import Command, bindings
from studio.ui.widgets.hanging import Hanging
from studio.ui.widgets.labels import plain, plain_lines

_SIGNS = {Severity.INFO: "·", Severity.WARNING: "⚠", Severity.ERROR: "✗"}
_INDENT = "    "


class PlanFindings(OptionList):
    """Numbered findings: what was measured, why, and what to try."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("findings.down", "Next finding", "j", "cursor_down"),
        Command("findings.up", "Previous finding", "k", "cursor_up"),
        Command("findings.go", "Go to its node", "enter", "select", "node"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    PlanFindings {
        height: auto; max-height: 35%; border: none; padding: 0; background: $surface;
        scrollbar-size-vertical: 1;
    }
    PlanFindings:focus { border: none; }
    PlanFindings > .option-list--option-highlighted { background: $panel; color: $foreground; }
    PlanFindings.-none { display: none; }
    """

    class Chosen(Message):
        """The node of a finding is wanted."""

        def __init__(self, finding: Finding, *, is_final: bool) -> None:
            super().__init__()
            self.finding = finding
            self.is_final = is_final
            """Enter: the tree gets the focus; else one only looks."""

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._findings: tuple[Finding, ...] = ()

    def show(self, findings: Sequence[Finding]) -> None:
        """Show the findings of another plan."""
        self._findings = tuple(findings)
        self.clear_options()
        self.add_options(Option(_block(n, f)) for n, f in enumerate(self._findings, start=1))
        self.highlighted = 0 if findings else None
        self.set_class(not findings, "-none")

    @property
    def current(self) -> Finding | None:
        """The finding under the cursor."""
        at = self.highlighted
        return self._findings[at] if at is not None and at < len(self._findings) else None

    def action_next(self) -> None:
        """Go to the next finding, round and round."""
        if not self._findings:
            self.notify("nothing stands out in this plan", markup=False)
            return
        self.highlighted = ((self.highlighted or 0) + 1) % len(self._findings)
        if (finding := self.current) is not None:
            self.post_message(self.Chosen(finding, is_final=False))

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        self.post_message(self.Chosen(self._findings[message.option_index], is_final=True))


def _block(number: int, finding: Finding) -> Hanging:
    """One finding as a few paragraphs."""
    sign = _SIGNS[finding.severity]
    says = Text(plain(finding.says))
    if finding.estimated:
        says.append("  by estimate", style="dim")
    if finding.saves_ms >= 1:
        says.append(f"  at most {milliseconds(finding.saves_ms)}", style="dim")
    paragraphs = [(Text(f"{number} {sign} ", style="bold"), says)]
    if finding.cause:
        paragraphs.append((Text(_INDENT), Text(plain(finding.cause), style="dim")))
    fixes = plain_lines(finding.fix).splitlines()
    paragraphs.extend((Text(f"{_INDENT}→ "), Text(line)) for line in fixes)
    if finding.doubt:
        before = Text(f"{_INDENT}but: ", style="dim")
        paragraphs.append((before, Text(plain(finding.doubt), style="dim")))
    return Hanging(paragraphs)
