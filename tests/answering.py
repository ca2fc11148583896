"""Answering a question of the program in a terminal, as a person does who has read it."""

from tests.terminal import Terminal


def answered(terminal: Terminal, key: str, wanted: str) -> None:
    """Answer the question on the screen, again when it says that the answer came too soon: only
    studio knows when it has drawn the question, and a busy machine tells of it late.
    """

    def is_refused(screen: Terminal) -> bool:
        return "press it again" in screen.text()

    terminal.wait_for(lambda screen: not is_refused(screen))
    while wanted not in terminal.text():
        terminal.press(key)
        terminal.wait_for(lambda screen: wanted in screen.text() or is_refused(screen))
        terminal.wait_for(lambda screen: not is_refused(screen))
