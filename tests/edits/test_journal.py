"""The journal: private, whole after a crash, torn where it was torn and no further."""

import json
import os
import stat
from decimal import Decimal
from pathlib import Path

import pytest

from studio.edits.applying.captured import Captured, Severed
from studio.edits.journal.encoding import encoded_change
from studio.edits.journal.journal import EditJournal, JournalFailed
from studio.model.apply_report import ApplyOutcome
from studio.model.catalog import TableRef
from studio.model.change import DEFAULT, Delete, Insert, Update
from studio.model.change_set import ChangeSet, EditHistory

T = TableRef("sch", 'quo"te')
CHANGES = (
    Update(T, {"id": 1}, {"a": "\udcff\0\n", "b": b"\x00"}, {"a": DEFAULT, "b": None}),
    Insert(T, {"a": 1.5, "b": Decimal("1.10"), "c": 2**80, "d": float("inf")}, "row"),
    Delete(T, {"id": "é"}, {"a": True}),
)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    journal = EditJournal("key", tmp_path)
    number = journal.begin(CHANGES)
    captured = Captured(
        {0: {"a": 1}}, {1: {"b": b"x"}}, [(T, {"a": None})], [Severed(T, ("a",), {"a": 2})], ["n"]
    )
    journal.prepared(number, "77", captured, sync=False)
    entry = journal.entry(number)
    assert entry is not None
    assert entry.changes == CHANGES
    assert (entry.captured, entry.transaction_id, entry.outcome) == (captured, "77", None)
    assert journal.unsettled() == ()
    journal.finish(number, ApplyOutcome.APPLIED)
    assert journal.last_undoable() == journal.entry(number)
    back = journal.begin(CHANGES, undoes=number)
    journal.finish(back, ApplyOutcome.APPLIED, number)
    assert journal.last_undoable() is None


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    journal = EditJournal("key", tmp_path)
    journal.begin(CHANGES)
    journal.keep_staged().record(ChangeSet(CHANGES))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in journal.folder.iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE(journal.folder.stat().st_mode) == 0o700


def test_a_file_torn_at_any_byte_is_a_set_that_went_less_far(tmp_path: Path) -> None:
    journal = EditJournal("key", tmp_path)
    number = journal.begin(CHANGES)
    (path,) = journal.folder.iterdir()
    whole_intent = path.stat().st_size
    journal.finish(number, ApplyOutcome.APPLIED)
    raw = path.read_bytes()
    for size in range(len(raw)):
        path.write_bytes(raw[:size])
        entry = journal.entry(number)
        assert (entry is None) == (size < whole_intent)
        assert entry is None or entry.outcome is None


def test_staged_changes_of_a_dead_process_are_offered_and_taken_up(tmp_path: Path) -> None:
    journal = EditJournal("key", tmp_path)
    log = journal.keep_staged()
    history = EditHistory()
    for change in CHANGES:
        history = history.staged(change)
        log.record(history.present)
    log.record(history.without(CHANGES[1]).present)
    assert list(journal.abandoned()) == []  # its owner lives
    log.close()
    ((path, found),) = journal.abandoned()
    assert found.present == ChangeSet((CHANGES[0], CHANGES[2]))
    assert found.undo().present == history.present
    mine = journal.keep_staged()
    assert journal.take_up(path, mine).present == found.present
    assert list(journal.abandoned()) == []
    mine.record(ChangeSet())
    mine.close()
    assert list(journal.folder.iterdir()) == []


@pytest.mark.parametrize("outcome", list(ApplyOutcome))
def test_what_was_applied_is_not_offered_again(tmp_path: Path, outcome: ApplyOutcome) -> None:
    dying, later = EditJournal("key", tmp_path), EditJournal("key", tmp_path)
    log = dying.keep_staged()
    log.record(ChangeSet(CHANGES))
    number = dying.begin(CHANGES)
    # Who sent it did not live to take it out of the log.
    log.close()
    dying.finish(number, outcome)
    kept = [history.present for _, history in later.abandoned()]
    assert kept == ([] if outcome is ApplyOutcome.APPLIED else [ChangeSet(CHANGES)])


def test_what_was_staged_after_an_apply_is_offered_even_if_it_is_the_same(tmp_path: Path) -> None:
    dying, later = EditJournal("key", tmp_path), EditJournal("key", tmp_path)
    log = dying.keep_staged()
    log.record(ChangeSet(CHANGES))
    dying.finish(dying.begin(CHANGES), ApplyOutcome.APPLIED)
    log.record(ChangeSet())
    log.record(ChangeSet(CHANGES[:1]))
    log.close()
    ((_, found),) = later.abandoned()
    assert found.present == ChangeSet(CHANGES[:1])


def test_taking_a_set_back_sends_nothing_that_is_staged(tmp_path: Path) -> None:
    dying, later = EditJournal("key", tmp_path), EditJournal("key", tmp_path)
    log = dying.keep_staged()
    log.record(ChangeSet(CHANGES))
    dying.finish(dying.begin(CHANGES, undoes=7), ApplyOutcome.APPLIED, None)
    log.close()
    ((_, found),) = later.abandoned()
    assert found.present == ChangeSet(CHANGES)


def test_a_set_on_its_way_is_left_to_the_studio_that_sent_it(tmp_path: Path) -> None:
    sending, other = EditJournal("key", tmp_path), EditJournal("key", tmp_path)
    number = sending.begin(CHANGES)
    assert other.unsettled() == ()
    sending.finish(number, ApplyOutcome.UNKNOWN)
    assert [entry.id for entry in other.unsettled()] == [number]


def test_a_set_of_a_studio_that_died_is_to_be_settled(tmp_path: Path) -> None:
    process = os.fork()
    if not process:
        EditJournal("key", tmp_path).begin(CHANGES)
        os._exit(0)
    os.waitpid(process, 0)
    assert [entry.outcome for entry in EditJournal("key", tmp_path).unsettled()] == [None]


def test_sets_of_the_first_format_are_still_read(tmp_path: Path) -> None:
    journal = EditJournal("key", tmp_path)
    journal.folder.mkdir(parents=True)
    line = {
        "version": 1,
        "at": "2026-11-20T10:00:00+00:00",
        "undoes": None,
        "changes": [encoded_change(change) for change in CHANGES],
    }
    (journal.folder / "applied-000004.jsonl").write_text(json.dumps(line) + "\n")
    entry = journal.entry(4)
    assert entry is not None
    assert entry.changes == CHANGES


def test_a_journal_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    journal = EditJournal("key", tmp_path)
    journal.folder.parent.mkdir(exist_ok=True)
    journal.folder.write_text("a file where the folder should be")
    with pytest.raises(JournalFailed, match="cannot be written"):
        journal.begin(CHANGES)
