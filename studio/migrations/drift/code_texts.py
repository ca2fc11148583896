"""Functions and triggers that applied migrations made by their own SQL: the text each has now.

Read from the text alone and nothing is run. What a statement does that is not understood here (DO,
ALTER FUNCTION) makes the names it holds unsure: they are told as not compared.
"""

import re
from dataclasses import dataclass, field

from studio.migrations.reading import files
from studio.migrations.registry import framework
from studio.migrations.words import Words, words_of
from studio.model.migration import MigrationState, MigrationStatus
from studio.sqltext.split import split
from studio.sqltext.syntax import Syntax

_WORD = re.compile(r"\w+")
_ROUTINES = ("FUNCTION", "PROCEDURE", "ROUTINE")


@dataclass(slots=True)
class Texts:
    """Names in lower case, without schemas."""

    functions: dict[str, str] = field(default_factory=dict)
    triggers: dict[tuple[str, str], str] = field(default_factory=dict)
    """By table and name."""
    unsure: set[str] = field(default_factory=set)
    """Names of which it is not known what they are now."""


def texts_of(status: MigrationStatus, syntax: Syntax) -> Texts:
    """What the files of applied migrations define, the last word counting."""
    found = Texts()
    tool = framework(status.framework)
    for entry in status.entries:
        is_edited = entry.state is MigrationState.CHANGED
        if not (is_edited or entry.state is MigrationState.APPLIED) or entry.path is None:
            continue
        source = files.text_or_empty(entry.path, files.MAX_MIGRATION_BYTES)
        if entry.path.suffix.lower() != ".sql":
            # A program may make anything it names.
            found.unsure.update(_WORD.findall(source.lower()))
            continue
        for statement in split(tool.up_text(source), syntax):
            if statement.text:
                _take(statement.text, syntax, found, is_sure=not is_edited)
    return found


def _take(statement: str, syntax: Syntax, found: Texts, *, is_sure: bool) -> None:
    words = words_of(statement, syntax)
    if words.take("CREATE"):
        words.take("OR", "REPLACE")
        is_constraint = words.take("CONSTRAINT")
        if any(words.take(kind) for kind in _ROUTINES):
            _function(statement, words.name().lower(), found, is_sure=is_sure)
        elif words.take("TRIGGER"):
            words.take("IF", "NOT", "EXISTS")
            is_plain = is_sure and not is_constraint
            _trigger(statement, words, found, is_sure=is_plain)
    elif words.take("DROP"):
        _drop(statement, words, found)
    elif not any(words.take(word) for word in ("INSERT", "UPDATE", "DELETE", "COMMENT", "GRANT")):
        _unknown(statement, found)


def _function(statement: str, name: str, found: Texts, *, is_sure: bool) -> None:
    before = found.functions.get(name)
    if before is not None and _call(before) != _call(statement):
        # Another one beside it, under the same name.
        found.unsure.add(name)
    found.functions[name] = statement
    _note_sure(name, found, is_sure=is_sure)


def _call(statement: str) -> str:
    """What stands in the brackets behind the name, for a first look."""
    return " ".join(statement.partition("(")[2].partition(")")[0].lower().split())


def _trigger(statement: str, words: Words, found: Texts, *, is_sure: bool) -> None:
    name = words.name().lower()
    while not words.ended and not words.take("ON"):
        words.at += 1
    found.triggers[words.name().lower(), name] = statement
    _note_sure(name, found, is_sure=is_sure)


def _note_sure(name: str, found: Texts, *, is_sure: bool) -> None:
    if not is_sure:
        found.unsure.add(name)


def _drop(statement: str, words: Words, found: Texts) -> None:
    if any(words.take(kind) for kind in _ROUTINES):
        words.take("IF", "EXISTS")
        name = words.name().lower()
        found.functions.pop(name, None)
        gone = [key for key, text in found.triggers.items() if name in _WORD.findall(text.lower())]
        for key in gone if "cascade" in statement.lower() else ():
            del found.triggers[key]
    elif words.take("TRIGGER"):
        words.take("IF", "EXISTS")
        name = words.name().lower()
        for key in [key for key in found.triggers if key[1] == name]:
            del found.triggers[key]
    elif words.take("TABLE") or words.take("VIEW"):
        named = set(_WORD.findall(statement.lower()))
        for key in [key for key in found.triggers if key[0] in named]:
            del found.triggers[key]
    else:
        _unknown(statement, found)


def _unknown(statement: str, found: Texts) -> None:
    """Whatever it names is not sure any more; of a table, its triggers."""
    named = set(_WORD.findall(statement.lower()))
    known = set(found.functions) | {name for _, name in found.triggers}
    found.unsure |= named & known
    if {"rename", "trigger"} & named:
        found.unsure |= {name for table, name in found.triggers if table in named}
