"""The statements that are meant, laid out anew: in a thread, and as one step that can be undone."""

import asyncio
from collections.abc import Callable

from studio.model.words import plural
from studio.sqltext.layout import CannotLayOut, laid_out
from studio.sqltext.syntax import Syntax
from studio.ui.query import meant
from studio.ui.widgets.sql_editor import SqlEditor

_MOST_CHARACTERS = 256 * 1024


async def lay_out(editor: SqlEditor, syntax: Syntax, say: Callable[[str, str], None]) -> None:
    """Lay out the statement at the cursor, or those that are selected."""
    found = [(start, one.text) for start, one in meant.statements(editor, syntax) if one.text]
    text = editor.text
    if not found:
        say("there is no statement here", "error")
        return
    if sum(len(one) for _, one in found) > _MOST_CHARACTERS:
        say("that is too much to lay out at once: select less of it", "error")
        return
    laid, declined = await asyncio.to_thread(_all, found, syntax)
    if editor.text != text:
        say("the text was changed meanwhile: nothing was laid out", "error")
        return
    changed = _put(editor, found, laid)
    said = "" if len(found) == 1 else f"{plural(len(found) - len(declined), 'statement')} laid out"
    if declined:
        line = text.count("\n", 0, declined[0][0]) + 1
        reason = f"the statement of line {line:,} stays as it is: {declined[0][1]}"
        say("\n".join(filter(None, (said, reason))), "error")
    else:
        say(said or ("laid out" if changed else "it is laid out already"), "")


def _put(editor: SqlEditor, found: list[tuple[int, str]], laid: list[str]) -> bool:
    """Put them in their places, the cursor at the word where it was; whether any is another."""
    text, cursor = editor.text, editor.cursor_index
    start, end = found[0][0], found[-1][0] + len(found[-1][1])
    parts, at = list[str](), start
    for (place, one), out in zip(found, laid, strict=True):
        parts += (text[at:place], out)
        at = place + len(one)
    new = "".join(parts)
    if new == text[start:end]:
        return False
    editor.history.checkpoint()
    first, last = editor.location_of(start), editor.location_of(end)
    editor.replace(new, first, last, maintain_selection_offset=False)
    if start <= cursor <= end:
        cursor = start + _behind(new, _letters(text[start:cursor]))
    elif cursor > end:
        cursor += len(new) - (end - start)
    editor.move_cursor(editor.location_of(cursor))
    return True


def _all(found: list[tuple[int, str]], syntax: Syntax) -> tuple[list[str], list[tuple[int, str]]]:
    """Each laid out or as it was, and those that were not, with why."""
    laid, declined = list[str](), list[tuple[int, str]]()
    for start, one in found:
        try:
            laid.append(laid_out(one, syntax))
        except CannotLayOut as error:
            laid.append(one)
            declined.append((start, str(error)))
    return laid, declined


def _letters(text: str) -> int:
    return sum(not letter.isspace() for letter in text)


def _behind(text: str, letters: int) -> int:
    """The place behind so many characters that are no blanks."""
    for place, letter in enumerate(text):
        if not letters:
            return place
        letters -= not letter.isspace()
    return len(text)
