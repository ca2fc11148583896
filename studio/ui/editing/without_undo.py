"""What is asked where nothing can be written down: whether to go on without undo."""

from collections.abc import Callable

from textual.app import App

from studio.model.apply_report import ApplyReport
from studio.ui.widgets.ask import Ask


def offer(
    app: App[object],
    report: ApplyReport,
    question: str,
    answers: tuple[str, str],
    go: Callable[[], None],
) -> None:
    """Ask where the journal was what `report` failed of; `go` on a yes. `answers`: yes and no."""
    why = next((error.message for error in report.errors if error.kind == "journal"), "")
    if not why:
        return

    def answered(answer: bool | None) -> None:
        if answer:
            go()

    app.push_screen(Ask(f"{why}.\n\n{question}", yes=answers[0], no=answers[1]), answered)
