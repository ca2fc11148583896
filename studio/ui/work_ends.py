"""Work belongs to what shows it, and ends with it."""

from collections.abc import Callable, Coroutine
from typing import Any

from textual._context import active_message_pump
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.await_remove import AwaitRemove
from textual.css.query import NoMatches
from textual.dom import DOMNode, NoScreen
from textual.message_pump import MessagePump
from textual.widget import Widget
from textual.worker import WorkerFailed, active_worker


class WorkEnds(App[None]):
    """An app in which no worker outlives its widget or screen, nor looks for what is gone.

    Textual takes a widget's children away first and cancels its workers last: between the two, a
    worker finds nothing where its widgets were.
    """

    def pop_screen(self) -> AwaitComplete:
        """Take the screen on top away, and what works for it."""
        self._end_work(self.screen)
        return super().pop_screen()

    def _prune(self, *nodes: Widget, parent: DOMNode | None = None) -> AwaitRemove:
        """Take widgets away, and what works for them."""
        for node in nodes:
            self._end_work(node)
        return super()._prune(*nodes, parent=parent)

    def _end_work(self, node: Widget) -> None:
        going = set(node.walk_children(with_self=True))
        # One that dismisses its own screen has said its last word, and is not to lose it.
        own = active_worker.get(None)
        for worker in tuple(self.workers):
            if worker is not own and worker.node in going:
                worker.cancel()


def begin_work(
    owner: DOMNode,
    do: Callable[[], Coroutine[Any, Any, None]],
    group: str,
    *,
    exclusive: bool = True,
) -> None:
    """Do something in the background that ends with `owner`; `exclusive`: in place of what is done
    in the same group. A function and not its coroutine: one that is cancelled before it began would
    never be awaited.
    """
    owner.run_worker(do, group=group, exclusive=exclusive)  # type: ignore[arg-type] # both unions of it fit


def sought_the_gone(error: Exception) -> bool:
    """Whether it comes from work for a widget that is being taken away, and found no more of it."""
    cause = error.error if isinstance(error, WorkerFailed) else error
    return isinstance(cause, NoMatches | NoScreen) and _is_gone(_at_work())


def _at_work() -> MessagePump | None:
    """Whose code runs now: the worker's node, or whoever handles a message."""
    worker = active_worker.get(None)
    return worker.node if worker is not None else active_message_pump.get(None)


def _is_gone(node: MessagePump | None) -> bool:
    # One that is closing takes no children any more, though it is still attached and running.
    return isinstance(node, Widget) and (
        not (node.is_attached and node.is_running) or node._closing  # noqa: SLF001 no public way
    )
