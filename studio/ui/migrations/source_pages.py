"""Pages beside the migrations board: a migration, what changed in it, how the schema drifted.

Blocking where a file is read or coloured: make a page in a thread.
"""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound

from studio.migrations.edited import Original, original
from studio.migrations.source import source_text
from studio.model.migration import BoardEntry, Drift, MigrationState, MigrationStatus
from studio.sqltext.highlight import spans
from studio.sqltext.syntax import GENERIC
from studio.ui.migrations.board_lines import BoardLine
from studio.ui.migrations.note_words import is_of_drift, said

Line = tuple[tuple[str, str], ...]
"""Texts with their tones."""

_SYNTAX = (
    ("Comment", "comment"),
    ("Keyword", "keyword"),
    ("Name.Builtin", "type"),
    ("Literal.String", "string"),
    ("Literal.Number", "number"),
    ("Operator", "operator"),
)
TONES = (
    *("dim", "warning", "title", "plus", "minus", "hunk"),
    *(tone for _, tone in _SYNTAX),
)
_MOST_COLOURED = 200_000
"""Characters; a longer file is shown plain."""
_MOST_COMPARED = 400_000
"""Characters of two versions of a file: comparing takes more than their sum."""
_LEAST_WRAP = 30


@dataclass(frozen=True, slots=True)
class SourcePage:
    """Coloured lines, and what `y` copies of them."""

    title: str
    lines: Sequence[Line] = ()
    copies: str = ""
    what: str = ""
    """What is copied, in a word."""


def page_of(line: BoardLine, width: int) -> SourcePage:
    """More of one line of the board."""
    if line.entry is not None and line.status is not None:
        return migration_page(line.status, line.entry, width)
    if line.drift is not None and line.status is not None:
        return drift_page(line.status, (line.drift,), width)
    return SourcePage(line.kind.value, tuple(_wrapped(line.text, width)), line.text, "the text")


def migration_page(status: MigrationStatus, entry: BoardEntry, width: int) -> SourcePage:
    """What is known of a migration, then its file."""
    lines = list(_facts(status, entry, width))
    text = ""
    if entry.path is None:
        lines += _wrapped("There is no file to show.", width, "dim")
    else:
        try:
            text = source_text(entry.path)
        except OSError as error:
            lines += _wrapped(f"The file {error}.", width, "warning")
        else:
            lines += coloured(text, entry.path.name)
    return SourcePage(entry.id, tuple(lines), text, "the file")


def _facts(status: MigrationStatus, entry: BoardEntry, width: int) -> Iterator[Line]:
    yield from _wrapped(" · ".join(_recorded(status, entry)), width, "dim")
    if entry.note:
        tone = "dim" if entry.state.is_settled else "warning"
        yield from _wrapped(entry.note, width, tone)
    for hazard in status.hazards:
        if hazard.migration == entry.id:
            where = f"line {hazard.line}: " if hazard.line else ""
            yield from _wrapped(f"⚠ {where}{hazard.says}", width, "warning")
    if entry.state is MigrationState.CHANGED:
        yield from _wrapped("d shows what changed, as far as git knows.", width, "dim")
    yield ()


def _recorded(status: MigrationStatus, entry: BoardEntry) -> Iterator[str]:
    applied = entry.applied
    yield entry.state.value
    if entry.applied_at:
        yield f"at {entry.applied_at}"
    if applied is not None and applied.by:
        yield f"by {applied.by}"
    if applied is not None and applied.duration_ms is not None:
        yield f"in {applied.duration_ms:,.0f} ms"
    if entry.path is not None:
        yield _within(status, entry.path)


def _within(status: MigrationStatus, path: Path) -> str:
    """The path from the project's own folder, where it is below it."""
    root = status.project.root if status.project is not None else None
    return str(path.relative_to(root)) if root and path.is_relative_to(root) else str(path)


def change_page(status: MigrationStatus, entry: BoardEntry, width: int) -> SourcePage:
    """The file now against git's version of when it ran."""
    title = f"{entry.id}: what changed since it ran"
    if entry.path is None:
        return _sentence(title, "There is no file to compare.", width)
    if entry.applied is None:
        return _sentence(title, "It has not run, so there is nothing to compare it with.", width)
    before = original(status.framework, entry)
    if before is None:
        why = "git does not know this file as it was when it ran: it is not in a work tree, or was"
        return _sentence(title, f"{why} first committed later.", width)
    try:
        now = source_text(entry.path)
    except OSError as error:
        return _sentence(title, f"The file {error}.", width)
    if len(before.text) + len(now) > _MOST_COMPARED:
        return _sentence(title, "The file is too large to compare here.", width)
    return _compared(title, before, now, width)


