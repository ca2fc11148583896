"""A pick that finds out about the lines that are seen: of a thousand, others may never be."""

from textual.widgets.option_list import Option

from studio.ui.widgets.pick import Pick, T


class SeenPick(Pick[T]):
    """What is found out of a line, and how, says the subclass."""

    def on_mount(self) -> None:
        """Offer the lines at once; what is known of them follows."""
        super().on_mount()
        self.watch(self.lines, "scroll_y", self.seen_others, init=False)

    def show_options(self, options: list[Option], marked: object = None) -> None:
        """Show these lines instead, and find out about those that can be seen."""
        super().show_options(options, marked)
        self.call_after_refresh(self.seen_others)

    @property
    def seen(self) -> slice:
        """Which lines of the last offer are on the screen."""
        top = round(self.lines.scroll_y)
        return slice(top, top + self.lines.size.height)

    def seen_others(self) -> None:
        """Find out about the lines that are seen now."""
        raise NotImplementedError
