"""Every kind of note is said by the command and by the screen, each with its own means."""

from typing import get_args

import pytest

from studio.cli import migration_notes as command
from studio.model import notes
from studio.model.relation import TableRef
from studio.ui.migrations import note_words as screen

EACH: tuple[notes.Note, ...] = (
    "a remark.",
    notes.DatabaseUnknown("the URL is computed"),
    notes.DatabaseUnknown("DATABASE_URL is not set", "the database"),
    notes.DatabaseUnknown("the file names none", ""),
    notes.DatabaseAssumed("shop.db"),
    notes.HistoryAbsent(),
    notes.HistoryElsewhere(TableRef(None, "theirs"), TableRef("app", "found")),
    notes.DatabaseUnread(),
    notes.OtherDatabase("its migrations are for mysql"),
    notes.DriftUnknown("the snapshot is gone"),
    notes.ReplayNotAllowed(),
    notes.DriftCompared("schema.rb"),
    notes.DriftLeftOut(("views", "policies")),
    notes.MadeByMigration("0007_x.sql", ("public.audit",)),
    notes.ReplayedEdited("0003_a"),
    notes.ReplayLeftOut(1),
    notes.ReplayLeftOut(4),
)


def test_no_kind_is_forgotten() -> None:
    assert {type(note) for note in EACH} == set(get_args(notes.Note))


@pytest.mark.parametrize("note", EACH, ids=str)
def test_a_note_is_a_sentence_in_both_places(note: notes.Note) -> None:
    for said in (command.said(note), screen.said(note)):
        assert said.endswith(".")
        assert "(" not in said, "a kind without words is shown as Python writes it"
    assert "--" not in screen.said(note)
    assert "g c" not in command.said(note)


def test_the_command_names_options_and_the_screen_keys() -> None:
    unknown, replay = notes.DatabaseUnknown("it is computed"), notes.ReplayNotAllowed()
    assert command.said(unknown) == "it is computed; name it with --database."
    assert screen.said(unknown) == "it is computed; connect to it with g c."
    assert "--replay" in command.said(replay)
    assert "p replays" in screen.said(replay)