def _compared(title: str, before: Original, now: str, width: int) -> SourcePage:
    commit = before.commit[:10]
    certain = (
        f"What ran is commit {commit} of {before.committed_at}: its checksum is the recorded one."
        if before.proven
        else f"No version in git has the recorded checksum; commit {commit} of "
        f"{before.committed_at} is the newest from before it ran."
    )
    changes = list(
        unified_diff(before.text.splitlines(), now.splitlines(), commit, "now", lineterm="", n=3)
    )
    lines = [*_wrapped(certain, width, "dim"), ()]
    lines += [((text, _diff_tone(text)),) for text in changes]
    if not changes:
        same = before.text.splitlines(keepends=True) == now.splitlines(keepends=True)
        what = "The file is the same." if same else "Only line ends differ."
        lines += _wrapped(what, width)
    return SourcePage(title, tuple(lines), "\n".join(changes), "the difference")


def _diff_tone(text: str) -> str:
    if text.startswith(("+++", "---")):
        return "dim"
    return {"+": "plus", "-": "minus", "@": "hunk"}.get(text[:1], "")


def drift_page(status: MigrationStatus, drift: Sequence[Drift], width: int) -> SourcePage:
    """Both sides of every difference, and the SQL that would reconcile it."""
    title = f"{status.title}: drift"
    if not drift:
        told = [said(note) for note in status.notes if is_of_drift(note)]
        nothing = "No drift: the database has what the project declares."
        return _sentence(title, " ".join(told) or nothing, width)
    lines: list[Line] = []
    number = "1 difference" if len(drift) == 1 else f"{len(drift):,} differences"
    lines += _wrapped(f"{number} between what is declared and what is there.", width, "dim")
    for item in drift:
        lines.append(())
        lines.append(((f"≠ {item.object}", "title"), (f"  {item.kind.replace('_', ' ')}", "dim")))
        lines += _side("declared", item.declared, width)
        lines += _side("database", item.database, width)
        lines += coloured(item.statement, "statement.sql") if item.statement else ()
    script = "\n".join(item.statement for item in drift if item.statement)
    if script:
        lines += [
            (),
            *_wrapped("The statements are to be read and copied; none is run.", width, "dim"),
        ]
    return SourcePage(title, tuple(lines), script, "the statements")


def _side(name: str, text: str, width: int) -> Iterator[Line]:
    first, *rest = textwrap.wrap(text or "-", max(_LEAST_WRAP, width - 12)) or ["-"]
    yield ((f"  {name}  ", "dim"), (first, ""))
    for more in rest:
        yield ((f"            {more}", ""),)


def _sentence(title: str, text: str, width: int) -> SourcePage:
    return SourcePage(title, tuple(_wrapped(text, width)))


def _wrapped(text: str, width: int, tone: str = "") -> Iterator[Line]:
    for line in textwrap.wrap(text, max(_LEAST_WRAP, width)):
        yield ((line, tone),)


def coloured(text: str, name: str) -> tuple[Line, ...]:
    """A file's lines in the colours of its language, told by its name."""
    lines = text.splitlines()
    if len(text) > _MOST_COLOURED:
        return tuple(((line, ""),) for line in lines)
    if name.lower().endswith(".sql"):
        return tuple(_sql_lines("\n".join(lines)))
    return tuple(_program_lines("\n".join(lines), name))


def _sql_lines(text: str) -> Iterator[Line]:
    lines = text.split("\n")
    found: dict[int, list[tuple[int, int, str]]] = {}
    for span in spans(text, GENERIC, 0, len(lines)):
        found.setdefault(span.line, []).append((span.start, span.end, span.type))
    for number, line in enumerate(lines):
        yield tuple(_cut(line, found.get(number, ())))


def _cut(line: str, pieces: Iterable[tuple[int, int, str]]) -> Iterator[tuple[str, str]]:
    place = 0
    for start, end, kind in pieces:
        if start > place:
            yield line[place:start], ""
        yield line[start:end], _tone(kind)
        place = end
    if place < len(line):
        yield line[place:], ""


def _program_lines(text: str, name: str) -> Iterator[Line]:
    try:
        lexer = get_lexer_for_filename(name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        yield from (((line, ""),) for line in text.split("\n"))
        return
    line: list[tuple[str, str]] = []
    for kind, value in lexer.get_tokens(text):
        first, *rest = value.split("\n")
        tone = _tone(str(kind).removeprefix("Token."))
        line.append((first, tone))
        for more in rest:
            yield tuple(line)
            line = [(more, tone)]
    yield tuple(line)


def _tone(kind: str) -> str:
    return next((tone for prefix, tone in _SYNTAX if kind.startswith(prefix)), "")
